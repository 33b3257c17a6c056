"""Receipts and what each earned: operational rows, written by programs/services/receipts (what tills sell and take
back) and programs/services/history (what was bought before, docs/adr/0029)."""

from __future__ import annotations

import uuid
from typing import override

import pgtrigger
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.models import append_only, no_truncate
from programs.models.accounts import Account
from programs.models.catalogue import Category, Product
from programs.models.imports import ImportBatch
from programs.models.programs import ProgramVersion
from programs.models.stores import Cashier, Store, Terminal

# Receipts are never deleted, so that what names them needs no foreign key (docs/adr/0026). The one exception are those
# that an import brought, while nothing names them: undoing it takes them away (docs/adr/0029).
# Asked once of all rows that a statement takes away (`gone`), since undoing an import takes many thousands.
_HISTORY_ONLY = """
    SELECT min(id) INTO bad FROM gone WHERE import_batch_id IS NULL;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'regulars: Cannot delete receipt %, a till booked it', bad;
    END IF;
    SELECT min(id) INTO bad FROM (
        SELECT g.id FROM gone g JOIN programs_purchase o ON o.original_id = g.id
        UNION ALL SELECT g.id FROM gone g JOIN programs_award o ON o.purchase_id = g.id
        UNION ALL SELECT g.id FROM gone g JOIN programs_ledgertransaction o ON o.purchase_id = g.id
        UNION ALL SELECT g.id FROM gone g JOIN programs_purchaseline o ON o.purchase_id = g.id
    ) AS named;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'regulars: Cannot delete receipt %, something names it', bad;
    END IF;
    RETURN NULL;
"""
_LINES_OF_HISTORY_ONLY = """
    SELECT min(g.id) INTO bad FROM gone g WHERE NOT EXISTS (
        SELECT FROM programs_purchase p WHERE p.id = g.purchase_id AND p.import_batch_id IS NOT NULL);
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'regulars: Cannot delete line %, a till booked it', bad;
    END IF;
    SELECT min(id) INTO bad FROM (
        SELECT g.id FROM gone g JOIN programs_purchaseline o ON o.original_line_id = g.id
        UNION ALL SELECT g.id FROM gone g JOIN programs_lot o ON o.purchase_line_id = g.id
    ) AS named;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'regulars: Cannot delete line %, something names it', bad;
    END IF;
    RETURN NULL;
"""


def _taken_away(func: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="never_deleted",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        referencing=pgtrigger.Referencing(old="gone"),
        declare=[("bad", "BIGINT")],
        func=func,
    )


class PurchaseKind(models.TextChoices):
    SALE = "sale", _("sale")
    RETURN = "return", _("return")


class Purchase(models.Model):
    """One receipt, with or without a member. Amounts in minor money, points in minor points.

    `facts` are the shopper facts the rules saw; with `version` they explain every award for ever.
    """

    public_id = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=6, choices=PurchaseKind.choices)
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, db_index=False, related_name="+", verbose_name=_("store")
    )
    terminal = models.ForeignKey(
        Terminal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("terminal"),
    )
    cashier = models.ForeignKey(
        Cashier,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("cashier"),
    )
    register = models.CharField(_("register"), max_length=40)
    receipt_number = models.CharField(_("receipt"), max_length=60)
    business_on = models.DateField(_("business day"))
    occurred_at = models.DateTimeField(_("time at the till"))
    posted_at = models.DateTimeField(_("posted"), db_default=Now())
    member = models.ForeignKey(
        "members.Member",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("member"),
    )
    presented = models.ForeignKey(
        "members.Identifier", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Who stood at the till, where that was not the member: who carried a lent card, or bought for a company.
    presented_by = models.ForeignKey(
        "members.Member",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("presented by"),
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    version = models.ForeignKey(
        ProgramVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    original = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        related_name="returns",
    )
    currency = models.CharField(_("currency"), max_length=3)
    total_minor = models.BigIntegerField(_("total"))
    discount_minor = models.BigIntegerField(_("discounts of the till"), default=0)
    reward_minor = models.BigIntegerField(_("discounts of the programme"), default=0, db_default=0)
    tender_minor = models.BigIntegerField(_("paid with points"), default=0)
    points_earned = models.BigIntegerField(_("points earned"), default=0)
    points_redeemed = models.BigIntegerField(_("points redeemed"), default=0)
    is_void = models.BooleanField(_("the sale was cancelled"), default=False, db_default=False)
    without_receipt = models.BooleanField(_("without a receipt"), default=False, db_default=False)
    is_offline = models.BooleanField(_("sold without a connection"), default=False, db_default=False)
    facts = models.JSONField(_("facts"), default=dict)
    # The import that brought it: then it is history from before the tills were ours, without points or account.
    import_batch = models.ForeignKey(
        ImportBatch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="+",
        verbose_name=_("brought in by the import"),
    )

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            # The second wall against a doubled sale: it holds when a till has lost its idempotency keys.
            models.UniqueConstraint(
                name="programs_receipt_once", fields=["store", "register", "receipt_number", "business_on", "kind"]
            ),
            models.CheckConstraint(
                name="programs_return_has_original",
                condition=Q(kind="sale") | Q(original__isnull=False) | Q(without_receipt=True),
            ),
            models.CheckConstraint(
                name="programs_receipt_amounts",
                condition=Q(total_minor__gte=0, tender_minor__gte=0, points_earned__gte=0, points_redeemed__gte=0),
            ),
            # What was bought before the programme touches no points.
            models.CheckConstraint(
                name="programs_history_without_points",
                condition=Q(import_batch__isnull=True)
                | Q(
                    account__isnull=True,
                    version__isnull=True,
                    terminal__isnull=True,
                    reward_minor=0,
                    tender_minor=0,
                    points_earned=0,
                    points_redeemed=0,
                    is_void=False,
                    is_offline=False,
                ),
            ),
        ]
        indexes = [
            models.Index(
                name="programs_receipt_member", fields=["member", "-occurred_at"], condition=Q(member__isnull=False)
            ),
            models.Index(
                name="programs_receipt_presenter",
                fields=["presented_by", "-occurred_at"],
                condition=Q(presented_by__isnull=False),
            ),
            models.Index(name="programs_receipt_day", fields=["business_on", "store"]),
            models.Index(name="programs_receipt_original", fields=["original"], condition=Q(original__isnull=False)),
            models.Index(
                name="programs_receipt_import", fields=["import_batch", "id"], condition=Q(import_batch__isnull=False)
            ),
        ]
        triggers = [
            _taken_away(_HISTORY_ONLY),
            # Or a receipt of a till could be turned into one that may be deleted.
            pgtrigger.Protect(name="origin_stays", operation=pgtrigger.UpdateOf("import_batch_id")),
            no_truncate(),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.register}-{self.receipt_number}" if self.register else self.receipt_number

    @property
    def is_historic(self) -> bool:
        """Bought before the tills were ours: an import brought it."""
        return self.import_batch_id is not None


class PurchaseLine(models.Model):
    """One line of a receipt. `amount_minor` is what it cost after the till's discounts, before the programme's
    own (`reward_minor`) and before points (`tender_minor`).

    On a return, quantity, amount and points are what comes back, and `original_line` says of what.
    """

    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="lines"
    )
    position = models.PositiveSmallIntegerField(_("line"))
    original_line = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, db_index=False, db_constraint=False, related_name="+"
    )
    sku = models.CharField(_("SKU"), max_length=60)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3)
    amount_minor = models.BigIntegerField(_("amount"))
    discount_minor = models.BigIntegerField(_("discount of the till"), default=0)
    tax_rate = models.DecimalField(_("tax rate, %"), max_digits=5, decimal_places=2, null=True, blank=True)
    tax_included = models.BooleanField(_("tax included"), default=True)
    reward_minor = models.BigIntegerField(_("discounts of the programme"), default=0, db_default=0)
    tender_minor = models.BigIntegerField(_("paid with points"), default=0)
    points_redeemed = models.BigIntegerField(_("points redeemed"), default=0)
    points_earned = models.BigIntegerField(_("points earned"), default=0)

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(name="programs_line_position", fields=["purchase", "position"]),
            models.CheckConstraint(
                name="programs_line_amounts", condition=Q(quantity__gte=0, amount_minor__gte=0, tender_minor__gte=0)
            ),
        ]
        indexes = [
            models.Index(
                name="programs_line_original", fields=["original_line"], condition=Q(original_line__isnull=False)
            ),
            # Before a product goes the database asks of each whether a line names it, and without this reads all lines.
            models.Index(name="programs_line_product", fields=["product"], condition=Q(product__isnull=False)),
        ]
        triggers = [
            _taken_away(_LINES_OF_HISTORY_ONLY),
            no_truncate(),
        ]


class Award(models.Model):
    """What one rule gave to one line, or (negative) took back from it: points, or money off the price.

    Adds up to the line's points and to its discounts of the programme.
    """

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, db_constraint=False, related_name="awards")
    line = models.ForeignKey(
        PurchaseLine, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="awards"
    )
    reverses = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        related_name="reversals",
    )
    rule_key = models.CharField(_("rule"), max_length=40)
    reason = models.CharField(_("reason"), max_length=20)
    points = models.BigIntegerField(_("points"))
    money_minor = models.BigIntegerField(_("money off"), default=0, db_default=0)
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("award")
        verbose_name_plural = _("awards")
        constraints = [
            models.CheckConstraint(
                name="programs_award_sign",
                condition=(
                    Q(points__gte=0, money_minor__gte=0, reverses__isnull=True)
                    | Q(points__lte=0, money_minor__lte=0, reverses__isnull=False)
                )
                & ~Q(points=0, money_minor=0),
            )
        ]
        indexes = [
            models.Index(name="programs_award_reverses", fields=["reverses"], condition=Q(reverses__isnull=False)),
        ]
        triggers = append_only()


class IdempotencyRecord(models.Model):
    """The answer to one write of one terminal, kept so that a repeat gets the same bytes and no second effect."""

    terminal = models.ForeignKey(Terminal, on_delete=models.PROTECT, db_index=False, related_name="+")
    key = models.CharField(max_length=64)
    endpoint = models.CharField(max_length=60)
    body_hash = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(null=True)  # noqa: DJ001  null until the operation has answered, in one transaction
    content_type = models.CharField(max_length=60, default="application/json")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("answer given")
        verbose_name_plural = _("answers given")
        constraints = [models.UniqueConstraint(name="programs_key_once", fields=["terminal", "key"])]
        indexes = [models.Index(name="programs_key_age", fields=["created_at"])]
