"""What limits and stamp cards count: with the sale, back with the goods, and for the next one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty_site.ground.policy import system
from loyalty_site.services.merging import merge_members, undo_merge
from loyalty_site.services.whole_member import erase_member
from programs.errors import ReceiptExists
from programs.models import Hold, Purchase, RuleCounter
from programs.queries.own_data import shopping_of
from programs.queries.shoppers import MemberKey
from programs.queries.standing import standing_of
from programs.queries.verify import verify
from programs.services.holds import CommitOrder, commit_hold, place_hold, release_hold
from programs.services.late import Late
from programs.services.returns import ReturnOrder
from programs.services.sales import OrderLine, Sold, sell
from programs.services.unreceipted import LooseLine, LooseOrder, take_back_without_receipt
from programs.services.voids import void_sale
from tests.factories.configuration import RuleFactory, publish
from tests.programs.shop import Shop, open_shop

pytestmark = pytest.mark.django_db

NINE_AND_ONE = {"type": "stamp_card", "card": "coffee", "every": 10}
CARD = "stamps:coffee"


def shop_with(*effects: dict, **program: object) -> Shop:
    shop = open_shop(**program)
    for number, effect in enumerate(effects):
        RuleFactory(
            program=shop.program,
            key=f"r{number}",
            name=f"Rule {number}",
            conditions=effect.pop("when", []),
            effect=effect,
        )
    publish(shop.program, at=shop.now - dt.timedelta(hours=1))
    return shop


def cups(count: int, price: str = "3.00") -> list[OrderLine]:
    return [OrderLine("C", Decimal(count), Decimal(price) * count)]


def held(key: str = CARD) -> dict[str, int]:
    return {row.member.name if row.member else "": row.amount for row in RuleCounter.objects.filter(key=key)}


def void(shop: Shop, sold: Sold) -> None:
    order = ReturnOrder(shop.till, "", shop.now, (), sale_id=sold.public_id)
    void_sale(order, now=shop.now)


@pytest.fixture(autouse=True)
def nothing_is_amiss():
    yield
    assert [finding for finding in verify() if finding.violations] == []


def test_every_tenth_cup_is_free():
    shop = shop_with(dict(NINE_AND_ONE))
    anna, ben = shop.member(), shop.member("+12125550124", "Ben Smith")
    for number in range(1, 10):
        assert shop.sell(cups(1), anna).outcome.discount == 0
        assert held()["Anna Petrova"] == number
    shop.sell(cups(4), ben)
    assert shop.quote(cups(1), anna).outcome.discount == 300
    sold = shop.sell(cups(1), anna)
    assert (sold.outcome.discount, held()) == (300, {"Anna Petrova": 0, "Ben Smith": 4})
    assert Purchase.objects.get(public_id=sold.public_id).facts["counts"] == [
        {"key": CARD, "member": True, "on": None, "amount": -9, "lines": {"1": -9}}
    ]
    assert shop.sell(cups(1), anna).outcome.discount == 0


def test_stamps_go_back_with_the_pieces_and_with_a_cancelled_sale():
    shop = shop_with(dict(NINE_AND_ONE))
    anna = shop.member()
    first = shop.sell(cups(6), anna)
    shop.give_back(first, {1: "2"})
    assert held() == {"Anna Petrova": 4}
    shop.give_back(first, {1: "4"})
    assert held() == {"Anna Petrova": 0}
    second = shop.sell(cups(9), anna)
    third = shop.sell(cups(1), anna)
    assert (third.outcome.discount, held()) == (300, {"Anna Petrova": 0})
    void(shop, third)
    assert held() == {"Anna Petrova": 9}
    shop.give_back(second, {1: "3"})
    void(shop, second)
    assert held() == {"Anna Petrova": 0}


def test_stamps_that_were_used_before_their_goods_came_back_must_be_made_up_for():
    shop = shop_with(dict(NINE_AND_ONE))
    anna = shop.member()
    nine = shop.sell(cups(9), anna)
    shop.sell(cups(1), anna)
    shop.give_back(nine, {1: "9"})
    assert held() == {"Anna Petrova": -9}
    assert shop.sell(cups(18), anna).outcome.discount == 0
    assert shop.sell(cups(1), anna).outcome.discount == 300


def test_a_limit_of_a_day_begins_anew_with_the_day_of_the_programme():
    limit = {"of": "points", "per": "member", "within": "day", "most": "15"}
    shop = shop_with({"type": "points", "points": "10", "limits": [limit]}, time_zone="Asia/Tokyo")
    anna = shop.member()
    assert [shop.sell({"C": "0.00"}, anna).outcome.points for _ in range(3)] == [10, 5, 0]
    shop.now += dt.timedelta(hours=4)  # midnight in Tokyo was at 15:00 UTC
    assert shop.sell({"C": "0.00"}, anna).outcome.points == 10
    assert list(RuleCounter.objects.order_by("period_on").values_list("period_on", "amount")) == [
        (dt.date(2026, 3, 10), 15),
        (dt.date(2026, 3, 11), 10),
    ]


def test_a_budget_of_the_programme_is_for_all_and_returns_fill_it():
    limit = {"of": "money", "per": "program", "most": "10.00"}
    shop = shop_with({"type": "percent_off", "percent": "50", "limits": [limit]})
    anna, ben = shop.member(), shop.member("+12125550124", "Ben Smith")
    first = shop.sell({"A": "8.00", "B": "8.00"}, anna)
    assert first.outcome.discount == 800
    assert shop.sell({"C": "8.00"}, ben).outcome.discount == 200
    assert shop.sell({"C": "8.00"}, ben).outcome.discount == 0
    shop.give_back(first, {1: "1"})
    assert held("limit:r0:money:program:ever") == {"": 600}
    assert shop.sell({"C": "20.00"}, ben).outcome.discount == 400


def test_times_stay_counted_when_goods_come_back_and_not_when_the_sale_is_cancelled():
    limit = {"of": "times", "per": "member", "most": 1}
    shop = shop_with({"type": "points", "points": "100", "limits": [limit]})
    anna = shop.member()
    sold = shop.sell({"C": "1.00"}, anna)
    void(shop, sold)
    sold = shop.sell({"C": "1.00"}, anna)
    assert sold.outcome.points == 101
    shop.give_back(sold, {1: "1"})
    assert shop.sell({"C": "1.00"}, anna).outcome.points == 1


@pytest.mark.parametrize("how", ["commit", "release", "time out"])
def test_a_hold_counts_at_once_and_its_end_frees_it(how: str):
    limit = {"of": "points", "per": "program", "most": "100"}
    shop = shop_with({"type": "points", "points": "100", "limits": [limit]})
    anna = shop.member()
    placed = place_hold(shop.order({"C": "0.00"}, anna), minutes=None, reference="", now=shop.now)
    assert placed.sold.outcome.points == 100
    assert shop.sell({"C": "0.00"}, anna).outcome.points == 0
    if how == "commit":
        order = CommitOrder(shop.till, placed.public_id, "h1", shop.now)
        assert commit_hold(order, now=shop.now).outcome.points == 100
        assert shop.sell({"C": "0.00"}, anna).outcome.points == 0
        return
    if how == "release":
        release_hold(till=shop.till, hold_id=placed.public_id, now=shop.now)
    else:
        shop.now = Hold.objects.get().expires_at
        release_hold(till=shop.till, hold_id=placed.public_id, now=shop.now)
    assert shop.sell({"C": "0.00"}, anna).outcome.points == 100


def test_a_refused_sale_counts_nothing():
    shop = shop_with(dict(NINE_AND_ONE))
    anna = shop.member()
    shop.sell(cups(2), anna, number="same")
    with pytest.raises(ReceiptExists):
        shop.sell(cups(2), anna, number="same")
    sold = shop.sell(cups(1), anna)
    shop.give_back(sold, {1: "1"}, number="back")
    again = shop.sell(cups(1), anna)
    with pytest.raises(ReceiptExists):
        shop.give_back(again, {1: "1"}, number="back")
    assert held() == {"Anna Petrova": 3}


def test_a_late_sale_counts_in_the_day_it_was_sold_on():
    limit = {"of": "points", "per": "member", "within": "day", "most": "15"}
    shop = shop_with({"type": "points", "points": "10", "limits": [limit]})
    publish(shop.program, at=shop.now - dt.timedelta(days=9))
    anna = shop.member()
    shop.sell({"C": "0.00"}, anna)
    yesterday = shop.now - dt.timedelta(days=1)
    order = replace(shop.order({"C": "0.00"}, anna), occurred_at=yesterday, late=Late(yesterday))
    assert sell(order, now=shop.now).outcome.points == 10
    assert set(RuleCounter.objects.values_list("period_on", "amount")) == {
        (shop.now.date(), 10),
        (yesterday.date(), 10),
    }


def test_a_return_without_its_receipt_looks_at_no_limit():
    limit = {"of": "points", "per": "member", "within": "day", "most": "10"}
    shop = shop_with({"type": "points", "points": "10", "limits": [limit]}, no_receipt_limit=Decimal(100))
    anna = shop.member()
    shop.sell({"C": "1.00"}, anna)
    lines = (LooseLine("C", Decimal(1), Decimal("1.00")),)
    order = LooseOrder(shop.till, "loose", shop.now, MemberKey("id", str(anna.public_id)), lines)
    assert take_back_without_receipt(order, now=shop.now).taken_back == 11
    assert held("limit:r0:points:member:day") == {"Anna Petrova": 10}


def test_stamps_go_to_the_survivor_of_a_merge_and_back():
    shop = shop_with(dict(NINE_AND_ONE))
    anna, double = shop.member(), shop.member("+12125550124", "Anna P.")
    shop.sell(cups(5), anna)
    fours = shop.sell(cups(3), double)
    place_hold(shop.order(cups(1), double), minutes=None, reference="", now=shop.now)
    merge = merge_members(anna.pk, double.pk, choices={}, actor=system("tests"), now=shop.now)
    assert held() == {"Anna Petrova": 9}
    assert shop.sell(cups(1), anna).outcome.discount == 300
    shop.give_back(fours, {1: "1"})
    undo_merge(merge.pk, actor=system("tests"), now=shop.now)
    # The free cup was the survivor's: they owe the stamps that went back. What came back since went along.
    assert held() == {"Anna Petrova": -4, "Anna P.": 3}


def test_who_is_forgotten_leaves_no_count_and_may_read_it_before():
    shop = shop_with(dict(NINE_AND_ONE), {"type": "free_service", "text": "Wrapping"})
    anna = shop.member()
    sold = shop.sell(cups(5), anna)
    place_hold(shop.order(cups(2), anna), minutes=None, reference="", now=shop.now)
    assert standing_of(shop.account(anna), member_id=anna.pk, now=shop.now).stamps == ("Rule 0: 7 of 9 stamps",)
    read = shopping_of(anna.pk)
    assert read["counted_for_you"] == [{"programme": shop.program.name, "what": CARD, "since": None, "count": 7}]
    assert [one["kind"] for one in read["receipts"][0]["given_besides"]] == ["free_service"]
    erase_member(anna.pk, reason="in_person", actor=system("tests"), now=shop.now)
    assert not RuleCounter.objects.exists()
    shop.give_back(sold, {1: "1"})
    assert not RuleCounter.objects.exists()


def test_counting_costs_two_statements_and_nothing_where_nothing_is_counted():
    shop = shop_with()
    anna = shop.member()

    def asked() -> int:
        shop.now += dt.timedelta(hours=1)
        publish(shop.program, at=shop.now)
        shop.sell(cups(1), anna)
        with CaptureQueriesContext(connection) as queries:
            shop.sell(cups(1), anna)
        return len(queries)

    plain = asked()
    RuleFactory(program=shop.program, key="wrap", conditions=[], effect={"type": "free_service", "text": "Wrapping"})
    assert asked() == plain
    RuleFactory(program=shop.program, key="card", conditions=[], effect=dict(NINE_AND_ONE))
    assert asked() == plain + 2
