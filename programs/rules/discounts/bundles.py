"""Discounts for goods bought together: buy some of these, get some of those cheaper or free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from loyalty_site.ground.errors import Said
from programs.rules.basket import Line
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
from programs.rules.parsing import ConditionError, DocumentError, Units, count_of, only_known, percent_of
from programs.rules.receipt_conditions import Goods


@dataclass(frozen=True, slots=True)
class BuyGet:
    """For every `buy` pieces of some goods the `get` cheapest pieces of others get a share off (100 %: free), at most
    `most` times. The free pieces stand in the basket already; a line of both goods is one to get, and counts as bought
    for nothing. Where they are the same goods, cheapest_off is meant."""

    type: ClassVar[str] = "buy_get"
    of_receipt: ClassVar[bool] = True
    buy: int
    bought: Goods
    get: int
    got: Goods
    hundredths: int
    most: int | None

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, (*COMMON, "buy", "get", "percent", "most"))
        buy, bought = cls._goods(raw, "buy")
        get, got = cls._goods(raw, "get")
        if bought == got:
            raise DocumentError("“buy” and “get” are the same goods; “cheapest_off” is for that")
        return cls(
            buy,
            bought,
            get,
            got,
            percent_of(raw.get("percent", "100"), Said("percent")),
            count_of(raw["most"], Said("“most”")) if raw.get("most") is not None else None,
        )

    @staticmethod
    def _goods(raw: Mapping[str, Any], name: str) -> tuple[int, Goods]:
        part = raw.get(name)
        if not isinstance(part, Mapping) or not {"skus", "codes"} & set(part):
            raise DocumentError("“%(part)s” must say “pieces” and “skus” or “codes”", part=name)
        try:
            goods = Goods.parse({"type": name, **part})
        except ConditionError as error:
            raise DocumentError("“%(part)s”: %(problem)s", part=name, problem=error.said) from error
        return count_of(part.get("pieces", 1), Said("“pieces”")), goods

    @property
    def details(self) -> dict[str, Any]:
        return {"percent": percent_text(self.hundredths)}

    def words(self, units: Units) -> Said:
        known: dict[str, Any] = {
            "buy": self.buy,
            "bought": self.bought.words(units),
            "get": self.get,
            "got": self.got.words(units),
        }
        if self.hundredths == 100_00:
            what = Said("for every %(buy)s of %(bought)s, %(get)s of %(got)s free", **known)
        else:
            known["percent"] = percent_text(self.hundredths)
            what = Said("for every %(buy)s of %(bought)s, %(percent)s %% off %(get)s of %(got)s", **known)
        return with_more(what, None if self.most is None else Said("at most %(count)s times", count=self.most))

    def shares(self, lines: Sequence[Line], left: Sequence[int], leftover: str) -> list[int]:
        weights = [0] * len(lines)
        to_get = [position for position, line in enumerate(lines) if self.got.has(line)]
        count = self._times(lines) * self.get
        for run in runs_of([lines[at] for at in to_get], [left[at] for at in to_get], dearest_first=False):
            if run.start < count:
                weights[to_get[run.position]] = run.worth(min(run.stop, count) - run.start)
        return spread_exactly(part_of(sum(weights), self.hundredths, "down"), weights, leftover)

    def pieces_in(self, lines: Sequence[Line], left: Sequence[int]) -> Pieces:
        to_get = pieces_of([line for line in lines if self.got.has(line)])
        times = min(self._times(lines), -(-to_get // self.get))
        cheaper = min(times * self.get, to_get)
        return Pieces(cheaper, times * self.buy + cheaper)

    def _times(self, lines: Sequence[Line]) -> int:
        """How often enough is bought."""
        times = pieces_of([one for one in lines if not self.got.has(one) and self.bought.has(one)]) // self.buy
        return times if self.most is None else min(times, self.most)
