"""Counting for limits that protect: in PostgreSQL, where no restart loses the count and no two requests share a number.

A counter is one row per (name, subject, window). Counting locks that row until the caller's transaction ends, so of
two at once the second sees the first one's number; counters are the last thing anybody locks (design.md 3.7).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from loyalty_site.ground.models import Counter

# Longer than any window in use; what is older limits nobody.
KEPT = dt.timedelta(days=3)
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

# Sorted: two requests that count several things lock them in the same order.
_COUNT = """
    INSERT INTO ground_counter (name, subject, window_at, value)
    SELECT t.name, t.subject, t.window_at, t.by
    FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::bigint[]) AS t (name, subject, window_at, by)
    ORDER BY t.name, t.subject, t.window_at
    ON CONFLICT ON CONSTRAINT ground_counter_once DO UPDATE SET value = ground_counter.value + excluded.value
    RETURNING name, subject, value
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """`by` more of `name` for `subject` in the window that began at `window_at`. No two of one call share a row."""

    name: str
    subject: str
    window_at: dt.datetime
    by: int = 1


def window_start(now: dt.datetime, window: dt.timedelta) -> dt.datetime:
    """When the window of this length that holds `now` began; windows follow each other without gaps, in UTC."""
    return now - (now - _EPOCH) % window


def count(*, name: str, subject: str, window: dt.timedelta, by: int, now: dt.datetime) -> int:
    """Count `by` more and say how many it is in this window now. Joins the caller's transaction."""
    return count_all([Tally(name, subject, window_start(now, window), by)])[0]


def count_all(tallies: Sequence[Tally]) -> list[int]:
    """Count several things in one statement; their values afterwards, in the order given."""
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            [
                [tally.name for tally in tallies],
                [tally.subject for tally in tallies],
                [tally.window_at for tally in tallies],
                [tally.by for tally in tallies],
            ],
        )
        values = {(name, subject): value for name, subject, value in cursor.fetchall()}
    return [values[tally.name, tally.subject] for tally in tallies]


def counted(*, name: str, subject: str, window: dt.timedelta, now: dt.datetime) -> int:
    """How many there are in this window, without counting."""
    rows = Counter.objects.filter(name=name, subject=subject, window_at=window_start(now, window))
    return rows.values_list("value", flat=True).first() or 0


def was_counted_lately(*, name: str, subject: str, window: dt.timedelta, now: dt.datetime) -> bool:
    """Whether there is any in this window or the one before: what happened just before a window ended is not forgotten."""
    since = window_start(now, window) - window
    return Counter.objects.filter(name=name, subject=subject, window_at__gte=since, value__gt=0).exists()


def count_less(*, name: str, subject: str, window_at: dt.datetime, by: int) -> None:
    """Take `by` back from what was counted in a window, as far as anything was."""
    rows = Counter.objects.filter(name=name, subject=subject, window_at=window_at)
    rows.update(value=Greatest(F("value") - by, 0))


def forget(*, name: str, subject: str) -> None:
    """Begin anew for `subject`: what was counted turned out to be harmless."""
    Counter.objects.filter(name=name, subject=subject).delete()


def forget_old_counters(*, now: dt.datetime) -> int:
    """Delete counters of windows long over; returns how many."""
    return Counter.objects.filter(window_at__lt=now - KEPT).delete()[0]
