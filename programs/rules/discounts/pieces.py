"""Discounts on pieces: off each one, the cheapest of some, several for a price."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from loyalty_site.ground.errors import Said
from programs.rules.basket import Line
from programs.rules.discounts.shares import (
    COMMON,
    Pieces,
    Run,
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
    flag_of,
    minor_of,
    money_text,
    one_of,
    only_known,
    percent_of,
)


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
        only_known(raw, (*COMMON, "first", "next", "pieces", "group_of"))
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

    def words(self, units: Units) -> Said:
        known = {"first": money_text(self.first, units), "following": money_text(self.following, units)}
        what = Said("%(first)s off the first piece, %(following)s off each further one", **known)
        if self.first == self.following:
            what = Said("%(first)s off each piece", **known)
        return with_more(
            what,
            Said("in full groups of %(count)s", count=self.group_of) if self.group_of > 1 else None,
            None if self.most is None else Said("at most %(count)s pieces", count=self.most),
        )

    def shares(self, lines: Sequence[Line], left: Sequence[int], leftover: str) -> list[int]:
        runs = runs_of(lines, left, dearest_first=True)
        count = self.pieces_in(lines, left).cheaper
        shares = [0] * len(lines)
        for run in runs:
            pieces = min(run.stop, count) - run.start
            if pieces > 0:
                wanted = self.following * pieces + (self.first - self.following if run.start == 0 else 0)
                shares[run.position] = min(wanted, run.worth(pieces))
        return shares

    def pieces_in(self, lines: Sequence[Line], left: Sequence[int]) -> Pieces:
        count = pieces_of(lines)
        count = min(count - count % self.group_of, count if self.most is None else self.most)
        return Pieces(count, count)


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
        only_known(raw, (*COMMON, "every", "pieces", "percent", "most", "over", "per_article"))
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
        return {"percent": percent_text(self.hundredths)}

    def words(self, units: Units) -> Said:
        known: dict[str, Any] = {"every": self.every, "pieces": self.pieces, "percent": percent_text(self.hundredths)}
        if self.hundredths == 100_00:
            what = Said("of every %(every)s pieces the cheapest %(pieces)s free", **known)
        else:
            what = Said("of every %(every)s pieces %(percent)s %% off the cheapest %(pieces)s", **known)
        return with_more(
            what,
            Said("each article by itself") if self.per_article else None,
            None if self.most is None else Said("at most %(count)s pieces", count=self.most),
        )

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

    def pieces_in(self, lines: Sequence[Line], left: Sequence[int]) -> Pieces:
        pieces: dict[str, int] = {}
        for line in lines:
            article = line.sku if self.per_article else ""
            pieces[article] = pieces.get(article, 0) + int(line.quantity)
        groups = sum(count // self.every for count in pieces.values())
        cheaper = groups * self.pieces
        if self.most is not None and self.most < cheaper:
            cheaper, groups = self.most, -(-self.most // self.pieces)
        return Pieces(cheaper, groups * self.every)

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
        only_known(raw, (*COMMON, "quantity", "price", "most"))
        return cls(
            count_of(raw.get("quantity"), Said("quantity")),
            minor_of(raw.get("price"), units.money, Said("price")),
            count_of(raw["most"], Said("“most”")) if raw.get("most") is not None else None,
        )

    @property
    def details(self) -> dict[str, Any]:
        return {}

    def words(self, units: Units) -> Said:
        what = Said("%(quantity)s pieces for %(price)s", quantity=self.quantity, price=money_text(self.price, units))
        return with_more(what, None if self.most is None else Said("at most %(count)s times", count=self.most))

    def shares(self, lines: Sequence[Line], left: Sequence[int], leftover: str) -> list[int]:
        runs = runs_of(lines, left, dearest_first=True)
        taken, worth = self._taken(runs, len(lines))
        weights = self._weights(runs, taken * self.quantity, len(lines))
        return spread_exactly(worth - taken * self.price, weights, leftover)

    def pieces_in(self, lines: Sequence[Line], left: Sequence[int]) -> Pieces:
        pieces = self._taken(runs_of(lines, left, dearest_first=True), len(lines))[0] * self.quantity
        return Pieces(pieces, pieces)

    def _taken(self, runs: list[Run], count: int) -> tuple[int, int]:
        """(how often it is worth it, what those pieces cost)"""
        times = runs[-1].stop // self.quantity if runs else 0
        if self.most is not None:
            times = min(times, self.most)

        def worth(groups: int) -> int:
            return sum(self._weights(runs, groups * self.quantity, count))

        # A later group is never dearer than an earlier one. Halving finds the first that is not worth it, also where
        # somebody typed an article's number as the quantity.
        taken = bisect_left(range(times), 1, key=lambda group: worth(group + 1) - worth(group) <= self.price)
        return taken, worth(taken)

    @staticmethod
    def _weights(runs: list[Run], pieces: int, count: int) -> list[int]:
        weights = [0] * count
        for run in runs:
            if run.start < pieces:
                weights[run.position] = run.worth(min(run.stop, pieces) - run.start)
        return weights
