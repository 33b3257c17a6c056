"""Receipts from before the tills were ours: written and taken away by imports (docs/adr/0029).

They carry no points and touch no account; what they change besides themselves is the member's purchase summary. Many at
once, in a few statements. Who calls this holds the transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.queries.references import unreferenced
from programs.models import Award, LedgerTransaction, Lot, Purchase, PurchaseLine
from programs.services.receipts import SUMMED_UP


@dataclass(frozen=True, slots=True)
class PastLine:
    """One line; minor money, never negative. `original_line` is the line whose goods come back, if that is known."""

    sku: str
    quantity: Decimal
    amount: int
    discount: int = 0
    original_line: int | None = None


@dataclass(frozen=True, slots=True)
class PastReceipt:
    """A sale, or a return (`kind`) of which the sale is `original` or not known. Without lines only `total` is known."""

    kind: str
    store_id: int
    register: str
    number: str
    business_on: dt.date
    occurred_at: dt.datetime
    member_id: int | None
    currency: str
    total: int
    discount: int = 0
    lines: tuple[PastLine, ...] = ()
    original: int | None = None

    @property
    def key(self) -> tuple[int, str, str, dt.date, str]:
        """The natural key of every receipt: store, register, number, day, kind."""
        return (self.store_id, self.register, self.number, self.business_on, self.kind)


# DO NOTHING on the natural key, as in a sale: what a till has booked, or another file brought, stays as it is.
_WRITE = f"""
    WITH given AS MATERIALIZED (
        SELECT * FROM unnest(
            %(kinds)s::text[], %(stores)s::bigint[], %(registers)s::text[], %(numbers)s::text[], %(days)s::date[],
            %(moments)s::timestamptz[], %(members)s::bigint[], %(currencies)s::text[], %(totals)s::bigint[],
            %(discounts)s::bigint[], %(originals)s::bigint[]
        ) WITH ORDINALITY AS g(kind, store, register, number, business_on, at, member, currency, total, discount,
                               original, n)
    ), receipt AS (
        INSERT INTO programs_purchase
            (kind, store_id, register, receipt_number, business_on, occurred_at, member_id, currency, total_minor,
             discount_minor, original_id, without_receipt, tender_minor, points_earned, points_redeemed, facts,
             import_batch_id)
        SELECT kind, store, register, number, business_on, at, member, currency, total, discount, original,
               kind = 'return' AND original IS NULL, 0, 0, 0, '{{}}', %(batch)s
        FROM given ORDER BY n
        ON CONFLICT ON CONSTRAINT programs_receipt_once DO NOTHING
        RETURNING id, kind, store_id, register, receipt_number, business_on
    ), named AS MATERIALIZED (
        SELECT r.id, g.* FROM receipt r JOIN given g ON g.kind = r.kind AND g.store = r.store_id
            AND g.register = r.register AND g.number = r.receipt_number AND g.business_on = r.business_on
    ), lines AS (
        INSERT INTO programs_purchaseline
            (purchase_id, position, original_line_id, sku, product_id, category_id, quantity, amount_minor,
             discount_minor, tax_included, tender_minor, points_redeemed, points_earned)
        SELECT named.id, l.position, l.original, l.sku, p.id, p.category_id, l.quantity, l.amount, l.discount, true, 0, 0, 0
        FROM unnest(%(line_receipts)s::bigint[], %(positions)s::int[], %(original_lines)s::bigint[], %(skus)s::text[],
                    %(quantities)s::numeric[], %(amounts)s::bigint[], %(line_discounts)s::bigint[])
             AS l(n, position, original, sku, quantity, amount, discount)
        JOIN named ON named.n = l.n LEFT JOIN programs_product p ON p.sku = l.sku
    ), summary AS (
        INSERT INTO programs_purchasesummary AS s
            (member_id, purchase_count, spend_minor, returned_minor, first_at, last_at, last_store_id)
        SELECT member, count(*) FILTER (WHERE kind = 'sale'),
               sum(CASE kind WHEN 'sale' THEN total ELSE -total END),
               coalesce(sum(total) FILTER (WHERE kind = 'return'), 0),
               min(at) FILTER (WHERE kind = 'sale'), max(at) FILTER (WHERE kind = 'sale'),
               coalesce((array_agg(store ORDER BY at DESC) FILTER (WHERE kind = 'sale'))[1], max(store))
        FROM named WHERE member IS NOT NULL GROUP BY member ORDER BY member
        ON CONFLICT (member_id) DO UPDATE SET
            purchase_count = s.purchase_count + excluded.purchase_count, {SUMMED_UP}
    )
    SELECT n, id FROM named
"""


def write_history(receipts: Sequence[PastReceipt], *, batch_id: int) -> list[int | None]:
    """Write these receipts, whose keys all differ; the id of each, None (and nothing written) where its key is taken.

    The members' rows must be locked by the caller (lock_buyers), so that nobody is merged or erased meanwhile.
    """
    assert len({receipt.key for receipt in receipts}) == len(receipts)
    ids: list[int | None] = [None] * len(receipts)
    if not receipts:
        return ids
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, {"batch": batch_id, **_head_arrays(receipts), **_line_arrays(receipts)})
        for n, purchase_id in cursor.fetchall():
            ids[n - 1] = purchase_id
    return ids


def _head_arrays(receipts: Sequence[PastReceipt]) -> dict[str, Any]:
    return {
        "kinds": [receipt.kind for receipt in receipts],
        "stores": [receipt.store_id for receipt in receipts],
        "registers": [receipt.register for receipt in receipts],
        "numbers": [receipt.number for receipt in receipts],
        "days": [receipt.business_on for receipt in receipts],
        "moments": [receipt.occurred_at for receipt in receipts],
        "members": [receipt.member_id for receipt in receipts],
        "currencies": [receipt.currency for receipt in receipts],
        "totals": [receipt.total for receipt in receipts],
        "discounts": [receipt.discount for receipt in receipts],
        "originals": [receipt.original for receipt in receipts],
    }


def _line_arrays(receipts: Sequence[PastReceipt]) -> dict[str, Any]:
    lines = [
        (n, position, line) for n, receipt in enumerate(receipts, 1) for position, line in enumerate(receipt.lines, 1)
    ]
    return {
        "line_receipts": [n for n, _position, _line in lines],
        "positions": [position for _n, position, _line in lines],
        "original_lines": [line.original_line for *_, line in lines],
        "skus": [line.sku for *_, line in lines],
        "quantities": [line.quantity for *_, line in lines],
        "amounts": [line.amount for *_, line in lines],
        "line_discounts": [line.discount for *_, line in lines],
    }


# FOR SHARE and not less: a merge takes its people FOR NO KEY UPDATE.
_BUYERS = """
    SELECT m.id, CASE WHEN m.status = 'merged' THEN m.survivor_id END, m.status = 'erased'
    FROM members_member m WHERE m.id = ANY(%s) ORDER BY m.id FOR SHARE
"""


def lock_buyers(member_ids: Collection[int]) -> dict[int, int | None]:
    """Lock these people by rising id until the transaction ends: nobody is merged or erased meanwhile.

    {member id: who they are now}: themselves, the survivor of a merge, or None for the erased.
    """
    found: dict[int, int | None] = {}
    wanted = set(member_ids)
    while wanted:
        survivors: dict[int, int] = {}
        with connection.cursor() as cursor:
            cursor.execute(_BUYERS, [sorted(wanted)])
            for member_id, survivor_id, is_erased in cursor.fetchall():
                found[member_id] = None if is_erased else member_id
                if survivor_id is not None:
                    survivors[member_id] = survivor_id
        wanted = set(survivors.values()) - found.keys()
        for member_id, survivor_id in survivors.items():
            found[member_id] = survivor_id
    failpoint("history.after_lock")
    return {member_id: _last(found, member_id) for member_id in found}


def _last(found: dict[int, int | None], member_id: int) -> int | None:
    """Whoever the survivor was merged into, and so on."""
    now: int | None = member_id
    while now is not None and found[now] not in (None, now):
        now = found[now]
    return None if now is None else found[now]


_LOCK = "SELECT id FROM programs_purchase WHERE id = ANY(%s) AND import_batch_id IS NOT NULL ORDER BY id FOR UPDATE"
# Sums go back as they came. First and last are looked up again only where a receipt that goes stood at that end.
_SUMMARY_BACK = """
    WITH going AS (
        SELECT member_id, count(*) FILTER (WHERE kind = 'sale') AS sales,
               sum(CASE kind WHEN 'sale' THEN total_minor ELSE -total_minor END) AS spend,
               coalesce(sum(total_minor) FILTER (WHERE kind = 'return'), 0) AS returned,
               min(occurred_at) FILTER (WHERE kind = 'sale') AS first_at,
               max(occurred_at) FILTER (WHERE kind = 'sale') AS last_at
        FROM programs_purchase WHERE id = ANY(%(ids)s::bigint[]) AND member_id IS NOT NULL
        GROUP BY member_id ORDER BY member_id
    )
    UPDATE programs_purchasesummary s SET
        purchase_count = greatest(s.purchase_count - going.sales, 0), spend_minor = s.spend_minor - going.spend,
        returned_minor = s.returned_minor - going.returned,
        first_at = CASE WHEN going.first_at <= s.first_at THEN rest.first_at ELSE s.first_at END,
        last_at = CASE WHEN going.last_at >= s.last_at THEN rest.last_at ELSE s.last_at END,
        last_store_id = CASE WHEN going.last_at >= s.last_at THEN rest.store_id ELSE s.last_store_id END
    FROM going CROSS JOIN LATERAL (
        SELECT min(occurred_at) AS first_at, max(occurred_at) AS last_at,
               (array_agg(store_id ORDER BY occurred_at DESC, id DESC))[1] AS store_id
        FROM programs_purchase p
        WHERE p.member_id = going.member_id AND p.kind = 'sale' AND p.id <> ALL(%(ids)s::bigint[])
    ) AS rest
    WHERE s.member_id = going.member_id
    RETURNING s.member_id
"""
# Who never bought anything else has no row, as before.
_SUMMARY_GONE = """
    DELETE FROM programs_purchasesummary s WHERE s.member_id = ANY(%s)
        AND NOT EXISTS (SELECT FROM programs_purchase p WHERE p.member_id = s.member_id)
"""


def lock_history(purchase_ids: Sequence[int]) -> list[int]:
    """Lock the historic receipts among these, by rising id: nobody returns goods against them until the end."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(purchase_ids)])
        return [purchase_id for (purchase_id,) in cursor.fetchall()]


# What the trigger looks for itself is left out, and so are lines: they go along.
_NAMED = f"""
    SELECT p.id FROM programs_purchase p WHERE p.id = ANY(%s)
      AND NOT ({unreferenced(Purchase, "p", besides=[Purchase, PurchaseLine, Award, LedgerTransaction, Lot])})
"""


def named_history(purchase_ids: Sequence[int]) -> set[int]:
    """Those that some other table names (a flag, a conflict), so that they cannot be taken away."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, [list(purchase_ids)])
        return {purchase_id for (purchase_id,) in cursor.fetchall()}


def remove_history(purchase_ids: Sequence[int]) -> None:
    """Take these locked historic receipts away, returns before their sales, and their sums out of the summaries.

    The database refuses receipts of tills, and those that anything still names.
    """
    ids = list(purchase_ids)
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_SUMMARY_BACK, {"ids": ids})
        members = [member_id for (member_id,) in cursor.fetchall()]
        for kind in ("return", "sale"):
            cursor.execute(
                "DELETE FROM programs_purchaseline WHERE purchase_id IN "
                "(SELECT id FROM programs_purchase WHERE id = ANY(%s) AND kind = %s)",
                [ids, kind],
            )
            cursor.execute("DELETE FROM programs_purchase WHERE id = ANY(%s) AND kind = %s", [ids, kind])
        cursor.execute(_SUMMARY_GONE, [members])
