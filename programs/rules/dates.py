"""Dates of points: when a lot becomes spendable and when it burns."""

from __future__ import annotations

import calendar
import datetime as dt
from zoneinfo import ZoneInfo


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day `months` later; the last day of the month where there is no such day (31 January + 1)."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def burns_at(earned_at: dt.datetime, *, months: int | None, zone: str) -> dt.datetime | None:
    """The instant a lot burns: midnight after the day `months` later, in the programme's zone. None: never.

    The points can be spent through the whole of their last day.
    """
    if months is None:
        return None
    tz = ZoneInfo(zone)
    last_day = add_months(earned_at.astimezone(tz).date(), months)
    return dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time(), tz).astimezone(dt.UTC)


def spendable_from(earned_at: dt.datetime, *, days: int) -> dt.datetime | None:
    """The instant a lot becomes spendable; None: at once."""
    return earned_at + dt.timedelta(days=days) if days else None


def is_birthday_within(month: int, day: int, today: dt.date, days: int) -> bool:
    """Whether a birthday lies at most `days` before or after `today`; 29 February is the 28th in other years."""
    for offset in range(-days, days + 1):
        near = today + dt.timedelta(days=offset)
        kept = 28 if (month, day) == (2, 29) and not calendar.isleap(near.year) else day
        if (near.month, near.day) == (month, kept):
            return True
    return False
