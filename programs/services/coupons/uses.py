"""Coupons at the till: shown, looked at under their locks, used or set aside, and free again.

Locks come after those of accounts and lots, by id. `present` refuses before anything is written; what is
shown stays locked until the sale's transaction ends, so `use` cannot come too late, and its condition
`uses_left > 0` is the second wall.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection

from loyalty_site.ground.failpoints import failpoint
from programs.errors import (
    CouponExpired,
    CouponForeign,
    CouponLimit,
    CouponNeedsMember,
    CouponNotYet,
    CouponUnknown,
    CouponUsed,
    CouponUseless,
    CouponWithdrawn,
)
from programs.queries.shoppers import Shopper
from programs.rules import codes
from programs.services.programs import cited_series


@dataclass(frozen=True, slots=True)
class Presented:
    """A coupon that may be used now. `series` is the key by which rules know its kind."""

    coupon_id: int
    code: str
    series: str


@dataclass(frozen=True, slots=True)
class _Row:
    coupon_id: int
    code: str
    series: str
    program_id: int
    is_open: bool
    is_personal: bool
    member_id: int | None
    uses_left: int
    valid_from: dt.datetime
    valid_until: dt.datetime | None
    series_id: int
    uses_per_member: int | None


_LOCK = """
    SELECT c.id, c.code, s.key, s.program_id, s.is_active AND NOT c.is_withdrawn, s.is_personal, c.member_id,
           c.uses_left, c.valid_from, c.valid_until, s.id, s.uses_per_member
    FROM programs_coupon c JOIN programs_couponseries s ON s.id = c.series_id
    WHERE c.code = ANY(%s) ORDER BY c.id FOR UPDATE OF c
"""
# A hold that has timed out keeps nothing: its coupon is free now, even before the hold itself is closed (its commit
# looks at the use under this very lock).
_FREE_DUE = """
    WITH freed AS (
        UPDATE programs_couponuse u SET state = 'freed' FROM programs_hold h
        WHERE u.coupon_id = ANY(%(coupons)s) AND u.state = 'held' AND h.id = u.hold_id AND h.expires_at <= %(now)s
        RETURNING u.coupon_id
    ), counted AS (SELECT coupon_id, count(*) AS uses FROM freed GROUP BY coupon_id)
    UPDATE programs_coupon SET uses_left = uses_left + uses FROM counted WHERE programs_coupon.id = counted.coupon_id
    RETURNING programs_coupon.id, uses_left
"""
_USED_BY = """
    SELECT c.series_id, count(*) FROM programs_couponuse u JOIN programs_coupon c ON c.id = u.coupon_id
    WHERE u.member_id = %s AND c.series_id = ANY(%s) AND u.state <> 'freed' GROUP BY c.series_id
"""
_USE = """
    WITH taken AS (
        UPDATE programs_coupon SET uses_left = uses_left - 1 WHERE id = ANY(%(coupons)s) AND uses_left > 0 RETURNING id
    )
    INSERT INTO programs_couponuse (coupon_id, purchase_id, hold_id, member_id, state, at)
    SELECT id, %(purchase)s, %(hold)s, %(member)s, %(state)s, %(now)s FROM taken
"""
_LOCK_OF = """
    SELECT id FROM programs_coupon
    WHERE id IN (SELECT coupon_id FROM programs_couponuse WHERE {owner} = %s) ORDER BY id FOR UPDATE
"""
# A statement of its own, after the lock: in the locking one a use would be seen as it was before the wait.
_USES_OF = """
    SELECT u.id, c.id, c.code, s.key, u.state FROM programs_couponuse u
    JOIN programs_coupon c ON c.id = u.coupon_id JOIN programs_couponseries s ON s.id = c.series_id
    WHERE u.{owner} = %s ORDER BY c.id
"""
_FREE = """
    WITH freed AS (
        UPDATE programs_couponuse SET state = 'freed' WHERE id = ANY(%s) AND state = %s RETURNING coupon_id
    )
    UPDATE programs_coupon SET uses_left = uses_left + 1 FROM freed WHERE programs_coupon.id = freed.coupon_id
"""
_SETTLE = (
    "UPDATE programs_couponuse SET state = 'used', purchase_id = %s, at = %s WHERE hold_id = %s AND state = 'held'"
)


def present(
    given: Sequence[str],
    *,
    program_id: int | None,
    member_id: int | None,
    cited: Collection[str],
    at: dt.datetime,
    now: dt.datetime,
) -> tuple[Presented, ...]:
    """Lock the coupons of a basket and see that each may be used by this member `at` the time of the receipt.

    `cited` are the kinds that rules of the version name. Raises the refusal of the first coupon that may not
    be used, naming it as it was typed.
    """
    if member_id is None or program_id is None:
        raise CouponNeedsMember
    typed = {codes.read_code(text): text for text in given}
    rows = {row.code: row for row in _locked(list(typed))}
    for code, text in typed.items():
        if code not in rows or rows[code].program_id != program_id:
            raise CouponUnknown(coupon=text)
    left = _left(list(rows.values()), now)
    used = _used_by(member_id, [row.series_id for row in rows.values() if row.uses_per_member is not None])
    for code, text in typed.items():
        row = rows[code]
        _look(row, text, member_id, at)
        if row.series not in cited:
            raise CouponUseless(coupon=text)
        if left[row.coupon_id] <= 0:
            raise CouponUsed(coupon=text)
        used[row.series_id] = used.get(row.series_id, 0) + 1
        if row.uses_per_member is not None and used[row.series_id] > row.uses_per_member:
            raise CouponLimit(coupon=text, most=row.uses_per_member)
    failpoint("coupons.after_look")
    return tuple(Presented(rows[code].coupon_id, code, rows[code].series) for code in typed)


def present_by(
    shopper: Shopper | None, given: Sequence[str], *, at: dt.datetime, now: dt.datetime
) -> tuple[Presented, ...]:
    """`present`, by whoever stands at the till, under the version that counts for them."""
    return present(
        given,
        program_id=shopper.program_id if shopper else None,
        member_id=shopper.member_id if shopper else None,
        cited=cited_series(shopper.version_id) if shopper and shopper.version_id else frozenset(),
        at=at,
        now=now,
    )


def use(
    coupons: Sequence[Presented],
    *,
    member_id: int | None,
    now: dt.datetime,
    purchase_id: int | None = None,
    hold_id: int | None = None,
) -> None:
    """Count one use of each presented coupon, for a sale or (set aside) for a hold."""
    parameters = {
        "coupons": sorted(coupon.coupon_id for coupon in coupons),
        "purchase": purchase_id,
        "hold": hold_id,
        "member": member_id,
        "state": "held" if purchase_id is None else "used",
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_USE, parameters)
        if cursor.rowcount != len(coupons):
            raise RuntimeError("a coupon was used up although its row was locked")


def settle_hold(hold_id: int, *, purchase_id: int, now: dt.datetime) -> None:
    """The hold became a sale: what it had set aside is used."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [purchase_id, now, hold_id])


def held_by(hold_id: int) -> tuple[Presented, ...] | None:
    """The coupons that a hold keeps, locked; None when one of them is no longer its own."""
    rows = _locked_uses("hold_id", hold_id)
    if any(state != "held" for *_, state in rows):
        return None
    return tuple(Presented(coupon_id, code, series) for _, coupon_id, code, series, _ in rows)


def free_of_hold(hold_id: int) -> None:
    """Give back what a hold had set aside."""
    _free("hold_id", hold_id, "held")


def free_of_sale(purchase_id: int) -> None:
    """Give back what a sale had used: it was cancelled, or all of it came back."""
    _free("purchase_id", purchase_id, "used")


def _locked(wanted: list[str]) -> list[_Row]:
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [wanted])
        return [_Row(*row) for row in cursor.fetchall()]


def _left(rows: list[_Row], now: dt.datetime) -> dict[int, int]:
    """Uses left of each, after letting go what holds past their time still keep."""
    left = {row.coupon_id: row.uses_left for row in rows}
    if any(uses == 0 for uses in left.values()):
        with connection.cursor() as cursor:
            cursor.execute(_FREE_DUE, {"coupons": list(left), "now": now})
            left |= dict(cursor.fetchall())
    return left


def _used_by(member_id: int, series: list[int]) -> dict[int, int]:
    if not series:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_USED_BY, [member_id, series])
        return dict(cursor.fetchall())


def _look(row: _Row, text: str, member_id: int, at: dt.datetime) -> None:
    if row.is_personal and row.member_id != member_id:
        raise CouponForeign(coupon=text)
    if not row.is_open:
        raise CouponWithdrawn(coupon=text)
    if at < row.valid_from:
        raise CouponNotYet(coupon=text, day=row.valid_from.date().isoformat())
    if row.valid_until is not None and at >= row.valid_until:
        raise CouponExpired(coupon=text, day=row.valid_until.date().isoformat())


def _free(owner: str, owner_id: int, state: str) -> None:
    uses = [row[0] for row in _locked_uses(owner, owner_id)]
    if uses:
        with connection.cursor() as cursor:
            cursor.execute(_FREE, [uses, state])


def _locked_uses(owner: str, owner_id: int) -> list[tuple[int, int, str, str, str]]:
    """[(use id, coupon id, code, series key, state)] of a hold or sale, its coupons locked."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_OF.format(owner=owner), [owner_id])
        if not cursor.fetchall():
            return []
        cursor.execute(_USES_OF.format(owner=owner), [owner_id])
        rows: list[tuple[int, int, str, str, str]] = cursor.fetchall()
        return rows
