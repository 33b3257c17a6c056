"""What a return needs to know of the sale it takes back."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import connection

from programs.queries.burning import BURNS_AT, CALENDARS
from programs.rules.returns import LotLeft, SoldAward, SoldLine


@dataclass(frozen=True, slots=True)
class SoldReceipt:
    """The head of a sale as a return needs it."""

    purchase_id: int
    public_id: str
    member_id: int | None
    account_id: int | None
    version_id: int | None
    points_redeemed: int
    currency: str
    receipt_number: str
    business_on: dt.date
    is_voided: bool
    used_coupons: bool
    language: str
    program_id: int | None = None


@dataclass(frozen=True, slots=True)
class SaleNamed:
    """A sale as a till of a partner names it: by its public id, or by store, register and number (the newest such, or that
    of `day`)."""

    partner_id: int
    public_id: str | None = None
    store_id: int = 0
    register: str = ""
    number: str = ""
    day: dt.date | None = None


# Partners are the boundary: another partner's receipt is as absent as one that never was.
_RECEIPT = """
    SELECT p.id, p.public_id::text, p.member_id, p.account_id, p.version_id, p.points_redeemed, p.currency,
           p.receipt_number, p.business_on,
           EXISTS (SELECT 1 FROM programs_purchase v WHERE v.original_id = p.id AND v.is_void),
           EXISTS (SELECT 1 FROM programs_couponuse u WHERE u.purchase_id = p.id AND u.state = 'used'),
           coalesce((SELECT m.language FROM members_member m WHERE m.id = p.member_id), ''),
           (SELECT v.program_id FROM programs_programversion v WHERE v.id = p.version_id)
    FROM programs_purchase p JOIN programs_store s ON s.id = p.store_id
    WHERE p.kind = 'sale' AND s.partner_id = %(partner)s AND {where}
    ORDER BY p.business_on DESC LIMIT 1
"""
_LOCKED = " FOR UPDATE OF p"
_BY_ID = _RECEIPT.format(where="p.public_id = %(public_id)s::uuid")
_BY_NUMBER = _RECEIPT.format(
    where="p.store_id = %(store)s AND p.register = %(register)s AND p.receipt_number = %(number)s "
    "AND (%(day)s::date IS NULL OR p.business_on = %(day)s::date)"
)
_LINES = """
    SELECT l.id, l.position, l.quantity, coalesce(r.quantity, 0), l.amount_minor, l.discount_minor, l.tender_minor,
           l.points_redeemed, l.reward_minor
    FROM programs_purchaseline l
    LEFT JOIN LATERAL (
        SELECT sum(quantity) AS quantity FROM programs_purchaseline b WHERE b.original_line_id = l.id
    ) r ON true
    WHERE l.purchase_id = %s ORDER BY l.position
"""
_AWARDS = (
    "SELECT line_id, id, rule_key, reason, points, money_minor FROM programs_award WHERE purchase_id = %s ORDER BY id"
)
_LOTS = """
    SELECT id, purchase_line_id, remaining - held, is_pending FROM programs_lot
    WHERE account_id = %s AND remaining > held ORDER BY expires_at, id
"""
# By the lots, in the order of spending: postings written by one statement have their numbers in any order.
_SPENT = """
    SELECT g.lot_id, g.amount FROM programs_posting g JOIN programs_ledgertransaction t ON t.id = g.transaction_id
    LEFT JOIN programs_lot l ON l.id = g.lot_id
    WHERE t.purchase_id = %s AND g.to_bucket = 'redeemed' ORDER BY l.id IS NULL, l.expires_at, l.id
"""
_PAST = f"""
    SELECT l.id FROM programs_lot l JOIN programs_account a ON a.id = l.account_id
    LEFT JOIN {CALENDARS} c ON c.program_id = a.program_id
    WHERE l.id = ANY(%(lots)s::bigint[]) AND {BURNS_AT} <= %(now)s
"""
_RESTORED = "SELECT coalesce(sum(points_redeemed), 0)::bigint FROM programs_purchase WHERE original_id = %s"


def lock_sale(named: SaleNamed) -> SoldReceipt | None:
    """The sale, locked until the transaction ends; None where this partner has none such."""
    return _sale(named, _LOCKED)


def see_sale(named: SaleNamed) -> SoldReceipt | None:
    """The same without a lock, for who only looks."""
    return _sale(named, "")


def _sale(named: SaleNamed, lock: str) -> SoldReceipt | None:
    with connection.cursor() as cursor:
        cursor.execute(
            (_BY_ID if named.public_id else _BY_NUMBER) + lock,
            {
                "partner": named.partner_id,
                "public_id": named.public_id,
                "store": named.store_id,
                "register": named.register,
                "number": named.number,
                "day": named.day,
            },
        )
        row = cursor.fetchone()
    return SoldReceipt(*row) if row else None


def sold_lines(purchase_id: int) -> list[SoldLine]:
    """The lines of a sale with their awards and what has been returned of them."""
    awards: dict[int, list[SoldAward]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_AWARDS, [purchase_id])
        for line_id, *award in cursor.fetchall():
            awards[line_id].append(SoldAward(*award))
        cursor.execute(_LINES, [purchase_id])
        lines = [(SoldLine(*row), reward) for *row, reward in cursor.fetchall()]
    return [replace(line, awards=tuple(awards[line.line_id]), reward=reward) for line, reward in lines]


def lots_left(account_id: int) -> list[LotLeft]:
    """Every lot of an account with something left, in the order of spending."""
    with connection.cursor() as cursor:
        cursor.execute(_LOTS, [account_id])
        return [LotLeft(*row) for row in cursor.fetchall()]


def past_lots(lot_ids: Sequence[int], *, now: dt.datetime) -> set[int]:
    """Those of the lots whose day has passed."""
    with connection.cursor() as cursor:
        cursor.execute(_PAST, {"lots": list(lot_ids), "now": now})
        return {row[0] for row in cursor.fetchall()}


def spent_lots(purchase_id: int) -> tuple[list[tuple[int | None, int]], int]:
    """([(lot id, minor points)] that paid for a sale in the order of spending, points already given back).

    Lot None is what was spent offline and no balance covered.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SPENT, [purchase_id])
        spent = [(lot, amount) for lot, amount in cursor.fetchall()]
        cursor.execute(_RESTORED, [purchase_id])
        return spent, int(cursor.fetchone()[0])
