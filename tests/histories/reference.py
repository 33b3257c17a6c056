"""A second ledger, small and slow, to hold the product's against. Pure Python, whole points, nothing of the product.

Money is in cents, points are whole, one point pays one cent, and the part paid with points earns too. Every operation
either changes the account or returns the code of the refusal.
"""

from __future__ import annotations

import calendar
import copy
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

FACTORS = {"A": 2, "B": 3, "C": 1}  # points for every dollar


@dataclass(frozen=True)
class Policy:
    """`negative`: forbid, floor or allow; `activation_days` after earning; `months` until the points burn."""

    negative: str = "allow"
    floor: int = 0
    activation_days: int = 0
    months: int | None = 1


@dataclass
class Lot:
    granted: int
    left: int
    pending: bool
    activates: dt.datetime | None
    burns: dt.datetime | None
    line: SoldLine | None = None
    held: int = 0


@dataclass(eq=False)
class SoldLine:
    """A line of a sale: what it cost, brought and was paid with, and how many pieces came back."""

    sku: str
    pieces: int
    cents: int
    redeemed: int = 0
    awards: tuple[int, ...] = ()
    back: int = 0


@dataclass(eq=False)
class Sale:
    lines: list[SoldLine]
    spent: list[tuple[Lot, int]]
    restored: int = 0


@dataclass(eq=False)
class Hold:
    """A basket set aside until `ends`; state open, committed, released or ended."""

    lines: list[SoldLine]
    kept: list[tuple[Lot, int]]
    ends: dt.datetime
    state: str = "open"


@dataclass(frozen=True)
class Back:
    """What a return did: points given back, taken from lots, owed more, written off."""

    restored: int
    taken: int
    owed: int
    lost: int


def split(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in shares like `weights`: rounded down, and what is left goes to the largest fractions, the first of equals."""
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    neediest = sorted(range(len(weights)), key=lambda place: -(total * weights[place] % whole))
    for place in neediest[: total - sum(shares)]:
        shares[place] += 1
    return shares


def share(total: int, before: int, more: int, pieces: int) -> int:
    """What `more` pieces after `before` others carry of `total`: any way of bringing them back adds up."""
    return total * (before + more) // pieces - total * before // pieces


def midnight_after(day: dt.date, months: int) -> dt.datetime:
    """The end (UTC) of the day `months` later."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    last = dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
    return dt.datetime.combine(last, dt.time(), dt.UTC) + dt.timedelta(days=1)


@dataclass
class Ledger:
    """The account of one member."""

    policy: Policy
    lots: list[Lot] = field(default_factory=list)
    debt: int = 0
    holds: list[Hold] = field(default_factory=list)

    @property
    def pending(self) -> int:
        return sum(lot.left for lot in self.lots if lot.pending)

    @property
    def held(self) -> int:
        return sum(lot.held for lot in self.lots)

    @property
    def available(self) -> int:
        return sum(lot.left - lot.held for lot in self.lots if not lot.pending)

    def in_order(self) -> list[Lot]:
        """The order of spending: soonest end first, never-ending last, the older of equals first."""
        never = dt.datetime.max.replace(tzinfo=dt.UTC)
        return sorted(self.lots, key=lambda lot: lot.burns or never)

    def roll(self, now: dt.datetime) -> None:
        """Holds whose time is over end, then what `sweep` does."""
        for hold in self.holds:
            if hold.state == "open" and hold.ends <= now:
                self._end(hold, "ended")
        self.sweep(now)

    def sweep(self, now: dt.datetime) -> None:
        """What has come due: pending points become spendable and first repay what is owed; old points burn."""
        for lot in self.in_order():
            if lot.pending and lot.activates is not None and lot.activates <= now and lot.left:
                lot.pending = False
                self._repay(lot, lot.left)
            if lot.burns is not None and lot.burns <= now:
                lot.left = lot.held

    def refusal(self, redeem: int, cents: int) -> str | None:
        """Why `redeem` points may not pay for a bill of `cents`; None when they may."""
        if redeem and self.debt:
            return "redemption_blocked_by_debt"
        if redeem > self.available:
            return "insufficient_points"
        return "redemption_above_share" if redeem > cents else None

    def sell(
        self, basket: Sequence[tuple[str, int, int]], redeem: int, *, at: dt.datetime, now: dt.datetime
    ) -> Sale | str:
        """`basket` of (sku, pieces, cents); `at` is the receipt's time, `now` the server's."""
        self.roll(now)
        if refusal := self.refusal(redeem, sum(each for _, _, each in basket)):
            return refusal
        return self._book(self._lines(basket, redeem), self.take(redeem), at)

    def hold(
        self, basket: Sequence[tuple[str, int, int]], redeem: int, *, now: dt.datetime, minutes: int
    ) -> Hold | str:
        """Set `redeem` points aside for `minutes`; they do not burn meanwhile."""
        self.roll(now)
        if refusal := self.refusal(redeem, sum(each for _, _, each in basket)):
            return refusal
        made = Hold(self._lines(basket, redeem), self.take(redeem, into="held"), now + dt.timedelta(minutes=minutes))
        self.holds.append(made)
        return made

    def commit(self, hold: Hold, *, now: dt.datetime) -> Sale | str:
        """Sell what was held, with its very points."""
        self.roll(now)
        if hold.state != "open":
            return f"hold_{hold.state}"
        hold.state = "committed"
        for lot, points in hold.kept:
            lot.held -= points
            lot.left -= points
        return self._book(hold.lines, hold.kept, now)

    def release(self, hold: Hold, *, now: dt.datetime) -> str | None:
        """Give back what a hold keeps; the code of the refusal when it became a sale."""
        self.roll(now)
        if hold.state == "committed":
            return "hold_committed"
        if hold.state == "open":
            self._end(hold, "released")
            self.sweep(now)
        return None

    def adjust(self, points: int, *, now: dt.datetime) -> str | None:
        """Add or take by hand. A refusal leaves even what has come due undone."""
        if -points > self.available_at(now):
            return "adjustment_too_much"
        self.roll(now)
        if points < 0:
            self.take(-points)
        else:
            self._arrive(points, None, self._burns(now))
        return None

    def transfer(self, taker: Ledger, points: int, *, now: dt.datetime) -> str | None:
        """Move points to another account; they keep the day on which they burn."""
        if points > self.available_at(now):
            return "insufficient_points"
        self.roll(now)
        taker.roll(now)
        for lot, part in self.take(points):
            taker._arrive(part, None, lot.burns)
        return None

    def available_at(self, now: dt.datetime) -> int:
        """What would be available after `roll`, without rolling."""
        trial = copy.deepcopy(self)
        trial.roll(now)
        return trial.available

    def _lines(self, basket: Sequence[tuple[str, int, int]], redeem: int) -> list[SoldLine]:
        paid = split(redeem, [each for _, _, each in basket])
        lines = []
        for (sku, pieces, each), redeemed in zip(basket, paid, strict=True):
            base = each // 100
            bonus = base * (FACTORS[sku] - 1)
            lines.append(SoldLine(sku, pieces, each, redeemed, (base, bonus) if bonus else (base,)))
        return lines

    def _book(self, lines: list[SoldLine], spent: list[tuple[Lot, int]], at: dt.datetime) -> Sale:
        days = self.policy.activation_days
        activates = at + dt.timedelta(days=days) if days else None
        for line in lines:
            self._arrive(sum(line.awards), activates, self._burns(at), line)
        return Sale(lines, spent)

    def _burns(self, at: dt.datetime) -> dt.datetime | None:
        months = self.policy.months
        return None if months is None else midnight_after(at.date(), months)

    def _arrive(
        self, points: int, activates: dt.datetime | None, burns: dt.datetime | None, line: SoldLine | None = None
    ) -> None:
        """A new lot, which first repays what is owed."""
        if points:
            lot = Lot(points, points, activates is not None, activates, burns, line)
            self.lots.append(lot)
            self._repay(lot, points)

    def _end(self, hold: Hold, state: str) -> None:
        hold.state = state
        for lot, points in hold.kept:
            lot.held -= points
            self._repay(lot, points)

    def take(self, points: int, *, into: str = "") -> list[tuple[Lot, int]]:
        """Spend `points`, which are there, in order; or only set them aside, `into` held."""
        spent = []
        for lot in self.in_order():
            part = 0 if lot.pending else min(points, lot.left - lot.held)
            if part:
                if into:
                    lot.held += part
                else:
                    lot.left -= part
                points -= part
                spent.append((lot, part))
        assert not points
        return spent

    def give_back(self, sale: Sale, pieces: dict[int, int], *, now: dt.datetime) -> Back | str:
        """Bring back `pieces` {index of line: how many}."""
        for index, count in pieces.items():
            if count > sale.lines[index].pieces - sale.lines[index].back:
                return "return_too_much"
        self.roll(now)
        restored, wanted = 0, {}
        for index, count in sorted(pieces.items()):
            line = sale.lines[index]
            restored += share(line.redeemed, line.back, count, line.pieces)
            wanted[index] = sum(share(points, line.back, count, line.pieces) for points in line.awards)
            line.back += count
        self._restore(sale, restored)
        taken, missing = 0, 0
        for index, points in wanted.items():
            own = [lot for lot in self.lots if lot.line is sale.lines[index]]
            got = self._take_back(own, points)
            taken, missing = taken + got, missing + points - got
        others = self.in_order()
        for lots in ([lot for lot in others if lot.pending], [lot for lot in others if not lot.pending]):
            got = self._take_back(lots, missing)
            taken, missing = taken + got, missing - got
        owed = {"allow": missing, "forbid": 0, "floor": min(missing, max(0, self.policy.floor - self.debt))}
        self.debt += owed[self.policy.negative]
        self.sweep(now)  # what was given back after its day burns at once
        return Back(restored, taken, owed[self.policy.negative], missing - owed[self.policy.negative])

    def _restore(self, sale: Sale, points: int) -> None:
        """Points that paid go back to their own lots, the last spent first, and first repay what is owed."""
        gone = sale.restored
        sale.restored += points
        for lot, amount in reversed(sale.spent):
            skipped = min(gone, amount)
            gone -= skipped
            part = min(points, amount - skipped)
            points -= part
            lot.left += part
            self._repay(lot, part)
        assert not points

    def _take_back(self, lots: Sequence[Lot], points: int) -> int:
        taken = 0
        for lot in lots:
            part = min(points - taken, lot.left - lot.held)
            lot.left -= part
            taken += part
        return taken

    def _repay(self, lot: Lot, points: int) -> None:
        repaid = min(self.debt, points)
        lot.left -= repaid
        self.debt -= repaid
