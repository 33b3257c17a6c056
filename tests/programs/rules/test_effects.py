"""Effects on points: what matching lines get besides the multiplier. Tables with names, then properties."""

from __future__ import annotations

import pytest

from programs.errors import (
    InsufficientPoints,
    RedemptionAboveMost,
    RedemptionAboveShare,
    RedemptionBlockedByDebt,
    RewardNotForThis,
    RewardPaysNothing,
    RewardUnknown,
)
from programs.rules.basket import Facts
from programs.rules.documents import DocumentError, compile_document
from programs.rules.effects import EFFECTS, parse_effect
from programs.rules.engine import evaluate
from tests.programs.rules.test_engine import TIERS, basket, document

FIRST = {"type": "product", "skus": ["sku-0"]}
SECOND = {"type": "product", "skus": ["sku-1"]}
NEVER = {"type": "amount", "minimum": "1000000"}


def with_effect(effect: dict, *conditions: dict, key: str = "r") -> dict:
    return {"key": key, "name": key.upper(), "conditions": list(conditions), "effect": effect}


POINTS_TABLE = [
    pytest.param([({"type": "points", "points": "7"}, [])], [500, 500], [9, 8], id="fixed, once"),
    pytest.param([({"type": "points", "points": "7"}, [FIRST])], [500, 500], [12, 5], id="fixed, on one line"),
    pytest.param([({"type": "points", "points": "7", "per": "piece"}, [])], [500, 500], [12, 12], id="for every piece"),
    pytest.param([({"type": "points", "points": "7"}, [NEVER])], [500], [5], id="no line matches"),
    pytest.param([({"type": "points", "points": "7"}, [])], [0, 0], [7, 0], id="fixed, on nothing paid"),
    pytest.param([({"type": "exclude"}, [FIRST])], [500, 500], [0, 5], id="excluded"),
    pytest.param(
        [({"type": "exclude"}, [FIRST]), ({"type": "points", "points": "7"}, [])],
        [500, 500],
        [0, 12],
        id="excluded from other rules too",
    ),
    pytest.param(
        [({"type": "points", "points": "7", "per": "piece"}, [FIRST]), ({"type": "exclude"}, [FIRST])],
        [500, 500],
        [0, 5],
        id="excluded wherever the rule stands",
    ),
    pytest.param([({"type": "points_per_money", "points": "2"}, [SECOND])], [500, 500], [5, 15], id="points per money"),
    pytest.param(
        [({"type": "points_per_money", "points": "1", "per": "3"}, [])], [500, 500], [7, 6], id="rounded once"
    ),
    pytest.param(
        [
            ({"type": "multiply", "factor": "2", "group": "g"}, []),
            ({"type": "points", "points": "7", "group": "g"}, []),
        ],
        [500, 500],
        [10, 10],
        id="the best of a group",
    ),
    pytest.param(
        [
            ({"type": "points", "points": "5", "group": "g"}, [FIRST]),
            ({"type": "points", "points": "5", "group": "g"}, [SECOND]),
            ({"type": "points", "points": "1"}, [SECOND]),
        ],
        [500, 500],
        [10, 6],
        id="of equals of a group the first",
    ),
    pytest.param(
        [
            ({"type": "points", "points": "1", "last": True}, []),
            ({"type": "points", "points": "2", "last": True, "priority": 1}, []),
        ],
        [500],
        [7],
        id="by priority",
    ),
    pytest.param(
        [({"type": "multiply", "factor": "1.5", "rounding": "half_up"}, [])], [500], [8], id="a rounding of its own"
    ),
    pytest.param([({"type": "multiply", "factor": "1.5"}, [])], [500], [7], id="the programme's rounding"),
    pytest.param([({"type": "points_cap", "points": "8"}, [])], [500, 500], [4, 4], id="capped"),
    pytest.param([({"type": "points_cap", "points": "3"}, [FIRST])], [500, 500], [3, 5], id="one line capped"),
    pytest.param([({"type": "points_cap", "points": "50"}, [])], [500, 500], [5, 5], id="below the cap"),
    pytest.param([({"type": "points_cap", "points": "0"}, [])], [500, 500], [0, 0], id="nothing at all"),
    pytest.param(
        [
            ({"type": "points_per_money", "points": "1"}, []),
            ({"type": "points_per_money", "points": "1", "last": True}, [NEVER]),
            ({"type": "points_per_money", "points": "2"}, []),
        ],
        [500],
        [20],
        id="the last one did nothing, so it ends nothing",
    ),
    pytest.param(
        [
            ({"type": "points_per_money", "points": "1", "last": True}, []),
            ({"type": "points_per_money", "points": "2"}, []),
        ],
        [500],
        [10],
        id="the last one ends the rest",
    ),
]


@pytest.mark.parametrize(("rules", "amounts", "points"), POINTS_TABLE)
def test_effects_on_points(rules, amounts, points):
    made = [with_effect(effect, *conditions, key=f"r{n}") for n, (effect, conditions) in enumerate(rules)]
    outcome = evaluate(compile_document(document(rules=made)), Facts(), basket(*amounts))
    assert outcome.points_by_line(len(amounts)) == points
    assert not outcome.discounts


def test_a_cap_cuts_what_was_given_last_and_says_so():
    rules = [
        with_effect({"type": "multiply", "factor": "3"}),
        with_effect({"type": "points_cap", "points": "12"}, key="c"),
    ]
    awards = evaluate(compile_document(document(rules=rules)), Facts(), basket(1000)).awards
    assert [(given.rule, given.points, given.details.get("capped")) for given in awards] == [
        ("base", 10, None),
        ("r", 2, "C"),
    ]


@pytest.mark.parametrize(
    "effect",
    [
        None,
        "multiply",
        {},
        {"type": "explode"},
        {"type": "multiply", "factor": "0.5"},
        {"type": "points"},
        {"type": "points", "points": "0"},
        {"type": "points", "points": "1", "per": "day"},
        {"type": "points", "points": "1", "percent": "2"},
        {"type": "points_per_money", "points": "1", "per": "0"},
        {"type": "exclude", "codes": ["dairy"]},
        {"type": "points_cap", "points": "-1"},
        {"type": "percent_off"},
        {"type": "percent_off", "percent": "0"},
        {"type": "percent_off", "percent": "101"},
        {"type": "percent_off", "percent": "10.001"},
        {"type": "percent_off", "percent": "10", "most": "0"},
        {"type": "percent_off", "percent": "10", "pieces": 0},
        {"type": "percent_off", "percent": "10", "rounding": "up"},
        {"type": "percent_off", "percent": "10", "scope": "shop"},
        {"type": "amount_off"},
        {"type": "amount_off", "amount": "0"},
        {"type": "amount_off", "amount": "1", "per": "kilo"},
        {"type": "piece_off"},
        {"type": "piece_off", "first": "0", "next": "0"},
        {"type": "piece_off", "first": "1", "group_of": 0},
        {"type": "steps_off", "steps": []},
        {"type": "steps_off", "steps": [{"from": "1"}]},
        {"type": "steps_off", "steps": [{"percent": "1", "amount": "1"}]},
        {"type": "steps_off", "steps": [{"percent": "1"}, {"from": "0", "amount": "1"}]},
        {"type": "steps_off", "by": "weight", "steps": [{"percent": "1"}]},
        {"type": "steps_off", "by": "quantity", "steps": [{"from": "1.5", "percent": "1"}]},
        {"type": "cheapest_off"},
        {"type": "cheapest_off", "every": 2, "pieces": 3},
        {"type": "cheapest_off", "every": 2, "per_article": "yes"},
        {"type": "cheapest_off", "every": 2, "over": "all"},
        {"type": "multiply", "factor": "2", "rounding": "up"},
        {"type": "points_per_money", "points": "1", "rounding": ""},
        {"type": "points", "points": "1", "priority": -1},
        {"type": "points", "points": "1", "priority": "1"},
        {"type": "points", "points": "1", "exclusive": True},
        {"type": "percent_off", "percent": "1", "exclusive": "yes"},
        {"type": "buy_get", "buy": {"skus": ["a"]}},
        {"type": "buy_get", "buy": {"pieces": 1}, "get": {"skus": ["a"]}},
        {"type": "buy_get", "buy": {"skus": ["a"]}, "get": {"skus": ["a"]}},
        {"type": "buy_get", "buy": {"skus": ["a"]}, "get": {"skus": []}},
        {"type": "buy_get", "buy": {"skus": ["a"], "pieces": 0}, "get": {"skus": ["b"]}},
        {"type": "scale_off"},
        {"type": "scale_off", "steps": []},
        {"type": "scale_off", "of": "pieces", "steps": [{"percent": "1"}]},
        {"type": "scale_off", "of": "points", "with_this": True, "steps": [{"percent": "1"}]},
        {"type": "scale_off", "days": 1, "months": 1, "steps": [{"percent": "1"}]},
        {"type": "scale_off", "of": "visits", "steps": [{"from": "1.5", "percent": "1"}]},
        {"type": "fixed_price", "quantity": 3},
        {"type": "fixed_price", "quantity": "3", "price": "1"},
        {"type": "percent_off", "percent": "10", "last": "yes"},
        {"type": "percent_off", "percent": "10", "group": 1},
    ],
)
def test_an_effect_that_makes_no_sense_is_refused_in_words(effect):
    with pytest.raises(DocumentError, match=r"rule r: \S"):
        compile_document(document(rules=[with_effect(effect)]))


def test_every_effect_is_known_by_its_type():
    assert all(kind.type == name for name, kind in EFFECTS.items())
    with pytest.raises(DocumentError, match=", ".join(sorted(EFFECTS))):
        parse_effect({"type": "?"})


@pytest.mark.parametrize(
    ("earning", "amounts", "points"),
    [
        pytest.param({"rounds": "line"}, [150, 150], [1, 1], id="base on each line"),
        pytest.param({"rounds": "receipt"}, [150, 150], [2, 1], id="base on the receipt"),
        pytest.param({"rounds": "line", "rounding": "half_up"}, [150, 149], [2, 1], id="each line to the nearest"),
    ],
)
def test_points_are_rounded_on_the_receipt_or_on_each_line(earning, amounts, points):
    outcome = evaluate(compile_document(document(earning=earning)), Facts(), basket(*amounts))
    assert outcome.points_by_line(len(amounts)) == points


def test_a_scale_is_no_reward():
    scale = {"type": "scale_off", "steps": [{"percent": "10"}]}
    with pytest.raises(DocumentError, match="the same off for everybody"):
        compile_document(document(redemption={"rewards": [reward(scale)]}))


def reward(effect: dict, cost: str = "500", key: str = "gift") -> dict:
    return {"key": key, "name": key.title(), "cost": cost, "effect": effect}


FIFTH = reward({"type": "percent_off", "percent": "20"})
FIVER = reward({"type": "amount_off", "amount": "5"}, cost="50", key="fiver")


def rewarding(*rewards: dict, on_points: bool = False, **redemption):
    settings = {"rewards": list(rewards), **redemption}
    return compile_document(document(redemption=settings, earning={"on_points": on_points}))


def test_rewards_are_claimed_one_after_the_other_and_do_not_earn():
    outcome = evaluate(rewarding(FIFTH, FIVER), Facts(available=700), basket(8000, 2000), claim=["gift", "fiver"])
    assert [(one.key, one.points, one.money) for one in outcome.redemption.rewards] == [
        ("gift", 500, 2000),
        ("fiver", 50, 500),
    ]
    assert outcome.redemption.points_by_line == (440, 110)
    assert outcome.redemption.money_by_line == (2000, 500)
    assert outcome.points == 75
    assert outcome.points_maximum == 150


def test_a_reward_and_points_pay_together():
    outcome = evaluate(rewarding(FIFTH), Facts(available=700), basket(1000), claim=["gift"], redeem=200)
    assert (outcome.redemption.points, outcome.redemption.money, outcome.points) == (700, 400, 6)


@pytest.mark.parametrize(
    ("facts", "asked", "refusal"),
    [
        pytest.param({"available": 500}, {"claim": ["cake"]}, RewardUnknown, id="no such reward"),
        pytest.param({"available": 499}, {"claim": ["gift"]}, InsufficientPoints, id="too dear"),
        pytest.param({"available": 999}, {"claim": ["gift", "gift"]}, InsufficientPoints, id="too dear twice"),
        pytest.param({"available": 500, "debt": 1}, {"claim": ["gift"]}, RedemptionBlockedByDebt, id="owed points"),
        pytest.param({"available": 700}, {"claim": ["gift"], "redeem": 201}, InsufficientPoints, id="what it left"),
        pytest.param(
            {"available": 2000}, {"claim": ["gift"], "redeem": 401}, RedemptionAboveShare, id="share of the rest"
        ),
    ],
)
def test_rewards_that_cannot_be_claimed(facts, asked, refusal):
    with pytest.raises(refusal):
        evaluate(rewarding(FIFTH), Facts(**facts), basket(1000), **asked)


def test_a_reward_that_takes_nothing_off_costs_nothing():
    with pytest.raises(RewardPaysNothing):
        evaluate(rewarding(FIVER), Facts(available=500), basket(0), claim=["fiver"])


def test_points_of_the_receipt_itself_where_the_programme_allows_it():
    version = rewarding(FIFTH, on_points=True, own_points=True)
    outcome = evaluate(version, Facts(available=0), basket(50_000), claim=["gift"])
    assert (outcome.points, outcome.redemption.points, outcome.redemption.money) == (500, 500, 10_000)
    with pytest.raises(InsufficientPoints):
        evaluate(rewarding(FIFTH, on_points=True), Facts(available=0), basket(50_000), claim=["gift"])


def test_a_limit_of_points_on_one_receipt():
    version = compile_document(document(redemption={"max_points": "100"}))
    assert evaluate(version, Facts(available=900), basket(10_000)).points_maximum == 100
    with pytest.raises(RedemptionAboveMost):
        evaluate(version, Facts(available=900), basket(10_000), redeem=101)


def test_documents_of_earlier_days_mean_what_they_meant():
    version = compile_document(document())
    assert (version.stacking, version.leftover, version.rewards, version.own_points) == ("all", "largest", (), False)
    assert (version.redeem_max_points, version.earn_before_discounts, version.discounts) == (None, False, ())


def test_facts_are_read_as_they_were_stored():
    facts = Facts("gold", 500, 20, 0, purchases=3)
    assert Facts.from_json(facts.to_json() | {"rewards": ["gift"]}) == facts
    assert Facts.from_json(Facts().to_json()) == Facts()


def test_a_reward_is_for_the_goods_that_its_conditions_name():
    """A cake against a surcharge: one piece for 2.00, for points."""
    effect = {"type": "fixed_price", "quantity": 1, "price": "2", "most": 1}
    version = rewarding(reward(effect, cost="50", key="cake") | {"conditions": [SECOND]})
    outcome = evaluate(version, Facts(available=60), basket(900, 500), claim=["cake"])
    assert outcome.redemption.money_by_line == (0, 300)
    assert outcome.redemption.points_by_line == (0, 50)
    assert outcome.fitting == {"cake": [1]}
    assert evaluate(version, Facts(available=60), basket(900)).fitting == {"cake": []}
    with pytest.raises(RewardNotForThis, match="not for these goods"):
        evaluate(version, Facts(available=60), basket(900), claim=["cake"])


def test_a_reward_of_one_tier_is_for_nobody_else():
    lounge = reward({"type": "percent_off", "percent": "50"}) | {"conditions": [{"type": "tier", "keys": ["gold"]}]}
    version = compile_document(document(redemption={"rewards": [lounge]}, tiers=TIERS))
    assert evaluate(version, Facts(tier="gold", available=500), basket(1000), claim=["gift"]).redemption.money == 500
    with pytest.raises(RewardNotForThis):
        evaluate(version, Facts(tier="silver", available=500), basket(1000), claim=["gift"])


@pytest.mark.parametrize(
    ("asked", "claim", "counts"),
    [
        pytest.param({"reward": "fiver"}, ["fiver", "fiver"], [("redeemed:fiver", 2, 2)], id="this reward, twice"),
        pytest.param({"reward": "fiver"}, ["gift"], [], id="another reward"),
        pytest.param({}, ["gift", "fiver"], [("redeemed:", 1, 1)], id="points at all, one purchase"),
        pytest.param({}, [], [], id="none spent"),
    ],
)
def test_it_is_counted_how_often_points_were_spent(asked: dict, claim: list[str], counts: list):
    extra = with_effect({"type": "percent_off", "percent": "5"}, {"type": "redeemed", "at_least": 2, **asked})
    version = compile_document(document(redemption={"rewards": [FIFTH, FIVER]}, rules=[extra]))
    outcome = evaluate(version, Facts(available=700), basket(8000), claim=claim)
    assert [(one.key, one.amount, one.whole) for one in outcome.counts] == counts
    key = version.asked.counters[0].key
    given = [evaluate(version, Facts(counters={key: held}), basket(8000)).discount for held in (1, 2)]
    assert given == [0, 400]  # and no points are taken for it
