"""Conditions on what the member has bought before: which purchase this is, and how much in a window of time.

They are asked once for a receipt, and nobody's purchase has no history: none of them holds there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar, Self

from loyalty_site.ground.errors import Said
from programs.rules.basket import Basket, Facts, Line
from programs.rules.benefits import stamps_of
from programs.rules.limits import Counter
from programs.rules.parsing import (
    ConditionError,
    Units,
    in_minor,
    least_of,
    money_text,
    names,
    points_text,
    text,
    whole,
)
from programs.rules.windows import POINTS, SPEND, VISITS, Window


@dataclass(frozen=True, slots=True)
class NthPurchase:
    """It is one of these purchases of the member, counted from 1; or every so manieth."""

    type: ClassVar[str] = "nth_purchase"
    needs: ClassVar[str] = "purchases"
    of_receipt: ClassVar[bool] = True
    numbers: frozenset[int]
    every: int = 0

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        if "every" in raw:
            if "numbers" in raw:
                raise ConditionError("condition “nth_purchase”: say either “numbers” or “every”")
            return cls(frozenset(), whole(raw, "every", least=1))
        numbers = raw.get("numbers")
        if not isinstance(numbers, list) or not numbers or not all(type(one) is int and one >= 1 for one in numbers):
            raise ConditionError("condition “nth_purchase”: “numbers” must be a list of whole numbers from 1")
        return cls(frozenset(numbers))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        if facts.purchases is None:
            return False
        number = facts.purchases + 1
        return number % self.every == 0 if self.every else number in self.numbers

    def words(self, units: Units) -> Said:
        if self.every:
            return Said("it is every purchase number %(every)s", every=self.every)
        return Said("it is the member's purchase number %(numbers)s", numbers=names(map(str, self.numbers)))


@dataclass(frozen=True, slots=True)
class FirstPurchase:
    """The member has bought nothing before."""

    type: ClassVar[str] = "first_purchase"
    needs: ClassVar[str] = "purchases"
    of_receipt: ClassVar[bool] = True

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls()

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return facts.purchases == 0

    def words(self, units: Units) -> Said:
        return Said("it is the member's first purchase")


@dataclass(frozen=True, slots=True)
class Accumulated:
    """The member has spent at least `minimum`, come so often, or earned so many points, in a window; `with_this`: the sale itself counts too, at
    what it costs after the discounts given so far."""

    type: ClassVar[str] = "accumulated"
    of_receipt: ClassVar[bool] = True
    window: Window
    minimum: Decimal | int  # as it was written, then (`fitted`) minor money, visits or minor points
    with_this: bool

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        if type(raw.get("with_this", False)) is not bool:
            raise ConditionError("condition “accumulated”: “with_this” must be true or false")
        window = Window.parse(raw)
        if window.of == POINTS and raw.get("with_this", False):
            raise ConditionError(
                "condition “accumulated”: what a sale earns is not known before it, so not “with_this”"
            )
        return cls(window, least_of(raw), raw.get("with_this", False))

    @property
    def needs(self) -> str:
        return self.window.needs

    def fitted(self, units: Units) -> Self:
        """In minor money, whole visits or minor points."""
        if self.window.of != VISITS:
            decimals = units.money if self.window.of == SPEND else units.points
            return replace(self, minimum=in_minor(Decimal(self.minimum), decimals, self.type))
        if self.minimum != int(self.minimum):
            raise ConditionError("condition “accumulated”: visits are whole")
        return replace(self, minimum=int(self.minimum))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        before = self.window.before(facts)
        if before is None:
            return False
        if self.with_this:
            before += basket.total if self.window.of == SPEND else 1
        return before >= self.minimum

    def words(self, units: Units) -> Said:
        known: dict[str, Any] = {"when": self.window.words(), "minimum": int(self.minimum)}
        if self.window.of == POINTS:
            known["minimum"] = points_text(int(self.minimum), units)
            return Said("the member has earned at least %(minimum)s points %(when)s before", **known)
        if self.window.of == SPEND:
            known["minimum"] = money_text(int(self.minimum), units)
            if self.with_this:
                return Said("the member has spent at least %(minimum)s %(when)s, this purchase included", **known)
            return Said("the member has spent at least %(minimum)s %(when)s before", **known)
        if self.with_this:
            return Said("the member has bought at least %(minimum)s times %(when)s, this purchase included", **known)
        return Said("the member has bought at least %(minimum)s times %(when)s before", **known)


@dataclass(frozen=True, slots=True)
class HoldsStamps:
    """The member held so many stamps of a card before this sale."""

    type: ClassVar[str] = "stamps"
    needs: ClassVar[str] = "counters"
    of_receipt: ClassVar[bool] = True
    card: str
    at_least: int

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(text(raw, "card"), whole(raw, "at_least", least=1))

    @property
    def counter(self) -> Counter:
        return stamps_of(self.card)

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return facts.counters is not None and facts.counters.get(self.counter.key, 0) >= self.at_least

    def words(self, units: Units) -> Said:
        return Said(
            "the member has at least %(count)s stamps on the card %(card)s", count=self.at_least, card=self.card
        )


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The member has claimed one reward so many times before, or (`reward` "") spent points on so many purchases.
    Counted since a published version asks for it."""

    type: ClassVar[str] = "redeemed"
    needs: ClassVar[str] = "counters"
    of_receipt: ClassVar[bool] = True
    at_least: int
    reward: str

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(whole(raw, "at_least", least=1), text(raw, "reward") if "reward" in raw else "")

    @property
    def counter(self) -> Counter:
        return redeemed_of(self.reward)

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return facts.counters is not None and facts.counters.get(self.counter.key, 0) >= self.at_least

    def words(self, units: Units) -> Said:
        known = {"count": self.at_least, "reward": units.named("reward", [self.reward])}
        if self.reward:
            return Said("the member has claimed %(reward)s at least %(count)s times before", **known)
        return Said("the member has paid with points at least %(count)s times before", **known)


def redeemed_of(reward: str) -> Counter:
    """Where it is counted how often a member has claimed a reward; of "" on how many purchases points were spent."""
    return Counter(f"redeemed:{reward}", "member")


HISTORY_CONDITIONS = (NthPurchase, FirstPurchase, Accumulated, HoldsStamps, Redeemed)
