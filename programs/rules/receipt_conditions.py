"""Conditions about the whole receipt: its worth and pieces, its day and store, what was presented, whose it is.

They are asked once for a receipt, not once for a line. "Whole" may be narrowed to articles or categories:
`{"type": "quantity", "minimum": 3, "codes": ["tea"]}` holds for every line as soon as three teas are on the receipt.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar, Self

from loyalty_site.ground.errors import Said
from loyalty_site.ground.rules.money import plain_text
from programs.rules.basket import Basket, Facts, Line
from programs.rules.parsing import (
    ConditionError,
    Units,
    chosen,
    in_minor,
    least_of,
    money_text,
    names,
    texts,
)

AS_SENT = "as_sent"
TAXES = (AS_SENT, "net", "gross")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)


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
        return tuple([line for line in basket.lines if line.sku in self.skus or line.category in self.codes])

    def has(self, line: Line) -> bool:
        """Whether a line is one of them, where some are named."""
        return line.sku in self.skus or line.category in self.codes

    def words(self, units: Units) -> Said:
        """What is counted, within a sentence."""
        if not self.skus and not self.codes:
            return Said("the whole receipt")
        return Said(
            "the goods %(names)s",
            names=", ".join(filter(None, (units.named("category", self.codes), units.named("product", self.skus)))),
        )


@dataclass(frozen=True, slots=True)
class AmountAtLeast:
    """The goods together are worth `minimum`: after the discounts given so far, or `before` all of the programme's; as the
    till sent the lines, or `net` or `gross` of their tax."""

    type: ClassVar[str] = "amount"
    of_receipt: ClassVar[bool] = True
    minimum: Decimal | int  # money as it was written, then (`scaled`) minor money
    goods: Goods
    before: bool
    tax: str = AS_SENT

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        measured = chosen(raw, "measured", ("after", "before"), "after")
        return cls(least_of(raw), Goods.parse(raw), measured == "before", chosen(raw, "tax", TAXES, AS_SENT))

    @property
    def needs(self) -> tuple[str, ...]:
        return () if self.tax == AS_SENT else ("taxes",)

    def fitted(self, units: Units) -> Self:
        """In minor money."""
        return replace(self, minimum=in_minor(Decimal(self.minimum), units.money, self.type))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        if self.before and basket.undiscounted:
            basket = basket.undiscounted
        lines = self.goods.of(basket)
        if self.tax == AS_SENT:
            return sum([one.amount for one in lines]) >= self.minimum
        return sum([one.net if self.tax == "net" else one.gross for one in lines]) >= self.minimum

    def words(self, units: Units) -> Said:
        sums = {
            "net": Said("%(sum)s without tax", sum=self._sum(units)),
            "gross": Said("%(sum)s with tax", sum=self._sum(units)),
        }
        known = {"goods": self.goods.words(units), "money": sums.get(self.tax, self._sum(units))}
        if self.before:
            return Said("%(goods)s is worth at least %(money)s before discounts", **known)
        return Said("%(goods)s is worth at least %(money)s", **known)

    def _sum(self, units: Units) -> str:
        return money_text(int(self.minimum), units)


@dataclass(frozen=True, slots=True)
class QuantityAtLeast:
    """The receipt holds at least `minimum` pieces of the goods."""

    type: ClassVar[str] = "quantity"
    of_receipt: ClassVar[bool] = True
    minimum: Decimal
    goods: Goods

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(least_of(raw), Goods.parse(raw))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return sum([one.quantity for one in self.goods.of(basket)]) >= self.minimum

    def words(self, units: Units) -> Said:
        known = {"goods": self.goods.words(units), "count": plain_text(self.minimum)}
        return Said("%(goods)s has at least %(count)s pieces", **known)


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

    def words(self, units: Units) -> Said:
        if self.last == dt.date.max:
            return Said("it is %(first)s or later", first=self.first)
        if self.first == dt.date.min:
            return Said("it is %(last)s or earlier", last=self.last)
        return Said("it is between %(first)s and %(last)s", first=self.first, last=self.last)


@dataclass(frozen=True, slots=True)
class InHours:
    """The sale falls within these hours of the store's own day, `until` itself not any more. From 22:00 until 02:00 is a
    night: its late hours and its early ones."""

    type: ClassVar[str] = "hours"
    of_receipt: ClassVar[bool] = True
    start: int  # minutes after midnight
    until: int

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        start, until = cls._minutes(raw, "from"), cls._minutes(raw, "until")
        if start == until:
            raise ConditionError("condition “hours”: “from” and “until” must differ")
        return cls(start, until)

    @staticmethod
    def _minutes(raw: Mapping[str, Any], key: str) -> int:
        value = raw.get(key)
        if not isinstance(value, str) or not _CLOCK.fullmatch(value):
            raise ConditionError("condition “hours”: “%(key)s” must be a time such as 09:30, at most 24:00", key=key)
        return int(value[:2]) * 60 + int(value[3:])

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        minute = basket.at.hour * 60 + basket.at.minute
        if self.start < self.until:
            return self.start <= minute < self.until
        return minute >= self.start or minute < self.until

    def words(self, units: Units) -> Said:
        start, until = (f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (self.start, self.until))
        return Said("it is between %(start)s and %(until)s", start=start, until=until)


@dataclass(frozen=True, slots=True)
class AtPartner:
    """The sale is made at a store of one of these partners (by code)."""

    type: ClassVar[str] = "partner"
    needs: ClassVar[str] = "partner"
    of_receipt: ClassVar[bool] = True
    codes: frozenset[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(texts(raw, "codes"))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return basket.partner in self.codes

    def words(self, units: Units) -> Said:
        return Said("it is bought at the partner %(codes)s", codes=units.named("partner", self.codes))


@dataclass(frozen=True, slots=True)
class ByChannel:
    """The sale comes in by one of these channels, such as the till, the web shop or the phone."""

    type: ClassVar[str] = "channel"
    needs: ClassVar[str] = "channel"
    of_receipt: ClassVar[bool] = True
    channels: frozenset[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(texts(raw, "channels"))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return basket.channel in self.channels

    def words(self, units: Units) -> Said:
        return Said("it is bought by %(channels)s", channels=units.named("channel", self.channels))


@dataclass(frozen=True, slots=True)
class PaidBy:
    """A part of the bill is paid by one of these means; with `only`, all of it. Nothing said of the means is neither."""

    type: ClassVar[str] = "payment"
    needs: ClassVar[str] = "payments"
    of_receipt: ClassVar[bool] = True
    methods: frozenset[str]
    only: bool

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        if type(raw.get("only", False)) is not bool:
            raise ConditionError("condition “payment”: “only” must be true or false")
        return cls(texts(raw, "methods"), raw.get("only", False))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        if self.only:
            return bool(basket.payments) and basket.payments <= self.methods
        return not basket.payments.isdisjoint(self.methods)

    def words(self, units: Units) -> Said:
        if self.only:
            return Said("all of it is paid by %(methods)s", methods=names(self.methods))
        return Said("it is paid by %(methods)s", methods=names(self.methods))


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

    def words(self, units: Units) -> Said:
        return Said("it is bought in the store %(codes)s", codes=units.named("store", self.codes))


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

    def words(self, units: Units) -> Said:
        return Said("a coupon %(series)s is presented", series=units.named("series", self.series))


RECEIPT_CONDITIONS = (
    *(AmountAtLeast, QuantityAtLeast, BetweenDates, InHours),
    *(InStore, AtPartner, ByChannel, PaidBy, WithCoupon),
)
