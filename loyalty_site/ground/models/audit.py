"""Who did what, when and why; written in the same transaction as the act."""

from __future__ import annotations

from typing import override

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.models.append_only import append_only


class Audit(models.Model):
    """One privileged act. Changed personal data is named, never quoted."""

    at = models.DateTimeField(_("at"), db_default=Now())
    actor_kind = models.CharField(_("kind of actor"), max_length=12)
    actor_id = models.BigIntegerField(_("number of the actor"), null=True, blank=True)
    actor_label = models.CharField(_("who"), max_length=150)
    action = models.CharField(_("act"), max_length=60)
    object_type = models.CharField(_("kind of object"), max_length=60)
    object_id = models.CharField(_("object"), max_length=60)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        verbose_name = _("act")
        verbose_name_plural = _("acts")
        indexes = [
            models.Index(name="ground_audit_object", fields=["object_type", "object_id"]),
            models.Index(name="ground_audit_at", fields=["-at"]),
        ]
        triggers = append_only()

    @override
    def __str__(self) -> str:
        return f"#{self.pk}"
