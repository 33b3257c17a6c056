"""Coupons through the service: given, used, set aside, free again, and every no in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from loyalty_site.ground.policy import system
from programs.errors import (
    CouponExpired,
    CouponForeign,
    CouponLimit,
    CouponNeedsMember,
    CouponNotYet,
    CouponSeriesClosed,
    CouponsTooMany,
    CouponUnknown,
    CouponUsed,
    CouponUseless,
    CouponWantsMember,
    CouponWithdrawn,
    HoldEnded,
    ReceiptExists,
)
from programs.models import Coupon, CouponSeries, CouponUse, Purchase
from programs.queries.verify import verify
from programs.rules.codes import LETTERS, is_whole, shown
from programs.services.coupons import issue_coupons, withdraw_coupons
from programs.services.holds import CommitOrder, commit_hold, place_hold, release_hold
from programs.services.sales import Sold, quote, sell
from tests.factories.configuration import CouponSeriesFactory, ProgramFactory, RuleFactory, publish
from tests.programs.shop import Shop

ME = system("tests")


@pytest.fixture
def series(shop: Shop) -> CouponSeries:
    made = CouponSeriesFactory(program=shop.program, key="spring")
    RuleFactory(
        program=shop.program,
        key="spring",
        conditions=[{"type": "coupon", "series": ["spring"]}],
        effect={"type": "multiply", "factor": "5"},
    )
    publish(shop.program, at=shop.now - dt.timedelta(days=1))
    return made


def issue(shop: Shop, series: CouponSeries, member=None) -> Coupon:
    return issue_coupons(series=series, count=1, member=member, actor=ME, now=shop.now)[0]


def sell_with(shop: Shop, member, *codes: str, number: str = "") -> Sold:
    return sell(replace(shop.order({"C": "10.00"}, member, number=number), coupons=codes), now=shop.now)


def left(coupon: Coupon) -> int:
    coupon.refresh_from_db()
    return coupon.uses_left


def violations() -> list[object]:
    return [finding for finding in verify() if finding.violations]


def test_a_coupon_brings_what_its_rule_says_once(shop: Shop, series):
    anna = shop.member()
    coupon = issue(shop, series)
    sold = sell_with(shop, anna, f" {shown(coupon.code).lower()} ")
    assert sold.outcome is not None
    assert (sold.outcome.points, left(coupon)) == (50, 0)
    with pytest.raises(CouponUsed) as refusal:
        sell_with(shop, anna, coupon.code)
    assert str(refusal.value) == f"Coupon {coupon.code} has been used."
    assert (Purchase.objects.count(), violations()) == (1, [])


def test_a_quote_shows_it_and_uses_nothing(shop: Shop, series):
    anna = shop.member()
    coupon = issue(shop, series)
    quoted = quote(replace(shop.order({"C": "10.00"}, anna), coupons=(coupon.code,)), now=shop.now)
    assert quoted.outcome is not None
    assert (quoted.outcome.points, left(coupon), CouponUse.objects.count()) == (50, 1, 0)


def test_a_receipt_that_exists_does_not_use_the_coupon(shop: Shop, series):
    anna = shop.member()
    coupon = issue(shop, series)
    shop.sell({"C": "10.00"}, anna, number="1")
    with pytest.raises(ReceiptExists):
        sell_with(shop, anna, coupon.code, number="1")
    assert left(coupon) == 1


def refusal_of(shop: Shop, member, *codes: str) -> type[Exception]:
    with pytest.raises(Exception, match="oupon") as refusal:
        sell_with(shop, member, *codes)
    assert Purchase.objects.count() == CouponUse.objects.count() == 0
    return refusal.type


def test_each_no_is_said_in_its_own_words(shop: Shop, series):
    anna, boris = shop.member(), shop.member("+12125550199", "Boris")
    coupon = issue(shop, series)
    assert refusal_of(shop, None, coupon.code) is CouponNeedsMember
    assert refusal_of(shop, anna, "NONSENSE") is CouponUnknown
    wrong = coupon.code[:-1] + next(letter for letter in LETTERS if letter != coupon.code[-1])
    assert refusal_of(shop, anna, wrong) is CouponUnknown
    elsewhere = CouponSeriesFactory(program=ProgramFactory())
    assert refusal_of(shop, anna, issue(shop, elsewhere).code) is CouponUnknown
    personal = CouponSeriesFactory(program=shop.program, is_personal=True)
    assert refusal_of(shop, boris, issue(shop, personal, anna).code) is CouponForeign
    unnamed = CouponSeriesFactory(program=shop.program)
    assert refusal_of(shop, anna, issue(shop, unnamed).code) is CouponUseless
    Coupon.objects.filter(pk=coupon.pk).update(valid_from=shop.now + dt.timedelta(days=1))
    assert refusal_of(shop, anna, coupon.code) is CouponNotYet
    Coupon.objects.filter(pk=coupon.pk).update(valid_from=shop.now, valid_until=shop.now)
    assert refusal_of(shop, anna, coupon.code) is CouponExpired
    assert withdraw_coupons(coupons=[coupon], actor=ME, now=shop.now) == 1
    assert withdraw_coupons(coupons=[coupon], actor=ME, now=shop.now) == 0
    assert refusal_of(shop, anna, coupon.code) is CouponWithdrawn


def test_one_member_can_be_limited_over_all_codes_of_a_kind(shop: Shop, series):
    CouponSeries.objects.update(uses_per_member=1)
    series.refresh_from_db()
    anna, boris = shop.member(), shop.member("+12125550199", "Boris")
    one, two = issue(shop, series), issue(shop, series)
    with pytest.raises(CouponLimit):
        sell_with(shop, anna, one.code, two.code)
    sell_with(shop, anna, one.code)
    with pytest.raises(CouponLimit):
        sell_with(shop, anna, two.code)
    sell_with(shop, boris, two.code)
    assert violations() == []


def test_a_code_may_be_usable_several_times(shop: Shop, series):
    CouponSeries.objects.update(uses=2)
    series.refresh_from_db()
    anna = shop.member()
    coupon = issue(shop, series)
    sell_with(shop, anna, coupon.code)
    sell_with(shop, anna, coupon.code)
    with pytest.raises(CouponUsed):
        sell_with(shop, anna, coupon.code)
    assert violations() == []


def test_a_hold_sets_it_aside_and_its_sale_uses_it(shop: Shop, series):
    anna = shop.member()
    coupon = issue(shop, series)
    order = replace(shop.order({"C": "10.00"}, anna), coupons=(coupon.code,))
    placed = place_hold(order, minutes=None, reference="", now=shop.now)
    with pytest.raises(CouponUsed):
        sell_with(shop, anna, coupon.code)
    release_hold(till=shop.till, hold_id=placed.public_id, now=shop.now)
    assert (left(coupon), CouponUse.objects.get().state) == (1, "freed")
    placed = place_hold(order, minutes=None, reference="", now=shop.now)
    commit = CommitOrder(shop.till, placed.public_id, receipt_number="h", occurred_at=shop.now)
    sold = commit_hold(commit, now=shop.now)
    assert sold.outcome is not None
    assert (sold.outcome.points, left(coupon)) == (50, 0)
    assert CouponUse.objects.get(purchase__receipt_number="h").state == "used"
    assert violations() == []


def test_a_coupon_of_a_hold_that_timed_out_is_usable_at_once(shop: Shop, series):
    anna, boris = shop.member(), shop.member("+12125550199", "Boris")
    coupon = issue(shop, series)
    order = replace(shop.order({"C": "10.00"}, anna), coupons=(coupon.code,))
    placed = place_hold(order, minutes=10, reference="", now=shop.now)
    early = shop.now
    shop.now += dt.timedelta(minutes=10)
    sell_with(shop, boris, coupon.code)  # nobody touched Anna's account, nor did the clock come by
    commit = CommitOrder(shop.till, placed.public_id, receipt_number="h", occurred_at=early)
    for moment in (early, shop.now):  # a server whose clock is behind hears the same no
        with pytest.raises(HoldEnded):
            commit_hold(commit, now=moment)
    assert (left(coupon), violations()) == (0, [])


def test_a_sale_that_comes_back_whole_frees_its_coupon(shop: Shop, series):
    anna = shop.member()
    coupon = issue(shop, series)
    sold = sell(replace(shop.order({"A": "10.00", "C": "10.00"}, anna), coupons=(coupon.code,)), now=shop.now)
    shop.give_back(sold, {1: "1"})
    assert left(coupon) == 0
    shop.give_back(sold, {2: "1"})
    assert (left(coupon), CouponUse.objects.get().state) == (1, "freed")
    sell_with(shop, anna, coupon.code)
    assert violations() == []


def test_what_cannot_be_handed_out(shop: Shop, series):
    with pytest.raises(CouponsTooMany):
        issue_coupons(series=series, count=0, actor=ME, now=shop.now)
    with pytest.raises(CouponWantsMember):
        issue(shop, CouponSeriesFactory(program=shop.program, is_personal=True))
    with pytest.raises(CouponSeriesClosed):
        issue(shop, CouponSeriesFactory(program=shop.program, is_active=False))


def test_many_codes_differ_and_end_when_their_kind_says(shop: Shop):
    ends = shop.now + dt.timedelta(days=3)
    series = CouponSeriesFactory(program=shop.program, valid_days=30, valid_until=ends)
    made = issue_coupons(series=series, count=300, actor=ME, now=shop.now)
    assert len({coupon.code for coupon in made}) == 300
    assert all(is_whole(coupon.code) for coupon in made)
    assert {coupon.valid_until for coupon in made} == {ends}
