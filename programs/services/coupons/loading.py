"""Codes that somebody else printed: brought in by an import, and taken back out as long as nobody used them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from programs.models import Coupon, CouponSeries
from programs.services.coupons.issuing import valid_until_of


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code as stored, until when it is good (None: as the kind says), and whose it is (None: anybody's)."""

    code: str
    until: dt.datetime | None = None
    member_id: int | None = None


def load_codes(*, series: CouponSeries, codes: Sequence[NewCode], label: str, now: dt.datetime) -> list[int]:
    """Make coupons of a kind out of these codes; their ids. Of a personal kind every code has a member.

    Joins the caller's transaction; IntegrityError when a code has come to exist meanwhile.
    """
    usual = valid_until_of(series, now)
    made = Coupon.objects.bulk_create(
        Coupon(
            series=series,
            code=one.code,
            member_id=one.member_id,
            uses_left=series.uses,
            uses_total=series.uses,
            valid_from=now,
            valid_until=one.until or usual,
            issued_at=now,
            issued_by=label[:150],
        )
        for one in codes
    )
    return [coupon.pk for coupon in made]


def change_ends(ends: Mapping[int, dt.datetime | None]) -> None:
    """Let coupons be good until another moment (None: for ever)."""
    coupons = list(Coupon.objects.select_for_update().filter(pk__in=ends).order_by("pk"))
    for coupon in coupons:
        coupon.valid_until = ends[coupon.pk]
    Coupon.objects.bulk_update(coupons, ["valid_until"], batch_size=500)


def remove_codes(ids: Collection[int]) -> None:
    """Take coupons out that were never used; the caller has locked them and looked."""
    Coupon.objects.filter(pk__in=ids).delete()
