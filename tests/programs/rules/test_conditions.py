"""Conditions: what each asks of a line, a receipt and the facts, said in words, and refused in words."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest

from programs.rules.basket import Facts
from programs.rules.conditions import CONDITIONS, ConditionError, inner, parse_condition
from programs.rules.documents import compile_document
from programs.rules.engine import evaluate
from programs.rules.field_conditions import FieldSays
from programs.rules.parsing import Units
from programs.rules.served import AWAITED, EVERYTHING, needs_of
from tests.programs.rules.test_engine import TUESDAY, basket, document, rule

ALL = Units(served=EVERYTHING)
FEASTS = {"key": "feasts", "name": "Feasts", "days": ["02-28", "03-11", "2026-04-02"]}


def at(hour: int, minute: int = 0) -> dict:
    return {"at": TUESDAY.replace(hour=hour, minute=minute)}


def trait(kind: str, **settings) -> str:
    """The key by which the facts say that a condition on the buyer held."""
    return parse_condition({"type": kind, **settings}, ALL).key


PET_KNOWN = FieldSays.parse({"field": "pet", "known": True}).key
CONDITION_TABLE: list[tuple[Any, ...]] = [
    ("category", {"codes": ["dairy"]}, {"category": "dairy"}, {}, True),
    ("category", {"codes": ["dairy"]}, {"category": ""}, {}, False),
    ("product", {"skus": ["sku-0"]}, {}, {}, True),
    ("product", {"skus": ["other"]}, {}, {}, False),
    ("weekday", {"days": [2]}, {}, {}, True),
    ("weekday", {"days": [1, 7]}, {}, {}, False),
    ("tier", {"keys": ["gold"]}, {}, {"tier": "gold"}, True),
    ("tier", {"keys": ["gold"]}, {}, {"tier": "red"}, False),
    ("tier", {"keys": ["gold"], "not": True}, {}, {"tier": "red"}, True),
    ("category", {"codes": ["dairy"], "not": True}, {"category": "dairy"}, {}, False),
    ("amount", {"minimum": "10"}, {}, {}, True),
    ("amount", {"minimum": "10.01"}, {}, {}, False),
    ("amount", {"minimum": "10", "codes": ["dairy"]}, {"category": "dairy"}, {}, True),
    ("amount", {"minimum": "0.01", "skus": ["other"]}, {}, {}, False),
    ("amount", {"minimum": "8.40", "tax": "net"}, {"tax_rate": Decimal(19)}, {}, True),
    ("amount", {"minimum": "8.41", "tax": "net"}, {"tax_rate": Decimal(19)}, {}, False),
    ("amount", {"minimum": "10", "tax": "net"}, {"tax_rate": Decimal(19), "tax_included": False}, {}, True),
    ("amount", {"minimum": "11.90", "tax": "gross"}, {"tax_rate": Decimal(19), "tax_included": False}, {}, True),
    ("amount", {"minimum": "10.01", "tax": "gross"}, {"tax_rate": Decimal(19)}, {}, False),
    ("amount", {"minimum": "10", "tax": "net"}, {}, {}, True),
    ("quantity", {"minimum": 1}, {}, {}, True),
    ("quantity", {"minimum": 2}, {}, {}, False),
    ("quantity", {"minimum": "1", "skus": ["sku-0"]}, {}, {}, True),
    ("quantity", {"minimum": 1, "codes": ["dairy"]}, {}, {}, False),
    ("dates", {"from": "2026-03-10", "to": "2026-03-10"}, {}, {}, True),
    ("dates", {"from": "2026-03-11"}, {}, {}, False),
    ("dates", {"to": "2026-03-09"}, {}, {}, False),
    ("nth_purchase", {"numbers": [1, 5]}, {}, {"purchases": 0}, True),
    ("nth_purchase", {"numbers": [1, 5]}, {}, {"purchases": 1}, False),
    ("nth_purchase", {"numbers": [1]}, {}, {}, False),
    ("nth_purchase", {"every": 10}, {}, {"purchases": 19}, True),
    ("nth_purchase", {"every": 10}, {}, {"purchases": 20}, False),
    ("nth_purchase", {"every": 10}, {}, {}, False),
    ("first_purchase", {}, {}, {"purchases": 0}, True),
    ("first_purchase", {}, {}, {"purchases": 1}, False),
    ("first_purchase", {}, {}, {}, False),
    ("accumulated", {"minimum": "100"}, {}, {"spend": 10_000}, True),
    ("accumulated", {"minimum": "100"}, {}, {"spend": 9_999}, False),
    ("accumulated", {"minimum": "100", "with_this": True}, {}, {"spend": 9_000}, True),
    ("accumulated", {"minimum": "100", "with_this": True}, {}, {"spend": 8_999}, False),
    ("accumulated", {"of": "visits", "minimum": 3}, {}, {"purchases": 3}, True),
    ("accumulated", {"of": "visits", "minimum": 3}, {}, {"purchases": 2}, False),
    ("accumulated", {"of": "visits", "minimum": 3, "with_this": True}, {}, {"purchases": 2}, True),
    ("accumulated", {"of": "visits", "minimum": 3, "with_this": True}, {}, {}, False),
    ("accumulated", {"minimum": "5", "days": 90}, {}, {"windows": {"spend:90:days": 500}}, True),
    ("accumulated", {"minimum": "5", "days": 90}, {}, {"windows": {"spend:90:days": 499}}, False),
    ("accumulated", {"minimum": "5", "days": 90}, {}, {"windows": {"spend:30:days": 500}}, False),
    ("accumulated", {"minimum": "5", "months": 3}, {}, {"spend": 10_000}, False),
    ("accumulated", {"of": "visits", "minimum": 2, "calendar": "year"}, {}, {"windows": {"visits:year": 2}}, True),
    ("accumulated", {"of": "visits", "minimum": 2, "calendar": "month"}, {}, {"windows": {}}, False),
    ("holiday", {"calendar": "feasts"}, {}, {}, False),
    ("holiday", {"calendar": "feasts", "before": 1}, {}, {}, True),
    ("holiday", {"calendar": "feasts", "after": 9}, {}, {}, False),
    ("holiday", {"calendar": "feasts", "after": 10}, {}, {}, True),
    ("holiday", {"calendar": "feasts"}, {"at": dt.datetime(2030, 3, 11)}, {}, True),  # noqa: DTZ001
    ("holiday", {"calendar": "feasts"}, {"at": dt.datetime(2030, 4, 2)}, {}, False),  # noqa: DTZ001
    ("accumulated", {"of": "points", "minimum": "30"}, {}, {"windows": {"points": 30}}, True),
    ("accumulated", {"of": "points", "minimum": "30"}, {}, {"windows": {"points": 29}}, False),
    ("accumulated", {"of": "points", "minimum": "30"}, {}, {"available": 30}, False),
    ("season", {"from": "03-10", "to": "03-10"}, {}, {}, True),
    ("season", {"from": "03-11", "to": "12-31"}, {}, {}, False),
    ("season", {"from": "12-01", "to": "03-10"}, {}, {}, True),
    ("season", {"from": "12-01", "to": "03-09"}, {}, {}, False),
    ("season", {"from": "03-01", "to": "02-10"}, {}, {}, True),
    ("tenure", {"at_least": 365}, {}, {"traits": [trait("tenure", at_least=365)]}, True),
    ("tenure", {"at_least": 1, "unit": "years"}, {}, {"traits": [trait("tenure", at_least=365)]}, False),
    ("tenure", {"at_most": 30}, {}, {}, False),
    ("tenure", {"at_least": 2, "at_most": 3, "unit": "months"}, {}, {}, False),
    ("birthday", {}, {}, {"traits": [trait("birthday")]}, True),
    ("birthday", {"before": 7, "after": 7}, {}, {"traits": [trait("birthday")]}, False),
    ("anniversary", {"before": 7}, {}, {"traits": [trait("anniversary", before=7)]}, True),
    ("anniversary", {}, {}, {"traits": [trait("birthday")]}, False),
    ("buyer", {"is": "company"}, {}, {"traits": [trait("buyer", **{"is": "company"})]}, True),
    ("buyer", {"is": "person"}, {}, {"traits": [trait("buyer", **{"is": "company"})]}, False),
    ("interest", {"codes": ["a", "b"]}, {}, {"traits": [trait("interest", codes=["b", "a"])]}, True),
    ("interest", {"codes": ["a"]}, {}, {"traits": [trait("segment", keys=["a"])]}, False),
    ("segment", {"keys": ["vip"]}, {}, {"traits": [trait("segment", keys=["vip"])]}, True),
    ("segment", {"keys": ["vip"]}, {}, {}, False),
    ("lives_in", {"cities": ["Haifa"]}, {}, {"traits": [trait("lives_in", cities=["HAIFA"])]}, True),
    ("lives_in", {"cities": ["Haifa"]}, {}, {}, False),
    ("stamps", {"card": "tea", "at_least": 5}, {}, {"counters": {"stamps:tea": 5}}, True),
    ("stamps", {"card": "tea", "at_least": 5}, {}, {"counters": {"stamps:tea": 4, "stamps:coffee": 9}}, False),
    ("stamps", {"card": "tea", "at_least": 5}, {}, {}, False),
    ("redeemed", {"at_least": 2}, {}, {"counters": {"redeemed:": 2}}, True),
    ("redeemed", {"at_least": 2}, {}, {"counters": {"redeemed:": 1, "redeemed:cake": 9}}, False),
    ("redeemed", {"at_least": 3, "reward": "cake"}, {}, {"counters": {"redeemed:cake": 3}}, True),
    ("redeemed", {"at_least": 1}, {}, {}, False),
    ("hours", {"from": "09:00", "until": "12:01"}, {}, {}, True),
    ("hours", {"from": "09:00", "until": "12:00"}, {}, {}, False),
    ("hours", {"from": "12:00", "until": "24:00"}, {}, {}, True),
    ("hours", {"from": "22:00", "until": "02:00"}, at(23, 59), {}, True),
    ("hours", {"from": "22:00", "until": "02:00"}, at(1, 59), {}, True),
    ("hours", {"from": "22:00", "until": "02:00"}, at(2), {}, False),
    ("label", {"labels": ["organic"]}, {"labels": frozenset({"organic", "own"})}, {}, True),
    ("label", {"labels": ["organic"]}, {"labels": frozenset({"own"})}, {}, False),
    ("label", {"labels": ["organic"]}, {}, {}, False),
    ("brand", {"codes": ["acme"]}, {"brand": "acme"}, {}, True),
    ("brand", {"codes": ["acme"]}, {}, {}, False),
    ("partner", {"codes": ["north"]}, {"partner": "north"}, {}, True),
    ("partner", {"codes": ["north"]}, {"partner": "south"}, {}, False),
    ("channel", {"channels": ["web", "phone"]}, {"channel": "web"}, {}, True),
    ("channel", {"channels": ["web"]}, {}, {}, False),
    ("payment", {"methods": ["cash"]}, {"payments": frozenset({"cash", "card"})}, {}, True),
    ("payment", {"methods": ["cash"]}, {"payments": frozenset({"card"})}, {}, False),
    ("payment", {"methods": ["cash"], "only": True}, {"payments": frozenset({"cash"})}, {}, True),
    ("payment", {"methods": ["cash"], "only": True}, {"payments": frozenset({"cash", "card"})}, {}, False),
    ("payment", {"methods": ["cash"], "only": True}, {}, {}, False),
    ("store", {"codes": ["store"]}, {}, {}, True),
    ("store", {"codes": ["other"]}, {}, {}, False),
    ("coupon", {"series": ["spring"]}, {"coupons": frozenset({"spring", "summer"})}, {}, True),
    ("coupon", {"series": ["spring"]}, {"coupons": frozenset({"summer"})}, {}, False),
    ("field", {"field": "pet", "known": True}, {}, {"traits": [PET_KNOWN]}, True),
    ("field", {"field": "pet", "one_of": ["cat"]}, {}, {"traits": [PET_KNOWN]}, False),
    ("field", {"field": "pet", "known": True}, {}, {}, False),
]


@pytest.mark.parametrize(("kind", "settings", "given_basket", "facts", "holds"), CONDITION_TABLE)
def test_conditions(kind, settings, given_basket, facts, holds):
    made = document(rules=[rule({"type": kind, **settings})], calendars=[FEASTS])
    version = compile_document(made, served=EVERYTHING)
    assert evaluate(version, Facts(**facts), basket(1000, **given_basket)).points == (20 if holds else 10)


def test_every_condition_has_rows_in_the_table():
    assert {row[0] for row in CONDITION_TABLE} == set(CONDITIONS)


@pytest.mark.parametrize("row", CONDITION_TABLE, ids=lambda row: row[0])
def test_every_condition_is_said_in_words_and_turned_round(row):
    parsed = parse_condition({"type": row[0], **row[1]}, ALL)
    said = parsed.words(ALL)
    assert re.search(r"\w", str(said)), said
    assert "%(" not in str(said)
    turned = parse_condition({"type": row[0], **row[1], "not": True}, ALL)
    assert str(inner(parsed).words(ALL)) in str(turned.words(ALL))


def test_a_condition_whose_fact_nobody_fills_cannot_be_used():
    seen: set[str] = set()
    for kind, settings, *_ in CONDITION_TABLE:
        raw = {"type": kind, **settings}
        waits = AWAITED.intersection(needs_of(inner(parse_condition(raw, ALL))))
        seen |= waits
        if waits:
            with pytest.raises(ConditionError, match="cannot be used yet"):
                parse_condition(raw)
        else:
            parse_condition(raw)
    assert seen <= AWAITED


def test_a_calendar_that_is_not_there_is_refused():
    made = document(rules=[rule({"type": "holiday", "calendar": "fasts"})], calendars=[FEASTS])
    with pytest.raises(ConditionError, match="no calendar “fasts”; there are feasts"):
        compile_document(made, served=EVERYTHING)


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {},
        {"type": "nonsense"},
        {"type": "category"},
        {"type": "category", "codes": []},
        {"type": "category", "codes": "dairy"},
        {"type": "category", "codes": [1]},
        {"type": "weekday", "days": [8]},
        {"type": "weekday", "days": [True]},
        {"type": "category", "codes": ["dairy"], "not": "yes"},
        {"type": "amount"},
        {"type": "amount", "minimum": "0"},
        {"type": "amount", "minimum": "x"},
        {"type": "amount", "minimum": "1", "measured": "sideways"},
        {"type": "amount", "minimum": "1", "codes": []},
        {"type": "amount", "minimum": "1", "tax": "some"},
        {"type": "quantity", "minimum": "-1"},
        {"type": "dates"},
        {"type": "dates", "from": "tomorrow"},
        {"type": "dates", "from": "2026-02-30"},
        {"type": "dates", "from": "2026-03-02", "to": "2026-03-01"},
        {"type": "nth_purchase", "numbers": [0]},
        {"type": "nth_purchase", "numbers": []},
        {"type": "nth_purchase", "every": 0},
        {"type": "nth_purchase", "every": 5, "numbers": [1]},
        {"type": "accumulated"},
        {"type": "accumulated", "minimum": "0"},
        {"type": "accumulated", "minimum": "1", "of": "pieces"},
        {"type": "accumulated", "minimum": "1", "of": "points", "with_this": True},
        {"type": "accumulated", "minimum": "1.001", "of": "points"},
        {"type": "accumulated", "minimum": "1", "days": 0},
        {"type": "accumulated", "minimum": "1", "days": 5, "months": 1},
        {"type": "accumulated", "minimum": "1", "calendar": "week"},
        {"type": "accumulated", "minimum": "1", "with_this": "yes"},
        {"type": "accumulated", "minimum": "1.5", "of": "visits"},
        {"type": "accumulated", "minimum": "1.00001"},
        {"type": "holiday"},
        {"type": "holiday", "calendar": "feasts", "before": 200},
        {"type": "stamps", "card": "tea"},
        {"type": "stamps", "at_least": 1},
        {"type": "stamps", "card": "tea", "at_least": 0},
        {"type": "season", "from": "03-01"},
        {"type": "season", "from": "03-01", "to": "02-30"},
        {"type": "season", "from": "2026-03-01", "to": "03-30"},
        {"type": "tenure"},
        {"type": "tenure", "at_least": -1},
        {"type": "tenure", "at_least": 2, "at_most": 1},
        {"type": "tenure", "at_least": 2, "unit": "weeks"},
        {"type": "birthday", "before": 183},
        {"type": "birthday", "after": "7"},
        {"type": "anniversary", "before": -1},
        {"type": "buyer"},
        {"type": "buyer", "is": "robot"},
        {"type": "interest", "codes": []},
        {"type": "segment"},
        {"type": "lives_in", "cities": [""]},
        {"type": "lives_in"},
        {"type": "hours", "from": "9:00", "until": "12:00"},
        {"type": "hours", "from": 9, "until": 12},
        {"type": "hours", "from": "09:00", "until": "24:01"},
        {"type": "hours", "from": "09:00", "until": "09:00"},
        {"type": "label", "labels": []},
        {"type": "brand"},
        {"type": "partner", "codes": [""]},
        {"type": "channel", "channels": "web"},
        {"type": "payment", "methods": ["cash"], "only": 1},
        {"type": "store", "codes": "here"},
        {"type": "coupon", "series": []},
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_in_words(raw):
    with pytest.raises(ConditionError, match="condition"):
        parse_condition(raw, ALL)
