"""Look-ups that miss: a till that searches for people who are not there is stopped for a while (R50, T57)."""

from __future__ import annotations

import datetime as dt
import math

from loyalty_site.ground.services import count
from loyalty_site.ground.services.counters import was_counted_lately, window_start
from members.models import IdentifierKind
from programs.errors import TooManyMisses
from programs.models import FlagKind
from programs.queries.shoppers import Shopper
from programs.services.flags import Subject, raise_flag
from programs.services.tills import MISS_COUNTER, MISS_WINDOW, Till

_BY_CODE, _BY_CODE_WINDOW = "found_by_code", dt.timedelta(hours=1)


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


def note_found(till: Till, shopper: Shopper, *, now: dt.datetime) -> None:
    """Remember that this till found somebody by digits which they chose themselves: what it then does by the id that it
    was told rests on no more than those (R52)."""
    if shopper.key_kind == IdentifierKind.CODE:
        count(name=_BY_CODE, subject=_of(till, shopper.person_id), window=_BY_CODE_WINDOW, by=1, now=now)


def is_known_by_code_only(till: Till, *, key_kind: str, person_id: int, now: dt.datetime) -> bool:
    """Whether nothing says who stands there but digits of their own choice, of this request or of the look-up before it.
    One statement where the till names an id, else none."""
    if key_kind != "id":
        return key_kind == IdentifierKind.CODE
    return was_counted_lately(name=_BY_CODE, subject=_of(till, person_id), window=_BY_CODE_WINDOW, now=now)


def _of(till: Till, person_id: int) -> str:
    return f"{till.terminal_id}:{person_id}"
