"""Dates of points: when a lot becomes spendable, when it burns, and when a pause burns all of them."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

# Its midnight is still a moment in every zone.
_LAST = dt.date.max - dt.timedelta(days=2)


def add_days(day: dt.date, days: int) -> dt.date:
    """The day `days` later, and beyond the calendar its last or first one: whoever says so many means for ever."""
    try:
        return day + dt.timedelta(days=days)
    except OverflowError:
        return dt.date.max if days > 0 else dt.date.min


def days_after(moment: dt.datetime, days: int) -> dt.datetime:
    """The same time of the day so many days later; beyond the calendar as add_days."""
    return dt.datetime.combine(min(add_days(moment.date(), days), _LAST), moment.timetz())


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day `months` later; the last day of the month where there is no such day (31 January + 1). Beyond the
    calendar as add_days."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        return dt.date.max if months > 0 else dt.date.min
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def midnight_after(day: dt.date, zone: str) -> dt.datetime:
    """The instant at which `day` is over in `zone`, in UTC; the end of the calendar comes two days early.

    Where clocks skip midnight, that is the moment of the change; where midnight comes twice, the first.
    """
    return dt.datetime.combine(min(day, _LAST) + dt.timedelta(days=1), dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)


def last_day(burns_at: dt.datetime, zone: str) -> dt.date:
    """The last day on which points that burn at `burns_at` can be spent, by the programme's calendar."""
    return (burns_at - dt.timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()


def burns_at(
    earned_at: dt.datetime,
    *,
    zone: str,
    months: int | None = None,
    days: int | None = None,
    years: int | None = None,
) -> dt.datetime | None:
    """The instant a lot burns: midnight after its last day, in the programme's zone. None: never.

    At most one is given: `months` or `days` after the day of earning, or 31 December, `years` after the year
    of earning. The points can be spent through the whole of their last day.
    """
    day = earned_at.astimezone(ZoneInfo(zone)).date()
    if months is not None:
        return midnight_after(add_months(day, months), zone)
    if days is not None:
        return midnight_after(add_days(day, days), zone)
    if years is not None:
        return midnight_after(dt.date(min(day.year + years, dt.MAXYEAR), 12, 31), zone)
    return None


@dataclass(frozen=True, slots=True)
class Expiry:
    """How long points live: `kind` never, months, days or year_end, and the number that the kind reads.

    Months without a number mean never, as documents of the first versions said it.
    """

    kind: str = "never"
    months: int | None = None
    days: int | None = None
    years: int = 0

    def burns_at(self, earned_at: dt.datetime, zone: str) -> dt.datetime | None:
        """The instant a lot earned at `earned_at` burns; None: never."""
        match self.kind:
            case "months":
                return burns_at(earned_at, zone=zone, months=self.months)
            case "days":
                return burns_at(earned_at, zone=zone, days=self.days)
            case "year_end":
                return burns_at(earned_at, zone=zone, years=self.years)
        return None


def spendable_from(earned_at: dt.datetime, *, days: int) -> dt.datetime | None:
    """The instant a lot becomes spendable; None: at once."""
    return earned_at + dt.timedelta(days=days) if days else None


def is_birthday_within(month: int, day: int, today: dt.date, days: int) -> bool:
    """Whether a birthday lies at most `days` before or after `today`; 29 February is the 28th in other years."""
    return yearly_within(month, day, today, before=days, after=days)


def yearly_within(month: int, day: int, today: dt.date, *, before: int, after: int) -> bool:
    """Whether `today` is at most `before` days before or `after` days after a day that comes every year; 29 February is
    the 28th in other years."""
    for offset in range(-after, before + 1):
        near = today + dt.timedelta(days=offset)
        kept = 28 if (month, day) == (2, 29) and not calendar.isleap(near.year) else day
        if (near.month, near.day) == (month, kept):
            return True
    return False
