"""Stamp cards: every so manieth piece is free, counted over all receipts of a member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from loyalty_site.ground.errors import Said
from programs.rules.basket import Facts, Line
from programs.rules.benefits import stamps_of
from programs.rules.discounts.shares import (
    COMMON,
    Pieces,
    part_of,
    percent_text,
    pieces_of,
    runs_of,
    spread_exactly,
    with_more,
)
from programs.rules.limits import Counter
from programs.rules.parsing import DocumentError, Units, count_of, one_of, only_known, percent_of


@dataclass(frozen=True, slots=True)
class StampCard:
    """Every piece is a stamp, and of every `every` pieces one gets a share off (100 %: free), the cheapest or the dearest
    of this receipt. The free piece is a stamp too: "9 + 1" is every 10."""

    type: ClassVar[str] = "stamp_card"
    needs: ClassVar[str] = "counters"
    of_receipt: ClassVar[bool] = False
    card: str
    every: int
    hundredths: int
    is_dearest: bool
    free: int = 0  # how many on this receipt, once that is known (`full`)

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, (*COMMON, "card", "every", "percent", "free"))
        card = raw.get("card")
        if not isinstance(card, str) or not card:
            raise DocumentError("“card” must be a text")
        return cls(
            card,
            count_of(raw.get("every"), Said("“every”"), least=2),
            percent_of(raw.get("percent", "100"), Said("percent")),
            one_of(raw.get("free", "cheapest"), ("cheapest", "dearest"), Said("“free”")) == "dearest",
        )

    @property
    def counter(self) -> Counter:
        return stamps_of(self.card)

    @property
    def details(self) -> dict[str, Any]:
        return {"percent": percent_text(self.hundredths), "pieces": self.free}

    def words(self, units: Units) -> Said:
        known: dict[str, Any] = {"every": self.every, "percent": percent_text(self.hundredths)}
        what = Said("%(percent)s %% off every piece number %(every)s", **known)
        if self.hundredths == 100_00:
            what = Said("every piece number %(every)s is free", **known)
        return with_more(what, Said("the dearest of a receipt") if self.is_dearest else None)

    def full(self, facts: Facts, bought: Sequence[Line], lines: Sequence[Line]) -> StampCard | None:
        """The same with the pieces that are free now: `bought` count, of `lines` they are taken. None: none is."""
        held = (facts.counters or {}).get(self.counter.key, 0)
        free = min((held + pieces_of(bought)) // self.every, pieces_of(lines))
        if free <= 0:
            return None
        return StampCard(self.card, self.every, self.hundredths, self.is_dearest, free)

    def shares(self, lines: Sequence[Line], left: Sequence[int], leftover: str) -> list[int]:
        weights = [0] * len(lines)
        for run in runs_of(lines, left, dearest_first=self.is_dearest):
            if run.start < self.free:
                weights[run.position] = run.worth(min(run.stop, self.free) - run.start)
        return spread_exactly(part_of(sum(weights), self.hundredths, "down"), weights, leftover)

    def pieces_in(self, lines: Sequence[Line], left: Sequence[int]) -> Pieces:
        return Pieces(self.free, self.free)
