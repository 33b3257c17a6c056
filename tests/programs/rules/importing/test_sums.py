"""Money, quantities and times as receipts have them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from programs.rules.importing.sums import read_clock, read_quantity, read_sum


@pytest.mark.parametrize(
    ("text", "separator", "value"),
    [
        ("1.39", "", "1.39"),
        ("1 234,50 ₽", ",", "1234.50"),
        ("-12,00", ",", "-12.00"),
        ("−5", "", "-5"),
        ("5.00-", ".", "-5.00"),
        ("(5.00)", ".", "-5.00"),
        ("$ 7.25", ".", "7.25"),
        ("-$7.25", ".", "-7.25"),
        ("₪ 12.90", ".", "12.90"),
        ("12 руб.", "", "12"),
        ("1.234,50 €", ",", "1234.50"),
        ("12\xa0500", "", "12500"),
        ("", "", None),
        ("-", "", None),
    ],
)
def test_reads_money(text: str, separator: str, value: str | None):
    reading = read_sum(text, separator=separator)
    assert (reading.value, reading.problem) == (None if value is None else Decimal(value), "")


@pytest.mark.parametrize("text", ["1,234", "twelve", "=1+1", "12%", "1.2.3", "٣", "--5"])
def test_refuses_money_that_could_be_two_sums(text: str):
    assert read_sum(text, separator="").problem == "unreadable"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", "2"),
        ("0,456", "0.456"),
        ("1.234", "1.234"),
        ("2 шт.", "2"),
        ("0.5kg", "0.5"),
        ("-1", "-1"),
        ("11234.5678", "11234.568"),
        ("", None),
    ],
)
def test_reads_quantities(text: str, value: str | None):
    reading = read_quantity(text)
    assert (reading.value, reading.problem) == (None if value is None else Decimal(value), "")


@pytest.mark.parametrize("text", ["a dozen", "1/2", "9" * 11])
def test_refuses_other_quantities(text: str):
    assert read_quantity(text).problem == "unreadable"


@pytest.mark.parametrize(
    ("text", "alone", "time", "offset"),
    [
        ("2017-01-01 15:18:54", False, dt.time(15, 18, 54), None),
        ("2017-01-01T15:18:54Z", False, dt.time(15, 18, 54), dt.timedelta()),
        ("2017-01-01T15:18:54.123+03:00", False, dt.time(15, 18, 54), dt.timedelta(hours=3)),
        ("01.02.2024 9:05", False, dt.time(9, 5), None),
        ("1/2/2024 9:05 pm", False, dt.time(21, 5), None),
        ("12:30 AM", True, dt.time(0, 30), None),
        ("1518", True, dt.time(15, 18), None),
        ("45000.5", False, dt.time(12), None),
        ("0.75", True, dt.time(18), None),
        ("01.02.2024", False, None, None),
        ("", True, None, None),
    ],
)
def test_reads_times(text: str, alone: bool, time: dt.time | None, offset: dt.timedelta | None):
    reading = read_clock(text, is_alone=alone)
    assert (reading.time, reading.offset, reading.problem) == (time, offset, "")


@pytest.mark.parametrize(("text", "alone"), [("25:00", True), ("noon", True), ("2024-01-01 99:99", False)])
def test_says_that_a_time_cannot_be_read(text: str, alone: bool):
    assert read_clock(text, is_alone=alone).problem == "unreadable"
