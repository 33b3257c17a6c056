"""The story of an account adds up: each balance is the one before plus the change, and the last is what it holds."""

from __future__ import annotations

import datetime as dt
import itertools
import random

import pytest

from loyalty_site.ground.policy import system
from members.models import Member
from programs.models import Account, Award
from programs.queries.burnt import burnt_lots
from programs.queries.movements import MovementRow, movements_of
from programs.queries.standing import account_of, lifetime_of, standing_of, visits_of
from programs.services import households
from programs.services.accounts import open_accounts
from programs.services.adjustments import Wish, adjust, reinstate
from programs.services.ledger import lock_account, roll_forward
from programs.services.sales import Sold
from tests.programs.shop import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db


def tell(account: Account) -> list[MovementRow]:
    """All movements, newest first, over all pages."""
    account.refresh_from_db()
    rows: list[MovementRow] = []
    before = None
    while True:
        page = movements_of(account, before=before)
        rows += page.rows
        before = page.older
        if before is None:
            return rows


@pytest.mark.parametrize("seed", range(4))
def test_any_history_adds_up(seed: int):
    chance = random.Random(seed)
    shop = open_shop()
    member = shop.member()
    sold: list[Sold] = []
    for _ in range(40):
        if sold and chance.random() < 0.3:
            shop.give_back(sold.pop(chance.randrange(len(sold))), {1: "1"})
        else:
            account = account_of(member.pk)
            spendable = account.available if account and not account.debt else 0
            redeem = min(spendable, 5) if chance.random() < 0.4 else 0
            lines = {chance.choice("ABC"): "20.00", "C": "3.00"}
            sold.append(shop.sell(lines, member, redeem=str(redeem)))
    account = shop.account(member)
    rows = tell(account)
    assert rows[0].balance == account.pending + account.available + account.held - account.debt
    for newer, older in itertools.pairwise(rows):
        assert newer.balance - newer.change == older.balance
    assert rows[-1].balance == rows[-1].change
    for row in rows:
        assert sum(step.change for step in row.steps) == row.change
    lifetime = lifetime_of(account)
    assert lifetime.given - lifetime.redeemed - lifetime.burnt - lifetime.taken_back == rows[0].balance


def test_reasons_are_all_awards_of_the_receipt():
    shop = open_shop()
    member = shop.member()
    sold = shop.sell({"A": "10.00", "B": "10.00"}, member)
    shop.give_back(sold, {2: "1"})
    back, earned = tell(shop.account(member))
    assert sum(reason.points for reason in earned.reasons) == earned.change == 50
    assert sum(reason.points for reason in back.reasons) == back.change == -30
    assert sum(len(group.lines) for group in (*earned.reasons, *back.reasons)) == Award.objects.count()
    assert all(group.points == sum(line.points for line in group.lines) for group in earned.reasons)
    assert {reason.text for reason in back.reasons} <= {reason.text for reason in earned.reasons}


def test_spent_points_of_returned_goods_are_told_as_owed():
    shop = open_shop()
    member = shop.member()
    sold = shop.sell({"C": "100.00"}, member)
    shop.sell({"C": "300.00"}, member, redeem="100")
    shop.give_back(sold, {1: "1"})
    account = shop.account(member)
    told = [step.text for row in tell(account) for step in row.steps]
    assert "paid with points" in told
    assert "taken back" in told
    assert standing_of(account, member_id=member.pk, now=NOW).worth == account.available


def test_the_questions_do_not_grow_with_the_history(django_assert_max_num_queries):
    shop = open_shop()
    member = shop.member()
    for _ in range(20):
        shop.sell({"A": "10.00", "B": "10.00"}, member)
    account = account_of(member.pk)
    with django_assert_max_num_queries(5):
        movements_of(account)
    with django_assert_max_num_queries(4):
        standing_of(account, member_id=member.pk, now=NOW)
    with django_assert_max_num_queries(2):
        visits_of(member.pk)


def test_what_people_did_is_told_with_its_reason_and_the_other_side():
    shop = open_shop()
    boss = system("boss")
    anna, boris = shop.member(), shop.member("+12125550124", "Boris Petrov")
    shop.sell({"C": "100.00"}, anna)
    households.add_to_household(member_id=anna.pk, other_id=boris.pk, actor=boss, now=NOW)
    ids = [account.pk for account in (shop.account(anna), _opened(shop, boris))]
    adjust(ids[0], Wish(-20, "mistake", "rung up twice"), actor=boss, now=NOW)
    households.transfer(ids[0], ids[1], 30, actor=boss, now=NOW)
    away, taken, _earned = tell(shop.account(anna))
    assert (away.change, away.other, [step.text for step in away.steps]) == (-30, boris, ["moved away"])
    assert (taken.change, [step.text for step in taken.steps]) == (-20, ["taken"])
    assert taken.transaction.adjustment is not None
    assert taken.transaction.adjustment.note == "rung up twice"
    (came,) = tell(shop.account(boris))
    assert (came.change, came.other, [step.text for step in came.steps]) == (30, anna, ["moved here"])
    lives = [lifetime_of(shop.account(member)) for member in (anna, boris)]
    assert [(life.given, life.taken_back, life.moved) for life in lives] == [(100, 20, -30), (0, 0, 30)]


def _opened(shop: Shop, member: Member) -> Account:
    open_accounts(program_id=shop.program.pk, member_ids=[member.pk], now=NOW)
    return shop.account(member)


def test_burnt_and_given_back_are_both_told():
    shop = open_shop()
    member = shop.member()
    shop.sell({"C": "100.00"}, member)
    later = NOW + dt.timedelta(days=400)
    roll_forward(lock_account(shop.account(member).pk), now=later)
    lot = burnt_lots(shop.account(member).pk)[0]
    reinstate(lot.lot_id, None, reason="goodwill", actor=system("boss"), now=later)
    again, burnt, _earned = tell(shop.account(member))
    assert (again.change, [step.text for step in again.steps]) == (100, ["burnt points given back"])
    assert (burnt.change, [step.text for step in burnt.steps]) == (-100, ["burnt"])
    assert again.transaction.adjustment is not None
    assert again.transaction.adjustment.reason == "goodwill"
    assert lifetime_of(shop.account(member)).burnt == 0
