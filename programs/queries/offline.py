"""What offline receipts need to know of the past, and how their conflicts are told."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from programs.models import OfflineConflict
from programs.rules.basket import Facts, Line
from programs.rules.remembering import recalled
from programs.rules.replaying import PastReturn, PastSale, Step, TierSet

# By member, because that is what receipts are indexed by; a household's members share an account, and somebody who left
# it and came back is one of them once.
_CLIMB = """
    SELECT 'before' AS what, from_at AS at, NULL::bigint AS version_id, 0::bigint AS change, tier_key FROM (
        SELECT from_at, tier_key FROM programs_tierstanding WHERE account_id = %(account)s AND from_at < %(since)s
        ORDER BY from_at DESC, id DESC LIMIT 1
    ) AS last
    UNION ALL
    SELECT reason, from_at, CASE WHEN reason = 'spend' THEN version_id END, 0, tier_key FROM programs_tierstanding
    WHERE account_id = %(account)s AND from_at >= %(since)s
    UNION ALL
    (SELECT 'receipt', p.occurred_at, CASE WHEN p.kind = 'sale' THEN p.version_id END,
            (p.total_minor - p.reward_minor) * CASE WHEN p.kind = 'sale' THEN 1 ELSE -1 END, ''
     FROM (SELECT DISTINCT member_id, account_id FROM programs_accountaccess WHERE account_id = %(account)s) AS x
     JOIN programs_purchase p ON p.member_id = x.member_id AND p.account_id = x.account_id
     WHERE p.occurred_at >= %(since)s ORDER BY p.occurred_at, p.id)
"""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where an account stood at a moment, and what moved it from then on, in the order of the tills' clocks.

    `tier` is None when it has no history of tiers at all.
    """

    tier: str | None
    steps: list[Step | TierSet]

    @property
    def change(self) -> int:
        """Minor money of all receipts from that moment on: sales less returns."""
        return sum(step.change for step in self.steps if isinstance(step, Step))


def ladder_of(account_id: int, since: dt.datetime) -> Ladder:
    """What an account's history says, in one statement."""
    tier = None
    steps: list[Step | TierSet] = []
    with connection.cursor() as cursor:
        cursor.execute(_CLIMB, {"account": account_id, "since": since})
        for what, at, version_id, change, key in cursor.fetchall():
            if what == "receipt":
                steps.append(Step(at, version_id, change))
            elif what == "before":
                tier = key
            else:
                tier = tier or ""
                steps.append(TierSet(at, key, version_id))
    return Ladder(tier, sorted(steps, key=lambda step: (step.at, isinstance(step, Step))))


@dataclass(frozen=True, slots=True)
class KnownReceipt:
    """A receipt that is there already under this number. `pieces` are (SKU or original line, quantity, amount); one that
    an import brought from before our tills `is_history`, and may have no pieces and no register."""

    purchase_id: int
    public_id: str
    points: int
    decimals: int
    pieces: tuple[tuple[str, Decimal, int], ...]
    is_history: bool = False
    register: str = ""
    total: int = 0  # minor money

    def says(self, pieces: Sequence[tuple[str, Decimal, int]]) -> bool:
        """The very same receipt? Of history the order of the lines is unknown, and sometimes there is but a sum."""
        if not self.is_history:
            return self.pieces == tuple(pieces)
        if not self.pieces:
            return self.total == sum(amount for _what, _quantity, amount in pieces)
        return sorted(self.pieces) == sorted(pieces)


# What was imported without a register may be the receipt of any.
_KNOWN = """
    SELECT p.id, p.public_id::text, p.points_earned, coalesce(g.point_decimals, 0), p.import_batch_id IS NOT NULL,
           p.register, p.total_minor
    FROM programs_purchase p
    LEFT JOIN programs_programversion v ON v.id = p.version_id LEFT JOIN programs_program g ON g.id = v.program_id
    WHERE p.store_id = %(store)s AND p.register = ANY(ARRAY[%(register)s, '']) AND p.receipt_number = %(number)s
      AND p.business_on = %(day)s AND p.kind = %(kind)s AND (p.register = %(register)s OR p.import_batch_id IS NOT NULL)
    ORDER BY p.register = %(register)s DESC LIMIT 1
"""
_PIECES = """
    SELECT CASE WHEN p.kind = 'sale' THEN l.sku ELSE o.position::text END, l.quantity,
           CASE WHEN p.kind = 'sale' THEN l.amount_minor ELSE 0 END
    FROM programs_purchaseline l JOIN programs_purchase p ON p.id = l.purchase_id
    LEFT JOIN programs_purchaseline o ON o.id = l.original_line_id
    WHERE l.purchase_id = %s ORDER BY l.position
"""


def known_receipt(*, store_id: int, register: str, number: str, day: dt.date, kind: str) -> KnownReceipt | None:
    """The receipt of this number, day, register and kind, or None."""
    with connection.cursor() as cursor:
        named: dict[str, Any] = {"store": store_id, "register": register, "number": number, "day": day, "kind": kind}
        cursor.execute(_KNOWN, named)
        row = cursor.fetchone()
        if row is None:
            return None
        cursor.execute(_PIECES, [row[0]])
        pieces = tuple((sku, quantity, amount) for sku, quantity, amount in cursor.fetchall())
        purchase_id, public_id, points, decimals, is_history, its_register, total = row
        return KnownReceipt(purchase_id, public_id, points, decimals, pieces, is_history, its_register, total)


def is_noted(purchase_id: int, code: str) -> bool:
    """Whether somebody was told this of a receipt before, whatever they decided."""
    return OfflineConflict.objects.filter(purchase=purchase_id, codes__contains=[code]).exists()


_SPENT = """
    SELECT coalesce(sum(points_redeemed), 0)::bigint FROM programs_purchase
    WHERE member_id = %s AND business_on = %s AND is_offline AND kind = 'sale'
"""


def spent_offline(member_id: int, day: dt.date) -> int:
    """Minor points that a member has spent without a connection on this business day, in all stores."""
    with connection.cursor() as cursor:
        cursor.execute(_SPENT, [member_id, day])
        return int(cursor.fetchone()[0])


# Receipts that were booked after one of the same account that happened later.
_OVERTAKEN = """
    SELECT q.account_id, min(q.occurred_at) FROM programs_purchase q
    WHERE q.id = ANY(%s) AND q.account_id IS NOT NULL AND EXISTS (
        SELECT FROM programs_accountaccess x JOIN programs_purchase p ON p.member_id = x.member_id
        WHERE x.account_id = q.account_id AND p.account_id = q.account_id AND p.occurred_at > q.occurred_at
          AND p.id < q.id
    ) GROUP BY q.account_id ORDER BY q.account_id
"""


def overtaken_accounts(purchase_ids: Sequence[int]) -> list[tuple[int, dt.datetime]]:
    """(account, moment of the earliest such receipt) of those of `purchase_ids` that came after later ones."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERTAKEN, [list(purchase_ids)])
        return [(account, at) for account, at in cursor.fetchall()]


_PAST = """
    SELECT p.id, p.kind, p.occurred_at, p.version_id, p.facts, p.total_minor - p.reward_minor, p.points_redeemed, s.code, s.time_zone,
           p.receipt_number,
           (SELECT json_agg(json_build_array(l.sku, l.quantity::text, l.amount_minor, coalesce(c.code, ''), l.tax_rate::text, l.tax_included, (
                       SELECT coalesce(sum(b.quantity), 0)::text FROM programs_purchaseline b
                       WHERE b.original_line_id = l.id)) ORDER BY l.position)
            FROM programs_purchaseline l LEFT JOIN programs_category c ON c.id = l.category_id
            WHERE l.purchase_id = p.id)
    FROM (SELECT DISTINCT member_id, account_id FROM programs_accountaccess WHERE account_id = %s) AS x
    JOIN programs_purchase p ON p.member_id = x.member_id AND p.account_id = x.account_id
    JOIN programs_store s ON s.id = p.store_id
    WHERE p.occurred_at >= %s ORDER BY p.occurred_at, p.id
"""
_SET_TIERS = """
    SELECT from_at, tier_key, CASE WHEN reason = 'spend' THEN version_id END FROM programs_tierstanding
    WHERE account_id = %s AND from_at >= %s ORDER BY from_at, id
"""


def past_of(account_id: int, since: dt.datetime) -> list[PastSale | PastReturn | TierSet]:
    """What happened to an account from `since` on, in the order in which it happened at the tills."""
    with connection.cursor() as cursor:
        cursor.execute(_SET_TIERS, [account_id, since])
        events: list[PastSale | PastReturn | TierSet] = [TierSet(*row) for row in cursor.fetchall()]
        cursor.execute(_PAST, [account_id, since])
        for row in cursor.fetchall():
            events.append(_past(*row))
    # Stable: receipts of one moment stay in the order of booking, and a tier set at that moment came before.
    return sorted(events, key=lambda event: event.at)


def _past(
    purchase_id: int,
    kind: str,
    at: dt.datetime,
    version_id: int | None,
    facts: str,
    net: int,
    redeemed: int,
    store: str,
    zone: str,
    number: str,
    lines: list[list[Any]] | None,
) -> PastSale | PastReturn:
    if kind == "return":
        return PastReturn(at, net)
    kept = json.loads(facts)
    pieces = lines or []
    seen = [_line(*piece) for piece in pieces]
    basket = recalled(seen, kept, store=store, at=at.astimezone(ZoneInfo(zone)))
    returned = tuple(Decimal(back) for *_, back in pieces)
    claim = tuple(kept.get("rewards", ()))
    return PastSale(at, purchase_id, number, version_id, Facts.from_json(kept), basket, net, redeemed, returned, claim)


def _line(sku: str, quantity: str, amount: int, category: str, rate: str | None, *rest: Any) -> Line:
    tax_included, _returned = rest
    tax_rate = None if rate is None else Decimal(rate)
    return Line(sku, Decimal(quantity), amount, category, tax_rate=tax_rate, tax_included=tax_included)
