"""Dates stand in the middle of sentences and at their ends."""

import datetime as dt

import pytest
from django.utils import formats, translation

DAY = dt.datetime(2026, 5, 6, 9, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("language", "day", "moment", "month"),
    [
        ("en", "May 6, 2026", "May 6, 2026, 9:05 a.m.", "May 2026"),
        ("ru", "6 мая 2026", "6 мая 2026, 9:05", "Май 2026"),
        ("he", "6 במאי 2026", "6 במאי 2026 09:05", "מאי 2026"),
    ],
)
def test_dates(language: str, day: str, moment: str, month: str):
    with translation.override(language):
        assert formats.date_format(DAY, "DATE_FORMAT") == day
        assert formats.date_format(DAY, "DATETIME_FORMAT") == moment
        assert formats.date_format(DAY, "YEAR_MONTH_FORMAT") == month
