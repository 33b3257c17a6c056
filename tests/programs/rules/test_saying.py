"""Rules as sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from programs.rules.documents import parse_rule
from programs.rules.ladder import Ladder
from programs.rules.parsing import Units
from programs.rules.saying import ladder_words, rule_words
from programs.rules.served import EVERYTHING

UNITS = Units(2, 0, EVERYTHING)


@pytest.mark.parametrize(
    ("conditions", "effect", "sentence"),
    [
        ([], {"type": "multiply", "factor": "2"}, "points times 2, always"),
        (
            [{"type": "weekday", "days": [2, 1]}, {"type": "category", "codes": ["dairy", "cheese"]}],
            {"type": "multiply", "factor": "2", "limits": [{"of": "points", "most": "500"}]},
            "points times 2, when the article is of cheese, dairy and it is a Monday or a Tuesday; "
            "at most 500 points on a receipt",
        ),
        (
            [{"type": "amount", "minimum": "20"}, {"type": "tier", "keys": ["gold"], "not": True}],
            {"type": "percent_off", "percent": "10", "exclusive": True, "last": True, "group": "g"},
            "10 % off, when the whole receipt is worth at least 20 and not so that the member is on the tier gold; "
            "it counts alone, of the group g the best one counts, no later rule counts after it",
        ),
        (
            [],
            {"type": "points_cap", "points": "500", "per": "member", "within": "day"},
            "at most 500 points for a member a day, always",
        ),
        (
            [{"type": "accumulated", "minimum": "100.50", "days": 30}],
            {"type": "gift", "skus": ["mug"], "stock": 100},
            "1 of mug as a gift, when the member has spent at least 100.50 within 30 days before; "
            "at most 100 times for everybody together in all",
        ),
    ],
)
def test_a_rule_is_a_sentence(conditions: list, effect: dict, sentence: str):
    rule = parse_rule({"key": "r", "name": "R", "conditions": conditions, "effect": effect}, UNITS)
    assert str(rule_words(rule, UNITS)) == sentence


def test_every_part_is_said_in_the_readers_language():
    rule = parse_rule(
        {
            "key": "r",
            "name": "R",
            "conditions": [{"type": "weekday", "days": [1]}],
            "effect": {"type": "multiply", "factor": "2"},
        },
        UNITS,
    )
    words = {
        "a Monday": "по понедельникам",
        "it is %(days)s": "покупают %(days)s",
        "points times %(factor)s": "баллы × %(factor)s",
    }
    said = rule_words(rule, UNITS).message(lambda text: words.get(text, text))
    assert said == "баллы × 2, when покупают по понедельникам"


def test_what_codes_name_is_said_where_it_is_known():
    names = {
        "category": {"dairy": "Dairy goods"},
        "product": {"mug": "A blue mug"},
        "tier": {"gold": "Gold"},
        "field": {"family": "Family"},
        "option": {"family:big": "A big one"},
        "segment": {"best": "Our best"},
    }
    units = Units(2, 0, EVERYTHING, currency="EUR", names=names)
    conditions = [
        {"type": "category", "codes": ["dairy", "cheese"]},
        {"type": "tier", "keys": ["gold"]},
        {"type": "amount", "minimum": "20", "codes": ["dairy"], "skus": ["mug"]},
        {"type": "field", "field": "family", "one_of": ["big"]},
        {"type": "segment", "keys": ["best"]},
    ]
    effect = {"type": "gift", "skus": ["mug"], "surcharge": "1.50"}
    rule = parse_rule({"key": "r", "name": "R", "conditions": conditions, "effect": effect}, units)
    assert str(rule_words(rule, units)) == (
        "1 of A blue mug for 1.50 EUR, when the article is of Dairy goods, cheese and the member is on the tier Gold and "
        "the goods Dairy goods, A blue mug is worth at least 20 EUR and the field Family of the member says A big one and the member is in the segment Our best"
    )
    # What we call a group of people is not for them to read.
    assert str(rule_words(rule, replace(units, for_members=True))).endswith("the member is one of those we invited")


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ({"keeps_months": 12, "grace_days": 30}, ["a tier is kept for 12 months", "whoever does not reach it then keeps it for another 30 days"]),
        ({"keeps_months": 1, "grace_days": 1}, ["a tier is kept for a month", "whoever does not reach it then keeps it for another day"]),
        ({"keeps_months": 0, "one_step": True}, ["a tier is kept only while it is reached", "tiers are lost one at a time"]),
    ],
)  # fmt: skip
def test_how_a_tier_is_kept_is_said(kept: dict[str, Any], said: list[str]):
    assert [str(one) for one in ladder_words(Ladder(**kept))] == [
        "what was spent altogether counts for the tier",
        *said,
    ]
