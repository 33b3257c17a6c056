"""Discounts on sums: a share, an amount, or what the highest step says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from loyalty_site.ground.errors import Said
from programs.rules.basket import Line
from programs.rules.discounts.shares import (
    COMMON,
    ROUNDINGS_OF_DISCOUNTS,
    Pieces,
    every_piece,
    is_of_receipt,
    on_all,
    part_of,
    percent_text,
    pieces_of,
    runs_of,
    spread_exactly,
    with_more,
)
from programs.rules.parsing import (
    DocumentError,
    Units,
    above_nought,
    count_of,
    listed,
    minor_of,
    money_text,
    one_of,
    only_known,
    percent_of,
)


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
        only_known(raw, (*COMMON, "percent", "most", "pieces", "rounding", "per", "scope"))
        name = Said("“most”")
        return cls(
            percent_of(raw.get("percent"), Said("percent")),
            above_nought(minor_of(raw["most"], units.money, name), name) if raw.get("most") is not None else None,
            count_of(raw["pieces"], Said("“pieces”")) if raw.get("pieces") is not None else None,
            one_of(raw.get("rounding", "down"), ROUNDINGS_OF_DISCOUNTS, Said("rounding")),
            one_of(raw.get("per", "receipt"), ("receipt", "line"), Said("“per”")) == "line",
            is_of_receipt(raw),
        )

    @property
    def details(self) -> dict[str, Any]:
        return {"percent": percent_text(self.hundredths)}

    def words(self, units: Units) -> Said:
        known: dict[str, Any] = {"percent": percent_text(self.hundredths)}
        what = Said("%(percent)s %% off", **known)
        if self.pieces is not None:
            what = Said("%(percent)s %% off the %(pieces)s cheapest pieces", pieces=self.pieces, **known)
        if self.most is not None:
            what = Said("%(what)s, at most %(most)s", what=what, most=money_text(self.most, units))
        return with_more(what, on_all(self))

    def shares(self, lines: Sequence[Line], left: Sequence[int], leftover: str) -> list[int]:
        weights = list(left) if self.pieces is None else self._cheapest(lines, left, self.pieces)
        if self.per_line:
            parts = [part_of(weight, self.hundredths, self.rounding) for weight in weights]
            if self.most is None or sum(parts) <= self.most:
                return parts
            return spread_exactly(self.most, parts, leftover)
        total = part_of(sum(weights), self.hundredths, self.rounding)
        return spread_exactly(total if self.most is None else min(total, self.most), weights, leftover)

    def pieces_in(self, lines: Sequence[Line], left: Sequence[int]) -> Pieces:
        pieces = pieces_of(lines) if self.pieces is None else min(self.pieces, pieces_of(lines))
        return Pieces(pieces, pieces)

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
        only_known(raw, (*COMMON, "amount", "per", "minimum", "scope"))
        return cls(
            above_nought(minor_of(raw.get("amount"), units.money, Said("amount")), Said("amount")),
            one_of(raw.get("per", "receipt"), ("receipt", "piece"), Said("“per”")) == "piece",
            minor_of(raw.get("minimum", "0"), units.money, Said("“minimum”")),
            is_of_receipt(raw),
        )

    @property
    def details(self) -> dict[str, Any]:
        return {}

    def words(self, units: Units) -> Said:
        amount = money_text(self.amount, units)
        what = Said("%(amount)s off", amount=amount)
        if self.per_piece:
            what = Said("%(amount)s off every piece", amount=amount)
        if self.minimum:
            what = Said("%(what)s, from %(minimum)s on", what=what, minimum=money_text(self.minimum, units))
        return with_more(what, on_all(self))

    def shares(self, lines: Sequence[Line], left: Sequence[int], leftover: str) -> list[int]:
        whole = sum(left)
        if whole < self.minimum:
            return [0] * len(lines)
        if self.per_piece:
            return [min(part, self.amount * int(line.quantity)) for line, part in zip(lines, left, strict=True)]
        return spread_exactly(min(self.amount, whole), left, leftover)

    def pieces_in(self, lines: Sequence[Line], left: Sequence[int]) -> Pieces:
        return every_piece(lines)


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
        only_known(raw, (*COMMON, "by", "steps", "rounding", "scope"))
        by_quantity = one_of(raw.get("by", "amount"), ("amount", "quantity"), Said("“by”")) == "quantity"
        return cls(
            by_quantity,
            read_steps(raw, units, 0 if by_quantity else units.money),
            one_of(raw.get("rounding", "down"), ROUNDINGS_OF_DISCOUNTS, Said("rounding")),
            is_of_receipt(raw),
        )

    @property
    def details(self) -> dict[str, Any]:
        return {}

    def words(self, units: Units) -> Said:
        by = Said("pieces") if self.by_quantity else Said("money")
        start = plain_count if self.by_quantity else money_text
        return with_more(
            Said("by %(by)s: %(steps)s", by=by, steps=steps_words(self.steps, units, start=start)), on_all(self)
        )

    def shares(self, lines: Sequence[Line], left: Sequence[int], leftover: str) -> list[int]:
        whole = sum(left)
        reached = sum(int(line.quantity) for line in lines) if self.by_quantity else whole
        step = step_for(self.steps, reached)
        if step is None:
            return [0] * len(lines)
        total = part_of(whole, step[1], self.rounding) if step[1] else min(step[2], whole)
        return spread_exactly(total, left, leftover)

    def pieces_in(self, lines: Sequence[Line], left: Sequence[int]) -> Pieces:
        return every_piece(lines)


type Step = tuple[int, int, int]


def read_steps(raw: Mapping[str, Any], units: Units, decimals: int) -> tuple[Step, ...]:
    """“steps” of an effect by rising (from, hundredths of a per cent, minor money); “from” has so many decimals."""
    said = raw.get("steps")
    if not isinstance(said, list) or not said:
        raise DocumentError("“steps” must be a list of at least one step")
    steps = []
    for step in said:
        if not isinstance(step, Mapping) or ("percent" in step) == ("amount" in step):
            raise DocumentError("every step says “from” and either “percent” or “amount”")
        steps.append(
            (
                minor_of(step.get("from", "0"), decimals, Said("“from”")),
                percent_of(step["percent"], Said("percent")) if "percent" in step else 0,
                minor_of(step["amount"], units.money, Said("amount")) if "amount" in step else 0,
            )
        )
    if len({step[0] for step in steps}) != len(steps):
        raise DocumentError("two steps begin at the same place")
    return tuple(sorted(steps))


def step_for(steps: Sequence[Step], reached: int) -> Step | None:
    """The highest step that is reached."""
    return next((step for step in reversed(steps) if reached >= step[0]), None)


def steps_words(steps: Sequence[Step], units: Units, *, start: Callable[[int, Units], str]) -> Said:
    """All steps in a row; `start` says where one begins."""
    return listed(
        Said("from %(start)s: %(percent)s %% off", start=start(step[0], units), percent=percent_text(step[1]))
        if step[1]
        else Said("from %(start)s: %(amount)s off", start=start(step[0], units), amount=money_text(step[2], units))
        for step in steps
    )


def plain_count(count: int, units: Units) -> str:
    """Where a step begins that counts pieces or visits."""
    return str(count)
