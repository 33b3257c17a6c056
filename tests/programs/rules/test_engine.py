"""The engine: what a basket earns and what points pay. Tables with names, then properties."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_site.ground.errors import DomainError
from programs.rules.basket import Basket, Facts, Line
from programs.rules.documents import DocumentError, compile_document
from programs.rules.engine import evaluate, tier_after

TUESDAY = dt.datetime(2026, 3, 10, 12, 0)  # noqa: DTZ001  a time on the store's wall has no zone


def document(**changes):
    made = {
        "schema": 1,
        "currency": "USD",
        "currency_exponent": 2,
        "point_decimals": 0,
        "time_zone": "UTC",
        "earning": {"points": "1", "per": "1", "rounding": "down", "on_points": False},
        "redemption": {"point_value": "0.01", "minimum": "0", "step": "1", "max_percent": 50},
        "activation_days": 0,
        "expiry_months": 12,
        "negative": {"policy": "allow", "floor": "0"},
        "tiers": [],
        "rules": [],
    }
    for key, value in changes.items():
        made[key] = made.get(key, {}) | value if isinstance(value, dict) else value
    return made


def basket(*amounts: int, at: dt.datetime = TUESDAY, **more) -> Basket:
    """A piece of a line's own article for each of `amounts`; `more` is said of every line, or of the basket."""
    of_line = {name: more.pop(name) for name in ("category", *Line.__slots__[4:]) if name in more}
    lines = tuple(Line(f"sku-{n}", Decimal(1), amount, **of_line) for n, amount in enumerate(amounts))
    return Basket(lines, "store", at, **more)


def rule(*conditions: dict, factor: str = "2") -> dict:
    return {"key": "r", "name": "R", "conditions": list(conditions), "effect": {"type": "multiply", "factor": factor}}


@pytest.mark.parametrize(
    ("changes", "amounts", "points"),
    [
        pytest.param({}, [100], [1], id="one for one"),
        pytest.param({}, [99], [0], id="rounded down"),
        pytest.param({"earning": {"rounding": "half_up"}}, [50], [1], id="rounded to the nearest"),
        pytest.param({}, [50, 50], [1, 0], id="counted on the whole receipt, the left-over to the first"),
        pytest.param({"earning": {"per": "1000"}}, [1_000_000], [10], id="one per thousand"),
        pytest.param({"earning": {"points": "3", "per": "7"}}, [700, 1400], [3, 6], id="three per seven"),
        pytest.param({"earning": {"per": "3"}}, [300], [1], id="a third of three is one"),
        pytest.param({"earning": {"per": "3", "rounding": "half_up"}}, [150], [1], id="and of half of it one half"),
        pytest.param({"earning": {"per": "3", "rounding": "half_up"}}, [149], [0], id="just below one half"),
        pytest.param({"earning": {"rounding": "half_even"}}, [250], [2], id="to the even one"),
        pytest.param({"point_decimals": 2}, [150], [150], id="points with decimals"),
        pytest.param({"currency_exponent": 0}, [5], [5], id="a currency without cents"),
        pytest.param({"earning": {"points": "0"}}, [500], [0], id="a programme that gives nothing"),
        pytest.param({}, [0, 0], [0, 0], id="a receipt of nought"),
    ],
)
def test_base_points(changes, amounts, points):
    outcome = evaluate(compile_document(document(**changes)), Facts(), basket(*amounts))
    assert outcome.points_by_line(len(amounts)) == points


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": 2},
        {"earning": {"per": "0"}},
        {"earning": {"per": "x"}},
        {"earning": {"points": "-1"}},
        {"earning": {"rounding": "up"}},
        {"redemption": {"step": "0"}},
        {"redemption": {"minimum": "0.5"}},
        {"rules": [rule(factor="0.5")]},
        {"rules": [{**rule(), "effect": {"type": "explode"}}]},
        {"redemption": {"max_points": "-1"}},
        {"redemption": {"own_points": True}},
        {"redemption": {"own_points": True}, "earning": {"on_points": True}, "activation_days": 1},
        {"discounts": {"stacking": "some"}},
        {"discounts": {"leftover": "me"}},
        {"calendars": [{"key": "a", "name": "A", "days": []}]},
        {"calendars": [{"key": "a", "name": "A", "days": ["13-01"]}]},
        {"calendars": [{"key": "a", "name": "A", "days": ["Christmas"]}]},
        {"calendars": [{"key": "a", "name": "A", "days": ["12-25"]}] * 2},
        {
            "tiers": [
                {"key": "a", "name": "", "threshold": "1", "multiplier": "1"},
                {"key": "a", "name": "", "threshold": "2", "multiplier": "1"},
            ]
        },
    ],
)
def test_a_draft_that_contradicts_itself_is_refused(changes):
    with pytest.raises(DocumentError):
        compile_document(document(**changes))


TIERS = [
    {"key": "red", "name": "Red", "threshold": "0", "multiplier": "1"},
    {"key": "silver", "name": "Silver", "threshold": "100", "multiplier": "1.5"},
    {"key": "gold", "name": "Gold", "threshold": "1000", "multiplier": "2"},
]


@pytest.mark.parametrize(("tier", "points"), [("", 10), ("red", 10), ("silver", 15), ("gold", 20), ("gone", 10)])
def test_a_tier_multiplies_the_base(tier, points):
    assert evaluate(compile_document(document(tiers=TIERS)), Facts(tier=tier), basket(1000)).points == points


@pytest.mark.parametrize(
    ("held", "spend", "after"),
    [("", 0, "red"), ("red", 9_999, "red"), ("red", 10_000, "silver"), ("gold", 0, "gold"), ("gone", 10_000, "silver")],
)
def test_the_ladder_is_climbed_and_not_fallen_from_by_selling(held, spend, after):
    assert tier_after(compile_document(document(tiers=TIERS)), Facts(tier=held, spend=spend), 0) == after


@pytest.mark.parametrize(
    ("changes", "facts", "amount", "maximum"),
    [
        pytest.param({}, {"available": 100}, 10_000, 100, id="the balance"),
        pytest.param({}, {"available": 9_999}, 1_000, 500, id="half of the bill"),
        pytest.param({"redemption": {"step": "50"}}, {"available": 120}, 10_000, 100, id="whole steps"),
        pytest.param({"redemption": {"minimum": "200"}}, {"available": 120}, 10_000, 0, id="below the least"),
        pytest.param({}, {"available": 0, "debt": 5}, 10_000, 0, id="while something is owed"),
        pytest.param({"redemption": {"point_value": "0"}}, {"available": 100}, 10_000, 0, id="points that pay nothing"),
    ],
)
def test_the_most_that_can_be_redeemed(changes, facts, amount, maximum):
    assert evaluate(compile_document(document(**changes)), Facts(**facts), basket(amount)).points_maximum == maximum


amounts = st.lists(st.integers(0, 10**7), min_size=1, max_size=12)


@given(amounts, st.integers(0, 10**6), st.integers(0, 10**6), st.booleans())
def test_whatever_is_asked_the_sums_are_exact(line_amounts, available, redeem, on_points):
    version = compile_document(document(tiers=TIERS, rules=[rule()], earning={"on_points": on_points, "points": "1.7"}))
    asked = basket(*line_amounts)
    try:
        outcome = evaluate(version, Facts(tier="silver", available=available), asked, redeem=redeem)
    except DomainError:
        assert redeem > evaluate(version, Facts(available=available), asked).points_maximum
        return
    paid = outcome.redemption
    assert sum(paid.points_by_line) == paid.points == redeem <= available
    assert sum(paid.money_by_line) == paid.money <= asked.total // 2
    assert all(0 <= part <= line.amount for part, line in zip(paid.money_by_line, asked.lines, strict=True))
    assert all(award.points > 0 for award in outcome.awards)
    assert sum(outcome.points_by_line(len(line_amounts))) == outcome.points
    assert outcome == evaluate(version, Facts(tier="silver", available=available), asked, redeem=redeem)
