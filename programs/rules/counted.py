"""What one receipt moved of the counters, as it is stored with it, and what comes back of that with the goods. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self
from zoneinfo import ZoneInfo

from loyalty_site.ground.rules.money import cumulative_share
from programs.rules.basket import Outcome
from programs.rules.documents import Compiled
from programs.rules.limits import MEMBER

# position of a line on the sale, from 1 -> (its quantity, what came back of it before, what comes back now)
type Back = Mapping[int, tuple[Decimal, Decimal, Decimal]]


@dataclass(frozen=True, slots=True)
class Counted:
    """`amount` counted under `key`, for the member (else for everybody), in the period that begins on `on` (None: ever).

    `lines` (by position from 1) and `whole` as in Count; `most` is the limit that it must not pass, if there is one.
    """

    key: str
    of_member: bool
    on: dt.date | None
    amount: int
    lines: Mapping[int, int] = field(default_factory=dict)
    whole: int = 0
    most: int | None = None

    @property
    def place(self) -> tuple[str, bool, dt.date | None]:
        """What names the counter, beside programme and member."""
        return self.key, self.of_member, self.on

    def to_json(self) -> dict[str, Any]:
        known: dict[str, Any] = {"key": self.key, "member": self.of_member, "amount": self.amount}
        known["on"] = self.on.isoformat() if self.on else None
        if self.lines:
            known["lines"] = {str(position): part for position, part in self.lines.items()}
        return known | ({"whole": self.whole} if self.whole else {})

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        lines = {int(position): int(part) for position, part in stored.get("lines", {}).items()}
        on = dt.date.fromisoformat(stored["on"]) if stored["on"] else None
        return cls(stored["key"], stored["member"], on, stored["amount"], lines, stored.get("whole", 0))


def period_of(within: str, day: dt.date) -> dt.date | None:
    """The first day of the day, month or year that `day` lies in; None: ever."""
    if within == "day":
        return day
    if within == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if within == "year" else None


def day_of(version: Compiled, at: dt.datetime) -> dt.date:
    """The day of a moment by the programme's calendar."""
    return at.astimezone(ZoneInfo(version.time_zone)).date()


def counted_of(version: Compiled, outcome: Outcome, at: dt.datetime) -> tuple[Counted, ...]:
    """What a sale at that moment moves of the counters."""
    if not outcome.counts:
        return ()
    day = day_of(version, at)
    counters = {one.key: one for one in version.asked.counters}
    most = {limit.key: limit.most for rule in version.counting for limit in rule.limits if limit.key}
    return tuple(
        [
            Counted(
                one.key,
                counters[one.key].per == MEMBER,
                period_of(counters[one.key].within, day),
                one.amount,
                {line + 1: part for line, part in one.lines},
                one.whole,
                most.get(one.key),
            )
            for one in outcome.counts
        ]
    )


def taken_back(
    sold: Iterable[Counted], before: Sequence[Counted], back: Back, *, is_whole: bool, is_void: bool
) -> tuple[Counted, ...]:
    """What a return moves: of the lines their share, of all goods what belongs to the receipt, of a cancelled sale all.

    `before` is what earlier returns of the same sale moved. How often a rule has given something stays counted when
    goods come back, or buying and returning would give it anew.
    """
    moved: dict[tuple[str, bool, dt.date | None], int] = {}
    for one in before:
        moved[one.place] = moved.get(one.place, 0) - one.amount
    found = []
    for one in sold:
        if is_void:
            amount = one.amount - moved.get(one.place, 0)
        elif is_whole:
            amount = sum(one.lines.values()) + one.whole - moved.get(one.place, 0)
        else:
            amount = sum(_share(part, back.get(position)) for position, part in one.lines.items())
        if amount:
            found.append(Counted(one.key, one.of_member, one.on, -amount))
    return tuple(found)


def _share(part: int, pieces: tuple[Decimal, Decimal, Decimal] | None) -> int:
    if pieces is None:
        return 0
    quantity, returned, now = pieces
    return cumulative_share(part, returned + now, quantity) - (
        cumulative_share(part, returned, quantity) if returned else 0
    )
