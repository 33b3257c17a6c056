"""What a person does on their own page."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.people import Member


class PageDeed(models.TextChoices):
    """What the link of a mail alone is not enough for: a mail may be passed on."""

    DOWNLOAD = "download", _("download what we know")
    LEAVE = "leave", _("leave and be forgotten")


class PageCode(models.Model):
    """A code sent to a member's own address to allow one deed on their page: six digits, minutes long."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    deed = models.CharField(_("for"), max_length=8, choices=PageDeed.choices)
    code_hash = models.CharField(max_length=128)
    tries_left = models.PositiveSmallIntegerField(default=5)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("code for the own page")
        verbose_name_plural = _("codes for the own page")
        indexes = [models.Index(name="members_pagecode_live", fields=["member", "deed", "-id"])]


class PageLinkWay(models.TextChoices):
    """How somebody got the link of their own page without a mailing."""

    SHOWN = "shown", _("shown as a QR code")
    MAILED = "mailed", _("sent by e-mail")
    TILL = "till", _("given at the till")


class PageLink(models.Model):
    """A link to the own page that was given to a member by hand. The link itself is not kept: it is this row's number,
    signed. It works until it is taken back."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    way = models.CharField(_("how"), max_length=6, choices=PageLinkWay.choices)
    given_at = models.DateTimeField(_("given"))
    given_by = models.CharField(_("given by"), max_length=150)
    ended_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    class Meta:
        verbose_name = _("link to the own page")
        verbose_name_plural = _("links to the own page")
        indexes = [models.Index(name="members_pagelink_of", fields=["member", "-id"])]
        constraints = [
            models.CheckConstraint(
                name="members_pagelink_order",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("given_at")),
            )
        ]
