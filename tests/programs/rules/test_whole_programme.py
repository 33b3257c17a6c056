"""One programme with a bit of everything: what a basket of it gives, and why."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from programs.rules.basket import Basket, Facts, Line
from programs.rules.buyer_conditions import Buyer
from programs.rules.checking import findings
from programs.rules.documents import compile_document
from programs.rules.engine import evaluate
from programs.rules.served import EVERYTHING
from tests.programs.rules.test_effects import with_effect
from tests.programs.rules.test_engine import TIERS, TUESDAY, document

COFFEE = {"type": "category", "codes": ["coffee"]}
DAIRY = {"type": "category", "codes": ["dairy"]}
WEEK = {"type": "dates", "from": "2026-03-09", "to": "2026-03-15"}
BIRTHDAY = {"type": "birthday", "before": 3, "after": 3}
SCALE = {"type": "scale_off", "steps": [{"from": "300", "percent": "3"}, {"from": "900", "percent": "5"}]}
VERSION = compile_document(
    document(
        earning={"points": "1", "per": "10"},
        redemption={"max_percent": 30},
        welcome={"points": "100", "days": 30},
        tiers=TIERS,
        rules=[
            with_effect(SCALE, key="scale"),
            with_effect({"type": "stamp_card", "card": "coffee", "every": 10}, COFFEE, key="card"),
            with_effect({"type": "multiply", "factor": "2"}, DAIRY, WEEK, key="week"),
            with_effect({"type": "multiply", "factor": "3"}, BIRTHDAY, key="birthday"),
        ],
    ),
    served=EVERYTHING,
)
BASKET = Basket((Line("latte", Decimal(2), 600, "coffee"), Line("butter", Decimal(1), 4400, "dairy")), "store", TUESDAY)


@pytest.mark.parametrize(
    ("facts", "birthday", "discount", "points"),
    [
        pytest.param({"tier": "red"}, None, 0, {"base": 5, "week": 4}, id="a week of dairy"),
        pytest.param(
            {"tier": "silver", "spend": 30_000}, None, 150, {"base": 4, "week": 4, "silver": 2}, id="with the scale"
        ),
        pytest.param(
            {"tier": "gold", "counters": {"stamps:coffee": 8}},
            None,
            300,
            {"base": 4, "week": 4, "gold": 4},
            id="the tenth coffee",
        ),
        pytest.param({"tier": "red"}, (3, 12), 0, {"base": 5, "week": 4, "birthday": 10}, id="near the birthday"),
        pytest.param({"tier": "red"}, (3, 14), 0, {"base": 5, "week": 4}, id="too early"),
    ],
)
def test_what_it_gives_and_why(facts: dict, birthday: tuple[int, int] | None, discount: int, points: dict):
    traits = VERSION.asked.traits(Buyer(birthday=birthday), BASKET.at.date())
    outcome = evaluate(VERSION, Facts(traits=traits, **facts), BASKET)
    by_rule: dict[str, int] = {}
    for award in outcome.awards:
        by_rule[award.rule] = by_rule.get(award.rule, 0) + award.points
    assert (outcome.discount, by_rule) == (discount, points)


def test_a_welcome_gift_pays_at_most_its_share_of_a_bill():
    assert evaluate(VERSION, Facts(available=10_000), BASKET).points_maximum == 1500


def test_it_asks_for_nothing_but_what_it_needs():
    assert VERSION.asked.needs == {"spend", "counters", "birthday"}
    assert findings(VERSION, today=dt.date(2026, 3, 10)) == []
