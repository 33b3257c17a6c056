"""Effects that take money off: how much each of the lines they match gives, never more than is left of it.

`shares(lines, left)` answers in minor money per line; `left` is what the lines still cost after earlier discounts.
A fraction is rounded once on the sum, and the sum is spread by `left` (see `spread_exactly`). Where pieces are chosen,
a piece of a line costs its share of what is left of the line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

from loyalty_site.ground.errors import Said
from loyalty_site.ground.rules.money import spread
from programs.rules.basket import Line
from programs.rules.parsing import (
    DocumentError,
    Units,
    above_nought,
    count_of,
    flag_of,
    minor_of,
    one_of,
    only_known,
    percent_of,
)

LEFTOVERS = ("largest", "first", "last")
_COMMON = ("type", "last", "group")
_ROUNDINGS = ("down", "half_up")


class DiscountEffect(Protocol):
    """`of_receipt`: when one line matches, the discount is on all of them."""

    type: ClassVar[str]

    @property
    def of_receipt(self) -> bool: ...

    @property
    def details(self) -> dict[str, Any]: ...

    def shares(self, lines: Sequence[Line], left: Sequence[int], leftover: str) -> list[int]: ...


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


@dataclass(frozen=True, slots=True)
class PercentOff:
    """A share of what the lines cost, at most `most` money, of all pieces or of the `pieces` cheapest ones."""

    type: ClassVar[str] = "percent_off"
    hundredths: int
    most: int | None
    pieces: int | None
    rounding: str
    per_line: bool
    of_receipt: bool

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, (*_COMMON, "percent", "most", "pieces", "rounding", "per", "scope"))
        name = Said("“most”")
        return cls(
            percent_of(raw.get("percent"), Said("percent")),
            above_nought(minor_of(raw["most"], units.money, name), name) if raw.get("most") is not None else None,
            count_of(raw["pieces"], Said("“pieces”")) if raw.get("pieces") is not None else None,
            one_of(raw.get("rounding", "down"), _ROUNDINGS, Said("rounding")),
            one_of(raw.get("per", "receipt"), ("receipt", "line"), Said("“per”")) == "line",
            _is_of_receipt(raw),
        )

    @property
    def details(self) -> dict[str, Any]:
        return {"percent": _percent_text(self.hundredths)}

    def shares(self, lines: Sequence[Line], left: Sequence[int], leftover: str) -> list[int]:
        weights = list(left) if self.pieces is None else self._cheapest(lines, left, self.pieces)
        if self.per_line:
            parts = [part_of(weight, self.hundredths, self.rounding) for weight in weights]
            if self.most is None or sum(parts) <= self.most:
                return parts
            return spread_exactly(self.most, parts, leftover)
        total = part_of(sum(weights), self.hundredths, self.rounding)
        return spread_exactly(total if self.most is None else min(total, self.most), weights, leftover)

    @staticmethod
    def _cheapest(lines: Sequence[Line], left: Sequence[int], pieces: int) -> list[int]:
        weights = [0] * len(lines)
        for run in runs_of(lines, left, dearest_first=False):
            if run.start < pieces:
                weights[run.position] = run.worth(min(run.stop, pieces) - run.start)
        return weights


@dataclass(frozen=True, slots=True)
class AmountOff:
    """A sum of money once for a receipt, or off every whole piece, when the lines are worth at least `minimum`."""

    type: ClassVar[str] = "amount_off"
    amount: int
    per_piece: bool
    minimum: int
    of_receipt: bool

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, (*_COMMON, "amount", "per", "minimum", "scope"))
        return cls(
            above_nought(minor_of(raw.get("amount"), units.money, Said("amount")), Said("amount")),
            one_of(raw.get("per", "receipt"), ("receipt", "piece"), Said("“per”")) == "piece",
            minor_of(raw.get("minimum", "0"), units.money, Said("“minimum”")),
            _is_of_receipt(raw),
        )

    @property
    def details(self) -> dict[str, Any]:
        return {}

    def shares(self, lines: Sequence[Line], left: Sequence[int], leftover: str) -> list[int]:
        whole = sum(left)
        if whole < self.minimum:
            return [0] * len(lines)
        if self.per_piece:
            return [min(part, self.amount * int(line.quantity)) for line, part in zip(lines, left, strict=True)]
        return spread_exactly(min(self.amount, whole), left, leftover)


@dataclass(frozen=True, slots=True)
class PieceOff:
    """`first` money off the first piece and `following` off each further one, dearest first: at most `most` pieces,
    and only in full groups of `group_of`."""

    type: ClassVar[str] = "piece_off"
    first: int
    following: int
    most: int | None
    group_of: int
    of_receipt: ClassVar[bool] = False

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, (*_COMMON, "first", "next", "pieces", "group_of"))
        first = minor_of(raw.get("first"), units.money, Said("“first”"))
        following = minor_of(raw.get("next", raw.get("first")), units.money, Said("“next”"))
        above_nought(first + following, Said("“first”"))
        return cls(
            first,
            following,
            count_of(raw["pieces"], Said("“pieces”")) if raw.get("pieces") is not None else None,
            count_of(raw.get("group_of", 1), Said("“group_of”")),
        )

    @property
    def details(self) -> dict[str, Any]:
        return {}

    def shares(self, lines: Sequence[Line], left: Sequence[int], leftover: str) -> list[int]:
        runs = runs_of(lines, left, dearest_first=True)
        count = runs[-1].stop if runs else 0
        count = min(count - count % self.group_of, count if self.most is None else self.most)
        shares = [0] * len(lines)
        for run in runs:
            pieces = min(run.stop, count) - run.start
            if pieces > 0:
                wanted = self.following * pieces + (self.first - self.following if run.start == 0 else 0)
                shares[run.position] = min(wanted, run.worth(pieces))
        return shares


@dataclass(frozen=True, slots=True)
class CheapestOff:
    """Of every `every` pieces the `pieces` cheapest get a share off (100 %: free), at most `most` pieces of a receipt.

    `together` counts the groups first and takes the cheapest of all; otherwise each group, dearest pieces first, gives
    its own cheapest. `per_article` counts every line's article by itself.
    """

    type: ClassVar[str] = "cheapest_off"
    every: int
    pieces: int
    hundredths: int
    most: int | None
    together: bool
    per_article: bool
    of_receipt: ClassVar[bool] = False

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, (*_COMMON, "every", "pieces", "percent", "most", "over", "per_article"))
        every = count_of(raw.get("every"), Said("“every”"))
        pieces = count_of(raw.get("pieces", 1), Said("“pieces”"))
        if pieces > every:
            raise DocumentError("of every %(every)s pieces at most as many can be cheaper", every=every)
        return cls(
            every,
            pieces,
            percent_of(raw.get("percent", "100"), Said("percent")),
            count_of(raw["most"], Said("“most”")) if raw.get("most") is not None else None,
            one_of(raw.get("over", "receipt"), ("receipt", "group"), Said("“over”")) == "receipt",
            flag_of(raw.get("per_article", False), Said("“per_article”")),
        )

    @property
    def details(self) -> dict[str, Any]:
        return {"percent": _percent_text(self.hundredths)}

    def shares(self, lines: Sequence[Line], left: Sequence[int], leftover: str) -> list[int]:
        groups: dict[str, list[int]] = {}
        for position, line in enumerate(lines):
            groups.setdefault(line.sku if self.per_article else "", []).append(position)
        weights = [0] * len(lines)
        still = self.most
        for positions in groups.values():
            runs = runs_of([lines[p] for p in positions], [left[p] for p in positions], dearest_first=True)
            whole = runs[-1].stop // self.every if runs else 0
            # The cheapest pieces stand last, so what a limit leaves is filled from there.
            for run in reversed(runs):
                chosen = self._chosen(run.stop, runs[-1].stop, whole) - self._chosen(run.start, runs[-1].stop, whole)
                if still is not None:
                    chosen = min(chosen, still)
                    still -= chosen
                if chosen:
                    weights[positions[run.position]] = run.worth(chosen)
        return spread_exactly(part_of(sum(weights), self.hundredths, "down"), weights, leftover)

    def _chosen(self, until: int, count: int, groups: int) -> int:
        """How many of the first `until` pieces (dearest first) are among the cheaper ones."""
        if self.together:
            return max(0, until - (count - groups * self.pieces))
        full, rest = divmod(min(until, groups * self.every), self.every)
        return full * self.pieces + max(0, rest - (self.every - self.pieces))


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """Any `quantity` of the pieces cost `price` together, dearest first, as often as that is cheaper (or `most` times)."""

    type: ClassVar[str] = "fixed_price"
    quantity: int
    price: int
    most: int | None
    of_receipt: ClassVar[bool] = False

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, (*_COMMON, "quantity", "price", "most"))
        return cls(
            count_of(raw.get("quantity"), Said("quantity")),
            minor_of(raw.get("price"), units.money, Said("price")),
            count_of(raw["most"], Said("“most”")) if raw.get("most") is not None else None,
        )

    @property
    def details(self) -> dict[str, Any]:
        return {}

    def shares(self, lines: Sequence[Line], left: Sequence[int], leftover: str) -> list[int]:
        runs = runs_of(lines, left, dearest_first=True)
        times = runs[-1].stop // self.quantity if runs else 0
        if self.most is not None:
            times = min(times, self.most)
        # A later group is never dearer than an earlier one, so the first that is not worth it ends the search.
        taken, before = 0, 0
        for group in range(1, times + 1):
            worth = sum(self._weights(runs, group * self.quantity, len(lines)))
            if worth - before <= self.price:
                break
            taken, before = group, worth
        weights = self._weights(runs, taken * self.quantity, len(lines))
        return spread_exactly(before - taken * self.price, weights, leftover)

    @staticmethod
    def _weights(runs: list[Run], pieces: int, count: int) -> list[int]:
        weights = [0] * count
        for run in runs:
            if run.start < pieces:
                weights[run.position] = run.worth(min(run.stop, pieces) - run.start)
        return weights


@dataclass(frozen=True, slots=True)
class Steps:
    """The highest step that the receipt reaches says what comes off: a share or a sum of money.

    Reached by the worth (minor money) or the pieces of the lines; `steps` are (from, hundredths of a per cent, money).
    """

    type: ClassVar[str] = "steps_off"
    by_quantity: bool
    steps: tuple[tuple[int, int, int], ...]
    rounding: str
    of_receipt: bool

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, (*_COMMON, "by", "steps", "rounding", "scope"))
        by_quantity = one_of(raw.get("by", "amount"), ("amount", "quantity"), Said("“by”")) == "quantity"
        listed = raw.get("steps")
        if not isinstance(listed, list) or not listed:
            raise DocumentError("“steps” must be a list of at least one step")
        steps = []
        for step in listed:
            if not isinstance(step, Mapping) or ("percent" in step) == ("amount" in step):
                raise DocumentError("every step says “from” and either “percent” or “amount”")
            steps.append(
                (
                    minor_of(step.get("from", "0"), 0 if by_quantity else units.money, Said("“from”")),
                    percent_of(step["percent"], Said("percent")) if "percent" in step else 0,
                    minor_of(step["amount"], units.money, Said("amount")) if "amount" in step else 0,
                )
            )
        if len({step[0] for step in steps}) != len(steps):
            raise DocumentError("two steps begin at the same place")
        return cls(
            by_quantity,
            tuple(sorted(steps)),
            one_of(raw.get("rounding", "down"), _ROUNDINGS, Said("rounding")),
            _is_of_receipt(raw),
        )

    @property
    def details(self) -> dict[str, Any]:
        return {}

    def shares(self, lines: Sequence[Line], left: Sequence[int], leftover: str) -> list[int]:
        whole = sum(left)
        reached = sum(int(line.quantity) for line in lines) if self.by_quantity else whole
        step = next((step for step in reversed(self.steps) if reached >= step[0]), None)
        if step is None:
            return [0] * len(lines)
        total = part_of(whole, step[1], self.rounding) if step[1] else min(step[2], whole)
        return spread_exactly(total, left, leftover)


DISCOUNTS = (PercentOff, AmountOff, PieceOff, CheapestOff, FixedPrice, Steps)


def _is_of_receipt(raw: Mapping[str, Any]) -> bool:
    return one_of(raw.get("scope", "lines"), ("lines", "receipt"), Said("“scope”")) == "receipt"


def _percent_text(hundredths: int) -> str:
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02}".rstrip("0") if rest else str(whole)
