"""Receipts as a till shows them: one whose goods come back, and the last ones of a register. Nothing about the member."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

# A line without quantity is left until the sale is cancelled, as programs/services/voids.py has it. By the day and the
# store, which have an index; the receipts of one register are few among those of two days.
_RECEIPTS = """
    SELECT p.public_id::text, p.kind, p.register, p.receipt_number, p.business_on, p.occurred_at, p.currency, p.version_id,
           p.total_minor, p.total_minor - p.reward_minor - p.tender_minor, p.member_id IS NOT NULL,
           p.is_void OR EXISTS (SELECT 1 FROM programs_purchase v WHERE v.original_id = p.id AND v.is_void),
           EXISTS (
               SELECT 1 FROM programs_purchaseline l
               WHERE l.purchase_id = p.id AND (l.quantity = 0 OR l.quantity > coalesce(
                   (SELECT sum(b.quantity) FROM programs_purchaseline b WHERE b.original_line_id = l.id), 0))
           )
    FROM programs_purchase p WHERE {where}
"""
_ONE = _RECEIPTS.format(where="p.id = %(purchase)s")
_NEWEST = (
    _RECEIPTS.format(where="p.business_on >= %(since)s AND p.store_id = %(store)s AND p.register = %(register)s")
    + " ORDER BY p.occurred_at DESC, p.id DESC LIMIT %(most)s"
)
_LINES = """
    SELECT l.position, l.sku, coalesce(d.name, ''), l.quantity, l.amount_minor, l.discount_minor,
           coalesce((SELECT sum(b.quantity) FROM programs_purchaseline b WHERE b.original_line_id = l.id), 0)
    FROM programs_purchaseline l LEFT JOIN programs_product d ON d.id = l.product_id
    WHERE l.purchase_id = %s ORDER BY l.position
"""


@dataclass(frozen=True, slots=True)
class TillReceipt:
    """The head of a receipt; minor money. `is_void`: a cancelled sale, or the receipt that cancelled it. `is_left`: there
    is something on it that has not come back."""

    public_id: str
    kind: str
    register: str
    receipt_number: str
    business_on: dt.date
    occurred_at: dt.datetime
    currency: str
    version_id: int | None
    total: int
    to_pay: int
    has_member: bool
    is_void: bool
    is_left: bool

    def can_void(self, today: dt.date) -> bool:
        """Whether cancelling it would be accepted on this day of the till's store."""
        return self.kind == "sale" and not self.is_void and self.is_left and self.business_on == today


@dataclass(frozen=True, slots=True)
class TillLine:
    """A line as it was sold, and how much of it came back since. Minor money; `name` is "" for an unknown article."""

    position: int
    sku: str
    name: str
    quantity: Decimal
    amount: int
    discount: int
    returned: Decimal


def receipt_with_lines(purchase_id: int) -> tuple[TillReceipt, list[TillLine]]:
    """A receipt that is known to exist, in two statements."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE, {"purchase": purchase_id})
        receipt = TillReceipt(*cursor.fetchone())
        cursor.execute(_LINES, [purchase_id])
        return receipt, [TillLine(*row) for row in cursor.fetchall()]


def newest_receipts(*, store_id: int, register: str, since: dt.date, most: int) -> list[TillReceipt]:
    """Sales and returns of a register from the business day `since` on, the newest first."""
    named: dict[str, Any] = {"store": store_id, "register": register, "since": since, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, named)
        return [TillReceipt(*row) for row in cursor.fetchall()]
