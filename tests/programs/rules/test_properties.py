"""What holds of any basket under any rules: exact sums, nothing below nought, and rules that do not see each other."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty_site.ground.errors import DomainError
from programs.rules.basket import Basket, Facts, Outcome
from programs.rules.documents import Compiled, compile_document
from programs.rules.engine import evaluate
from programs.rules.limits import MONEY, POINTS
from programs.rules.matching import matching_lines
from programs.rules.served import EVERYTHING
from tests.programs.rules.dice import ARTICLES, BASKETS, EFFECTS_OF_TABLE, SETTINGS, can_be, facts_for, made, rules_of
from tests.programs.rules.dice import whole as whole_document
from tests.programs.rules.test_effects import FIRST, FIVER, SECOND, with_effect
from tests.programs.rules.test_engine import TIERS, basket, document

BRIEF = {"per": "program", "within": "month", "most": "35"}
MANY = [
    with_effect({"type": "percent_off", "percent": "12.5", "most": "40"}, key="a"),
    with_effect({"type": "amount_off", "amount": "3.33"}, {"type": "amount", "minimum": "5"}, key="b"),
    with_effect({"type": "piece_off", "first": "1.13", "next": "2.11"}, SECOND, key="c"),
    with_effect({"type": "cheapest_off", "every": 3}, key="d"),
    with_effect({"type": "multiply", "factor": "1.7"}, FIRST, key="e"),
    with_effect({"type": "points", "points": "9"}, key="f"),
    with_effect({"type": "exclude"}, SECOND, key="g"),
    with_effect({"type": "points_cap", "points": "5000"}, key="h"),
    with_effect({"type": "scale_off", "steps": [{"from": "10", "percent": "3"}]}, key="i"),
    with_effect({"type": "buy_get", "buy": {"skus": ["sku-0"]}, "get": {"skus": ["sku-1"]}, "percent": "33"}, key="j"),
    with_effect({"type": "points", "points": "40", "group": "g", "limits": [BRIEF | {"of": "points"}]}, key="k"),
    with_effect({"type": "stamp_card", "card": "c", "every": 4}, FIRST, key="m"),
    with_effect({"type": "amount_off", "amount": "7", "limits": [BRIEF | {"of": "money"}]}, key="n"),
    with_effect({"type": "discount_cap", "money": "900", "per": "member", "within": "day"}, key="o"),
    with_effect({"type": "stamps", "card": "d", "stamps": 2}, key="p"),
    with_effect({"type": "gift", "skus": ["mug"], "takes": {"card": "d", "stamps": 3}}, key="q"),
    with_effect({"type": "multiply", "factor": "1.1", "group": "g", "rounding": "half_up"}, key="l"),
]


COUNTERS = compile_document(document(rules=MANY), served=EVERYTHING).asked.counters


@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=8),
    st.integers(0, 10**5),
    st.integers(0, 10**5),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["largest", "first", "last"]),
    st.sampled_from(["all", "first", "best"]),
    st.sampled_from([{}, {"order": "larger"}]),
    st.dictionaries(st.sampled_from([one.key for one in COUNTERS]), st.integers(0, 10_000)),
)
def test_whatever_is_given_the_sums_are_exact(
    amounts, available, redeem, claims, before, leftover, stacking, order, counters
):
    version = compile_document(
        document(
            rules=MANY,
            tiers=TIERS,
            redemption={"rewards": [FIVER]},
            earning={"before_discounts": before},
            discounts={"leftover": leftover, "stacking": stacking, **order},
        ),
        served=EVERYTHING,
    )
    asked, facts = basket(*amounts), Facts(tier="gold", available=available, spend=2_000, counters=counters)
    claim = ["fiver"] if claims else []
    try:
        outcome = evaluate(version, facts, asked, redeem=redeem, claim=claim)
    except DomainError:
        return
    off, paid = outcome.discount_by_line(len(amounts)), outcome.redemption
    assert sum(off) == outcome.discount
    assert all(one.money > 0 for one in outcome.discounts)
    assert all(given.points > 0 for given in outcome.awards)
    assert sum(paid.points_by_line) == paid.points == redeem + 50 * len(claim) <= available
    assert sum(paid.money_by_line) == paid.money
    for line, discount, points in zip(asked.lines, off, paid.money_by_line, strict=True):
        assert 0 <= discount + points <= line.amount
    assert outcome.points <= 5000
    counted = {one.key: one.amount for one in outcome.counts}
    for key, most in {"limit:k:points:program:month": 35, "limit:n:money:program:month": 3500}.items():
        assert 0 <= counted.get(key, 0) <= max(0, most - counters.get(key, 0))
    assert outcome.discount == counted.get("limit:o:money:member:day", 0) <= 90_000
    assert all(counters.get(key, 0) + counted.get(key, 0) >= 0 for key in ("stamps:c", "stamps:d"))
    assert outcome == evaluate(version, facts, asked, redeem=redeem, claim=claim)
    stored = Facts.from_json(json.loads(json.dumps(facts.to_json())))
    assert outcome == evaluate(version, stored, asked, redeem=redeem, claim=claim)


# Each on an article of its own, so that none sees what another did.
APART = [
    with_effect({"type": "multiply", "factor": "1.7"}, key="a"),
    with_effect({"type": "points_per_money", "points": "3", "per": "7"}, SECOND, key="b"),
    with_effect({"type": "points", "points": "9"}, FIRST, key="c"),
    with_effect({"type": "percent_off", "percent": "12.5"}, FIRST, key="d"),
    with_effect({"type": "amount_off", "amount": "3.33"}, SECOND, key="e"),
    with_effect({"type": "cheapest_off", "every": 1, "most": 1}, {"type": "product", "skus": ["sku-2"]}, key="f"),
]


@given(st.permutations(APART), st.lists(st.integers(0, 10**6), min_size=3, max_size=5))
def test_independent_rules_commute(rules, amounts):
    def answers(listed: list) -> tuple:
        outcome = evaluate(compile_document(document(rules=listed)), Facts(), basket(*amounts))
        return sorted(outcome.awards, key=repr), sorted(outcome.discounts, key=repr), outcome.points_maximum

    assert answers(rules) == answers(APART)


ANY_RULES = rules_of(EVERYTHING)


def holds_of_any(version: Compiled, facts: Facts, asked: Basket, outcome: Outcome) -> None:
    """What no programme may break, whatever its rules."""
    count, paid = len(asked.lines), outcome.redemption
    off = outcome.discount_by_line(count)
    assert sum(off) == outcome.discount
    assert sum(outcome.points_by_line(count)) == outcome.points
    assert all(one.money > 0 for one in outcome.discounts)
    assert all(one.points > 0 for one in outcome.awards)
    assert sum(paid.points_by_line) == paid.points
    assert sum(paid.money_by_line) == paid.money
    for line, discount, money in zip(asked.lines, off, paid.money_by_line, strict=True):
        assert 0 <= discount + money <= line.amount
    before, counted = dict(facts.counters or {}), {one.key: one.amount for one in outcome.counts}
    for key, amount in counted.items():
        assert before.get(key, 0) + amount >= 0, key
    for rule in version.counting:
        for limit in rule.limits:
            if limit.key and limit.of in (POINTS, MONEY):
                assert before.get(limit.key, 0) + counted.get(limit.key, 0) <= max(limit.most, before.get(limit.key, 0))
    for rule in version.discount_caps:  # a budget is told of all that it let through
        lines = matching_lines(rule, asked, facts)
        assert counted.get(rule.limits[0].key, 0) == (sum(off[line] for line in lines) if rule.limits[0].key else 0)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(ANY_RULES, SETTINGS, BASKETS, st.data())
def test_no_programme_of_any_kinds_gives_more_than_there_is(rules, changes, asked, data):
    version = compile_document(whole_document(rules, **changes), served=EVERYTHING)
    facts = data.draw(facts_for(version))
    outcome = evaluate(version, facts, asked)
    holds_of_any(version, facts, asked, outcome)
    # What the receipt stores says the same again, and what is said to be spendable is.
    stored = Facts.from_json(json.loads(json.dumps(facts.to_json())))
    assert evaluate(version, stored, asked) == outcome
    if outcome.points_maximum:
        holds_of_any(version, facts, asked, evaluate(version, facts, asked, redeem=outcome.points_maximum))


# Alone on an article of its own, every kind is independent of the others, but for a cap on all discounts, for those that
# ask for other goods as well, and for those that one article brings to the whole receipt.
OF_ONE_LINE = [
    raw
    for raw in EFFECTS_OF_TABLE
    if raw["type"] not in ("discount_cap", "buy_get")
    and raw.get("scope") != "receipt"
    and can_be([made(raw)], EVERYTHING)
]


@st.composite
def apart(draw: Any) -> tuple[list[dict], list[dict]]:
    """Rules on an article each, and the same in another order."""
    chosen = draw(st.lists(st.sampled_from(OF_ONE_LINE), min_size=2, max_size=len(ARTICLES)))
    rules = [
        made(effect | ({"card": sku} if "card" in effect else {}), {"type": "product", "skus": [sku]}, key=f"r-{sku}")
        for sku, effect in zip(sorted(ARTICLES), chosen, strict=False)
    ]
    return rules, draw(st.permutations(rules))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(apart(), SETTINGS, BASKETS, st.data())
def test_independent_rules_of_any_kinds_commute(orders, changes, asked, data):
    changes = changes | {"discounts": changes["discounts"] | {"stacking": "all"}}
    versions = [compile_document(whole_document(rules, **changes), served=EVERYTHING) for rules in orders]
    facts = data.draw(facts_for(versions[0]))

    def answers(version: Compiled) -> list:
        outcome = evaluate(version, facts, asked)
        parts = (outcome.awards, outcome.discounts, outcome.benefits, outcome.counts)
        return [*(sorted(part, key=repr) for part in parts), outcome.points_maximum, outcome.tier_after]

    assert answers(versions[0]) == answers(versions[1])
