"""Periods of whole days."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo


def period(first: dt.date, last: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """The moments between which the days `first` to `last` lie, by the clock of `zone`."""
    return (
        dt.datetime.combine(first, dt.time(), zone),
        dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone),
    )
