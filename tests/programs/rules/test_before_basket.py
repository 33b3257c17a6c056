"""What is told before there is a basket: nothing that goods could still change is judged, and nothing else is left out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from programs.rules.basket import Facts, Line
from programs.rules.before_basket import asks_basket, before_basket, told_before
from programs.rules.conditions import parse_condition
from programs.rules.documents import compile_document
from programs.rules.served import EVERYTHING
from tests.programs.rules.test_conditions import ALL, CONDITION_TABLE, basket
from tests.programs.rules.test_engine import document

EMPTY = replace(basket(1000), lines=())
LIMIT = {"of": "times", "per": "member", "within": "month", "most": 1}
GOLD = {"type": "tier", "keys": ["gold"]}


def test_a_condition_that_is_judged_before_the_basket_answers_the_same_with_it():
    asking = set()
    for kind, settings, given, facts, _holds in CONDITION_TABLE:
        condition = parse_condition({"type": kind, **settings}, ALL)
        if asks_basket(condition):
            asking.add(kind)
            continue
        full = basket(1000, **given)
        nothing = Line("", Decimal(0), 0)
        empty = replace(full, lines=(nothing,), coupons=frozenset(), payments=frozenset())
        told = Facts(**facts)
        assert condition.holds(nothing, empty, told) == condition.holds(full.lines[0], full, told), (kind, settings)
    assert asking == {
        "category", "product", "label", "brand", "amount", "quantity", "payment", "coupon", "accumulated",
    }  # fmt: skip


def told(rules: list[dict[str, Any]], facts: Facts, rewards: list[dict[str, Any]] | None = None, **more: Any) -> Any:
    """(keys of the rewards, keys of the privileges)"""
    made = document(rules=rules, **more)
    made["redemption"] = {**made["redemption"], "rewards": rewards or []}
    version = before_basket(compile_document(made, served=EVERYTHING))
    bought, given = told_before(version, facts, EMPTY)
    return [one.key for one in bought], [one.rule for one in given]


def rule(key: str, effect: dict[str, Any], *conditions: dict[str, Any]) -> dict[str, Any]:
    return {"key": key, "name": key, "conditions": list(conditions), "effect": effect}


def privilege(key: str, *conditions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return rule(key, {"type": "privilege", "text": "A table by the window", **more}, *conditions)


def test_privileges_are_those_that_goods_cannot_change():
    rules = [
        privilege("everybody"),
        privilege("gold", GOLD),
        privilege("not-gold", GOLD | {"not": True}),
        privilege("big", {"type": "amount", "minimum": "1"}),
        privilege("no-cheese", {"type": "category", "codes": ["cheese"], "not": True}),
        privilege("limited", limits=[LIMIT]),
        privilege("stamped", takes={"card": "tea", "stamps": 5}),
        rule("points", {"type": "multiply", "factor": "2"}),
        rule("gift", {"type": "gift", "skus": ["cup"]}),
    ]
    assert told(rules, Facts(tier="gold"))[1] == ["everybody", "gold", "limited"]
    counters = {"limit:limited:times:member:month": 1, "stamps:tea": 5}
    assert told(rules, Facts(counters=counters))[1] == ["everybody", "not-gold", "stamped"]


def test_on_the_first_tier_from_the_start():
    tiers = [{"key": "gold", "name": "Gold", "threshold": "0", "multiplier": "1"}]
    assert told([privilege("gold", GOLD)], Facts(), tiers=tiers)[1] == ["gold"]


def test_rewards_that_the_points_buy_whatever_goods_they_ask_for():
    off = {"type": "percent_off", "percent": "100"}

    def reward(key: str, cost: str, *conditions: dict[str, Any]) -> dict[str, Any]:
        return {"key": key, "name": key, "cost": cost, "conditions": list(conditions), "effect": off}

    rewards = [
        reward("cake", "50", {"type": "category", "codes": ["cakes"]}, {"type": "quantity", "minimum": 2}),
        reward("dear", "51"),
        reward("gold", "10", GOLD),
        reward("for-gold-cake", "10", GOLD, {"type": "category", "codes": ["cakes"]}),
    ]
    assert told([], Facts(available=50), rewards)[0] == ["cake"]
    assert told([], Facts(available=51, tier="gold"), rewards)[0] == ["cake", "dear", "gold", "for-gold-cake"]
    assert told([], Facts(available=51, debt=1), rewards)[0] == []


def test_only_what_these_ask_is_looked_up():
    rules = [
        rule("points", {"type": "multiply", "factor": "2"}, {"type": "accumulated", "minimum": "5", "days": 30}),
        privilege("new", {"type": "tenure", "at_most": 30}),
    ]
    version = compile_document(document(rules=rules), served=EVERYTHING)
    assert version.asked.windows
    asked = before_basket(version).asked
    assert (asked.windows, len(asked.buyer), asked.needs) == ((), 1, frozenset({"joined_on", "services"}))
