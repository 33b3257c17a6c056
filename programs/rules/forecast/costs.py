"""What a replay's totals mean in money, under assumptions: cost in full, break-even, points by month. Pure.

Three figures for everything that rests on a guess: low, likely, high, in this order. docs/algorithms/forecast.md tells the
formulas in prose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from programs.rules.documents import Compiled
from programs.rules.forecast.assumptions import Assumption
from programs.rules.forecast.budgets import Over, cut_of, gift_costs, over_budget
from programs.rules.forecast.rungs import Rung, rungs_of
from programs.rules.forecast.totals import CELL, HORIZONS, WEEKS, Cell, Flow, Totals
from programs.rules.limits import MONEY, POINTS


class Range(NamedTuple):
    """Minor money or points: the least, the likely, the most."""

    low: int
    likely: int
    high: int

    def plus(self, other: Range) -> Range:
        """Both together."""
        return Range(self.low + other.low, self.likely + other.likely, self.high + other.high)


NOTHING = Range(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Costs:
    """Minor money over the months of the replay. `discounts` is exact; `owed` are points still held at the end, beside the
    cost. `margin` and `break_even` are per cent; None: not to be said."""

    discounts: int
    points: Range
    gifts: Range
    cards: Range
    staff: Range
    once: Range
    total: Range
    owed: Range
    sales: int
    months: int
    margin: tuple[Fraction, Fraction, Fraction]
    estimated: Fraction  # per cent of sales whose cost of goods is an estimate
    break_even: tuple[Fraction | None, Fraction | None, Fraction | None]
    gain: Range  # profit of what is bought more, less the cost
    against: int  # what the running version gives for the same receipts: its discounts and the worth of its points
    given: int  # the same of the draft
    over: tuple[Over, ...]  # what limits for everybody cut off; it is in none of the sums above


class MonthOfPoints(NamedTuple):
    """`held` and `burnt` minor points: where everybody spends all they can, as is likely, where nobody spends."""

    month: int
    issued: int
    back: int
    spent: Range
    burnt: Range
    held: Range


class Step(NamedTuple):
    """How many reach a rung, of all `members`; `days` and `visits` it takes those who do, at the median and on average."""

    rung: Rung
    people: int
    members: int
    days: int | None
    visits: int | None
    gap: int | None  # days since the rung below, at the medians


class Reach(NamedTuple):
    """Of `seen` people who were watched for so many days, `reached` had their first reward within them."""

    days: int
    seen: int
    reached: int

    @property
    def share(self) -> Fraction | None:
        """Per cent."""
        return Fraction(100 * self.reached, self.seen) if self.seen else None


def cell_sums(totals: Totals, place: int | None = None) -> dict[object, Cell]:
    """Cells added up by month (0), store (1) or tier (2); None: all of them under None."""
    sums: dict[object, list[int]] = {}
    for key, values in totals.cells.items():
        row = sums.setdefault(None if place is None else key[place], [0] * CELL)
        row[:] = [a + b for a, b in zip(row, values, strict=True)]
    return {key: Cell(*row) for key, row in sums.items()}


def whole(totals: Totals) -> Cell:
    """All cells added up."""
    return cell_sums(totals).get(None, Cell())


def months_of(totals: Totals) -> list[int]:
    """The months from the first receipt to the last, none left out."""
    found = sorted({key[0] for key in totals.cells})
    return list(range(found[0], found[-1] + 1)) if found else []


def points_by_month(totals: Totals, take_up: Assumption) -> list[MonthOfPoints]:
    """Points issued, spent, burnt and held, month after month."""
    rows, cells = [], cell_sums(totals, 0)
    held = [0, 0]  # where nobody spends, and where all do
    for month in _all_months(totals):
        flow, cell = Flow(*totals.flows.get(month, [0] * len(Flow._fields))), cells.get(month, Cell())
        held[0] += flow.low_granted - flow.low_back - flow.low_burnt
        held[1] += flow.high_granted - flow.high_back - flow.high_burnt - flow.high_spent
        rows.append(
            MonthOfPoints(
                month,
                cell.points,
                cell.back_points,
                Range(*(_part(flow.high_spent, share) for share in take_up.ends)),
                Range(*(_between(flow.low_burnt, flow.high_burnt, share) for share in reversed(take_up.ends))),
                Range(*(_between(held[0], held[1], share) for share in reversed(take_up.ends))),
            )
        )
    return rows


def burning_ahead(totals: Totals, take_up: Assumption) -> list[tuple[int, Range]]:
    """(month of burning, 0 for never; minor points) of what is held at the end."""
    rows = sorted(totals.ahead.items(), key=lambda row: row[0] or 10**9)
    return [
        (month, Range(*(_between(low, high, share) for share in reversed(take_up.ends)))) for month, (low, high) in rows
    ]


def costs_of(
    totals: Totals,
    version: Compiled,
    current_value: Decimal,
    assumed: Mapping[str, Assumption],
    pieces: Mapping[str, Decimal] | None = None,
) -> Costs:
    """The full cost of a draft over the replayed time. `current_value`: minor money a minor point of the running version;
    `pieces`: what articles cost us, in minor money."""
    scale, all_of = 10**version.currency_exponent, whole(totals)
    months = len(months_of(totals))
    over = over_budget(totals, version)
    cut = cut_of(over, POINTS)
    paid = sum(flow[7] for flow in totals.flows.values())
    paid -= paid * cut // all_of.points if all_of.points else 0
    discounts = all_of.discount - all_of.back_discount - cut_of(over, MONEY)
    sales = all_of.money - all_of.back_money - discounts
    points = Range(*(_part(paid, share) for share in assumed["take_up"].ends))
    low, likely, high = (end * scale for end in assumed["gift"].ends)
    gifts = Range(*gift_costs(totals, version, over, pieces or {}, (low, likely, high)))
    cards = _money(assumed["card"], totals.members, scale)
    once = _money(assumed["once"], 1, scale)
    staff = Range(
        *(
            int((hours * months + seconds * all_of.receipts / 3600) * wage * scale)
            for hours, seconds, wage in zip(
                assumed["hours"].ends, assumed["seconds"].ends, assumed["wage"].ends, strict=True
            )
        )
    )
    total = Range(discounts, discounts, discounts)
    for part in (points, gifts, cards, staff, once):
        total = total.plus(part)
    margin = _margin(all_of, assumed["margin"])
    held = Range(0, 0, 0)
    for _month, row in burning_ahead(totals, assumed["take_up"]):
        held = held.plus(row)
    gain = Range(
        *(
            int(sales * Fraction(up) / 100 * share / 100) - cost
            for up, share, cost in zip(assumed["uplift"].ends, margin, reversed(total), strict=True)
        )
    )
    return Costs(
        discounts=discounts,
        points=points,
        gifts=gifts,
        cards=cards,
        staff=staff,
        once=once,
        total=total,
        owed=Range(*(int(part * version.point_value) for part in held)),
        sales=sales,
        months=months,
        margin=margin,
        estimated=100 - (Fraction(100 * all_of.costed_money, all_of.money) if all_of.money else Fraction(0)),
        break_even=(
            _percent_of(total.low, sales * margin[2]),
            _percent_of(total.likely, sales * margin[1]),
            _percent_of(total.high, sales * margin[0]),
        ),
        gain=gain,
        against=all_of.now_discount
        - all_of.now_back_discount
        + int((all_of.now_points - all_of.now_back_points) * current_value),
        given=discounts + int((all_of.points - all_of.back_points - cut) * version.point_value),
        over=tuple(over),
    )


def steps_of(totals: Totals, version: Compiled) -> list[Step]:
    """The ladder of rewards and the one of tiers, each from its lowest rung on."""
    found: list[Step] = []
    before: dict[bool, int | None] = {False: 0, True: 0}
    for rung in rungs_of(version):
        people, visits, *weeks = totals.rungs.get(rung.name, [0, 0, *([0] * WEEKS)])
        days = _median_days(weeks)
        below = before[rung.is_tier]
        gap = days - below if days is not None and below is not None else None
        found.append(Step(rung, people, totals.members, days, visits // people if people else None, gap))
        before[rung.is_tier] = days
    return found


def reach_of(totals: Totals) -> list[Reach]:
    """The first reward within 30, 60 and 90 days."""
    return [Reach(days, seen, reached) for days, (seen, reached) in zip(HORIZONS, totals.reach, strict=True)]


def _all_months(totals: Totals) -> list[int]:
    found = sorted({*months_of(totals), *totals.flows})
    return list(range(found[0], found[-1] + 1)) if found else []


def _part(amount: int, percent: Decimal) -> int:
    return int(amount * percent / 100)


def _between(nobody: int, everybody: int, percent: Decimal) -> int:
    """Between two ends, as near to the second as so many per cent."""
    return int(nobody + (everybody - nobody) * percent / 100)


def _money(one: Assumption, count: int, scale: int) -> Range:
    return Range(*(int(value * count * scale) for value in one.ends))


def _margin(all_of: Cell, guess: Assumption) -> tuple[Fraction, Fraction, Fraction]:
    """Per cent: what is known of the goods whose cost is known, the guess for the others."""
    known = Fraction(all_of.costed_money, all_of.money) if all_of.money else Fraction(0)
    measured = Fraction(100 * (all_of.costed_money - all_of.cost), all_of.costed_money) if all_of.costed_money else 0
    low, likely, high = (known * measured + (1 - known) * Fraction(end) for end in guess.ends)
    return low, likely, high


def _percent_of(amount: int, of: Fraction | int) -> Fraction | None:
    """`of` is minor money times a per cent, so that what comes out is per cent."""
    return Fraction(amount) * 100 * 100 / of if of > 0 else None


def _median_days(weeks: list[int]) -> int | None:
    """The middle of the week in which half of them have arrived."""
    people, seen = sum(weeks), 0
    for week, count in enumerate(weeks):
        seen += count
        if count and 2 * seen >= people:
            return 7 * week + 3
    return None
