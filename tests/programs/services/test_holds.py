"""Holds through the service: what they keep, what they become, and how they end."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from programs.errors import (
    DayLimitReached,
    HoldCommitted,
    HoldEnded,
    HoldNotFound,
    HoldReleased,
    HoldTooLong,
    InsufficientPoints,
    ReceiptExists,
)
from programs.models import Award, Hold, HoldState, Lot, Posting, Purchase, TillPolicy
from programs.queries.verify import verify
from programs.services.holds import CommitOrder, Placed, commit_hold, end_due_holds, place_hold, release_hold
from programs.services.sales import Sold
from programs.services.tills import till_by_terminal
from tests.factories.configuration import (
    PartnerFactory,
    RuleFactory,
    StoreFactory,
    TerminalFactory,
    TierFactory,
    publish,
)
from tests.programs.shop import Shop, open_shop

RECEIPT = {"A": "10.00", "B": "10.00", "C": "20.00"}


def violations() -> list[object]:
    return [finding for finding in verify() if finding.violations]


def hold(shop: Shop, lines: dict[str, str], member, redeem: str = "0", minutes: int | None = None) -> Placed:
    return place_hold(shop.order(lines, member, redeem), minutes=minutes, reference="web-1", now=shop.now)


def commit(shop: Shop, placed: Placed, number: str = "h1") -> Sold:
    order = CommitOrder(till=shop.till, hold_id=placed.public_id, receipt_number=number, occurred_at=shop.now)
    return commit_hold(order, now=shop.now)


@pytest.fixture
def anna(shop: Shop):
    member = shop.member()
    shop.sell({"C": "100.00"}, member)
    return member


def balance(shop: Shop, member) -> tuple[int, int]:
    account = shop.account(member)
    return account.available, account.held


def test_held_points_are_nobody_else_s_until_the_hold_becomes_its_sale(shop: Shop, anna):
    placed = hold(shop, RECEIPT, anna, redeem="80")
    assert balance(shop, anna) == (20, 80)
    assert placed.sold.outcome is not None
    with pytest.raises(InsufficientPoints):
        shop.sell({"C": "10.00"}, anna, redeem="21")
    assert violations() == []
    sold = commit(shop, placed)
    assert sold.outcome == placed.sold.outcome
    assert balance(shop, anna) == (20 + placed.sold.outcome.points, 0)
    assert list(Posting.objects.filter(to_bucket="redeemed").values_list("from_bucket", "amount")) == [("held", 80)]
    assert Hold.objects.get().purchase == Purchase.objects.get(receipt_number="h1")
    assert violations() == []


def test_the_sale_is_counted_under_the_version_and_the_facts_of_the_hold(shop: Shop, anna):
    placed = hold(shop, RECEIPT, anna)
    RuleFactory(program=shop.program, key="later", effect={"type": "multiply", "factor": "10"})
    shop.now += dt.timedelta(minutes=5)
    TierFactory(program=shop.program, key="silver", threshold=150, multiplier="2")
    publish(shop.program, at=shop.now)
    shop.sell({"C": "60.00"}, anna)  # takes Anna to silver, which the hold did not know
    sold = commit(shop, placed)
    assert sold.outcome is not None
    assert sold.outcome.points == 70
    purchase = Purchase.objects.get(receipt_number="h1")
    assert (purchase.version.number, purchase.facts["tier"]) == (1, "")
    assert not Award.objects.filter(purchase=purchase, rule_key="later").exists()


def test_a_hold_does_not_lower_the_tier_reached_meanwhile(db):
    shop = open_shop()
    TierFactory(program=shop.program, key="silver", threshold=150, multiplier="2")
    publish(shop.program, at=shop.now)
    anna = shop.member()
    placed = hold(shop, {"C": "10.00"}, anna)
    shop.sell({"C": "200.00"}, anna)
    commit(shop, placed)
    assert shop.account(anna).tier_key == "silver"


def test_a_hold_not_committed_ends_on_time_and_a_late_commit_is_refused(shop: Shop, anna):
    placed = hold(shop, RECEIPT, anna, redeem="80", minutes=10)
    shop.now += dt.timedelta(minutes=10)
    with pytest.raises(HoldEnded) as refusal:
        commit(shop, placed)
    assert str(refusal.value) == "The hold timed out at 2026-03-10T12:10:00+00:00. Make a new one."
    assert (balance(shop, anna), Hold.objects.get().state) == ((100, 0), HoldState.EXPIRED)
    assert violations() == []


def test_the_clock_ends_holds_that_nobody_asks_for(shop: Shop, anna):
    hold(shop, RECEIPT, anna, redeem="80")
    hold(shop, RECEIPT, None)
    assert end_due_holds(now=shop.now + dt.timedelta(minutes=29)) == 0
    assert end_due_holds(now=shop.now + dt.timedelta(minutes=30)) == 2
    assert (balance(shop, anna), set(Hold.objects.values_list("state", flat=True))) == ((100, 0), {"expired"})
    assert violations() == []


def test_another_operation_of_the_account_ends_a_due_hold_first(shop: Shop, anna):
    hold(shop, RECEIPT, anna, redeem="100")
    shop.now += dt.timedelta(minutes=31)
    sold = shop.sell({"C": "10.00"}, anna, redeem="100")
    assert sold.outcome is not None
    assert sold.outcome.redemption.points == 100
    assert Hold.objects.get().state == HoldState.EXPIRED
    assert violations() == []


def test_held_points_do_not_burn_and_burn_at_once_when_they_come_back_late(db):
    shop = open_shop(expiry_months=1)
    anna = shop.member()
    shop.sell({"C": "100.00"}, anna)
    burns_at = Lot.objects.get().expires_at
    shop.now = burns_at - dt.timedelta(minutes=5)
    kept, left = hold(shop, RECEIPT, anna, redeem="60"), hold(shop, RECEIPT, anna, redeem="30")
    shop.now = burns_at + dt.timedelta(minutes=5)
    commit(shop, kept)
    assert Posting.objects.filter(to_bucket="burnt").get().amount == 10
    ended = release_hold(till=shop.till, hold_id=left.public_id, now=shop.now)
    assert (ended.points, ended.account.held) == (30, 0)
    assert sorted(Posting.objects.filter(to_bucket="burnt").values_list("amount", flat=True)) == [10, 30]
    assert violations() == []


def test_points_that_come_back_repay_what_is_owed_by_then(shop: Shop):
    anna = shop.member()
    sold = shop.sell({"C": "100.00"}, anna)
    placed = hold(shop, RECEIPT, anna, redeem="80")
    shop.give_back(sold, {1: "1"})
    account = shop.account(anna)
    assert (account.available, account.held, account.debt) == (0, 80, 80)
    release_hold(till=shop.till, hold_id=placed.public_id, now=shop.now)
    account.refresh_from_db()
    assert (account.available, account.held, account.debt) == (0, 0, 0)
    assert violations() == []


def test_points_of_a_committed_hold_come_back_to_their_lots_with_their_date(shop: Shop, anna):
    placed = hold(shop, RECEIPT, anna, redeem="80")
    sold = commit(shop, placed)
    shop.give_back(sold, {1: "1", 2: "1", 3: "1"})
    lot = Lot.objects.order_by("id").first()
    assert (lot.remaining, lot.granted, balance(shop, anna)) == (100, 100, (100, 0))
    assert violations() == []


def test_a_hold_ends_once(shop: Shop, anna):
    placed = hold(shop, RECEIPT, anna, redeem="80")
    commit(shop, placed)
    with pytest.raises(HoldCommitted) as refusal:
        commit(shop, placed, number="h2")
    assert refusal.value.context["sale"] == str(Purchase.objects.get(receipt_number="h1").public_id)
    with pytest.raises(HoldCommitted):
        release_hold(till=shop.till, hold_id=placed.public_id, now=shop.now)
    other = hold(shop, RECEIPT, anna)
    assert release_hold(till=shop.till, hold_id=other.public_id, now=shop.now).state == HoldState.RELEASED
    assert release_hold(till=shop.till, hold_id=other.public_id, now=shop.now).state == HoldState.RELEASED
    with pytest.raises(HoldReleased):
        commit(shop, other, number="h3")


def test_the_receipt_s_number_counts_for_holds_too_and_the_hold_stays_open(shop: Shop, anna):
    shop.sell(RECEIPT, anna, number="same")
    placed = hold(shop, RECEIPT, anna, redeem="80")
    with pytest.raises(ReceiptExists):
        commit(shop, placed, number="same")
    assert balance(shop, anna)[1] == 80
    commit(shop, placed, number="other")
    assert violations() == []


def test_a_hold_belongs_to_its_partner_s_stores(shop: Shop, anna):
    placed = hold(shop, RECEIPT, anna)
    own = TerminalFactory(store=StoreFactory(partner=shop.terminal.store.partner))
    foreign = TerminalFactory(store=StoreFactory(partner=PartnerFactory()))
    order = CommitOrder(till=shop.till, hold_id=placed.public_id, receipt_number="h1", occurred_at=shop.now)
    with pytest.raises(HoldNotFound):
        commit_hold(replace(order, till=till_by_terminal(foreign.pk, now=shop.now)), now=shop.now)
    assert commit_hold(replace(order, till=till_by_terminal(own.pk, now=shop.now)), now=shop.now).public_id


def test_the_programme_says_how_long_points_are_held(shop: Shop, anna):
    TillPolicy.objects.create(program=shop.program, hold_minutes=15)
    assert hold(shop, RECEIPT, anna).expires_at == shop.now + dt.timedelta(minutes=15)
    with pytest.raises(HoldTooLong):
        hold(shop, RECEIPT, anna, redeem="80", minutes=16)
    assert balance(shop, anna) == (100, 0)


def test_a_basket_without_a_member_is_held_and_sold(shop: Shop):
    sold = commit(shop, hold(shop, RECEIPT, None))
    assert (sold.total, sold.outcome, Purchase.objects.get().total_minor) == (4000, None, 4000)


def test_what_is_set_aside_counts_in_the_day_until_the_hold_ends(shop: Shop, anna):
    TillPolicy.objects.create(program=shop.program, member_spend_day=100)
    shop.sell({"C": "200.00"}, anna)
    hold(shop, RECEIPT, anna, redeem="60", minutes=10)
    with pytest.raises(DayLimitReached):
        hold(shop, RECEIPT, anna, redeem="50")
    shop.now += dt.timedelta(minutes=10)
    again = hold(shop, RECEIPT, anna, redeem="100")
    release_hold(till=shop.till, hold_id=again.public_id, now=shop.now)
    sold = commit(shop, hold(shop, RECEIPT, anna, redeem="40"))
    assert sold.outcome is not None
    with pytest.raises(DayLimitReached):
        shop.sell({"C": "90.00"}, anna, redeem="61")
    shop.sell({"C": "90.00"}, anna, redeem="60")
    assert violations() == []


def test_points_spent_on_returned_lines_come_back_with_their_date(shop: Shop, anna):
    """The receipt of 40: its lines carry 20, 20 and 40 of the 80 points that paid."""
    first = Lot.objects.get()
    sold = commit(shop, hold(shop, RECEIPT, anna, redeem="80"))
    shop.now += dt.timedelta(days=3)
    back = shop.give_back(sold, {1: "1", 3: "1"})
    assert (back.points_restored, [line.points_redeemed for line in back.lines]) == (60, [20, 40])
    after = Lot.objects.get(pk=first.pk)
    assert (after.remaining, after.expires_at) == (80, first.expires_at)
    assert violations() == []
