"""The conditions a rule may have: a closed set of small dataclasses, each a pure question about one line.

A condition in a document is `{"type": "category", "codes": ["dairy"]}`. To add one: write a dataclass with
`type`, `parse` and `holds` here, name it in CONDITIONS, and give it a row in the test table.
docs/first-feature.md walks through it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

from loyalty_site.ground.errors import Said
from programs.rules.basket import Basket, Facts, Line


class ConditionError(ValueError):
    """A condition in a draft cannot be understood; the text says which part and why, `said` in any language."""

    def __init__(self, sentence: str, **context: object) -> None:
        self.said = Said(sentence, **context)
        super().__init__(str(self.said))


class Condition(Protocol):
    """A question about one line of a basket. `parse` raises ConditionError when its settings make no sense."""

    type: ClassVar[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self: ...

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool: ...


def _texts(raw: Mapping[str, Any], key: str) -> frozenset[str]:
    values = raw.get(key)
    if not isinstance(values, list) or not values or not all(isinstance(value, str) and value for value in values):
        raise ConditionError(
            "condition “%(type)s”: “%(key)s” must be a list of at least one text", type=raw.get("type"), key=key
        )
    return frozenset(values)


@dataclass(frozen=True, slots=True)
class InCategory:
    """The line's product belongs to one of these categories (by code)."""

    type: ClassVar[str] = "category"
    codes: frozenset[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(_texts(raw, "codes"))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return line.category in self.codes


@dataclass(frozen=True, slots=True)
class IsProduct:
    """The line's product is one of these (by SKU)."""

    type: ClassVar[str] = "product"
    skus: frozenset[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(_texts(raw, "skus"))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return line.sku in self.skus


@dataclass(frozen=True, slots=True)
class OnWeekday:
    """The sale falls on one of these days in the store's own time; 1 is Monday, 7 is Sunday."""

    type: ClassVar[str] = "weekday"
    days: frozenset[int]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        days = raw.get("days")
        if not isinstance(days, list) or not days or not all(type(day) is int and 1 <= day <= 7 for day in days):
            raise ConditionError("condition “weekday”: “days” must be a list of numbers from 1 (Monday) to 7 (Sunday)")
        return cls(frozenset(days))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return basket.at.isoweekday() in self.days


@dataclass(frozen=True, slots=True)
class OnTier:
    """The member stood on one of these tiers before the sale."""

    type: ClassVar[str] = "tier"
    keys: frozenset[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(_texts(raw, "keys"))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return facts.tier in self.keys


@dataclass(frozen=True, slots=True)
class WithCoupon:
    """A coupon of one of these series was presented."""

    type: ClassVar[str] = "coupon"
    series: frozenset[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(_texts(raw, "series"))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return not basket.coupons.isdisjoint(self.series)


CONDITIONS: dict[str, type[Condition]] = {
    kind.type: kind for kind in (InCategory, IsProduct, OnWeekday, OnTier, WithCoupon)
}


def parse_condition(raw: object) -> Condition:
    """One condition of a document. Raises ConditionError with a text for the person who edits the draft."""
    if not isinstance(raw, Mapping):
        raise ConditionError("a condition must be an object with a “type”")
    kind = CONDITIONS.get(str(raw.get("type")))
    if kind is None:
        raise ConditionError(
            "there is no condition “%(type)s”; known are %(known)s",
            type=raw.get("type"),
            known=", ".join(sorted(CONDITIONS)),
        )
    return kind.parse(raw)
