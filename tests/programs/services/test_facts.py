"""What rules are told of whoever buys: each fact where a rule asks for it, kept so that the receipt gives its answer again."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty_site.ground.policy import system
from loyalty_site.services.merging import merge_members
from members.models import Address, Member, MemberKind
from members.services import companies as people
from programs.models import OfflineConflict, Store
from programs.queries.offline import past_of
from programs.queries.shoppers import MemberKey
from programs.queries.windows import windows_of
from programs.rules.windows import Window
from programs.services import companies, households, sales
from programs.services.offline import OfflineReceipt, take_in
from programs.services.returns import ReturnOrder
from programs.services.sales import OrderLine
from programs.services.voids import void_sale
from tests.factories.configuration import publish, segment_of
from tests.programs.asked import LONG_AGO, add_rule, assert_answers_again, points, told
from tests.programs.shop import NOW, Shop

pytestmark = pytest.mark.django_db

BUYER = [
    ({"type": "tenure", "at_least": 30}, {"joined_on": NOW.date() - dt.timedelta(days=30)}),
    ({"type": "birthday", "before": 1, "after": 1}, {"birth_month": 3, "birth_day": 11}),
    ({"type": "anniversary", "before": 0, "after": 0}, {"joined_on": dt.date(2024, 3, 10)}),
    ({"type": "interest", "codes": ["tea"]}, {"interests": ["tea", "chess"]}),
    ({"type": "lives_in", "cities": ["haifa"]}, {"city": "Haifa"}),
    ({"type": "lives_in", "postcodes": ["31"]}, {"postcode": "3109601"}),
    ({"type": "segment", "keys": ["best", "new"]}, {"segment": "best"}),
]


@pytest.mark.parametrize(("condition", "known"), BUYER, ids=[str(row[0]) for row in BUYER])
def test_a_rule_asks_who_buys(shop: Shop, condition: dict, known: dict):
    anna, bob = shop.member(), shop.member("+12125550124", "Bob")
    segment_of("new")
    where = {name: known[name] for name in ("city", "postcode") if name in known}
    if where:
        Address.objects.create(member=anna, **where)
    elif "segment" in known:
        segment_of(known["segment"], anna)
    else:
        Member.objects.filter(pk=anna.pk).update(**known)
    add_rule(shop, condition)

    sold, other = shop.sell({"C": "10.00"}, anna), shop.sell({"C": "10.00"}, bob)

    assert (points(sold), points(other)) == (100, 10)
    assert points(shop.quote({"C": "10.00"}, anna)) == 100
    # The receipt keeps that it held, and nothing of the person.
    assert set(told(sold)) == {"tier", "spend", "available", "debt", "traits"}
    assert len(told(sold)["traits"]) == 1
    assert "traits" not in told(other)
    for one in known.values():
        assert json.dumps(one, default=str) not in json.dumps(told(sold))
    assert_answers_again(sold)
    Member.objects.filter(pk=anna.pk).update(joined_on=None, interests=[], birth_month=None, birth_day=None)
    Address.objects.all().delete()
    segment_of("best", bob)
    assert_answers_again(sold)
    shop.give_back(sold, {1: "1"})
    assert shop.account(anna).available == 0


def test_the_buyer_is_the_company_that_somebody_buys_for(shop: Shop):
    oleg = shop.member("+12125550191", "Oleg Ivanov")
    firm = people.create_company(name="Horizon Ltd", identifiers=[], region="US", actor=system("tests"), now=NOW)
    assert Member.objects.get(pk=firm.pk).kind == MemberKind.COMPANY
    contact = people.add_contact(
        company_id=firm.pk, person_id=oleg.pk, roles=["collects"], actor=system("tests"), now=NOW
    )
    add_rule(shop, {"type": "buyer", "is": "company"})

    for_himself = shop.sell({"C": "10.00"}, oleg)
    companies.buy_for_company(contact.pk, may_spend=False, actor=system("tests"), now=NOW)
    order = shop.order({"C": "10.00"}, None)
    for_the_firm = sales.sell(_by_phone(order, "+12125550191"), now=shop.now)

    assert (points(for_himself), points(for_the_firm)) == (10, 100)
    assert_answers_again(for_the_firm)


def _by_phone(order: sales.SaleOrder, phone: str) -> sales.SaleOrder:
    return replace(order, member=MemberKey("phone", phone))


def statements(shop: Shop, member: Member) -> int:
    """How many a sale costs; what compiles a version, once in a process, is not the sale's."""
    with CaptureQueriesContext(connection) as seen:
        shop.sell({"A": "10.00", "C": "10.00"}, member)
    return len([one for one in seen.captured_queries if "programs_programversion" not in one["sql"][:60]])


def test_what_no_rule_asks_costs_no_statement(shop: Shop):
    anna = shop.member()
    shop.sell({"C": "10.00"}, anna)
    before = statements(shop, anna)
    add_rule(shop, {"type": "birthday", "before": 0, "after": 0}, {"type": "tenure", "at_least": 5})
    assert statements(shop, anna) == before + 1


def days(count: float) -> dt.timedelta:
    return dt.timedelta(days=count)


WINDOWS = [
    # Sales of 10 each: 40 days ago, 8 days ago (5 came back yesterday), 6 days ago (cancelled) and yesterday.
    ({"of": "spend", "days": 9}, 15),
    ({"of": "spend", "days": 8}, 10),
    ({"of": "spend", "months": 3}, 25),
    ({"of": "spend", "calendar": "month"}, 15),
    ({"of": "spend", "calendar": "year"}, 25),
    ({"of": "visits", "days": 9}, 2),
    ({"of": "visits", "months": 2}, 3),
    ({"of": "points"}, 25),
    ({"of": "points", "days": 8}, 10),
]


def _bought_before(shop: Shop, anna: Member) -> None:
    for ago, amount in ((40, "10.00"), (8, "10.00"), (6, "10.00"), (1, "10.00")):
        shop.now = NOW - days(ago)
        sold = shop.sell([OrderLine("C", Decimal(2), Decimal(amount))], anna)
        if ago == 8:
            returned = sold
        if ago == 6:
            order = ReturnOrder(
                till=shop.till, receipt_number="V", occurred_at=shop.now, pieces=(), sale_id=sold.public_id
            )
            void_sale(order, now=shop.now)
    shop.give_back(returned, {1: "1"})
    shop.now = NOW


@pytest.mark.parametrize(("window", "figure"), WINDOWS, ids=[str(row[0]) for row in WINDOWS])
def test_a_rule_asks_what_was_bought_in_a_window(shop: Shop, window: dict, figure: int):
    anna = shop.member()
    _bought_before(shop, anna)
    add_rule(shop, {"type": "accumulated", "minimum": str(figure), **window})
    enough = shop.sell({"C": "1.00"}, anna)
    assert points(enough) == 10
    assert list(told(enough)["windows"].values()) == [figure * (1 if window["of"] in ("visits", "points") else 100)]
    assert_answers_again(enough)
    shop.program.rules.filter(key="told").update(
        conditions=[{"type": "accumulated", "minimum": str(figure + 13), **window}]
    )
    publish(shop.program)
    assert points(shop.sell({"C": "1.00"}, anna)) == 1


def test_a_window_reaches_to_the_day_of_the_stores_calendar(shop: Shop):
    """At 02:00 UTC it is still the day before in New York, and what was bought there at 23:00 is of the same day."""
    Store.objects.update(time_zone="America/New_York")
    anna = shop.member()
    shop.now = dt.datetime(2026, 3, 9, 3, 59, tzinfo=dt.UTC)  # 8 March, 23:59 (summer time began that morning)
    shop.sell({"C": "10.00"}, anna)
    add_rule(shop, {"type": "accumulated", "of": "visits", "days": 2, "minimum": "1"})
    shop.now = dt.datetime(2026, 3, 10, 3, 59, tzinfo=dt.UTC)
    assert points(shop.quote({"C": "1.00"}, anna)) == 10
    shop.now += dt.timedelta(minutes=1)
    assert points(shop.quote({"C": "1.00"}, anna)) == 1


def test_a_window_counts_the_whole_account_and_what_was_merged_into_it(shop: Shop):
    anna, bob = shop.member(), shop.member("+12125550124", "Bob")
    add_rule(shop, {"type": "accumulated", "of": "visits", "days": 30, "minimum": "2"})
    shop.sell({"C": "10.00"}, anna)
    shop.sell({"C": "10.00"}, bob)
    assert points(shop.quote({"C": "1.00"}, anna)) == 1
    merge_members(anna.pk, bob.pk, actor=system("tests"), now=NOW)
    assert points(shop.quote({"C": "1.00"}, anna)) == 10
    eve = shop.member("+12125550125", "Eve")
    assert points(shop.quote({"C": "1.00"}, eve)) == 1
    merge_members(eve.pk, anna.pk, actor=system("tests"), now=NOW)  # and what was merged into that one before
    found = windows_of(shop.account(eve).pk, [Window("visits", "days", 30)], NOW.date())
    assert found == {"visits:30:days": 2}


def test_whoever_left_an_account_and_came_back_counts_once(shop: Shop):
    anna, bob = shop.member(), shop.member("+12125550124", "Bob")
    households.add_to_household(member_id=anna.pk, other_id=bob.pk, actor=system("tests"), now=NOW)
    shop.sell({"C": "10.00"}, anna)
    account = shop.account(anna)
    for _ in range(2):
        households.share_account(account.pk, bob.pk, may_spend=True, actor=system("tests"), now=NOW)
        sold = shop.sell({"C": "5.00"}, bob)
        households.end_sharing(bob.pk, program_id=shop.program.pk, actor=system("tests"), now=NOW)
    assert sold.account is not None
    assert len(past_of(account.pk, LONG_AGO)) == 3
    found = windows_of(account.pk, [Window("spend", "days", 2), Window("visits", "days", 2)], NOW.date())
    assert found == {"spend:2:days": 2000, "visits:2:days": 3}


def test_what_came_late_puts_windows_in_order(shop: Shop):
    """A sale of the morning arrives after that of noon, which would have been the second of the day."""
    add_rule(shop, {"type": "accumulated", "of": "visits", "days": 1, "minimum": "1"})
    anna = shop.member()
    noon = shop.sell({"C": "10.00"}, anna)
    assert points(noon) == 10
    late = OfflineReceipt(
        client_id="one",
        kind="sale",
        occurred_at=shop.now - dt.timedelta(hours=3),
        receipt_number="off",
        body_hash=b"1" * 32,
        member=MemberKey("id", str(anna.public_id)),
        lines=(OrderLine("C", Decimal(1), Decimal("10.00")),),
    )
    taken = take_in(shop.till, [late], unreadable=0, now=shop.now + dt.timedelta(hours=1))
    assert taken.items[0].points == 10  # nothing was bought before it
    conflict = OfflineConflict.objects.get()
    assert (conflict.codes, conflict.points) == (["order"], 90)
    assert [row["id"] for row in conflict.details["order"]["receipts"]] == [noon.purchase_id]


def test_what_all_facts_together_cost_is_a_statement_for_each_kind(shop: Shop):
    """One for the buyer, one for all windows, one for the count of purchases; the basket's facts cost none."""
    anna = shop.member()
    shop.sell({"C": "10.00"}, anna)
    before = statements(shop, anna)
    add_rule(
        shop,
        {"type": "birthday", "before": 0, "after": 0},
        {"type": "interest", "codes": ["tea"]},
        {"type": "segment", "keys": [segment_of("best", anna).key]},
        {"type": "accumulated", "of": "visits", "days": 7, "minimum": "1"},
        {"type": "accumulated", "of": "spend", "months": 3, "minimum": "1"},
        {"type": "nth_purchase", "every": 3},
        {"type": "brand", "codes": ["House"]},
        {"type": "label", "labels": ["own"]},
        {"type": "partner", "codes": ["north"]},
        {"type": "channel", "channels": ["web"]},
        {"type": "payment", "methods": ["card"]},
        {"type": "amount", "minimum": "9", "tax": "net"},
    )
    assert statements(shop, anna) == before + 3
