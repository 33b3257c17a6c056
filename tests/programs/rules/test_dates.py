"""Dates of points."""

from __future__ import annotations

import datetime as dt

import pytest

from programs.rules.dates import add_months, burns_at, spendable_from


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (dt.date(2026, 1, 31), 1, dt.date(2026, 2, 28)),
        (dt.date(2028, 1, 31), 1, dt.date(2028, 2, 29)),
        (dt.date(2026, 12, 15), 1, dt.date(2027, 1, 15)),
        (dt.date(2028, 2, 29), 12, dt.date(2029, 2, 28)),
    ],
)
def test_months_later(day, months, later):
    assert add_months(day, months) == later


def test_points_live_through_their_last_day_in_the_programmes_zone():
    earned = dt.datetime(2026, 3, 10, 21, 30, tzinfo=dt.UTC)  # already the 11th in Moscow
    assert burns_at(earned, months=1, zone="Europe/Moscow") == dt.datetime(2026, 4, 11, 21, 0, tzinfo=dt.UTC)
    assert burns_at(earned, months=1, zone="UTC") == dt.datetime(2026, 4, 11, 0, 0, tzinfo=dt.UTC)
    assert burns_at(earned, months=None, zone="UTC") is None
    assert spendable_from(earned, days=0) is None
