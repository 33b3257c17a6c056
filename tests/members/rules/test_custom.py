"""Values of the company's own fields: read strictly, stored typed, written so that they are read back the same."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from members.rules.custom import (
    KINDS,
    NUMBER_MAX,
    Field,
    Option,
    Unreadable,
    Value,
    is_code,
    language_text,
    merge_options,
    read_json,
    read_text,
    value_text,
)
from members.rules.profile import PROFILE_FIELDS, read_interests

COLOURS = (
    Option("red", {"": "Red", "ru": "Красный", "he": "אדום"}),
    Option("blue", {"": "Sky blue, light", "ru": "Голубой"}),
    Option("old", {"": "Old"}, is_archived=True),
)


def field(kind: str) -> Field:
    return Field("x", kind, {"": "X", "ru": "Икс"}, COLOURS if kind.startswith("choice") else ())


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "  two\u200b  words ", "two words"),
        ("text", " ", None),
        ("number", "42", 42),
        ("number", "42,50", 42.5),
        ("number", "42.0", 42),
        ("number", "1 234,5", 1234.5),
        ("number", "-3", -3),
        ("number", "−3", -3),
        ("number", "0.125", 0.125),
        ("number", "1.2340", 1.234),
        ("date", "2026-12-24", "2026-12-24"),
        ("date", "24.12.2026", "2026-12-24"),
        ("date", "5.6.2026", "2026-06-05"),
        ("date", "24/12/2026", "2026-12-24"),
        ("date", "12/24/2026", "2026-12-24"),
        ("date", "5/5/2026", "2026-05-05"),
        ("yes_no", "ДА", True),
        ("yes_no", "לא", False),
        ("yes_no", "+", True),
        ("choice", "RED", "red"),
        ("choice", "красный", "red"),
        ("choice", "אדום", "red"),
        ("choice", "old", "old"),
        ("choices", "Голубой; red", ["red", "blue"]),
        ("choices", "sky blue, light", ["blue"]),
    ],
)
def test_a_text_is_read_as_its_field_means_it(kind: str, text: str, value: Value | None) -> None:
    assert read_text(field(kind), text) == value


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        ("text", "x" * 301, "too_long"),
        ("number", "about 5", "not_number"),
        ("number", "1,234", "ambiguous_number"),
        ("number", "1e5", "not_number"),
        ("number", "NaN", "not_number"),
        ("number", "1.23456", "too_fine"),
        ("number", "9" * 12, "too_large"),
        ("date", "3/4/2026", "ambiguous_day"),
        ("date", "31.02.2026", "not_day"),
        ("date", "tomorrow", "not_day"),
        ("date", "1.1.26", "not_day"),
        ("yes_no", "perhaps", "not_yes_no"),
        ("choice", "green", "not_option"),
        ("choices", "red, green", "not_option"),
    ],
)
def test_what_cannot_be_a_value_is_refused(kind: str, text: str, problem: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_text(field(kind), text)
    assert refused.value.problem == problem


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("text", 5),
        ("number", True),
        ("number", "42,5"),
        ("number", float("nan")),
        ("number", "١"),
        ("date", "24.12.2026"),
        ("date", 20261224),
        ("yes_no", "yes"),
        ("yes_no", 1),
        ("choice", "Red"),
        ("choice", "old"),
        ("choice", ["red"]),
        ("choices", "red"),
        ("choices", [1]),
    ],
)
def test_a_till_must_send_the_very_type(kind: str, raw: object) -> None:
    with pytest.raises(Unreadable):
        read_json(field(kind), raw)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_no_value(kind: str) -> None:
    assert [read_json(field(kind), raw) for raw in (None, "", [])] == [None] * 3


_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(max_size=300),
    "number": st.one_of(
        st.integers(-NUMBER_MAX + 1, NUMBER_MAX - 1),
        st.decimals(-NUMBER_MAX + 1, NUMBER_MAX - 1, places=4).map(str),
        st.floats(allow_nan=False),
    ),
    "date": st.dates(dt.date(1000, 1, 1)).map(dt.date.isoformat),
    "yes_no": st.booleans(),
    "choice": st.sampled_from(["red", "blue"]),
    "choices": st.lists(st.sampled_from(["red", "blue"])),
}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40)
@given(data=st.data())
def test_a_stored_value_survives_json_and_its_text_is_read_back(kind: str, data: st.DataObject) -> None:
    value = _read(read_json, kind, data.draw(_VALUES[kind]))
    if value is not None:
        assert json.loads(json.dumps(value)) == value
        assert read_json(field(kind), value) == value
        assert read_text(field(kind), value_text(value)) == value


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40)
@given(text=st.text())
def test_any_text_is_a_value_or_a_refusal(kind: str, text: str) -> None:
    value = _read(read_text, kind, text)
    assert value is None or json.loads(json.dumps(value)) == value


def _read(reader: Any, kind: str, raw: object) -> Any:
    try:
        return reader(field(kind), raw)
    except Unreadable:
        return None


def test_options_are_said_in_the_readers_language() -> None:
    assert language_text(field("choices"), ["red", "blue"], "ru") == "Красный, Голубой"
    assert language_text(field("choice"), "blue", "he") == "Sky blue, light"
    assert language_text(field("choice"), "gone") == "gone"
    assert (field("text").label("ru"), field("text").label("he")) == ("Икс", "X")


def test_an_option_taken_off_the_list_is_archived() -> None:
    kept = merge_options(COLOURS, [Option("green", {"": "Green"}), COLOURS[0]])
    assert [(one.code, one.is_archived) for one in kept] == [
        ("green", False),
        ("red", False),
        ("blue", True),
        ("old", True),
    ]


def test_codes_are_plain() -> None:
    assert [text for text in ("shoe_size", "Shoe", "1x", "a-b", "", "a" * 41) if is_code(text)] == ["shoe_size"]


@pytest.mark.parametrize(
    ("name", "text", "codes"),
    [
        ("social_status", "Студентка", "student"),
        ("social_status", "עצמאית", "self"),
        ("came_by", "Word of mouth", "friends"),
        ("wallet_share", "в основном", "mostly"),
        ("preferred_channel", "эл. почта", "email"),
        ("cares_about", "эко; комфорт", ["eco", "comfort"]),
    ],
)
def test_files_speak_of_the_profile_in_three_languages(name: str, text: str, codes: Value) -> None:
    assert read_text(PROFILE_FIELDS[name], text) == codes


def test_interests_are_words_of_their_own() -> None:
    assert read_interests(" Tea, tea ;yoga\n,") == ["Tea", "yoga"]
