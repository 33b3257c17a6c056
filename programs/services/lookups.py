"""Look-ups that miss: a till that searches for people who are not there is stopped for a while (R50, T57)."""

from __future__ import annotations

import datetime as dt
import math

from loyalty_site.ground.services import count
from loyalty_site.ground.services.counters import window_start
from programs.errors import TooManyMisses
from programs.models import FlagKind
from programs.services.flags import Subject, raise_flag
from programs.services.tills import MISS_COUNTER, MISS_WINDOW, Till


def allow_lookup(till: Till, *, now: dt.datetime) -> None:
    """Raises TooManyMisses while the till has missed more often than its limit: whoever is asked for, so that the
    answer says nothing about them. Costs no statement; signing the till in has read the count."""
    limit = till.limits.lookup_misses
    if limit is not None and till.lookups_missed >= limit:
        left = window_start(now, MISS_WINDOW) + MISS_WINDOW - now
        raise TooManyMisses(seconds=max(1, math.ceil(left.total_seconds())))


def note_miss(till: Till, *, now: dt.datetime) -> None:
    """Count one look-up that found nobody, and flag the till when that was the last one it may miss.

    Joins the caller's transaction: a refusal that is kept as an answer keeps the count with it.
    """
    missed = count(name=MISS_COUNTER, subject=str(till.terminal_id), window=MISS_WINDOW, by=1, now=now)
    if till.limits.lookup_misses is not None and missed == till.limits.lookup_misses:
        began = window_start(now, MISS_WINDOW)
        raise_flag(
            FlagKind.LOOKUP_MISSES,
            f"{till.terminal_id}:{began:%Y-%m-%dT%H:%M}",
            Subject(store_id=till.store_id, terminal_id=till.terminal_id),
            details={"missed": missed},
            now=now,
        )
