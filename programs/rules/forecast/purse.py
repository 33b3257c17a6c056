"""A member's points in compact form: lots by the moment they burn, without a row for each receipt line. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

# Points that never burn.
NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


class _Lot:
    """`spendable` None: at once."""

    __slots__ = ("burns", "points", "spendable")

    def __init__(self, burns: dt.datetime, spendable: dt.datetime | None, points: int) -> None:
        self.burns, self.spendable, self.points = burns, spendable, points


class Purse:
    """What one member holds, in minor points. Lots of one burning moment are one lot; the soonest burns and is spent first.

    `held` is the sum of the lots.
    """

    __slots__ = ("debt", "held", "lots")

    def __init__(self) -> None:
        self.lots: list[_Lot] = []
        self.held = self.debt = 0

    def grant(self, points: int, burns: dt.datetime, spendable: dt.datetime | None) -> int:
        """Points earned; what is owed is repaid out of them first. Answers what came into the purse."""
        if self.debt:
            repaid = min(self.debt, points)
            self.debt -= repaid
            points -= repaid
        self.held += points
        lots = self.lots
        last = lots[-1] if lots else None
        if last is not None and last.burns == burns and last.spendable == spendable:
            last.points += points
        elif points:
            lots.append(_Lot(burns, spendable, points))
            if last is not None and last.burns > burns:
                lots.sort(key=lambda lot: lot.burns)
        return points

    def spendable(self, at: dt.datetime) -> int:
        """What can be spent at that moment, lots past their day being burnt already; nothing while something is owed."""
        if self.debt:
            return 0
        return self.held - sum([lot.points for lot in self.lots if lot.spendable is not None and lot.spendable > at])

    def pay(self, points: int, at: dt.datetime) -> None:
        """Spend so many of the spendable points."""
        self.held -= points
        for lot in self.lots:
            if lot.spendable is None or lot.spendable <= at:
                part = min(points, lot.points)
                lot.points -= part
                points -= part
                if not points:
                    break
        self.lots = [lot for lot in self.lots if lot.points]

    def take_back(self, points: int, burns: dt.datetime) -> int:
        """Points that came back with their goods: of the lots of that moment first, then of others. Answers what was not
        there any more."""
        for lot in sorted(self.lots, key=lambda lot: lot.burns != burns):
            part = min(points, lot.points)
            lot.points -= part
            self.held -= part
            points -= part
        self.lots = [lot for lot in self.lots if lot.points]
        return points

    def burn(self, at: dt.datetime, idle: dt.datetime | None = None) -> Iterator[tuple[dt.datetime, int]]:
        """(moment, points) of what has burnt by `at`; `idle` is the moment at which a pause burns all of it."""
        while self.lots:
            lot = self.lots[0]
            moment = lot.burns if idle is None else min(lot.burns, idle)
            if moment > at:
                return
            del self.lots[0]
            self.held -= lot.points
            yield moment, lot.points
