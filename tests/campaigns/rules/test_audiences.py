"""Criteria: what can be read, what is refused and how, and the days of a birthday window."""

from __future__ import annotations

import contextlib
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.rules.audiences import birthday_days, criteria_document, parse_criteria
from campaigns.rules.criteria import (
    CONTACT_ROLES,
    FIFTHS,
    SCORES,
    STAGES,
    Allows,
    Birthday,
    Bought,
    City,
    Contact,
    CriteriaError,
    InStage,
    Joined,
    Language,
    Scored,
    Spent,
    Tier,
    ToWin,
)

days = st.integers(1, 3650)
words = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=20),
    min_size=1,
    max_size=5,
    unique=True,
).map(tuple)
amounts = st.decimals("0.01", 10**9, places=2)
criteria = st.lists(
    st.one_of(
        st.builds(City, words, st.booleans()),
        st.builds(Tier, words, st.booleans()),
        st.builds(InStage, st.lists(st.sampled_from(STAGES), min_size=1, unique=True).map(tuple), st.booleans()),
        st.builds(
            Scored,
            st.sampled_from(SCORES),
            st.lists(st.sampled_from(FIFTHS), min_size=1, unique=True).map(tuple),
            st.booleans(),
        ),
        st.builds(
            Language,
            st.lists(st.sampled_from(["", "en", "ru", "he"]), min_size=1, unique=True).map(tuple),
            st.booleans(),
        ),
        st.builds(Bought, days, st.booleans()),
        st.builds(Spent, st.sampled_from(["least", "most"]), amounts, st.none() | days, st.booleans()),
        st.builds(Birthday, st.integers(0, 366), st.booleans()),
        st.builds(Joined, days, st.booleans()),
        st.builds(Contact, st.lists(st.sampled_from(CONTACT_ROLES), min_size=1, unique=True).map(tuple), st.booleans()),
        st.builds(ToWin, st.booleans()),
        st.builds(Allows, st.sampled_from(["email", "sms", "phone"]), st.booleans()),
    ),
    max_size=20,
).map(tuple)


@given(criteria)
def test_a_document_is_read_back_as_what_was_written(rows: Any):
    assert parse_criteria(criteria_document(rows)) == rows


@pytest.mark.parametrize(
    ("row", "meant"),
    [
        ({"type": "city", "values": [" Boston ", "Boston", ""]}, City(("Boston",))),
        ({"type": "bought", "days": "30", "is_not": True}, Bought(30, True)),
        ({"type": "spent", "bound": "most", "amount": "0"}, Spent("most", Decimal(0), None)),
        ({"type": "spent", "bound": "least", "amount": 12.5, "days": ""}, Spent("least", Decimal("12.5"), None)),
        ({"type": "birthday", "days": 0}, Birthday(0)),
        ({"type": "language", "values": [""]}, Language(("",))),
        ({"type": "consent", "channel": "sms"}, Allows("sms")),
        ({"type": "contact", "values": ["decides"], "is_not": True}, Contact(("decides",), is_not=True)),
        ({"type": "to_win"}, ToWin()),
    ],
)
def test_rows_that_can_be_read(row: Any, meant: Any):
    assert parse_criteria([row]) == (meant,)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("city", "not_a_row"),
        ({"type": "city", "values": ["A"], "is_not": "no"}, "not_a_row"),
        ({}, "unknown_type"),
        ({"type": "moon"}, "unknown_type"),
        ({"type": ["city"], "values": ["A"]}, "unknown_type"),
        ({"type": "city"}, "no_values"),
        ({"type": "city", "values": []}, "no_values"),
        ({"type": "city", "values": [" "]}, "no_values"),
        ({"type": "city", "values": "Boston"}, "no_values"),
        ({"type": "city", "values": [7]}, "bad_value"),
        ({"type": "city", "values": ["a\0b"]}, "bad_value"),
        ({"type": "city", "values": ["x" * 121]}, "bad_value"),
        ({"type": "city", "values": [str(n) for n in range(201)]}, "too_many_values"),
        ({"type": "language", "values": ["fr"]}, "bad_value"),
        ({"type": "bought"}, "bad_days"),
        ({"type": "bought", "days": 0}, "bad_days"),
        ({"type": "bought", "days": -5}, "bad_days"),
        ({"type": "bought", "days": "1e3"}, "bad_days"),
        ({"type": "bought", "days": "²"}, "bad_days"),
        ({"type": "bought", "days": True}, "bad_days"),
        ({"type": "bought", "days": 3651}, "bad_days"),
        ({"type": "birthday", "days": 367}, "bad_days"),
        ({"type": "spent", "bound": "least", "amount": "0"}, "bad_amount"),
        ({"type": "spent", "bound": "least", "amount": "NaN"}, "bad_amount"),
        ({"type": "spent", "bound": "least", "amount": "-1"}, "bad_amount"),
        ({"type": "spent", "bound": "least", "amount": ""}, "bad_amount"),
        ({"type": "spent", "bound": "least", "amount": "1e99"}, "bad_amount"),
        ({"type": "spent", "bound": ["least"], "amount": "5"}, "bad_bound"),
        ({"type": "spent", "bound": "least", "amount": "5", "days": []}, "bad_days"),
        ({"type": "consent", "channel": ["email"]}, "bad_channel"),
        ({"type": "consent", "channel": "pigeon"}, "bad_channel"),
        ({"type": "stage", "values": ["famous"]}, "bad_value"),
        ({"type": "stage", "values": []}, "no_values"),
        ({"type": "rfm", "score": "stage", "values": ["5"]}, "bad_score"),
        ({"type": "rfm", "score": "money", "values": ["6"]}, "bad_value"),
    ],
)
def test_a_row_that_cannot_be_is_named_with_its_reason(row: Any, code: str):
    with pytest.raises(CriteriaError) as refusal:
        parse_criteria([{"type": "joined", "days": 5}, row])
    (problem,) = refusal.value.problems
    assert (problem.row, problem.code) == (1, code)


def test_every_problem_is_told_at_once():
    with pytest.raises(CriteriaError, match="row 1: no_values, row 3: bad_days"):
        parse_criteria([{"type": "city"}, {"type": "joined", "days": 5}, {"type": "bought"}])


@pytest.mark.parametrize("document", [None, {}, "[]", 5])
def test_only_a_list_is_a_list(document: object):
    with pytest.raises(CriteriaError, match="not_a_list"):
        parse_criteria(document)


def test_a_list_has_an_end():
    with pytest.raises(CriteriaError, match="too_many_rows"):
        parse_criteria([{"type": "joined", "days": 5}] * 21)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["type", "values", "days", "amount", "bound", "channel", "is_not"]), x)))  # fmt: skip
def test_whatever_comes_is_read_or_refused(document: object):
    with contextlib.suppress(CriteriaError):
        parse_criteria(document)


@pytest.mark.parametrize(
    ("today", "ahead", "celebrated"),
    [
        ("2026-02-27", 1, [(2, 27), (2, 28), (2, 29)]),
        ("2028-02-27", 1, [(2, 27), (2, 28)]),
        ("2028-02-28", 1, [(2, 28), (2, 29)]),
        ("2026-02-28", 1, [(2, 28), (2, 29), (3, 1)]),
        ("2100-02-28", 0, [(2, 28), (2, 29)]),
        ("2026-03-01", 0, [(3, 1)]),
        ("2026-12-31", 1, [(12, 31), (1, 1)]),
    ],
)
def test_birthdays_of_a_window(today: str, ahead: int, celebrated: list[tuple[int, int]]):
    assert birthday_days(dt.date.fromisoformat(today), ahead) == celebrated


@given(st.dates(dt.date(2020, 1, 1), dt.date(2110, 1, 1)))
def test_a_year_of_days_celebrates_everybody_once(today: dt.date):
    assert sorted(birthday_days(today, 366)) == [
        (month, day) for month in range(1, 13) for day in range(1, 32) if _is_day(month, day)
    ]


def _is_day(month: int, day: int) -> bool:
    try:
        dt.date(2028, month, day)
    except ValueError:
        return False
    return True
