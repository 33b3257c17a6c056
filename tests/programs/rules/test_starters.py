"""The ready programmes: each can be read, has nothing wrong with it, and gives what it promises."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from programs.rules.basket import Basket, Facts, Line
from programs.rules.checking import findings
from programs.rules.documents import Compiled, DocumentError, compile_document
from programs.rules.engine import evaluate
from programs.rules.served import EVERYTHING
from programs.rules.starters import (
    ATTRACT,
    KEEP,
    PRICE,
    SERVICE,
    STARTERS,
    TREATMENT,
    Starter,
    awaits,
    starter_document,
    unit_for,
)
from programs.rules.welcome import read_welcome

BY_KEY = {starter.key: starter for starter in STARTERS}
AUGUST = dt.datetime(2026, 8, 20, 12)  # noqa: DTZ001  a time on the store's wall has no zone


def document(starter: Starter, **settings) -> dict:
    return starter_document(starter, currency="EUR", exponent=2, time_zone="UTC", **settings)


def compiled(key: str) -> Compiled:
    return compile_document(document(BY_KEY[key]), served=EVERYTHING)


def bought(*lines: tuple[str, int, str]) -> Basket:
    """(pieces, minor money, category) ..."""
    made = tuple(Line(f"sku-{n}", Decimal(pieces), amount, code) for n, (pieces, amount, code) in enumerate(lines))
    return Basket(made, "store", AUGUST)


def test_there_are_six_of_them_each_with_one_goal_and_one_factor():
    assert len(BY_KEY) == len(STARTERS) == 6
    assert {starter.goal for starter in STARTERS} == {ATTRACT, KEEP}
    assert {starter.factor for starter in STARTERS} == {TREATMENT, SERVICE, PRICE}


@pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter.key)
@pytest.mark.parametrize(("exponent", "unit"), [(2, "1"), (0, "100"), (2, "4"), (3, "0.5")])
def test_nothing_is_wrong_with_any_of_them(starter: Starter, exponent: int, unit: str):
    made = starter_document(starter, currency="XXX", exponent=exponent, time_zone="UTC", unit=Decimal(unit))
    version = compile_document(made, served=EVERYTHING)
    assert [str(one.said) for one in findings(version, today=AUGUST.date())] == []
    assert read_welcome(made).points in {0, 100}


@pytest.mark.parametrize(
    ("key", "facts", "basket", "points", "discount"),
    [
        ("coffee", {"counters": {"stamps:coffee": 9}}, bought(("1", 300, "coffee"), ("1", 500, "cake")), 0, 300),
        ("coffee", {"counters": {"stamps:coffee": 8}}, bought(("1", 300, "coffee")), 0, 0),
        ("cashback", {}, bought(("1", 10_000, "")), 500, 0),
        ("metals", {"tier": "silver"}, bought(("1", 10_000, "")), 100, 0),
        ("metals", {"tier": "gold"}, bought(("1", 10_000, "")), 150, 0),
        ("metals", {"tier": "platinum"}, bought(("1", 10_000, "")), 200, 0),
        ("miles", {}, bought(("1", 10_000, "")), 1000, 0),
        ("scale", {"spend": 19_999}, bought(("1", 10_000, "")), 0, 0),
        ("scale", {"spend": 60_000}, bought(("1", 10_000, "")), 0, 500),
        ("school", {}, bought(("2", 2000, "school"), ("1", 600, "school"), ("1", 900, "")), 32, 300),
    ],
)
def test_what_they_give(key: str, facts: dict, basket: Basket, points: int, discount: int):
    outcome = evaluate(compiled(key), Facts(**facts), basket)
    assert (outcome.points, outcome.discount) == (points, discount)


def test_cashback_pays_at_most_its_share_and_miles_only_rewards():
    assert evaluate(compiled("cashback"), Facts(available=9_999), bought(("1", 1000, ""))).points_maximum == 300
    assert evaluate(compiled("miles"), Facts(available=9_999), bought(("1", 1000, ""))).points_maximum == 0
    paid = evaluate(compiled("miles"), Facts(available=9_999), bought(("1", 1000, "")), claim=["small"])
    assert (paid.redemption.points, paid.redemption.money) == (1000, 500)


def test_names_are_in_the_language_of_whoever_begins():
    made = document(BY_KEY["metals"], translate=lambda text: {"Gold": "Золото"}.get(text, text))
    assert [tier["name"] for tier in made["tiers"]] == ["Silver", "Золото", "Platinum"]


def test_what_is_missing_is_said():
    for starter in STARTERS:
        try:
            compile_document(document(starter))
        except DocumentError:
            assert awaits(starter)
        else:
            assert awaits(starter) == []


@pytest.mark.parametrize(
    ("coffee", "unit"), [("3", 1), ("2.80", 1), ("4.5", 2), ("12", 5), ("250", 100), ("450", 200), ("0.9", "0.2")]
)
def test_sums_fit_the_price_of_a_coffee(coffee: str, unit: object):
    assert unit_for(Decimal(coffee)) == Decimal(unit)


def test_each_can_be_published_as_it_is():
    for starter in STARTERS:
        compile_document(document(starter))
