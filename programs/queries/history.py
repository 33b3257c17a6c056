"""Receipts that imports brought: the sales that their returns belong to, and why one can no longer be taken away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection

from programs.rules.importing.receipts import LeftLine

# Of somebody known by their own receipts, else by the register: both are indexes. The newest such sale before the return.
_ORIGINALS = """
    SELECT DISTINCT ON (g.n) g.n - 1, p.id, p.member_id
    FROM unnest(%(stores)s::bigint[], %(registers)s::text[], %(numbers)s::text[], %(days)s::date[], %(members)s::bigint[])
         WITH ORDINALITY AS g(store, register, number, day, member, n)
    JOIN programs_purchase p ON p.store_id = g.store AND p.receipt_number = g.number AND p.kind = 'sale'
        AND p.business_on <= g.day
        AND (p.member_id = g.member OR (g.member IS NULL AND p.register = g.register))
    WHERE NOT EXISTS (SELECT FROM programs_purchase v WHERE v.original_id = p.id AND v.is_void)
    ORDER BY g.n, p.business_on DESC, (p.register = g.register) DESC, p.id DESC
"""
_LOCK = "SELECT id FROM programs_purchase WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_LEFT = """
    SELECT p.id, p.total_minor - coalesce((
        SELECT sum(b.total_minor) FROM programs_purchase b WHERE b.original_id = p.id), 0)::bigint
    FROM programs_purchase p WHERE p.id = ANY(%s)
"""
_LINES = """
    SELECT l.purchase_id, l.id, l.sku, l.quantity - coalesce(b.quantity, 0), (l.amount_minor - coalesce(b.amount, 0))::bigint
    FROM programs_purchaseline l LEFT JOIN LATERAL (
        SELECT sum(quantity) AS quantity, sum(amount_minor) AS amount
        FROM programs_purchaseline WHERE original_line_id = l.id
    ) b ON true
    WHERE l.purchase_id = ANY(%s) ORDER BY l.purchase_id, l.position
"""


@dataclass(frozen=True, slots=True)
class Sought:
    """A sale as a return names it: its number in the store, not after the day of the return."""

    store_id: int
    register: str
    number: str
    day: dt.date
    member_id: int | None


@dataclass(slots=True)
class Original:
    """A sale with what is left of it: minor money in all, and its lines."""

    purchase_id: int
    member_id: int | None
    left: int = 0
    lines: list[LeftLine] = field(default_factory=list)

    def take(self, total: int, back: Iterable[tuple[int, Decimal, int]]) -> None:
        """Another return of the same chunk may want some of it too. `back` are (line, quantity, amount)."""
        self.left -= total
        for line_id, quantity, amount in back:
            self.lines = [line.without(quantity, amount) if line.line_id == line_id else line for line in self.lines]


def find_originals(sought: Sequence[Sought]) -> dict[int, Original]:
    """{place in `sought`: its sale}, the sales locked so that no till takes goods of them back meanwhile."""
    if not sought:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            _ORIGINALS,
            {
                "stores": [one.store_id for one in sought],
                "registers": [one.register for one in sought],
                "numbers": [one.number for one in sought],
                "days": [one.day for one in sought],
                "members": [one.member_id for one in sought],
            },
        )
        rows = cursor.fetchall()
        sales = {purchase_id: Original(purchase_id, member_id) for _n, purchase_id, member_id in rows}
        ids = sorted(sales)
        cursor.execute(_LOCK, [ids])
        cursor.execute(_LEFT, [ids])
        for purchase_id, left in cursor.fetchall():
            sales[purchase_id].left = left
        cursor.execute(_LINES, [ids])
        for purchase_id, *line in cursor.fetchall():
            sales[purchase_id].lines.append(LeftLine(*line))
    return {n: sales[purchase_id] for n, purchase_id, _member in rows}


# Asked under the locks of the receipts. `applied` is when the import wrote it, `buyer` who had it then.
_REASONS = """
    SELECT p.id, CASE
        WHEN m.status = 'erased' THEN 'erased'
        WHEN p.member_id IS DISTINCT FROM g.buyer THEN 'merged'
        WHEN EXISTS (SELECT FROM programs_purchase b WHERE b.original_id = p.id
                     AND b.id <> ALL(%(ids)s::bigint[])) THEN 'returned'
        WHEN EXISTS (SELECT FROM programs_adjustment j JOIN programs_account a ON a.id = j.account_id
                     WHERE a.owner_id = p.member_id AND j.state = 'posted'
                       AND coalesce(j.decided_at, j.requested_at) > g.applied) THEN 'adjusted'
        ELSE '' END
    FROM unnest(%(ids)s::bigint[], %(buyers)s::bigint[], %(applied)s::timestamptz[]) AS g(id, buyer, applied)
    JOIN programs_purchase p ON p.id = g.id LEFT JOIN members_member m ON m.id = p.member_id
"""


def reasons_to_stay(receipts: dict[int, tuple[int | None, dt.datetime]]) -> dict[int, str]:
    """{receipt: why it cannot be taken away} of {receipt: (its buyer then, when it was written)}."""
    ids = sorted(receipts)
    with connection.cursor() as cursor:
        cursor.execute(
            _REASONS,
            {
                "ids": ids,
                "buyers": [receipts[one][0] for one in ids],
                "applied": [receipts[one][1] for one in ids],
            },
        )
        return {purchase_id: reason for purchase_id, reason in cursor.fetchall() if reason}
