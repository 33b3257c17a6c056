"""When a campaign goes out: the instant of a local time, whether it is too late, and whom the lot holds out. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from enum import StrEnum
from zoneinfo import ZoneInfo

LOTS = 10_000


class Shift(StrEnum):
    """What the clocks of the zone do to a local time (R28)."""

    NONE = ""
    GAP = "gap"  # the time does not exist on that day: it moves forward by the length of the gap
    FOLD = "fold"  # the time comes twice: the first one is meant


def local_instant(day: dt.date, time: dt.time, zone: str) -> tuple[dt.datetime, Shift]:
    """The instant (UTC) at which a campaign of that local day and time starts, and what the clocks did to it."""
    info = ZoneInfo(zone)
    local = dt.datetime.combine(day, time.replace(tzinfo=None, fold=0), info)
    instant = local.astimezone(dt.UTC)
    if instant.astimezone(info).replace(tzinfo=None) != local.replace(tzinfo=None):
        return instant, Shift.GAP
    if local.replace(fold=1).utcoffset() != local.utcoffset():
        return instant, Shift.FOLD
    return instant, Shift.NONE


def is_too_late(*, due: dt.datetime, grace_minutes: int, now: dt.datetime) -> bool:
    """Whether a start that was due then must wait for a person instead (R28); the last moment of grace is in time."""
    return now - due > dt.timedelta(minutes=grace_minutes)


def lot(seed: str, member_id: int) -> int:
    """The lot that a member draws in a run: 0 to 9999, the same for ever, and unlike from run to run.

    The first 32 bits of MD5 (as a shuffle, not as a secret), because PostgreSQL and Python can both do it; the
    remainder of 2**32 by 10,000 favours low lots by less than one in 400,000.
    """
    digest = hashlib.md5(f"{seed}:{member_id}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big") % LOTS


def is_held_out(seed: str, member_id: int, percent: int) -> bool:
    """Whether a run's lot holds this member out."""
    return lot(seed, member_id) < percent * LOTS // 100
