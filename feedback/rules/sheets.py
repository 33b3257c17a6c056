"""What the holder of a link may do with it now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    ASK = "ask"
    CHANGE = "change"
    FINAL = "final"
    EXPIRED = "expired"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Link:
    """A link as far as its standing goes. `answered_at` is the first answer of a person, None before it; an
    anonymous answer is known by `is_answered` alone."""

    is_open: bool
    is_anonymous: bool
    is_answered: bool
    answered_at: dt.datetime | None
    edit_days: int
    expires_at: dt.datetime


def standing_of(link: Link, now: dt.datetime) -> Standing:
    """A survey that is over takes nothing; an answer may be changed inside its window, even through an old link."""
    if not link.is_open:
        return Standing.CLOSED
    if link.is_answered and (link.is_anonymous or link.answered_at is None):
        return Standing.FINAL
    if link.answered_at is not None:
        return Standing.CHANGE if now < changeable_until(link.answered_at, link.edit_days) else Standing.FINAL
    return Standing.ASK if now < link.expires_at else Standing.EXPIRED


def changeable_until(answered_at: dt.datetime, edit_days: int) -> dt.datetime:
    """The end of the window in which an answer may be changed."""
    return answered_at + dt.timedelta(days=edit_days)
