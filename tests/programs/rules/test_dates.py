"""Dates of points: tables of the edges of days, months, years and clocks."""

from __future__ import annotations

import datetime as dt

import pytest

from programs.rules.dates import Expiry, add_months, burns_at, days_after, last_day, midnight_after, spendable_from


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (dt.date(2026, 1, 31), 1, dt.date(2026, 2, 28)),
        (dt.date(2028, 1, 31), 1, dt.date(2028, 2, 29)),
        (dt.date(2026, 12, 15), 1, dt.date(2027, 1, 15)),
        (dt.date(2028, 2, 29), 12, dt.date(2029, 2, 28)),
        (dt.date(2028, 2, 29), 48, dt.date(2032, 2, 29)),
        (dt.date(2026, 8, 31), 6, dt.date(2027, 2, 28)),
        (dt.date(2026, 8, 31), 120_000, dt.date.max),
        (dt.date(2026, 8, 31), -120_000, dt.date.min),
    ],
)
def test_months_later(day, months, later):
    assert add_months(day, months) == later


@pytest.mark.parametrize(
    ("earned", "zone", "life", "burns"),
    [
        pytest.param(utc(2026, 3, 10, 21, 30), "UTC", Expiry("months", 1), utc(2026, 4, 11), id="a month"),
        pytest.param(
            utc(2026, 3, 10, 21, 30), "Europe/Moscow", Expiry("months", 1), utc(2026, 4, 11, 21), id="tomorrow there"
        ),
        pytest.param(utc(2026, 1, 31, 12), "UTC", Expiry("months", 1), utc(2026, 3, 1), id="31 January and a month"),
        pytest.param(utc(2028, 2, 29, 12), "UTC", Expiry("months", 12), utc(2029, 3, 1), id="29 February and a year"),
        pytest.param(utc(2026, 3, 10, 23, 59, 59), "UTC", Expiry("days", days=0), utc(2026, 3, 11), id="that very day"),
        pytest.param(utc(2026, 3, 10), "UTC", Expiry("days", days=1), utc(2026, 3, 12), id="midnight is the new day"),
        pytest.param(utc(2028, 2, 28), "UTC", Expiry("days", days=2), utc(2028, 3, 2), id="days over 29 February"),
        pytest.param(
            utc(2026, 3, 28, 12), "Europe/Madrid", Expiry("days", days=1), utc(2026, 3, 29, 22), id="clocks go forward"
        ),
        pytest.param(
            utc(2026, 10, 24, 12), "Europe/Madrid", Expiry("days", days=1), utc(2026, 10, 25, 23), id="clocks go back"
        ),
        pytest.param(
            utc(2026, 9, 5, 12), "America/Santiago", Expiry("days", days=0), utc(2026, 9, 6, 4), id="midnight skipped"
        ),
        pytest.param(
            utc(2026, 10, 31, 12), "America/Havana", Expiry("days", days=0), utc(2026, 11, 1, 4), id="midnight once"
        ),
        pytest.param(utc(2026, 6, 1), "UTC", Expiry("year_end", years=0), utc(2027, 1, 1), id="end of this year"),
        pytest.param(utc(2026, 6, 1), "UTC", Expiry("year_end", years=1), utc(2028, 1, 1), id="end of the next year"),
        pytest.param(
            utc(2026, 12, 31, 23),
            "Europe/Madrid",
            Expiry("year_end", years=0),
            utc(2027, 12, 31, 23),
            id="new year there",
        ),
        pytest.param(utc(2026, 12, 31, 23), "UTC", Expiry("year_end", years=0), utc(2027, 1, 1), id="an hour to live"),
        pytest.param(utc(2026, 3, 10), "UTC", Expiry(), None, id="never"),
        pytest.param(utc(2026, 3, 10), "UTC", Expiry("months", None), None, id="months without a number"),
    ],
)
def test_when_a_lot_burns(earned, zone, life, burns):
    assert life.burns_at(earned, zone) == burns


@pytest.mark.parametrize("zone", ["Pacific/Apia", "Pacific/Honolulu"])
def test_beyond_the_calendar_is_its_end(zone):
    for life in (Expiry("months", months=10**6), Expiry("days", days=10**9), Expiry("year_end", years=32767)):
        burns = life.burns_at(utc(2026, 3, 10), zone)
        assert burns is not None
        assert burns.year == dt.MAXYEAR
    assert days_after(utc(2026, 3, 10, 9), 10**9).year == dt.MAXYEAR
    assert days_after(utc(2026, 3, 10, 9), 2) == utc(2026, 3, 12, 9)


def test_the_last_day_is_the_one_before_the_midnight():
    assert last_day(utc(2026, 4, 11, 21), "Europe/Moscow") == dt.date(2026, 4, 11)
    assert last_day(utc(2026, 4, 11), "UTC") == dt.date(2026, 4, 10)
    assert last_day(midnight_after(dt.date(2026, 9, 5), "America/Santiago"), "America/Santiago") == dt.date(2026, 9, 5)


def test_points_that_never_burn_and_points_spendable_at_once():
    assert burns_at(utc(2026, 3, 10), zone="UTC") is None
    assert spendable_from(utc(2026, 3, 10), days=0) is None
    assert spendable_from(utc(2026, 3, 10), days=3) == utc(2026, 3, 13)
