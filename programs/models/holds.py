"""Points set aside for a basket that is not yet paid: at a till that parks a receipt, or in an online shop."""

from __future__ import annotations

import uuid
from typing import override

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from programs.models.accounts import Account
from programs.models.programs import ProgramVersion
from programs.models.purchases import Purchase
from programs.models.stores import Terminal


class HoldState(models.TextChoices):
    OPEN = "open", pgettext_lazy("a hold", "open")
    COMMITTED = "committed", _("became a sale")
    RELEASED = "released", _("released")
    EXPIRED = "expired", _("timed out")


class Hold(models.Model):
    """A basket with points and coupons set aside. `order` is the sale as it was asked for; committing books exactly it."""

    public_id = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    terminal = models.ForeignKey(Terminal, on_delete=models.PROTECT, related_name="+", verbose_name=_("terminal"))
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("account")
    )
    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("member")
    )
    version = models.ForeignKey(ProgramVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    purchase = models.OneToOneField(Purchase, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(_("state"), max_length=9, choices=HoldState.choices, default=HoldState.OPEN)
    points = models.BigIntegerField(_("points held"), default=0)
    order = models.JSONField(_("basket"), default=dict)
    reference = models.CharField(_("order of the shop"), max_length=60, blank=True)
    expires_at = models.DateTimeField(_("times out"))
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.CheckConstraint(
                name="programs_hold_committed", condition=~Q(state="committed") | Q(purchase__isnull=False)
            ),
            models.CheckConstraint(name="programs_hold_ended", condition=Q(state="open") | Q(ended_at__isnull=False)),
        ]
        indexes = [models.Index(name="programs_hold_due", fields=["expires_at"], condition=Q(state="open"))]

    @override
    def __str__(self) -> str:
        return self.reference or str(self.public_id)
