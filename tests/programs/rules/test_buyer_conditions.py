"""Conditions on whoever buys: answered for a buyer and a day, kept as a key that says nothing of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from programs.rules.basket import Facts
from programs.rules.buyer_conditions import Buyer
from programs.rules.conditions import CONDITIONS, parse_condition
from programs.rules.documents import compile_document
from programs.rules.engine import evaluate
from programs.rules.served import EVERYTHING
from programs.rules.windows import Window
from tests.programs.rules.test_conditions import ALL
from tests.programs.rules.test_engine import basket, document, rule

DAY = dt.date(2026, 3, 10)


def joined(year: int, month: int, day: int) -> dict[str, Any]:
    return {"joined_on": dt.date(year, month, day)}


ANSWERS = [
    ("tenure", {"at_least": 30}, joined(2026, 2, 8), True),
    ("tenure", {"at_least": 30}, joined(2026, 2, 9), False),
    ("tenure", {"at_most": 30}, joined(2026, 2, 8), True),
    ("tenure", {"at_most": 30}, joined(2026, 2, 7), False),
    ("tenure", {"at_least": 2, "unit": "years"}, joined(2024, 3, 10), True),
    ("tenure", {"at_least": 2, "unit": "years"}, joined(2024, 3, 11), False),
    ("tenure", {"at_least": 1, "at_most": 2, "unit": "months"}, joined(2026, 1, 10), True),
    ("tenure", {"at_least": 1, "at_most": 2, "unit": "months"}, joined(2026, 1, 9), False),
    ("tenure", {"at_most": 5}, joined(2026, 3, 11), False),
    ("tenure", {"at_least": 10**9}, joined(2024, 3, 11), False),
    ("tenure", {"at_most": 9999, "unit": "years"}, joined(2024, 3, 11), True),
    ("tenure", {"at_least": 0}, {}, False),
    ("birthday", {}, {"birthday": (3, 10)}, True),
    ("birthday", {}, {"birthday": (3, 11)}, False),
    ("birthday", {"before": 1}, {"birthday": (3, 11)}, True),
    ("birthday", {"before": 1}, {"birthday": (3, 9)}, False),
    ("birthday", {"after": 10}, {"birthday": (2, 29)}, True),
    ("birthday", {"after": 9}, {"birthday": (2, 29)}, False),
    ("birthday", {"before": 182, "after": 182}, {}, False),
    ("anniversary", {}, joined(2024, 3, 10), True),
    ("anniversary", {}, joined(2026, 3, 10), False),
    ("anniversary", {"after": 5}, joined(2026, 3, 8), False),
    ("anniversary", {"before": 5}, joined(2025, 3, 15), True),
    ("anniversary", {"before": 4}, joined(2025, 3, 15), False),
    ("anniversary", {}, {}, False),
    ("buyer", {"is": "company"}, {"is_company": True}, True),
    ("buyer", {"is": "company"}, {}, False),
    ("buyer", {"is": "person"}, {}, True),
    ("interest", {"codes": ["tea", "tennis"]}, {"interests": frozenset({"tea"})}, True),
    ("interest", {"codes": ["tea"]}, {}, False),
    ("segment", {"keys": ["vip"]}, {"segments": frozenset({"vip", "new"})}, True),
    ("segment", {"keys": ["vip"]}, {"segments": frozenset({"new"})}, False),
    ("lives_in", {"cities": ["haifa"]}, {"city": "Haifa"}, True),
    ("lives_in", {"cities": ["Acre"], "postcodes": ["31"]}, {"city": "Haifa", "postcode": "3190500"}, True),
    ("lives_in", {"postcodes": ["31"]}, {"city": "Haifa", "postcode": "2131"}, False),
    ("lives_in", {"cities": ["Haifa"]}, {}, False),
]


@pytest.mark.parametrize(("kind", "settings", "buyer", "answer"), ANSWERS)
def test_what_is_known_of_the_buyer_answers(kind: str, settings: dict, buyer: dict, answer: bool):
    version = compile_document(document(rules=[rule({"type": kind, **settings})]), served=EVERYTHING)
    traits = version.asked.traits(Buyer(**buyer), DAY)
    assert len(traits) == answer
    assert evaluate(version, Facts(traits=traits), basket(1000)).points == (20 if answer else 10)


def test_the_key_tells_settings_apart_and_not_their_order():
    def key(kind: str, **settings: Any) -> str:
        return parse_condition({"type": kind, **settings}, ALL).key

    assert key("segment", keys=["a", "b"]) == key("segment", keys=["b", "a"])
    assert len({key("segment", keys=["a"]), key("interest", codes=["a"]), key("lives_in", cities=["a"])}) == 3
    assert key("birthday", before=1) != key("birthday", after=1) != key("anniversary", after=1)


def test_a_version_says_what_it_asks_to_know_and_nothing_else():
    conditions = [
        {"type": "accumulated", "minimum": "1", "days": 90},
        {"type": "accumulated", "minimum": "7", "days": 90, "with_this": True},
        {"type": "accumulated", "minimum": "7"},
        {"type": "birthday", "not": True},
        {"type": "birthday"},
        {"type": "field", "field": "pet", "known": True},
    ]
    asked = compile_document(document(rules=[rule(*conditions)]), served=EVERYTHING).asked
    assert asked.needs == {"windows", "spend", "birthday"}
    assert asked.windows == (Window("spend", "days", 90),)
    assert [type(one).__name__ for one in asked.buyer] == [CONDITIONS["birthday"].__name__]
    assert asked.traits(Buyer(custom={"pet": "cat"}), DAY) == (asked.fields[0].key,)
    assert compile_document(document(rules=[rule()])).asked.needs == frozenset()


@pytest.mark.parametrize(
    ("raw", "since", "key"),
    [
        ({"days": 1}, dt.date(2026, 3, 10), "spend:1:days"),
        ({"days": 90}, dt.date(2025, 12, 11), "spend:90:days"),
        ({"months": 1}, dt.date(2026, 2, 10), "spend:1:months"),
        ({"calendar": "month"}, dt.date(2026, 3, 1), "spend:month"),
        ({"calendar": "quarter", "of": "visits"}, dt.date(2026, 1, 1), "visits:quarter"),
        ({"calendar": "year"}, dt.date(2026, 1, 1), "spend:year"),
        ({}, dt.date.min, "spend"),
    ],
)
def test_a_window_begins_on_a_day(raw: dict, since: dt.date, key: str):
    window = Window.parse({"type": "accumulated", **raw})
    assert (window.since(DAY), window.key) == (since, key)


def test_windows_are_stored_with_the_facts():
    facts = Facts(windows={"spend:90:days": 5})
    assert Facts.from_json(facts.to_json()) == facts
    assert "windows" not in Facts().to_json()
