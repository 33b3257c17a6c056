"""Returns: exactly the points of exactly those pieces."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from members.models import Member
from programs.errors import (
    ReceiptExists,
    RedemptionBlockedByDebt,
    ReturnLineUnknown,
    ReturnNothing,
    ReturnTooLate,
    ReturnTooMuch,
    SaleNotFound,
)
from programs.models import LedgerTransaction, Lot, Purchase, PurchaseSummary
from programs.queries.verify import verify
from programs.rules.dates import midnight_after
from programs.services.ledger import roll_due_accounts
from programs.services.returns import ReturnedPiece, ReturnOrder, take_back
from programs.services.sales import OrderLine
from tests.factories.configuration import TerminalFactory, publish
from tests.programs.shop import Shop, open_shop

RECEIPT = {"A": "10.00", "B": "10.00", "C": "20.00"}


@pytest.fixture(autouse=True)
def _invariants(db):
    yield
    assert [finding for finding in verify() if finding.violations] == []


@pytest.mark.parametrize("published_again", [False, True], ids=["same version", "after a new version"])
def test_a_line_takes_back_what_it_earned_under_its_own_rules(shop: Shop, published_again: bool):
    anna = shop.member()
    sold = shop.sell(RECEIPT, anna)
    if published_again:
        shop.program.rules.all().delete()
        shop.program.earn_points = 7
        shop.program.save()
        publish(shop.program, at=shop.now)
    assert shop.give_back(sold, {3: "1"}).taken_back == 20
    assert shop.give_back(sold, {2: "1"}).taken_back == 30
    assert shop.account(anna).available == 20


def test_parts_of_a_quantity_add_up_to_the_whole(shop: Shop):
    anna = shop.member()
    sold = shop.sell([OrderLine("A", Decimal(3), Decimal("10.00"))], anna)
    taken = [shop.give_back(sold, {1: "1"}).taken_back for _ in range(3)]
    assert (taken, sum(taken), shop.account(anna).available) == ([6, 6, 8], 20, 0)  # 3, 3, 4 of each award


def test_spent_points_go_back_to_their_own_lots_and_dates(shop: Shop):
    anna = shop.member()
    shop.sell({"C": "100.00"}, anna)
    burns = Lot.objects.get().expires_at
    shop.now += dt.timedelta(days=30)
    sold = shop.sell({"C": "40.00", "D": "40.00"}, anna, redeem="60")
    returned = shop.give_back(sold, {1: "1"})
    assert (returned.points_restored, returned.tender) == (30, 30)
    assert Lot.objects.order_by("id").values_list("remaining", "expires_at").first() == (70, burns)
    shop.give_back(sold, {2: "1"})
    assert shop.account(anna).available == 100


def test_points_spent_meanwhile_become_debt_that_later_points_repay(shop: Shop):
    anna = shop.member()
    sold = shop.sell({"C": "100.00"}, anna)
    shop.sell({"C": "100.00"}, anna, redeem="90")
    returned = shop.give_back(sold, {1: "1"})
    assert (returned.taken_back, returned.debt_added) == (100, 0)
    second = shop.sell({"C": "300.00"}, anna, redeem="9")
    shop.give_back(second, {1: "1"})
    account = shop.account(anna)
    assert (account.available, account.debt) == (9, 0)


def test_debt_blocks_redemption_and_is_repaid_first(shop: Shop):
    anna = shop.member()
    sold = shop.sell({"C": "100.00"}, anna)
    shop.sell({"D": "20.00"}, anna, redeem="100")
    returned = shop.give_back(sold, {1: "1"})
    assert (returned.taken_back, returned.debt_added, shop.account(anna).debt) == (19, 81, 81)
    with pytest.raises(RedemptionBlockedByDebt):
        shop.sell({"C": "50.00"}, anna, redeem="1")
    shop.sell({"C": "50.00"}, anna)
    assert (shop.account(anna).available, shop.account(anna).debt) == (0, 31)
    shop.sell({"C": "50.00"}, anna)
    assert (shop.account(anna).available, shop.account(anna).debt) == (19, 0)


@pytest.mark.parametrize(("policy", "debt", "loss"), [("forbid", 0, 81), ("floor", 50, 31), ("allow", 81, 0)])
def test_the_programme_says_what_becomes_of_spent_points(db, policy, debt, loss):
    shop = open_shop(negative_policy=policy, negative_floor=50)
    anna = shop.member()
    sold = shop.sell({"C": "100.00"}, anna)
    shop.sell({"D": "20.00"}, anna, redeem="100")
    returned = shop.give_back(sold, {1: "1"})
    assert (returned.debt_added, returned.written_off, shop.account(anna).debt) == (debt, loss, debt)


def test_pending_points_are_taken_back_before_spendable_ones(db):
    shop = open_shop(activation_days=5)
    anna = shop.member()
    first = shop.sell({"C": "100.00"}, anna)
    shop.now += dt.timedelta(days=5)
    shop.sell({"C": "40.00"}, anna, redeem="100")
    shop.give_back(first, {1: "1"})
    account = shop.account(anna)
    assert (account.pending, account.available, account.debt) == (0, 0, 61)


def test_a_sale_without_a_member_is_returned_without_points(shop: Shop):
    sold = shop.sell(RECEIPT)
    assert shop.give_back(sold, {1: "1"}).total == 1000


def test_the_summary_knows_what_came_back(shop: Shop):
    anna = shop.member()
    sold = shop.sell(RECEIPT, anna)
    shop.give_back(sold, {3: "1"})
    summary = PurchaseSummary.objects.get()
    assert (summary.purchase_count, summary.spend_minor, summary.returned_minor) == (1, 2000, 2000)
    assert shop.account(anna).spend_minor == 2000


@pytest.mark.parametrize(
    ("pieces", "refusal"),
    [({9: "1"}, ReturnLineUnknown), ({1: "2"}, ReturnTooMuch), ({1: "0"}, ReturnNothing)],
)
def test_impossible_returns_are_refused(shop: Shop, pieces, refusal):
    sold = shop.sell(RECEIPT, shop.member())
    with pytest.raises(refusal):
        shop.give_back(sold, pieces)
    assert Purchase.objects.count() == 1


def test_nothing_comes_back_twice(shop: Shop):
    sold = shop.sell(RECEIPT, shop.member())
    shop.give_back(sold, {1: "1"}, number="77")
    with pytest.raises(ReturnTooMuch):
        shop.give_back(sold, {1: "1"})
    with pytest.raises(ReceiptExists):
        shop.give_back(sold, {2: "1"}, number="77")


def test_another_partners_receipt_does_not_exist(shop: Shop):
    sold = shop.sell(RECEIPT)
    shop.terminal = TerminalFactory()
    with pytest.raises(SaleNotFound):
        shop.give_back(sold, {1: "1"})


def test_a_paper_receipt_is_found_by_register_number_and_day(shop: Shop):
    shop.sell(RECEIPT, number="55")
    order = ReturnOrder(
        till=shop.till,
        receipt_number="56",
        occurred_at=shop.now,
        pieces=(ReturnedPiece(1, Decimal(1)),),
        sale_number="55",
        sale_on=shop.now.date(),
    )
    assert take_back(order, now=shop.now).total == 1000


class TestAfterTheirDay:
    def late(self, **program: object) -> tuple[Shop, Member]:
        """30 points paid; their lot burns a month after it was earned, the goods come back five weeks later."""
        shop = open_shop(expiry_months=1, **program)
        anna = shop.member()
        shop.sell({"C": "100.00"}, anna)
        sold = shop.sell({"C": "10.00"}, anna, redeem="30")
        shop.now += dt.timedelta(days=35)
        self.returned = shop.give_back(sold, {1: "1"})
        return shop, anna

    def test_points_given_back_burn_at_once(self):
        shop, anna = self.late()
        assert (self.returned.points_restored, shop.account(anna).available) == (30, 0)
        assert list(LedgerTransaction.objects.order_by("-id").values_list("kind", flat=True)[:3]) == [
            "expire", "return", "restore",
        ]  # fmt: skip

    def test_or_live_on_for_some_days_in_a_lot_that_cites_their_own(self):
        shop, anna = self.late(restore_grace_days=7)
        # The sale's own 9 points had burnt, so they are taken back out of those given back.
        assert shop.account(anna).available == 30 - 9
        lot = Lot.objects.get(cites__isnull=False)
        assert (lot.granted, lot.cites) == (30, Lot.objects.order_by("id").first())
        assert lot.expires_at == midnight_after(shop.now.date() + dt.timedelta(days=7), "UTC")
        paid = shop.sell({"C": "10.00"}, anna, redeem="21")
        shop.give_back(paid, {1: "1"})
        assert shop.account(anna).available == 21
        assert roll_due_accounts(now=shop.now + dt.timedelta(days=8)) == 1
        assert shop.account(anna).available == 0


def test_the_time_for_returns_is_what_the_sale_promised():
    shop = open_shop(return_days=14)
    anna = shop.member()
    sold = shop.sell({"A": "10.00", "B": "5.00"}, anna)
    shop.now += dt.timedelta(days=14)
    shop.give_back(sold, {1: "1"})
    shop.now += dt.timedelta(days=1)
    with pytest.raises(ReturnTooLate, match="2026-03-24"):
        shop.give_back(sold, {2: "1"})
    shop.program.return_days = None
    shop.program.save()
    publish(shop.program, at=shop.now)  # changes nothing for what was sold before
    with pytest.raises(ReturnTooLate):
        shop.give_back(sold, {2: "1"})
