"""Whom we write to: an audience is a list of criteria, all of which must hold."""

from __future__ import annotations

from typing import override

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Audience(models.Model):
    """Criteria, kept as the document that campaigns.rules.audiences reads. Who they are is asked anew every time.

    `last_count` is a memory for lists, never an input of a mailing.
    """

    name = models.CharField(_("name"), max_length=120, unique=True)
    criteria = models.JSONField(_("criteria"), default=list, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    last_count = models.BigIntegerField(_("people at the last count"), null=True, blank=True, editable=False)
    counted_at = models.DateTimeField(_("counted"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("audience")
        verbose_name_plural = _("audiences")

    @override
    def __str__(self) -> str:
        return self.name
