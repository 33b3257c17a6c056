"""Rows that are read at once against the long way: no row is read otherwise."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record
from programs.rules.importing.rows import understand
from programs.rules.importing.usual import UsualReader
from programs.services.importing.check import READERS

TODAY = dt.date(2026, 1, 15)
CELLS = {
    "phone": [
        "+79001234567",
        "8 (900) 123-45-67",
        "79001234567.0",
        "'89001234567",
        "123",
        "+7900123456O",
        "9001234567",
    ],
    "email": ["anna@example.org", "Anna.B@Example.org", "«a@b.org»", "a@b", "anna@example.org ", "аnna@example.org"],
    "card": ["C0012", "c-0012", "00012", "4.60702E+12", "1E5", "Карта", "total", "Итого"],
    "code": ["X1", "x 1"],
    "name": [
        "Anna",
        "Пётр Иванов",
        " Anna",
        "Anna  B",
        "O'Brien",
        "'Anna",
        "????",
        "#N/A",
        "e\u0301",
        "J\u200bo",
        "a" * 220,
    ],
    "first_name": ["Anna", "Пётр"],
    "last_name": ["B", "Иванов-Петров"],
    "city": ["Тула", "a" * 130, "back\\slash", 'say "so"', "bad\ufffd", "a|b", "tab\tbed"],
    "birth_date": [
        "1985-02-01",
        "01.02.1985",
        "--02-01",
        "1985-02-31",
        "2031-01-01",
        "1850-01-01",
        "1604-02-01",
        "-",
        "x",
    ],
    "joined_on": ["2020-02-01", "tomorrow"],
    "points": ["5", "007", "0", "1,234", "12.5", "-5", "нет", "999999999999", "9999999999999", "²"],
    "": ["anything", "#", "?", "'", "х" * 600],
}


def say(meanings, cells, *, sheet="", order=""):
    """(read at once, read at length) of one row of a file with columns of these meanings."""
    headers = tuple(f"h{number}" for number in range(len(meanings)))
    plan = Plan(",", 1, headers, tuple(meanings), sheet=sheet, orders=dict.fromkeys(range(len(meanings)), order))
    record = Record(2, cells, 100, "", 2)
    usual = UsualReader(plan, READERS, region="RU", today=TODAY).read(record)
    return usual, understand(record, plan, READERS, region="RU", point_decimals=0, today=TODAY)


@st.composite
def rows(draw):
    meanings = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=8))
    cells = [
        draw(st.one_of(st.just(""), st.sampled_from(CELLS[one]), st.just(CELLS[one][0]), st.text(max_size=12)))
        for one in meanings
    ]
    return meanings, draw(st.sampled_from([cells, cells, cells[:-1], [*cells, ""], ["h0", *cells[1:]]]))


# Rows of many columns take a busy machine long to draw.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(rows(), st.sampled_from(["", "book"]), st.sampled_from(["", "dmy", "mdy"]))
def test_a_row_read_at_once_is_the_row_read_at_length(row, sheet, order):
    usual, slow = say(*row, sheet=sheet, order=order)
    assert usual is None or replace(usual, is_usual=False) == slow


@pytest.mark.parametrize("name", ["Anna", "Пётр Иванов", "O'Brien", "J. R. Smith-Jones"])
def test_the_usual_row_takes_the_quick_way(name):
    meanings = ["phone", "name", "email", "card", "city", "birth_date", "points"]
    usual, slow = say(meanings, ["+7 900 123-45-67", name, "a@b.org", "C1", "Тула", "1985-02-01", "5"])
    assert usual is not None
    assert (
        usual.given
        == slow.given
        == {
            **{"phone": "+79001234567", "name": name, "email": "a@b.org", "card": "C1", "city": "Тула"},
            **{"birth_date": "1985-02-01", "points": "5"},
        }
    )


@pytest.mark.parametrize("meanings", [["phone", "consent"], ["phone", "tier"], ["phone", "region"], ["phone", "phone"]])
def test_columns_that_need_looking_at_take_the_long_way(meanings):
    assert say(meanings, ["+79001234567", ""])[0] is None
