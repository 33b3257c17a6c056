"""Effects said in words: each kind has a row."""

from __future__ import annotations

import pytest

from programs.rules.effects import EFFECTS, parse_effect
from tests.programs.rules.test_conditions import ALL

SAID_TABLE = [
    ({"type": "multiply", "factor": "1.5"}, "points times 1.5"),
    ({"type": "points_per_money", "points": "3", "per": "2"}, "1.5 points more for every unit of money"),
    ({"type": "points", "points": "7.50"}, "7.50 points"),
    ({"type": "points", "points": "7", "per": "piece"}, "7 points for every piece"),
    ({"type": "exclude"}, "no points at all"),
    ({"type": "points_cap", "points": "500"}, "at most 500 points on a receipt"),
    (
        {"type": "points_cap", "points": "500", "per": "member", "within": "month"},
        "at most 500 points for a member a month",
    ),
    (
        {"type": "discount_cap", "money": "1000", "per": "program"},
        "money off: at most 1000 for everybody together in all",
    ),
    ({"type": "stamp_card", "card": "coffee", "every": 10}, "every piece number 10 is free"),
    ({"type": "stamp_card", "card": "coffee", "every": 5, "percent": "50"}, "50 % off every piece number 5"),
    ({"type": "gift", "skus": ["mug", "cap"]}, "1 of cap, mug as a gift"),
    ({"type": "gift", "skus": ["mug"], "pieces": 2, "surcharge": "1.5"}, "2 of mug for 1.5000"),
    ({"type": "free_service", "text": "delivery"}, "delivery for free"),
    ({"type": "privilege", "text": {"en": "a table by the window", "ru": "столик у окна"}}, "a table by the window"),
    ({"type": "message", "text": {"ru": "Поздравьте"}}, "the cashier is told: Поздравьте"),
    ({"type": "next_coupon", "series": "spring"}, "coupons spring for the next visit: 1"),
    (
        {"type": "next_coupon", "series": "spring", "days": 30, "count": 2},
        "coupons spring for the next visit, valid for 30 days: 2",
    ),
    ({"type": "stamps", "card": "tea"}, "stamps on the card tea: 1"),
    ({"type": "stamps", "card": "tea", "stamps": 2, "per": "piece"}, "stamps on the card tea for every piece: 2"),
    ({"type": "percent_off", "percent": "12.5"}, "12.5 % off"),
    ({"type": "percent_off", "percent": "10", "most": "5"}, "10 % off, at most 5"),
    ({"type": "percent_off", "percent": "10", "pieces": 2}, "10 % off the 2 cheapest pieces"),
    ({"type": "amount_off", "amount": "3.50"}, "3.5000 off"),
    ({"type": "amount_off", "amount": "3", "per": "piece", "minimum": "9"}, "3 off every piece, from 9 on"),
    ({"type": "piece_off", "first": "2", "next": "1"}, "2 off the first piece, 1 off each further one"),
    (
        {"type": "piece_off", "first": "2", "pieces": 3},
        "2 off each piece, at most 3 pieces",
    ),
    ({"type": "piece_off", "first": "2", "group_of": 2}, "2 off each piece, in full groups of 2"),
    ({"type": "percent_off", "percent": "5", "scope": "receipt"}, "5 % off, on the whole receipt"),
    ({"type": "fixed_price", "quantity": 1, "price": "2", "most": 1}, "1 pieces for 2, at most 1 times"),
    (
        {"type": "cheapest_off", "every": 3, "per_article": True, "most": 2},
        "of every 3 pieces the cheapest 1 free, each article by itself, at most 2 pieces",
    ),
    (
        {"type": "stamp_card", "card": "coffee", "every": 10, "free": "dearest"},
        "every piece number 10 is free, the dearest of a receipt",
    ),
    (
        {"type": "next_coupon", "series": "spring", "after": 2},
        "coupons spring for the next visit: 1, usable after 2 days",
    ),
    (
        {"type": "steps_off", "steps": [{"from": "20", "percent": "5"}, {"from": "50", "amount": "9"}]},
        "by money: from 20: 5 % off, from 50: 9 off",
    ),
    ({"type": "steps_off", "by": "quantity", "steps": [{"from": 3, "percent": "5"}]}, "by pieces: from 3: 5 % off"),
    ({"type": "cheapest_off", "every": 10}, "of every 10 pieces the cheapest 1 free"),
    ({"type": "cheapest_off", "every": 2, "percent": "50"}, "of every 2 pieces 50 % off the cheapest 1"),
    ({"type": "fixed_price", "quantity": 3, "price": "20"}, "3 pieces for 20"),
    (
        {"type": "buy_get", "buy": {"skus": ["a", "b"], "pieces": 2}, "get": {"codes": ["c"]}},
        "for every 2 of the goods a, b, 1 of the goods c free",
    ),
    (
        {"type": "buy_get", "buy": {"skus": ["a"]}, "get": {"codes": ["c"]}, "percent": "50"},
        "for every 1 of the goods a, 50 % off 1 of the goods c",
    ),
    (
        {"type": "scale_off", "days": 90, "steps": [{"from": "100", "percent": "5"}]},
        "by what was spent within 90 days: from 100: 5 % off",
    ),
    (
        {"type": "scale_off", "of": "points", "calendar": "year", "steps": [{"from": "10.5", "percent": "5"}]},
        "by the points earned in this year: from 10.50: 5 % off",
    ),
    (
        {"type": "scale_off", "of": "visits", "steps": [{"from": 10, "amount": "5"}], "with_this": True},
        "by how often they came altogether: from 10: 5 off, this purchase included",
    ),
]


@pytest.mark.parametrize("made", SAID_TABLE, ids=lambda made: made[0]["type"])
def test_every_effect_is_said_in_words(made):
    effect, words = made
    assert str(parse_effect(effect, ALL).words(ALL)) == words


def test_every_effect_has_words_in_the_table():
    assert {effect["type"] for effect, _ in SAID_TABLE} == set(EFFECTS)
