"""Selling through the service: what is earned, spent, refused and stored."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.errors import MemberNotFound
from programs.errors import (
    InsufficientPoints,
    MemberRequired,
    ReceiptExists,
    RedemptionAboveShare,
    RedemptionBelowMinimum,
    RedemptionNotInSteps,
    TooFinePoints,
)
from programs.models import Award, Lot, Posting, Purchase, PurchaseSummary, TierStanding
from programs.queries.shoppers import MemberKey
from programs.queries.verify import verify
from programs.rules.basket import Facts
from programs.services.sales import OrderLine, sell
from tests.factories.configuration import TierFactory, publish
from tests.programs.shop import Shop, open_shop

RECEIPT = {"A": "10.00", "B": "10.00", "C": "20.00"}


def violations() -> list[object]:
    return [finding for finding in verify() if finding.violations]


def test_every_point_of_a_receipt_has_its_rule(shop: Shop):
    anna = shop.member()
    sold = shop.sell(RECEIPT, anna)
    stored = list(Award.objects.order_by("line__position", "id").values_list("line__position", "rule_key", "points"))
    assert stored == [(1, "base", 10), (1, "times-a", 10), (2, "base", 10), (2, "times-b", 20), (3, "base", 20)]
    assert sold.outcome is not None
    assert sold.outcome.points == 70
    assert shop.account(anna).available == 70
    assert violations() == []


def test_a_sale_without_a_member_is_a_receipt_and_nothing_else(shop: Shop):
    sold = shop.sell(RECEIPT)
    assert (Purchase.objects.get().total_minor, sold.total, Posting.objects.count()) == (4000, 4000, 0)


def test_points_pay_soonest_burning_first_and_do_not_earn(shop: Shop):
    anna = shop.member()
    shop.sell({"C": "100.00"}, anna)
    shop.now += dt.timedelta(days=40)
    shop.sell({"C": "50.00"}, anna)
    sold = shop.sell({"C": "40.00"}, anna, redeem="120")
    assert sold.outcome is not None
    assert (sold.outcome.redemption.money, sold.outcome.points) == (120, 38)
    left = list(Lot.objects.order_by("expires_at", "id").values_list("granted", "remaining"))
    assert left == [(100, 0), (50, 30), (38, 38)]
    assert violations() == []


def test_points_earned_in_a_receipt_are_not_spendable_in_it(shop: Shop):
    anna = shop.member()
    with pytest.raises(InsufficientPoints):
        shop.sell({"C": "100.00"}, anna, redeem="1")


@pytest.mark.parametrize(
    ("settings", "redeem", "refusal"),
    [
        ({}, "101", InsufficientPoints),
        ({"redeem_minimum": 50}, "49", RedemptionBelowMinimum),
        ({"redeem_step": 10}, "55", RedemptionNotInSteps),
        ({"point_value": "1", "redeem_max_percent": 50}, "6", RedemptionAboveShare),
        ({}, "0.5", TooFinePoints),
    ],
)
def test_a_redemption_against_the_rules_is_refused_and_writes_nothing(db, settings, redeem, refusal):
    shop = open_shop(**settings)
    anna = shop.member()
    shop.sell({"C": "100.00"}, anna)
    before = (Purchase.objects.count(), Posting.objects.count(), shop.account(anna).available)
    with pytest.raises(refusal):
        shop.sell({"C": "10.00"}, anna, redeem=redeem)
    assert (Purchase.objects.count(), Posting.objects.count(), shop.account(anna).available) == before


def test_points_without_a_member_are_refused(shop: Shop):
    with pytest.raises(MemberRequired):
        shop.sell(RECEIPT, redeem="1")


def test_an_unknown_member_is_refused(shop: Shop):
    order = shop.order(RECEIPT, None)
    with pytest.raises(MemberNotFound):
        sell(type(order)(**{**_fields(order), "member": MemberKey("phone", "+12125550199")}), now=shop.now)


def test_the_same_receipt_number_is_not_sold_twice(shop: Shop):
    anna = shop.member()
    shop.sell(RECEIPT, anna, number="1")
    with pytest.raises(ReceiptExists):
        shop.sell(RECEIPT, anna, number="1")
    assert (Purchase.objects.count(), shop.account(anna).available) == (1, 70)
    assert PurchaseSummary.objects.get().purchase_count == 1


def test_a_quote_says_what_the_sale_will_do_and_writes_nothing(shop: Shop):
    anna = shop.member()
    shop.sell({"C": "100.00"}, anna)
    quoted = shop.quote(RECEIPT, anna, redeem="20")
    assert Purchase.objects.count() == 1
    sold = shop.sell(RECEIPT, anna, redeem="20")
    assert quoted.outcome == sold.outcome


def test_more_decimals_than_the_currency_has_are_refused(shop: Shop):
    with pytest.raises(TooFinePoints):
        shop.sell({"C": "1.005"})


def test_a_line_of_quantity_nought_is_booked(shop: Shop):
    shop.sell([OrderLine("C", Decimal(0), Decimal("1.50")), OrderLine("C", Decimal("4012.5"), Decimal("9.99"))])
    assert Purchase.objects.get().total_minor == 1149


def test_the_day_of_a_receipt_is_the_day_on_the_stores_wall(shop: Shop):
    store = shop.terminal.store
    store.time_zone = "Asia/Vladivostok"
    store.save()
    shop.now = dt.datetime(2026, 3, 10, 20, 0, tzinfo=dt.UTC)
    assert shop.sell(RECEIPT).business_on == dt.date(2026, 3, 11)


def test_a_tier_is_reached_by_spending_and_counts_from_the_next_sale(db):
    shop = open_shop()
    TierFactory(program=shop.program, key="silver", threshold=100, multiplier="1.5")
    publish(shop.program, at=shop.now)
    anna = shop.member()
    first = shop.sell({"C": "100.00"}, anna)
    second = shop.sell({"C": "100.00"}, anna)
    assert first.outcome is not None
    assert second.outcome is not None
    assert (first.outcome.points, second.outcome.points) == (100, 150)
    assert list(TierStanding.objects.values_list("tier_key", "reason")) == [("silver", "spend")]
    assert Facts(**Purchase.objects.order_by("id").last().facts).tier == "silver"


def test_pending_points_become_spendable_and_old_ones_burn(db):
    shop = open_shop(activation_days=3, expiry_months=1)
    anna = shop.member()
    shop.sell({"C": "100.00"}, anna)
    assert (shop.account(anna).pending, shop.account(anna).available) == (100, 0)
    shop.now += dt.timedelta(days=3)
    shop.sell({"C": "1.00"}, anna)
    assert (shop.account(anna).pending, shop.account(anna).available) == (1, 100)
    shop.now += dt.timedelta(days=40)
    shop.quote({"C": "1.00"}, anna)
    sold = shop.sell({"C": "2.00"}, anna)
    assert sold.account is not None
    assert (sold.account.pending, sold.account.available) == (2, 0)
    assert sum(Posting.objects.filter(to_bucket="burnt").values_list("amount", flat=True)) == 101
    assert violations() == []


def test_a_sale_costs_the_same_few_statements_whatever_its_size(shop: Shop):
    anna = shop.member()
    shop.sell({"C": "100.00"}, anna)
    counts = []
    for size in (1, 40):
        lines = [OrderLine(sku, Decimal(1), Decimal("3.00")) for sku in ("A", "B", "C", "D")][:size] * (
            1 if size == 1 else 10
        )
        order = shop.order(lines, anna, redeem="1")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            sell(order, now=shop.now)
        counts.append(len([query for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]))
    assert counts[0] == counts[1] <= 7


def _fields(order) -> dict:
    return {name: getattr(order, name) for name in order.__slots__}
