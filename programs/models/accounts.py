"""Whose points: accounts, who may use them, and the tier they stand on."""

from __future__ import annotations

from typing import override

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.models import append_only, no_truncate
from programs.models.programs import Program, ProgramVersion


class Account(models.Model):
    """Points of one owner in one programme. The balances are caches of the postings, in minor points.

    Written by programs/services/ledger only, under this row's lock. `next_due_at` is the earliest
    moment at which a lot of this account becomes spendable or burns; until then nothing has to be
    rolled forward.
    """

    program = models.ForeignKey(Program, on_delete=models.PROTECT, db_index=False, related_name="accounts")
    owner = models.ForeignKey("members.Member", on_delete=models.PROTECT, db_index=False, related_name="+")
    pending = models.BigIntegerField(_("not yet spendable"), default=0, db_default=0)
    available = models.BigIntegerField(_("spendable"), default=0, db_default=0)
    held = models.BigIntegerField(_("held"), default=0, db_default=0)
    debt = models.BigIntegerField(_("owed"), default=0, db_default=0)
    # What the ladder of tiers counts, in minor money: sales less returns.
    spend_minor = models.BigIntegerField(_("accumulated spend"), default=0, db_default=0)
    next_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    tier_key = models.CharField(_("tier"), max_length=40, blank=True, db_default="")
    # The least that a person of the staff has set; nobody falls below it.
    tier_floor = models.CharField(_("at least the tier"), max_length=40, blank=True, db_default="", editable=False)
    # The first day on which the tier was neither reached any more nor kept: from here its time of grace runs.
    tier_below_on = models.DateField(null=True, blank=True, editable=False)
    # The last sale: where points burn by idleness, the clock runs from here.
    active_at = models.DateTimeField(_("last sale"), null=True, blank=True)
    # Set when the books of this account do not add up: nothing is spent from it until somebody has looked.
    frozen_at = models.DateTimeField(_("frozen since"), null=True, blank=True)
    # After its owner was merged into somebody: the account that took its points over and gets whatever still comes.
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, db_index=False, related_name="+"
    )
    opened_at = models.DateTimeField(_("opened"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(name="programs_account_owner", fields=["owner", "program"]),
            models.CheckConstraint(
                name="programs_account_never_negative",
                condition=Q(pending__gte=0, available__gte=0, held__gte=0, debt__gte=0),
            ),
        ]
        indexes = [
            models.Index(name="programs_account_due", fields=["next_due_at"], condition=Q(next_due_at__isnull=False)),
        ]
        triggers = [
            # Their references have no foreign key (docs/adr/0026). The row is locked before this asks, as in a sale.
            pgtrigger.Trigger(
                name="kept_while_named",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    IF EXISTS (SELECT FROM programs_posting WHERE account_id = OLD.id)
                        OR EXISTS (SELECT FROM programs_lot WHERE account_id = OLD.id) THEN
                        RAISE EXCEPTION 'regulars: Cannot delete account %, it has movements', OLD.id;
                    END IF;
                    RETURN OLD;
                """,
            ),
            no_truncate(),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.program_id}/{self.pk}"


class AccountAccess(models.Model):
    """Who may use an account. The owner has a row too, so that every path asks the same question."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="accesses")
    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    # Set where the member buys for a company: the receipts are the company's, not only their points.
    buyer = models.ForeignKey("members.Member", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    may_earn = models.BooleanField(_("may earn"), default=True, db_default=True)
    may_spend = models.BooleanField(_("may spend"), default=True, db_default=True)
    since = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("access to an account")
        verbose_name_plural = _("accesses to accounts")
        constraints = [
            models.UniqueConstraint(
                name="programs_access_live", fields=["member", "program"], condition=Q(ended_at__isnull=True)
            )
        ]


class TierStanding(models.Model):
    """On which tier an account stood from when on, and why. The newest row counts."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False, related_name="standings")
    tier_key = models.CharField(_("tier"), max_length=40)
    version = models.ForeignKey(
        ProgramVersion, on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=20, help_text=_("spend, import, hand, climbed, lost"))
    from_at = models.DateTimeField(_("from"))

    class Meta:
        verbose_name = _("tier standing")
        verbose_name_plural = _("tier standings")
        indexes = [models.Index(name="programs_standing_account", fields=["account", "-id"])]
        triggers = append_only()


class PurchaseSummary(models.Model):
    """One row a member, kept in the transaction of every sale and return: what audiences and tiers read.

    Money in minor units of the programme's currency; returns lower `spend_minor` and do not lower
    `purchase_count`.
    """

    member = models.OneToOneField("members.Member", on_delete=models.PROTECT, primary_key=True, related_name="+")
    purchase_count = models.PositiveIntegerField(_("purchases"), default=0)
    spend_minor = models.BigIntegerField(_("spent"), default=0)
    returned_minor = models.BigIntegerField(_("returned"), default=0)
    first_at = models.DateTimeField(_("first purchase"), null=True, blank=True)
    last_at = models.DateTimeField(_("last purchase"), null=True, blank=True)
    last_store = models.ForeignKey(
        "programs.Store", on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )

    class Meta:
        verbose_name = _("purchase summary")
        verbose_name_plural = _("purchase summaries")
        indexes = [models.Index(name="programs_summary_last", fields=["last_at"])]
