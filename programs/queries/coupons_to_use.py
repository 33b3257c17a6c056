"""The personal coupons that somebody could hand over right now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

SHOWN = 5


@dataclass(frozen=True, slots=True)
class CouponToUse:
    """`code` as stored; `until` is the first moment at which it is over (None: never)."""

    code: str
    name: str
    until: dt.datetime | None


# What the till would look at under its locks. A hold that has timed out and is not closed yet still counts as a use: the
# till is told too little for some minutes, and never too much.
USABLE = """
    FROM programs_coupon c JOIN programs_couponseries k ON k.id = c.series_id
    WHERE c.member_id = %(member)s AND k.program_id = %(program)s AND k.key = ANY(%(cited)s)
      AND c.uses_left > 0 AND NOT c.is_withdrawn AND k.is_active
      AND c.valid_from <= %(now)s AND (c.valid_until IS NULL OR c.valid_until > %(now)s)
      AND (k.uses_per_member IS NULL OR k.uses_per_member > (
          SELECT count(*) FROM programs_couponuse u JOIN programs_coupon o ON o.id = u.coupon_id
          WHERE u.member_id = c.member_id AND o.series_id = k.id AND u.state <> 'freed'))
"""
_TO_USE = f"SELECT c.code, k.name, c.valid_until {USABLE} ORDER BY c.valid_until NULLS LAST, c.id LIMIT %(shown)s"


def coupons_to_use(member_id: int, program_id: int, *, cited: Collection[str], now: dt.datetime) -> list[CouponToUse]:
    """The first to end come first, at most SHOWN; `cited` are the kinds that rules name. One statement."""
    asked: dict[str, Any] = {
        "member": member_id,
        "program": program_id,
        "cited": sorted(cited),
        "now": now,
        "shown": SHOWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TO_USE, asked)
        return [CouponToUse(*row) for row in cursor.fetchall()]
