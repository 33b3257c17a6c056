"""What looks like misuse of points (R53). Pure: the figures of a window of days in, yes or no out.

Every threshold is a starting value that a shop's own review list should tune: what is confirmed there speaks for a
threshold, what is called all right speaks against it. Sharing an account in a family is wanted, so no rule counts how
many people use one account: each asks for evidence of a cashier, of time, or of the way points went.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

# How far back the nightly look goes.
WINDOW = dt.timedelta(days=30)

# One cashier, one member: at least so many receipts, on so many days more than DAY_RECEIPTS of them, and so large a
# part of all the member's receipts in the store. A regular who always comes in one cashier's shift has one a day.
PAIR_RECEIPTS = 12
PAIR_BUSY_DAYS = 3
PAIR_DAY_RECEIPTS = 3
PAIR_SHARE = 0.7

# So many members within one minute at one till: nobody packs that fast.
MINUTE_MEMBERS = 3

# Booked so long after it was rung up, although the till was connected in between; so many times.
LATE = dt.timedelta(hours=2)
LATE_RECEIPTS = 3

# So many receipts of one member at one till within so few minutes, and that on so many days.
SPLIT_RECEIPTS = 3
SPLIT_WITHIN = dt.timedelta(minutes=10)
SPLIT_DAYS = 2

# So many returns of goods whose points had been spent in between.
SPENT_RETURNS = 2

# An account that gathers: so many receipts, so many times what half of the others earn at most, and nothing spent.
PARK_RECEIPTS = 15
PARK_TIMES_MEDIAN = 8

# So large a part of the points spent so soon after a phone or e-mail took the place of another.
SWEEP_WITHIN = dt.timedelta(hours=72)
SWEEP_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Pair:
    """What one cashier rang up for one member: receipts, and days with at least PAIR_DAY_RECEIPTS of them;
    `member_receipts` are all of the member's in that store."""

    receipts: int
    busy_days: int
    member_receipts: int


def is_concentrated(pair: Pair) -> bool:
    """Whether a cashier credits one member again and again, several times a day, and hardly anybody else does."""
    return (
        pair.receipts >= PAIR_RECEIPTS
        and pair.busy_days >= PAIR_BUSY_DAYS
        and pair.receipts >= PAIR_SHARE * pair.member_receipts
    )


@dataclass(frozen=True, slots=True)
class Gathering:
    """One account's window: receipts, points earned and spent, and the median of what earning accounts earned."""

    receipts: int
    earned: int
    spent: int
    median: float


def is_parked(gathering: Gathering) -> bool:
    """Whether points gather on an account that nobody seems to shop with for themselves."""
    return (
        gathering.receipts >= PARK_RECEIPTS
        and gathering.spent == 0
        and gathering.earned >= PARK_TIMES_MEDIAN * max(gathering.median, 1)
    )


def is_sweep(spent: int, available: int, since_change: dt.timedelta) -> bool:
    """Whether a spending took nearly everything right after the contact details changed."""
    return dt.timedelta(0) <= since_change <= SWEEP_WITHIN and available > 0 and spent >= SWEEP_SHARE * available


def bursts(moments: list[dt.datetime]) -> int:
    """How many separate runs of SPLIT_RECEIPTS or more receipts lie within SPLIT_WITHIN each; `moments` rising."""
    found = start = 0
    while start < len(moments):
        end = start
        while end + 1 < len(moments) and moments[end + 1] - moments[start] <= SPLIT_WITHIN:
            end += 1
        if end - start + 1 >= SPLIT_RECEIPTS:
            found += 1
            start = end + 1
        else:
            start += 1
    return found


def is_split(burst_days: int) -> bool:
    """Whether a member's receipts come in bursts on more than one day."""
    return burst_days >= SPLIT_DAYS
