"""What tills sold without a connection: the batches they upload, and what did not fit when it arrived."""

from __future__ import annotations

import uuid
from typing import override

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from programs.models.accounts import Account
from programs.models.adjustments import Adjustment
from programs.models.purchases import Purchase
from programs.models.stores import Terminal


class OfflineBatch(models.Model):
    """One upload of a till: how many receipts it had, and what became of them."""

    public_id = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    terminal = models.ForeignKey(Terminal, on_delete=models.PROTECT, related_name="+", verbose_name=_("terminal"))
    received_at = models.DateTimeField(_("received"))
    booked_count = models.PositiveIntegerField(_("booked"), default=0)
    flagged_count = models.PositiveIntegerField(_("to be looked at"), default=0)
    duplicate_count = models.PositiveIntegerField(_("sent before"), default=0)
    rejected_count = models.PositiveIntegerField(_("unreadable"), default=0)

    class Meta:
        verbose_name = _("offline upload")
        verbose_name_plural = _("offline uploads")

    @override
    def __str__(self) -> str:
        return f"#{self.pk}"


class ConflictState(models.TextChoices):
    OPEN = "open", _("to be looked at")
    CORRECTED = "corrected", _("corrected")
    DISMISSED = "dismissed", _("left as it is")


class OfflineConflict(models.Model):
    """Something about a receipt sold offline that did not fit when it arrived; the receipt is booked all the same.

    `codes` say what; programs/queries/offline.py has their sentences, `details` fills them (a dictionary for each
    code, no personal data). `points` is the proposed correction of `account` in minor points. `waiting` is a return
    whose sale is not here yet: booked by itself when the sale arrives.
    """

    batch = models.ForeignKey(
        OfflineBatch, on_delete=models.PROTECT, related_name="conflicts", verbose_name=_("upload")
    )
    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("receipt")
    )
    client_id = models.CharField(_("the till's id of the receipt"), max_length=64, blank=True)
    codes = ArrayField(models.CharField(max_length=20), verbose_name=_("what does not fit"))
    details = models.JSONField(_("details"), default=dict)
    waiting = models.JSONField(_("what waits"), null=True, blank=True)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("account")
    )
    points = models.BigIntegerField(_("proposed correction"), default=0)
    state = models.CharField(_("state"), max_length=9, choices=ConflictState.choices, default=ConflictState.OPEN)
    raised_at = models.DateTimeField(_("noticed"), db_default=Now())
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    adjustment = models.ForeignKey(
        Adjustment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("adjustment")
    )

    class Meta:
        verbose_name = _("offline conflict")
        verbose_name_plural = _("offline conflicts")
        constraints = [
            # What the order of arrival changed is proposed once per account, and computed afresh until somebody decides.
            models.UniqueConstraint(
                name="programs_conflict_order",
                fields=["account"],
                condition=Q(state="open", codes__contains=["order"]),
            ),
            models.CheckConstraint(
                name="programs_conflict_decided", condition=Q(state="open") | Q(decided_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(name="programs_conflict_open", fields=["-raised_at"], condition=Q(state="open")),
            models.Index(name="programs_conflict_account", fields=["account"], condition=Q(account__isnull=False)),
        ]

    @override
    def __str__(self) -> str:
        return f"#{self.pk}"
