"""The arithmetic of returns."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.rules.returns import LotLeft, SoldAward, SoldLine, debt_and_write_off, restore, return_line, take_back


@given(st.integers(1, 50), st.integers(0, 10**6), st.integers(0, 10**6), st.lists(st.integers(1, 50), max_size=20))
def test_any_split_into_returns_adds_up(pieces, amount, points, parts):
    returned, amounts, earned = Decimal(0), 0, 0
    for part in [*parts, pieces]:
        quantity = min(Decimal(part), pieces - returned)
        line = SoldLine(1, 1, Decimal(pieces), returned, amount, 0, 0, 0, (SoldAward(1, "base", "base", points),))
        back = return_line(line, quantity)
        amounts += back.amount
        earned += back.points
        returned += quantity
    assert (returned, amounts, earned) == (pieces, amount, points)


OWN, PENDING, OLD = (
    LotLeft(1, 10, 5, is_pending=False),
    LotLeft(2, 11, 5, is_pending=True),
    LotLeft(3, None, 5, is_pending=False),
)


@pytest.mark.parametrize(
    ("points", "taken", "missing"),
    [
        pytest.param({10: 3}, {1: 3}, 0, id="own lot"),
        pytest.param({10: 8}, {1: 5, 2: 3}, 0, id="then another pending one"),
        pytest.param({10: 12}, {1: 5, 2: 5, 3: 2}, 0, id="then a spendable one"),
        pytest.param({10: 20}, {1: 5, 2: 5, 3: 5}, 5, id="then nothing is left"),
        pytest.param({10: 5, 11: 5}, {1: 5, 2: 5}, 0, id="each line its own"),
        pytest.param({10: 0}, {}, 0, id="nothing to take"),
    ],
)
def test_the_order_of_taking_back(points, taken, missing):
    plan = take_back(points, [OLD, PENDING, OWN])
    assert ({lot.lot_id: part for lot, part in plan.from_lots}, plan.missing) == (taken, missing)


@pytest.mark.parametrize(
    ("policy", "debt", "expected"),
    [("forbid", 0, (0, 9)), ("floor", 0, (5, 4)), ("floor", 4, (1, 8)), ("floor", 7, (0, 9)), ("allow", 4, (9, 0))],
)
def test_what_becomes_of_points_that_are_gone(policy, debt, expected):
    assert debt_and_write_off(9, debt, policy=policy, floor=5) == expected


def test_points_go_back_to_where_they_came_from_the_last_spent_first():
    spent = [(1, 10), (2, 10)]
    assert restore(5, spent, 0) == [(2, 5)]
    assert restore(10, spent, 5) == [(2, 5), (1, 5)]
    with pytest.raises(ValueError, match="more"):
        restore(1, spent, 20)
