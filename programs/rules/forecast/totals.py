"""What a replay adds up: whole numbers in plain dictionaries and lists, so that parts can be added and stored as JSON. Pure.

Minor money and minor points throughout.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

SHOWN = 25  # winners and losers kept by name
HORIZONS = (30, 60, 90)  # days until the first reward
WEEKS = 105  # a member's way to a rung, by weeks; the last holds all that is longer
# By how much of what they spent the draft is worse or better for people, in per cent: four bands of each, and in the
# middle those for whom it is the same.
BAND_ENDS = (1, 2, 5)
BANDS = 2 * (len(BAND_ENDS) + 1) + 1
SAME = len(BAND_ENDS) + 1


class Cell(NamedTuple):
    """One month, store and tier. `back_*` are what came back with goods; `now_*` what the running version would give."""

    receipts: int = 0
    money: int = 0
    discount: int = 0
    points: int = 0
    back_money: int = 0
    back_discount: int = 0
    back_points: int = 0
    now_discount: int = 0
    now_points: int = 0
    now_back_discount: int = 0
    now_back_points: int = 0
    costed_money: int = 0  # of goods whose cost is known, and that cost
    cost: int = 0


CELL = len(Cell._fields)


class Flow(NamedTuple):
    """One month of all purses: `low` where nobody ever spends a point, `high` where everybody spends all they can at
    every visit. What truly happens lies between. What is granted is what comes into the purses, after debts."""

    low_granted: int = 0
    low_back: int = 0
    low_burnt: int = 0
    high_granted: int = 0
    high_back: int = 0
    high_burnt: int = 0
    high_spent: int = 0
    high_paid: int = 0  # minor money that the spent points paid


FLOW = len(Flow._fields)


@dataclass(frozen=True, slots=True)
class Standout:
    """A member for whom the draft is much better or worse; worth in minor money."""

    difference: int
    member: int
    receipts: int
    money: int
    draft: int
    current: int

    def row(self) -> list[int]:
        return [self.difference, self.member, self.receipts, self.money, self.draft, self.current]


@dataclass(slots=True)
class Totals:
    """The sums of some members. Months are year * 12 + month - 1."""

    cells: dict[tuple[int, str, str], list[int]] = field(default_factory=dict)
    flows: dict[int, list[int]] = field(default_factory=dict)
    ahead: dict[int, list[int]] = field(default_factory=dict)  # month of burning after the end (0: never): [low, high]
    rules: dict[str, list[int]] = field(default_factory=dict)  # rule: [points, minor money, times of other benefits]
    rungs: dict[str, list[int]] = field(default_factory=dict)  # rung: [people, visits, *people by week]
    bands: list[list[int]] = field(default_factory=lambda: [[0, 0] for _ in range(BANDS)])  # [people, difference]
    reach: list[list[int]] = field(default_factory=lambda: [[0, 0] for _ in HORIZONS])  # [people seen, of them reached]
    members: int = 0
    receipts: int = 0
    returns: int = 0
    loose: int = 0  # returns of which nobody knows the sale
    winners: list[list[int]] = field(default_factory=list)
    losers: list[list[int]] = field(default_factory=list)

    def note_member(self, one: Standout) -> None:
        """Winners and losers: in the band of their difference, and by name when it is among the largest."""
        self.members += 1
        share = abs(one.difference) * 100
        size = next((place for place, end in enumerate(BAND_ENDS) if share <= end * one.money), len(BAND_ENDS))
        band = SAME if not one.difference else SAME + 1 + size if one.difference > 0 else SAME - 1 - size
        self.bands[band][0] += 1
        self.bands[band][1] += one.difference
        if one.difference > 0:
            _keep(self.winners, [one.difference, *one.row()[1:]])
        elif one.difference < 0:
            _keep(self.losers, [-one.difference, *one.row()[1:]])

    def to_json(self) -> dict[str, Any]:
        """The same sums give the same text, in whichever parts they were added up."""
        return {
            "cells": [[*key, *values] for key, values in sorted(self.cells.items())],
            "flows": {str(month): values for month, values in self.flows.items()},
            "ahead": {str(month): values for month, values in self.ahead.items()},
            "rules": self.rules,
            "rungs": self.rungs,
            "bands": self.bands,
            "reach": self.reach,
            "members": self.members,
            "receipts": self.receipts,
            "returns": self.returns,
            "loose": self.loose,
            "winners": sorted(self.winners),  # the least first, so it is still a heap
            "losers": sorted(self.losers),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        return cls(
            cells={(month, store, tier): values for month, store, tier, *values in stored["cells"]},
            flows={int(month): values for month, values in stored["flows"].items()},
            ahead={int(month): values for month, values in stored["ahead"].items()},
            **{
                name: stored[name]
                for name in (
                    "rules",
                    "rungs",
                    "bands",
                    "reach",
                    "members",
                    "receipts",
                    "returns",
                    "loose",
                    "winners",
                    "losers",
                )
            },
        )

    def add(self, other: Totals) -> None:
        """Take the sums of other members in."""
        for mine, theirs in (
            (self.cells, other.cells),
            (self.flows, other.flows),
            (self.ahead, other.ahead),
            (self.rules, other.rules),
            (self.rungs, other.rungs),
        ):
            _add_rows(mine, theirs)  # type: ignore[arg-type]
        for rows, more in ((self.bands, other.bands), (self.reach, other.reach)):
            for row, one in zip(rows, more, strict=True):
                row[:] = [a + b for a, b in zip(row, one, strict=True)]
        self.members += other.members
        self.receipts += other.receipts
        self.returns += other.returns
        self.loose += other.loose
        for row in other.winners:
            _keep(self.winners, row)
        for row in other.losers:
            _keep(self.losers, row)


def sum_of(parts: Iterable[dict[str, Any]]) -> Totals:
    """The whole of stored parts."""
    whole = Totals()
    for part in parts:
        whole.add(Totals.from_json(part))
    return whole


def month_of(year: int, month: int) -> int:
    """The number of a month, so that months can be counted."""
    return year * 12 + month - 1


def _add_rows(mine: dict[Any, list[int]], theirs: dict[Any, list[int]]) -> None:
    for key, values in theirs.items():
        row = mine.get(key)
        if row is None:
            mine[key] = list(values)
        else:
            row[:] = [a + b for a, b in zip(row, values, strict=True)]


def _keep(rows: list[list[int]], row: list[int]) -> None:
    """Keep the largest: a heap with the least of them first."""
    if len(rows) < SHOWN:
        heapq.heappush(rows, row)
    else:
        heapq.heappushpop(rows, row)
