"""What comes back when goods come back: pure arithmetic over the stored receipt, never over today's rules.

A part of a line's quantity takes its cumulative share of everything the line carried, so that any split
into several returns adds up to exactly what was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from loyalty_site.ground.rules.money import cumulative_share


@dataclass(frozen=True, slots=True)
class SoldAward:
    """One stored award of a line: minor points, or minor money off its price."""

    award_id: int
    rule: str
    reason: str
    points: int
    money: int = 0


@dataclass(frozen=True, slots=True)
class SoldLine:
    """One line as it was sold, and how much of it has come back already. Minor units."""

    line_id: int
    position: int
    quantity: Decimal
    returned: Decimal
    amount: int
    discount: int
    tender: int
    points_redeemed: int
    awards: tuple[SoldAward, ...] = ()
    reward: int = 0

    @property
    def left(self) -> Decimal:
        return self.quantity - self.returned


@dataclass(frozen=True, slots=True)
class BackAward:
    award: SoldAward
    points: int
    money: int = 0


@dataclass(frozen=True, slots=True)
class BackLine:
    """What returning `quantity` of a line brings back. `points` and `reward` are the sums of its awards' shares."""

    line: SoldLine
    quantity: Decimal
    amount: int
    discount: int
    tender: int
    points_redeemed: int
    awards: tuple[BackAward, ...]

    @property
    def points(self) -> int:
        return sum(back.points for back in self.awards)

    @property
    def reward(self) -> int:
        return sum(back.money for back in self.awards)

    @property
    def refund(self) -> int:
        """Minor money that was paid for the pieces by other means than points."""
        return self.amount - self.reward - self.tender


def return_line(line: SoldLine, quantity: Decimal) -> BackLine:
    """The share of `line` that `quantity` more pieces bring back. The caller has checked that they are left.

    A line of quantity nought comes back as a whole (only cancelling the sale asks for it).
    """

    def share(total: int) -> int:
        if line.quantity == 0:
            return total
        until = cumulative_share(total, line.returned + quantity, line.quantity)
        before = cumulative_share(total, line.returned, line.quantity) if line.returned else 0
        return until - before

    shares = [BackAward(award, share(award.points), share(award.money)) for award in line.awards]
    awards = tuple(back for back in shares if back.points or back.money)
    tender = share(line.tender)
    # The money that comes back has a share of its own, so that no split of the pieces makes it fall below 0.
    refund = share(line.amount - line.reward - line.tender)
    return BackLine(
        line=line,
        quantity=quantity,
        amount=refund + tender + sum(back.money for back in awards),
        discount=share(line.discount),
        tender=tender,
        points_redeemed=share(line.points_redeemed),
        awards=awards,
    )


@dataclass(frozen=True, slots=True)
class LotLeft:
    """A lot of the account that still holds points."""

    lot_id: int
    line_id: int | None
    remaining: int
    is_pending: bool


@dataclass(frozen=True, slots=True)
class TakeBack:
    """From which lots `points` come back, and what no lot could give."""

    from_lots: tuple[tuple[LotLeft, int], ...]
    missing: int


def take_back(points_by_line: dict[int, int], lots: Sequence[LotLeft]) -> TakeBack:
    """Take earned points back: each returned line's own lots first, then other pending lots, then spendable ones.

    `lots` are all lots with something left, in spending order; `points_by_line` maps line ids to minor points.
    """
    left = {lot.lot_id: lot.remaining for lot in lots}
    taken: dict[int, int] = {}

    def take(lot: LotLeft, wanted: int) -> int:
        part = min(wanted, left[lot.lot_id])
        if part:
            left[lot.lot_id] -= part
            taken[lot.lot_id] = taken.get(lot.lot_id, 0) + part
        return wanted - part

    wanted = 0
    for line_id, points in points_by_line.items():
        for lot in lots:
            if lot.line_id == line_id and points:
                points = take(lot, points)
        wanted += points
    for lot in sorted(lots, key=lambda lot: not lot.is_pending):
        if not wanted:
            break
        wanted = take(lot, wanted)
    by_id = {lot.lot_id: lot for lot in lots}
    return TakeBack(tuple((by_id[lot_id], part) for lot_id, part in taken.items()), wanted)


def debt_and_write_off(missing: int, debt: int, *, policy: str, floor: int) -> tuple[int, int]:
    """(new debt, written off): how a programme's policy treats points that are spent already.

    forbid: all of it is the store's loss; floor: debt grows to at most `floor`; allow: all becomes debt.
    """
    if policy == "forbid":
        return 0, missing
    if policy == "floor":
        owed = min(missing, max(0, floor - debt))
        return owed, missing - owed
    return missing, 0


def restore(points: int, spent: Sequence[tuple[int | None, int]], restored: int) -> list[tuple[int | None, int]]:
    """Give `points` redeemed points back to the lots they came from: [(lot id, points)].

    `spent` are (lot id, points) in the order of spending, `restored` what earlier returns gave back.
    The last lot spent, which burns last, is filled first: that is the kinder order for the member. Lot None is the
    part that a store bore itself.
    """
    result: list[tuple[int | None, int]] = []
    skip = restored
    for lot_id, amount in reversed(spent):
        passed = min(skip, amount)
        skip -= passed
        part = min(points, amount - passed)
        if part:
            result.append((lot_id, part))
            points -= part
    if points or skip:
        raise ValueError("more points to give back than were spent")
    return result
