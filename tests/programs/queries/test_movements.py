"""The story of an account adds up: each balance is the one before plus the change, and the last is what it holds."""

from __future__ import annotations

import itertools
import random

import pytest

from programs.models import Account, Award
from programs.queries.movements import MovementRow, movements_of
from programs.queries.standing import account_of, lifetime_of, standing_of, visits_of
from programs.services.sales import Sold
from tests.programs.shop import NOW, open_shop

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
