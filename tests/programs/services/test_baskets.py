"""What rules are told of a basket: its taxes, place, payment and articles; kept so that the receipt answers again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from loyalty_site.ground.policy import system
from members.models import Member
from programs.models import Partner, Product, Program, Purchase, Terminal
from programs.queries.shoppers import MemberKey
from programs.services import sales
from programs.services.coupons import issue_coupons
from programs.services.holds import CommitOrder, commit_hold, place_hold
from programs.services.offline import OfflineReceipt, take_in
from programs.services.sales import OrderLine
from programs.services.tills import till_by_terminal
from programs.services.unreceipted import LooseLine, LooseOrder, take_back_without_receipt
from tests.factories.configuration import CouponSeriesFactory, RewardFactory, TerminalFactory
from tests.programs.asked import add_rule, assert_answers_again, points, told
from tests.programs.shop import NOW, Shop

pytestmark = pytest.mark.django_db


BASKET = [
    ({"type": "amount", "minimum": "9", "tax": "net"}, "taxed"),
    ({"type": "partner", "codes": ["north"]}, "partner"),
    ({"type": "channel", "channels": ["web"]}, "channel"),
    ({"type": "payment", "methods": ["card", "wallet"]}, "paid"),
    ({"type": "payment", "methods": ["card"], "only": True}, "paid"),
    ({"type": "brand", "codes": ["Чайный дом"]}, "article"),
    ({"type": "label", "labels": ["organic"]}, "article"),
]


def _ordered(shop: Shop, anna: Member, what: str) -> sales.SaleOrder:
    """An order of 10.00 under which the condition holds."""
    if what == "partner":
        Partner.objects.update(code="north")
    if what == "channel":
        Terminal.objects.update(channel="web")
    if what == "article":
        Product.objects.filter(sku="C").update(brand="Чайный дом", labels=["organic", "own"])
    tax = {"tax_rate": Decimal(10)} if what == "taxed" else {}
    order = shop.order([OrderLine("C", Decimal(1), Decimal("10.00"), **tax)], anna)
    return replace(order, payments=("card",)) if what == "paid" else order


@pytest.mark.parametrize(("condition", "what"), BASKET, ids=[str(row[0]) for row in BASKET])
def test_a_rule_asks_what_the_basket_is_and_where(shop: Shop, condition: dict, what: str):
    anna = shop.member()
    add_rule(shop, condition)
    assert points(shop.sell([OrderLine("C", Decimal(1), Decimal("8.00"), tax_rate=Decimal(10))], anna)) == 8

    order = _ordered(shop, anna, what)
    sold = sales.sell(order, now=shop.now)

    assert points(sold) == 100
    assert points(sales.quote(replace(order, receipt_number="q"), now=shop.now)) == 100
    # What changes afterwards changes nothing of the receipt.
    Partner.objects.update(code="south")
    Terminal.objects.update(channel="till")
    Product.objects.update(brand="", labels=[])
    assert_answers_again(sold)
    shop.give_back(sold, {1: "1"})
    assert shop.account(anna).available == 8


@pytest.mark.parametrize(("condition", "what"), BASKET, ids=[str(row[0]) for row in BASKET])
def test_a_hold_and_an_upload_know_the_same(shop: Shop, condition: dict, what: str):
    anna = shop.member()
    add_rule(shop, condition)
    order = _ordered(shop, anna, what)

    placed = place_hold(order, minutes=None, reference="", now=shop.now)
    late = OfflineReceipt(
        client_id="one",
        kind="sale",
        occurred_at=shop.now,
        receipt_number="off",
        body_hash=b"1" * 32,
        member=order.member,
        lines=order.lines,
        payments=order.payments,
    )
    assert take_in(order.till, [late], unreadable=0, now=shop.now).items[0].points == 100
    Terminal.objects.update(channel="till")
    Product.objects.update(brand="", labels=[])
    # Paid in another store of the partner, an hour later.
    elsewhere = till_by_terminal(TerminalFactory(store__partner=shop.terminal.store.partner).pk, now=NOW)
    assert elsewhere
    paid_at = shop.now + dt.timedelta(minutes=20)
    commit = CommitOrder(elsewhere, placed.public_id, "held", paid_at)
    sold = commit_hold(commit, now=paid_at)

    assert points(sold) == 100
    assert_answers_again(sold)


def test_a_return_without_a_receipt_asks_what_a_sale_would(shop: Shop):
    anna = shop.member()
    Program.objects.update(no_receipt_limit=50)
    Product.objects.filter(sku="C").update(brand="Tea House")
    Terminal.objects.update(channel="phone")
    add_rule(
        shop,
        {"type": "brand", "codes": ["Tea House"]},
        {"type": "channel", "channels": ["phone"]},
        {"type": "amount", "minimum": "9", "tax": "net"},
    )
    shop.sell({"C": "100.00"}, anna)
    line = LooseLine("C", Decimal(1), Decimal("9.90"), Decimal(10))
    order = LooseOrder(shop.till, "loose", shop.now, MemberKey("id", str(anna.public_id)), (line,))
    assert take_back_without_receipt(order, now=shop.now).lines[0].points_earned == 98
    kept = Purchase.objects.get(kind="return").facts["basket"]
    assert kept == {"channel": "phone", "brands": ["Tea House"]}


def test_a_receipt_asked_again_knows_its_coupons_and_rewards(shop: Shop):
    anna = shop.member()
    spring = CouponSeriesFactory(program=shop.program, key="spring")
    RewardFactory(program=shop.program, key="cake", cost=5, effect={"type": "amount_off", "amount": "3.00"})
    add_rule(shop, {"type": "coupon", "series": ["spring"]})
    coupon = issue_coupons(series=spring, count=1, member=None, actor=system("tests"), now=shop.now)[0]
    shop.sell({"C": "20.00"}, anna)
    order = replace(shop.order({"C": "10.00"}, anna, redeem="2"), coupons=(coupon.code,), rewards=("cake",))
    sold = sales.sell(order, now=shop.now)
    assert points(sold) > 50
    assert told(sold)["basket"] == {"coupons": ["spring"]}
    assert_answers_again(sold)
