"""Handing coupons out, to one member or as so many codes for anybody, and withdrawing them."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

from django.db import transaction

from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from members.models import Member
from programs.errors import CouponSeriesClosed, CouponsTooMany, CouponWantsMember
from programs.models import Coupon, CouponSeries
from programs.rules.codes import make_code

MOST = 10_000


def issue_coupons(
    *, series: CouponSeries, count: int, actor: Principal, now: dt.datetime, member: Member | None = None
) -> list[Coupon]:
    """Make `count` codes of a kind, for `member` or (None) for anybody who has one; at most MOST at once.

    Raises CouponSeriesClosed, CouponWantsMember (a personal kind without a member) or CouponsTooMany.
    """
    if not series.is_active:
        raise CouponSeriesClosed(series=series.name)
    if series.is_personal and member is None:
        raise CouponWantsMember(series=series.name)
    if not 1 <= count <= MOST:
        raise CouponsTooMany(most=MOST)
    with transaction.atomic():
        made = Coupon.objects.bulk_create(
            Coupon(
                series=series,
                code=code,
                member=member,
                uses_left=series.uses,
                uses_total=series.uses,
                valid_from=now,
                valid_until=valid_until_of(series, now),
                issued_at=now,
                issued_by=actor.label[:150],
            )
            for code in new_codes(count)
        )
        record_audit(
            actor=actor,
            action="issue_coupons",
            target="programs.couponseries",
            target_id=series.pk,
            now=now,
            details={"count": count, "member": member.pk if member else None},
        )
    return made


def withdraw_coupons(*, coupons: Sequence[Coupon], actor: Principal, now: dt.datetime) -> int:
    """Make coupons unusable from now on; how many were not withdrawn before. What they gave already stays."""
    with transaction.atomic():
        ids = sorted(coupon.pk for coupon in coupons)
        wanted = list(Coupon.objects.select_for_update().filter(pk__in=ids, is_withdrawn=False).order_by("pk"))
        Coupon.objects.filter(pk__in=[coupon.pk for coupon in wanted]).update(is_withdrawn=True)
        for coupon in wanted:
            record_audit(actor=actor, action="withdraw_coupon", target="programs.coupon", target_id=coupon.pk, now=now)
    return len(wanted)


def new_codes(count: int) -> list[str]:
    """Codes that differ. One that exists already is one in 10**16; the table's unique column would say so."""
    found: set[str] = set()
    while len(found) < count:
        found.add(make_code(secrets.choice))
    return list(found)


def valid_until_of(series: CouponSeries, now: dt.datetime) -> dt.datetime | None:
    """The earlier of so many days from now and the kind's own last moment."""
    ends = [series.valid_until] if series.valid_until else []
    if series.valid_days:
        ends.append(now + dt.timedelta(days=series.valid_days))
    return min(ends, default=None)
