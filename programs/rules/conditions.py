"""The conditions a rule may have: a closed set of small dataclasses, each a pure question about one line.

A condition in a document is `{"type": "category", "codes": ["dairy"]}`; with `"not": true` it holds where it
otherwise would not. To add one: write a dataclass with `type`, `parse`, `holds` and `words` here (or, when it asks about
the whole receipt, in receipt_conditions.py), name it in CONDITIONS, and give it a row in the test table. What it asks
must be in the basket or in the facts; a fact that nobody fills yet is named by `needs` (served.py).
docs/first-feature.md walks through it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from loyalty_site.ground.errors import Said
from programs.rules.basket import Basket, Facts, Line
from programs.rules.buyer_conditions import BUYER_CONDITIONS
from programs.rules.calendars import InSeason, OnHoliday
from programs.rules.field_conditions import FieldSays
from programs.rules.history_conditions import HISTORY_CONDITIONS
from programs.rules.parsing import FINEST, ConditionError, Units, either, names, texts, unserved
from programs.rules.receipt_conditions import RECEIPT_CONDITIONS

__all__ = ["CONDITIONS", "Condition", "ConditionError", "Not", "is_of_receipt", "parse_condition"]


class Condition(Protocol):
    """A question about one line of a basket. `parse` raises ConditionError when its settings make no sense; `words` says
    it within a sentence that begins with "when"."""

    type: ClassVar[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self: ...

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool: ...

    def words(self, units: Units) -> Said: ...


@runtime_checkable
class Fitting(Protocol):
    """A condition whose settings mean something only in their document: money in its currency, a calendar of it."""

    def fitted(self, units: Units) -> Condition: ...


@dataclass(frozen=True, slots=True)
class InCategory:
    """The line's product belongs to one of these categories (by code)."""

    type: ClassVar[str] = "category"
    codes: frozenset[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(texts(raw, "codes"))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return line.category in self.codes

    def words(self, units: Units) -> Said:
        return Said("the article is of %(codes)s", codes=units.named("category", self.codes))


@dataclass(frozen=True, slots=True)
class IsProduct:
    """The line's product is one of these (by SKU)."""

    type: ClassVar[str] = "product"
    skus: frozenset[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(texts(raw, "skus"))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return line.sku in self.skus

    def words(self, units: Units) -> Said:
        return Said("the article is %(skus)s", skus=units.named("product", self.skus))


@dataclass(frozen=True, slots=True)
class HasLabel:
    """The line's product carries one of these labels, such as "organic" or "own brand"."""

    type: ClassVar[str] = "label"
    needs: ClassVar[str] = "labels"
    labels: frozenset[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(texts(raw, "labels"))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return not line.labels.isdisjoint(self.labels)

    def words(self, units: Units) -> Said:
        return Said("the article is labelled %(labels)s", labels=names(self.labels))


@dataclass(frozen=True, slots=True)
class OfBrand:
    """The line's product is of one of these brands."""

    type: ClassVar[str] = "brand"
    needs: ClassVar[str] = "brand"
    codes: frozenset[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(texts(raw, "codes"))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return line.brand in self.codes

    def words(self, units: Units) -> Said:
        return Said("the article is of the brand %(codes)s", codes=names(self.codes))


# With their article, so that other languages can say them as they do in a sentence: on Mondays.
WEEKDAYS = (
    Said("a Monday"),
    Said("a Tuesday"),
    Said("a Wednesday"),
    Said("a Thursday"),
    Said("a Friday"),
    Said("a Saturday"),
    Said("a Sunday"),
)


@dataclass(frozen=True, slots=True)
class OnWeekday:
    """The sale falls on one of these days in the store's own time; 1 is Monday, 7 is Sunday."""

    type: ClassVar[str] = "weekday"
    of_receipt: ClassVar[bool] = True
    days: frozenset[int]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        days = raw.get("days")
        if not isinstance(days, list) or not days or not all(type(day) is int and 1 <= day <= 7 for day in days):
            raise ConditionError("condition “weekday”: “days” must be a list of numbers from 1 (Monday) to 7 (Sunday)")
        return cls(frozenset(days))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return basket.at.isoweekday() in self.days

    def words(self, units: Units) -> Said:
        return Said("it is %(days)s", days=either(WEEKDAYS[day - 1] for day in sorted(self.days)))


@dataclass(frozen=True, slots=True)
class OnTier:
    """The member stood on one of these tiers before the sale."""

    type: ClassVar[str] = "tier"
    of_receipt: ClassVar[bool] = True
    keys: frozenset[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(texts(raw, "keys"))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return facts.tier in self.keys

    def words(self, units: Units) -> Said:
        return Said("the member is on the tier %(keys)s", keys=units.named("tier", self.keys))


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where `condition` does not."""

    type: ClassVar[str] = "not"
    condition: Condition

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(parse_condition({key: value for key, value in raw.items() if key != "not"}))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return not self.condition.holds(line, basket, facts)

    def words(self, units: Units) -> Said:
        return Said("not so that %(condition)s", condition=self.condition.words(units))


_OTHERS = (InCategory, IsProduct, HasLabel, OfBrand, FieldSays, OnHoliday, InSeason)
CONDITIONS: dict[str, type[Condition]] = {
    kind.type: kind
    for kind in (*RECEIPT_CONDITIONS, *HISTORY_CONDITIONS, *BUYER_CONDITIONS, *_OTHERS, OnWeekday, OnTier)
}


def is_of_receipt(condition: Condition) -> bool:
    """Is its answer the same for every line of a receipt?"""
    return bool(getattr(inner(condition), "of_receipt", False))


def parse_condition(raw: object, units: Units = FINEST) -> Condition:
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
    if type(raw.get("not", False)) is not bool:
        raise ConditionError("condition “%(type)s”: “not” must be true or false", type=raw.get("type"))
    condition = kind.parse(raw)
    if unserved(condition, units):
        raise ConditionError("condition “%(type)s” cannot be used yet: nothing tells the rules of it", type=kind.type)
    if isinstance(condition, Fitting):
        condition = condition.fitted(units)
    return Not(condition) if raw.get("not") else condition


def inner(condition: Condition) -> Condition:
    """The condition itself, also where it is turned round."""
    return condition.condition if isinstance(condition, Not) else condition
