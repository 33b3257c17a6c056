"""The Today page's figures about readiness to recommend."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from feedback.models import Survey
from feedback.queries.nps import Asked, NpsPoint, asked, nps, nps_trend
from feedback.rules.nps import NpsFigures

DAYS = 90


@dataclass(frozen=True, slots=True)
class NpsToday:
    """The last DAYS days of all surveys together. `first_on` and `last_on` belong to the period, for the filters
    first_answered_at__gte and __lte of the list of answers; `weeks` may be empty of answers."""

    figures: NpsFigures
    asked: Asked
    weeks: list[NpsPoint]
    first_on: dt.date
    last_on: dt.date


def nps_today(now: dt.datetime, *, zone: ZoneInfo) -> NpsToday | None:
    """None while there is no survey at all. Whole days by the clock of `zone`, today included."""
    if not Survey.objects.exists():
        return None
    today = now.astimezone(zone).date()
    first = today - dt.timedelta(days=DAYS - 1)
    since, until = period(first, today, zone)
    return NpsToday(
        figures=nps(None, since, until),
        asked=asked(None, since, until),
        weeks=nps_trend(None, since, until, zone=zone, by_week=True),
        first_on=first,
        last_on=today,
    )


def period(first: dt.date, last: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """The moments between which the days `first` to `last` lie, by the clock of `zone`."""
    return (
        dt.datetime.combine(first, dt.time(), zone),
        dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone),
    )
