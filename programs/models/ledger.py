"""The ledger: transactions and postings that only grow, and the lots they move.

A posting moves a positive amount of minor points from one bucket to another, so every transaction
sums to zero by construction. Corrections are new transactions. Only programs/services/ledger writes here.
"""

from __future__ import annotations

from typing import override

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty_site.ground.models import append_only, never_deleted
from programs.models.accounts import Account
from programs.models.adjustments import Adjustment
from programs.models.holds import Hold
from programs.models.imports import ImportBatch
from programs.models.programs import Program
from programs.models.purchases import Purchase, PurchaseLine
from programs.models.stores import Partner


class TransactionKind(models.TextChoices):
    EARN = "earn", _("earned")
    REDEEM = "redeem", _("redeemed")
    RESTORE = "restore", _("given back for returned goods")
    RETURN = "return", _("goods returned")
    OPENING = "opening", _("opening balance")
    ADJUST = "adjust", _("set by import")
    ACTIVATE = "activate", _("became spendable")
    EXPIRE = "expire", _("burnt")
    GIFT = "gift", _("given")
    CORRECT = "correct", _("adjusted")
    REINSTATE = "reinstate", _("burnt points given back")
    TRANSFER = "transfer", _("moved within the household")
    HOLD = "hold", _("held")
    RELEASE = "release", _("no longer held")
    MERGE = "merge", _("moved as two members became one")
    UNDO = "undo", _("import taken back")


class Bucket(models.TextChoices):
    """Member side: pending, available, held, debt. Programme side: all others."""

    PENDING = "pending", _("not yet spendable")
    AVAILABLE = "available", _("spendable")
    HELD = "held", _("held")
    DEBT = "debt", _("owed")
    ISSUED = "issued", _("issued")
    REDEEMED = "redeemed", _("redeemed")
    BURNT = "burnt", _("burnt")
    ADJUSTED = "adjusted", _("adjusted")
    WRITTEN_OFF = "written_off", _("written off")
    CLEARING = "clearing", _("clearing")
    TRANSFER = "transfer", _("transfer")


class LedgerTransaction(models.Model):
    """One thing that happened to points, and what caused it."""

    program = models.ForeignKey(
        Program, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=TransactionKind.choices)
    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, null=True, blank=True, db_index=False, db_constraint=False, related_name="+"
    )
    import_batch = models.ForeignKey(
        ImportBatch, on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    adjustment = models.ForeignKey(
        Adjustment, on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    merge = models.ForeignKey(
        "members.Merge", on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    actor_label = models.CharField(_("by"), max_length=150, blank=True)
    occurred_at = models.DateTimeField(_("when"))
    posted_at = models.DateTimeField(_("posted"), db_default=Now())

    class Meta:
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        indexes = [
            models.Index(name="programs_tx_purchase", fields=["purchase"], condition=Q(purchase__isnull=False)),
            models.Index(name="programs_tx_posted", fields=["posted_at", "kind"]),
            models.Index(name="programs_tx_import", fields=["import_batch"], condition=Q(import_batch__isnull=False)),
            models.Index(name="programs_tx_hold", fields=["hold"], condition=Q(hold__isnull=False)),
            models.Index(name="programs_tx_merge", fields=["merge"], condition=Q(merge__isnull=False)),
            models.Index(name="programs_tx_adjustment", fields=["adjustment"], condition=Q(adjustment__isnull=False)),
        ]
        triggers = append_only()

    @override
    def __str__(self) -> str:
        return f"#{self.pk}"


class Lot(models.Model):
    """Points earned together, with one date on which they become spendable and one on which they burn.

    `remaining` is a cache of the postings; `held` is the part of it that holds keep, which neither is spent
    nor burns until they end. While `is_pending` the lot cannot be spent. `cites` is the lot whose burnt or
    spent points this one gives again.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_constraint=False, related_name="lots")
    purchase_line = models.ForeignKey(
        PurchaseLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    issuer = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    granted = models.BigIntegerField(_("granted"))
    remaining = models.BigIntegerField(_("left"))
    held = models.BigIntegerField(_("held"), default=0, db_default=0)
    cites = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, db_index=False, db_constraint=False, related_name="+"
    )
    is_pending = models.BooleanField(_("not yet spendable"), default=False)
    earned_at = models.DateTimeField(_("earned"))
    activates_at = models.DateTimeField(_("spendable from"), null=True, blank=True)
    expires_at = models.DateTimeField(_("burns"), null=True, blank=True)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        constraints = [
            models.CheckConstraint(
                name="programs_lot_remaining", condition=Q(granted__gt=0, remaining__gte=0, remaining__lte=F("granted"))
            ),
            models.CheckConstraint(name="programs_lot_held", condition=Q(held__gte=0, held__lte=F("remaining"))),
            models.CheckConstraint(
                name="programs_lot_pending_has_date", condition=Q(is_pending=False) | Q(activates_at__isnull=False)
            ),
        ]
        indexes = [
            # The order of spending: soonest expiry first (never-burning lots last), ties by id.
            models.Index(
                name="programs_lot_spend", fields=["account", "expires_at", "id"], condition=Q(remaining__gt=0)
            ),
            models.Index(name="programs_lot_line", fields=["purchase_line"], condition=Q(purchase_line__isnull=False)),
            models.Index(name="programs_lot_cites", fields=["cites"], condition=Q(cites__isnull=False)),
        ]
        triggers = never_deleted()

    @override
    def __str__(self) -> str:
        return f"#{self.pk}"


class Posting(models.Model):
    """A positive amount of minor points, moved from one bucket to another of one account."""

    transaction = models.ForeignKey(
        LedgerTransaction, on_delete=models.PROTECT, db_constraint=False, related_name="postings"
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="+"
    )
    lot = models.ForeignKey(
        Lot, on_delete=models.PROTECT, null=True, blank=True, db_index=False, db_constraint=False, related_name="+"
    )
    from_bucket = models.CharField(pgettext_lazy("a place", "from"), max_length=11, choices=Bucket.choices)
    to_bucket = models.CharField(pgettext_lazy("a place", "to"), max_length=11, choices=Bucket.choices)
    amount = models.BigIntegerField(_("points"))
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [
            models.CheckConstraint(name="programs_posting_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="programs_posting_moves", condition=~Q(from_bucket=F("to_bucket"))),
        ]
        indexes = [
            models.Index(name="programs_posting_account", fields=["account", "transaction"]),
            models.Index(name="programs_posting_lot", fields=["lot"], condition=Q(lot__isnull=False)),
        ]
        triggers = append_only()
