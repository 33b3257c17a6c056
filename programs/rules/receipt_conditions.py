"""Conditions about the whole receipt: its worth and pieces, its day and store, what was presented, whose it is.

They are asked once for a receipt, not once for a line. "Whole" may be narrowed to articles or categories:
`{"type": "quantity", "minimum": 3, "codes": ["tea"]}` holds for every line as soon as three teas are on the receipt.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar, Self

from loyalty_site.ground.errors import Said
from loyalty_site.ground.rules.money import to_minor
from programs.rules.basket import Basket, Facts, Line
from programs.rules.parsing import ConditionError, DocumentError, decimal_of


def texts(raw: Mapping[str, Any], key: str) -> frozenset[str]:
    """A list of texts. Raises ConditionError when it is empty or something else."""
    values = raw.get(key)
    if not isinstance(values, list) or not values or not all(isinstance(value, str) and value for value in values):
        raise ConditionError(
            "condition “%(type)s”: “%(key)s” must be a list of at least one text", type=raw.get("type"), key=key
        )
    return frozenset(values)


def _least(raw: Mapping[str, Any]) -> Decimal:
    try:
        value = decimal_of(raw.get("minimum"), Said("“minimum”"))
    except DocumentError as error:
        raise ConditionError("condition “%(type)s”: %(problem)s", type=raw.get("type"), problem=error.said) from error
    if value == 0:
        raise ConditionError("condition “%(type)s”: “minimum” must be above 0", type=raw.get("type"))
    return value


@dataclass(frozen=True, slots=True)
class Goods:
    """Some of the lines of a receipt: these articles and categories; all of them when neither is named."""

    skus: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(
            texts(raw, "skus") if "skus" in raw else frozenset(), texts(raw, "codes") if "codes" in raw else frozenset()
        )

    def of(self, basket: Basket) -> tuple[Line, ...]:
        if not self.skus and not self.codes:
            return basket.lines
        return tuple(line for line in basket.lines if line.sku in self.skus or line.category in self.codes)


@dataclass(frozen=True, slots=True)
class AmountAtLeast:
    """The goods together are worth `minimum`: after the discounts given so far, or `before` all of the programme's."""

    type: ClassVar[str] = "amount"
    of_receipt: ClassVar[bool] = True
    minimum: Decimal | int  # money as it was written, then (`scaled`) minor money
    goods: Goods
    before: bool

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        measured = raw.get("measured", "after")
        if measured not in {"after", "before"}:
            raise ConditionError("condition “amount”: “measured” must be “after” or “before” (the discounts)")
        return cls(_least(raw), Goods.parse(raw), measured == "before")

    def scaled(self, exponent: int) -> Self:
        """In minor money of a currency with `exponent` decimals."""
        try:
            return replace(self, minimum=to_minor(Decimal(self.minimum), exponent))
        except ValueError as error:
            raise ConditionError("condition “amount”: “minimum” has more decimals than the currency") from error

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        basket = (basket.undiscounted or basket) if self.before else basket
        return sum(one.amount for one in self.goods.of(basket)) >= self.minimum


@dataclass(frozen=True, slots=True)
class QuantityAtLeast:
    """The receipt holds at least `minimum` pieces of the goods."""

    type: ClassVar[str] = "quantity"
    of_receipt: ClassVar[bool] = True
    minimum: Decimal
    goods: Goods

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(_least(raw), Goods.parse(raw))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return sum(one.quantity for one in self.goods.of(basket)) >= self.minimum


@dataclass(frozen=True, slots=True)
class BetweenDates:
    """The sale falls on one of these days in the store's own time; both ends count, an open end is open."""

    type: ClassVar[str] = "dates"
    of_receipt: ClassVar[bool] = True
    first: dt.date
    last: dt.date

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        first, last = cls._day(raw, "from", dt.date.min), cls._day(raw, "to", dt.date.max)
        if raw.get("from") is None and raw.get("to") is None:
            raise ConditionError("condition “dates”: say “from”, “to” or both")
        if first > last:
            raise ConditionError("condition “dates”: “from” must not be after “to”")
        return cls(first, last)

    @staticmethod
    def _day(raw: Mapping[str, Any], key: str, otherwise: dt.date) -> dt.date:
        value = raw.get(key)
        if value is None:
            return otherwise
        try:
            return dt.date.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise ConditionError(
                "condition “dates”: “%(key)s” must be a day such as 2026-12-24, not %(value)s", key=key, value=value
            ) from error

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return self.first <= basket.at.date() <= self.last


@dataclass(frozen=True, slots=True)
class NthPurchase:
    """It is one of these purchases of the member, counted from 1; nobody's purchase has no number."""

    type: ClassVar[str] = "nth_purchase"
    of_receipt: ClassVar[bool] = True
    numbers: frozenset[int]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        numbers = raw.get("numbers")
        if not isinstance(numbers, list) or not numbers or not all(type(one) is int and one >= 1 for one in numbers):
            raise ConditionError("condition “nth_purchase”: “numbers” must be a list of whole numbers from 1")
        return cls(frozenset(numbers))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return facts.purchases is not None and facts.purchases + 1 in self.numbers


@dataclass(frozen=True, slots=True)
class InStore:
    """The sale is made in one of these stores (by code)."""

    type: ClassVar[str] = "store"
    of_receipt: ClassVar[bool] = True
    codes: frozenset[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(texts(raw, "codes"))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return basket.store in self.codes


@dataclass(frozen=True, slots=True)
class WithCoupon:
    """A coupon of one of these series was presented."""

    type: ClassVar[str] = "coupon"
    of_receipt: ClassVar[bool] = True
    series: frozenset[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(texts(raw, "series"))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return not basket.coupons.isdisjoint(self.series)


RECEIPT_CONDITIONS = (AmountAtLeast, QuantityAtLeast, BetweenDates, NthPurchase, InStore, WithCoupon)
