"""What guards the points: limits at the till, step-up before spending, and the list of what a person should look at."""

from __future__ import annotations

from typing import override

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from programs.models.programs import Program
from programs.models.purchases import Purchase
from programs.models.stores import Cashier, Store, Terminal


class TillPolicy(models.Model):
    """Limits and safeguards at the tills of a programme; they apply at once and are not part of a version.

    Points are whole or decimal points as people write them. An empty limit is no limit.
    """

    program = models.OneToOneField(Program, on_delete=models.CASCADE, related_name="till_policy", primary_key=True)
    member_spend_day = models.DecimalField(
        _("a member spends at most (points a day)"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    member_earn_day = models.DecimalField(
        _("look at members who earn more than (points a day)"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    member_receipts_day = models.PositiveSmallIntegerField(
        _("look at members with more than (receipts a day)"), null=True, blank=True, default=10
    )
    cashier_earn_day = models.DecimalField(
        _("look at cashiers who give more than (points a day)"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    lookup_misses = models.PositiveSmallIntegerField(
        _("a till may miss (look-ups in ten minutes)"), null=True, blank=True, default=30
    )
    cashier_pin_required = models.BooleanField(
        _("cashiers sign in with a PIN"), default=False, help_text=_("Sales name the cashier who is signed in.")
    )
    step_up_points = models.DecimalField(
        _("ask for PIN or code from (points at once)"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    step_up_first = models.BooleanField(_("ask at the first spending"), default=False)
    step_up_new_till_hours = models.PositiveSmallIntegerField(
        _("ask at tills enrolled less than (hours) ago"), null=True, blank=True
    )
    step_up_contact_hours = models.PositiveSmallIntegerField(
        _("ask after a new phone or e-mail for (hours)"), null=True, blank=True, default=48
    )
    hold_minutes = models.PositiveIntegerField(_("points are held for (minutes)"), default=30)
    offline_days = models.PositiveSmallIntegerField(_("receipts sold offline are taken for (days)"), default=7)
    offline_spend_day = models.DecimalField(
        _("offline, a member spends at most (points a day)"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Empty: points are not spent offline. What the balance does not cover is the store's loss."),
    )

    class Meta:
        verbose_name = _("limits at the till")
        verbose_name_plural = _("limits at the till")

    @override
    def __str__(self) -> str:
        return str(self.program)


class FlagKind(models.TextChoices):
    """Patterns that a person should look at. A flag blocks nothing by itself."""

    OWN_CARD = "own_card", _("a cashier's own card")
    CONCENTRATION = "concentration", _("one cashier, one member, again and again")
    SAME_MINUTE = "same_minute", _("several members in the same minute at one till")
    CLAIMED_LATER = "claimed_later", _("receipts claimed later or in another store")
    SPLIT = "split", _("receipts split just under a threshold")
    RETURN_AFTER_SPEND = "return_spend", _("goods returned after their points were spent")
    PARKING = "parking", _("points gathered on few accounts")
    SWEEP = "sweep", _("spent right after a new phone or e-mail")
    DAY_LIMIT = "day_limit", _("more in a day than the limit")
    LOOKUP_MISSES = "lookup_misses", _("a till searches for people who are not there")
    PIN_TRIES = "pin_tries", _("wrong PINs")
    FROZEN = "frozen", _("an account whose books do not add up")
    NO_RECEIPT = "no_receipt", _("returned without a receipt")


class FlagState(models.TextChoices):
    OPEN = "open", _("to be looked at")
    CONFIRMED = "confirmed", _("misuse")
    DISMISSED = "dismissed", _("all right")


class Flag(models.Model):
    """Something to look at. `subject` names it for good, so that the same thing is flagged once."""

    kind = models.CharField(_("kind"), max_length=14, choices=FlagKind.choices)
    subject = models.CharField(_("about"), max_length=120)
    state = models.CharField(_("state"), max_length=9, choices=FlagState.choices, default=FlagState.OPEN)
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    terminal = models.ForeignKey(
        Terminal, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("terminal")
    )
    cashier = models.ForeignKey(
        Cashier, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("cashier")
    )
    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("member")
    )
    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("receipt")
    )
    details = models.JSONField(_("details"), default=dict)
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

    class Meta:
        verbose_name = _("flag")
        verbose_name_plural = _("flags")
        constraints = [models.UniqueConstraint(name="programs_flag_once", fields=["kind", "subject"])]
        indexes = [models.Index(name="programs_flag_open", fields=["-raised_at"], condition=Q(state="open"))]

    @override
    def __str__(self) -> str:
        return f"#{self.pk}"


class SpendingPin(models.Model):
    """A member's own PIN for spending, stored as a password's hash is."""

    member = models.OneToOneField("members.Member", on_delete=models.PROTECT, primary_key=True, related_name="+")
    pin_hash = models.CharField(max_length=128)
    set_at = models.DateTimeField(_("set"))

    class Meta:
        verbose_name = _("PIN for spending")
        verbose_name_plural = _("PINs for spending")


class SpendingCode(models.Model):
    """A code sent to a member to allow one spending: six digits, minutes long, bound to terminal, member and amount."""

    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+")
    terminal = models.ForeignKey(Terminal, on_delete=models.PROTECT, related_name="+")
    points = models.BigIntegerField(_("points"))
    code_hash = models.CharField(max_length=128)
    tries_left = models.PositiveSmallIntegerField(default=5)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("code for spending")
        verbose_name_plural = _("codes for spending")
        indexes = [models.Index(name="programs_spendingcode_live", fields=["member", "terminal", "-id"])]
