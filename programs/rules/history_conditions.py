"""Conditions on what the member has bought before: which purchase this is, and how much in a window of time.

They are asked once for a receipt, and nobody's purchase has no history: none of them holds there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from loyalty_site.ground.errors import Said
from programs.rules.basket import Basket, Facts, Line
from programs.rules.parsing import ConditionError, Units, names, whole


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


HISTORY_CONDITIONS = (NthPurchase, FirstPurchase)
