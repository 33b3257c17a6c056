"""Conditions on fields of the company's own: read strictly, checked with the fields, answered by the stored values."""

from __future__ import annotations

from typing import Any

import pytest

from programs.rules.conditions import Not, is_of_receipt, parse_condition
from programs.rules.field_conditions import FieldSays, check_field
from programs.rules.parsing import ConditionError

KINDS = {
    "size": ("number", frozenset[str]()),
    "day": ("date", frozenset[str]()),
    "vip": ("yes_no", frozenset[str]()),
    "word": ("text", frozenset[str]()),
    "many": ("choices", frozenset({"red", "blue"})),
}


def parse(**raw: Any) -> FieldSays:
    found = parse_condition({"type": "field", **raw})
    assert isinstance(found, FieldSays)
    return found


@pytest.mark.parametrize(
    ("raw", "custom", "answer"),
    [
        ({"field": "size", "at_least": "42"}, {"size": 42}, True),
        ({"field": "size", "at_least": "42.5"}, {"size": 42}, False),
        ({"field": "size", "at_most": "42"}, {"size": 41.5}, True),
        ({"field": "size", "at_least": "42"}, {"size": "43"}, False),
        ({"field": "size", "at_least": "0"}, {"size": True}, False),
        ({"field": "size", "one_of": ["42.0"]}, {"size": 42}, True),
        ({"field": "size", "at_least": "42"}, {}, False),
        ({"field": "day", "at_least": "2026-01-01"}, {"day": "2026-01-01"}, True),
        ({"field": "day", "at_most": "2026-01-01"}, {"day": "2026-01-02"}, False),
        ({"field": "day", "at_least": "5"}, {"day": "2026-01-02"}, False),
        ({"field": "vip", "one_of": ["yes"]}, {"vip": True}, True),
        ({"field": "vip", "one_of": ["yes"]}, {"vip": False}, False),
        ({"field": "many", "one_of": ["blue"]}, {"many": ["red", "blue"]}, True),
        ({"field": "word", "one_of": ["tea"]}, {"word": "Tea"}, False),
        ({"field": "word", "known": True}, {"word": "x"}, True),
        ({"field": "vip", "known": True}, {"vip": False}, True),
        ({"field": "word", "known": True}, {}, False),
    ],
)
def test_the_stored_value_answers(raw: dict[str, Any], custom: dict[str, Any], answer: bool):
    assert parse(**raw).answer(custom) is answer


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"field": ""},
        {"field": "size"},
        {"field": "size", "known": False},
        {"field": "size", "known": True, "at_least": "1"},
        {"field": "size", "one_of": []},
        {"field": "size", "one_of": "red"},
        {"field": "size", "at_least": 42},
        {"field": "size", "at_least": "NaN"},
        {"field": "size", "at_most": "large"},
    ],
)
def test_what_makes_no_sense_is_refused(raw: dict[str, Any]):
    with pytest.raises(ConditionError):
        parse(**raw)


@pytest.mark.parametrize(
    "raw",
    [
        {"field": "nobody", "known": True},
        {"field": "word", "at_least": "5"},
        {"field": "size", "at_least": "2026-01-01"},
        {"field": "day", "at_most": "5"},
        {"field": "vip", "one_of": ["maybe"]},
        {"field": "many", "one_of": ["green"]},
        {"field": "size", "one_of": ["large"]},
        {"field": "day", "one_of": ["soon"]},
    ],
)
def test_what_does_not_fit_the_field_is_refused_at_the_draft(raw: dict[str, Any]):
    with pytest.raises(ConditionError):
        check_field(parse(**raw), KINDS)


def test_what_fits_is_let_through_and_asked_once_a_receipt():
    for raw in (
        {"field": "word", "one_of": ["anything"]},
        {"field": "size", "at_least": "1"},
        {"field": "day", "at_most": "2026-01-01"},
        {"field": "many", "one_of": ["red"]},
        {"field": "vip", "known": True},
    ):
        check_field(parse(**raw), KINDS)
        assert is_of_receipt(parse(**raw))
    turned = parse_condition({"type": "field", "field": "vip", "known": True, "not": True})
    assert isinstance(turned, Not)
    assert is_of_receipt(turned)


def test_the_key_says_nothing_and_differs_by_what_is_asked():
    keys = {
        parse(field="word", one_of=["secret"]).key,
        parse(field="word", one_of=["other"]).key,
        parse(field="word", known=True).key,
    }
    assert len(keys) == 3
    assert "secret" not in "".join(keys)
    assert parse(field="word", one_of=["a", "b"]).key == parse(field="word", one_of=["b", "a"]).key
