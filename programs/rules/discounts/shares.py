"""How discounts are shared out, and pieces by their price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

from loyalty_site.ground.errors import Said
from loyalty_site.ground.rules.money import spread
from programs.rules.basket import Line
from programs.rules.parsing import COMMON as _ANY
from programs.rules.parsing import Units, listed, one_of

# Who gets the cents that rounding leaves over.
LEFTOVERS = ("largest", "first", "last")
# Settings that every discount may have.
COMMON = (*_ANY, "exclusive")
ROUNDINGS_OF_DISCOUNTS = ("down", "half_up")


class Pieces(NamedTuple):
    """Whole pieces that become cheaper, and those that are taken into account for it (of "3 for 2" one and three)."""

    cheaper: int
    counted: int


class DiscountEffect(Protocol):
    """`of_receipt`: when one line matches, the discount is on all of them. `pieces_in`: with how many whole pieces it
    is reckoned where it gives something."""

    type: ClassVar[str]

    @property
    def of_receipt(self) -> bool: ...

    @property
    def details(self) -> dict[str, Any]: ...

    def shares(self, lines: Sequence[Line], left: Sequence[int], leftover: str) -> list[int]: ...

    def pieces_in(self, lines: Sequence[Line], left: Sequence[int]) -> Pieces: ...

    def words(self, units: Units) -> Said: ...


def spread_exactly(total: int, weights: Sequence[int], leftover: str) -> list[int]:
    """`total` (at most the sum of `weights`) by `weights`, exactly. The units that rounding leaves over go to the
    largest fractions (ties to the first), or one each to the first or the last lines that have a fraction."""
    if leftover == "largest" or not total:
        return spread(total, weights)
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    with_fraction = [position for position, weight in enumerate(weights) if total * weight % whole]
    if leftover == "last":
        with_fraction.reverse()
    for position in with_fraction[: total - sum(shares)]:
        shares[position] += 1
    return shares


def part_of(amount: int, hundredths: int, rounding: str) -> int:
    """`hundredths` of a per cent of `amount`, down or to the nearest."""
    return (amount * hundredths + (5_000 if rounding == "half_up" else 0)) // 10_000


@dataclass(frozen=True, slots=True)
class Run:
    """Pieces of one line that cost the same, at the places [start, stop) of all the pieces in some order of price."""

    position: int
    start: int
    stop: int
    amount: int

    def worth(self, pieces: int) -> int:
        """What the first `pieces` of the run cost, so that all of them cost `amount`."""
        return self.amount * pieces // (self.stop - self.start)


def runs_of(lines: Sequence[Line], left: Sequence[int], *, dearest_first: bool) -> list[Run]:
    """Whole pieces by price; equal prices in the order of the lines. A part of a piece is no piece."""
    priced = []
    for position, line in enumerate(lines):
        pieces = int(line.quantity)
        if pieces:
            amount = left[position] if pieces == line.quantity else int(left[position] * pieces / line.quantity)
            priced.append((amount / pieces, position, pieces, amount))
    priced.sort(key=lambda one: (-one[0] if dearest_first else one[0], one[1]))
    runs, start = [], 0
    for _, position, pieces, amount in priced:
        runs.append(Run(position, start, start + pieces, amount))
        start += pieces
    return runs


def pieces_of(lines: Sequence[Line]) -> int:
    """Whole pieces; a part of a piece is no piece."""
    return sum([int(line.quantity) for line in lines])


def every_piece(lines: Sequence[Line]) -> Pieces:
    """Of a discount on all of them."""
    pieces = pieces_of(lines)
    return Pieces(pieces, pieces)


def is_of_receipt(raw: Mapping[str, Any]) -> bool:
    """The setting “scope”: as soon as one line matches, all lines are meant."""
    return one_of(raw.get("scope", "lines"), ("lines", "receipt"), Said("“scope”")) == "receipt"


def with_more(what: Said, *more: Said | None) -> Said:
    """The sentence with what else is set, one after the other."""
    said = [one for one in more if one is not None]
    return listed([what, *said]) if said else what


def on_all(effect: DiscountEffect) -> Said | None:
    """Said of a discount on all lines as soon as one of them matches."""
    return Said("on the whole receipt") if effect.of_receipt else None


def percent_text(hundredths: int) -> str:
    """1250 is "12.5"."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02}".rstrip("0") if rest else str(whole)
