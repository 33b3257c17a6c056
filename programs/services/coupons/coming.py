"""Coupons for the next visit: promised by a rule, handed out with the sale, and gone with it when nobody has used them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from programs.models import Coupon, CouponSeries
from programs.rules import codes
from programs.rules.basket import Benefit, Outcome
from programs.rules.benefits import NextCoupon
from programs.rules.dates import days_after
from programs.services.coupons.issuing import new_codes, valid_until_of


@dataclass(frozen=True, slots=True)
class Coming:
    """Codes of one kind that a sale brings, from so many days on, for so many days (None: as the kind says)."""

    series: CouponSeries
    codes: tuple[str, ...]
    after: int
    days: int | None


def promise(outcome: Outcome | None, *, program_id: int | None) -> tuple[Outcome | None, list[Coming]]:
    """The outcome with the codes of its coupons, and what `hand_out` makes of them. Of a kind that is closed there are
    none. Reads at most one statement and writes nothing."""
    if outcome is None or not any(one.kind == NextCoupon.type for one in outcome.benefits):
        return outcome, []
    wanted = [one.details["series"] for one in outcome.benefits if one.kind == NextCoupon.type]
    series = {one.key: one for one in CouponSeries.objects.filter(program=program_id, key__in=wanted, is_active=True)}
    benefits: list[Benefit] = []
    coming = []
    for one in outcome.benefits:
        if one.kind != NextCoupon.type:
            benefits.append(one)
        elif one.details["series"] in series:
            made = tuple(new_codes(one.times))
            coming.append(Coming(series[one.details["series"]], made, one.details["after"], one.details["days"]))
            benefits.append(one._replace(details=one.details | {"codes": [codes.shown(code) for code in made]}))
    return outcome._replace(benefits=tuple(benefits)), coming


def hand_out(coming: Sequence[Coming], *, member_id: int | None, label: str, now: dt.datetime) -> None:
    """Make the coupons that `promise` named, for one member. Joins the caller's transaction."""
    if not coming:
        return
    Coupon.objects.bulk_create(
        Coupon(
            series=one.series,
            code=code,
            member_id=member_id,
            uses_left=one.series.uses,
            uses_total=one.series.uses,
            valid_from=days_after(now, one.after),
            valid_until=_until(one, days_after(now, one.after)),
            issued_at=now,
            issued_by=label[:150],
        )
        for one in coming
        for code in one.codes
    )


def _until(one: Coming, since: dt.datetime) -> dt.datetime | None:
    if one.days is None:
        return valid_until_of(one.series, since)
    ends = days_after(since, one.days)
    return min(ends, one.series.valid_until) if one.series.valid_until else ends


# Locked by id, like every coupon; one that was used meanwhile keeps its use.
_WITHDRAW = """
    UPDATE programs_coupon SET is_withdrawn = true WHERE NOT is_withdrawn AND uses_left = uses_total AND id IN (
        SELECT id FROM programs_coupon WHERE code = ANY(%s) ORDER BY id FOR UPDATE)
"""


def take_back(benefits: Iterable[Benefit]) -> None:
    """Withdraw the coupons of a sale that was cancelled or came back whole, as far as nobody has used them."""
    named = [codes.read_code(code) for one in benefits for code in one.details.get("codes", ())]
    if named:
        with connection.cursor() as cursor:
            cursor.execute(_WITHDRAW, [named])
