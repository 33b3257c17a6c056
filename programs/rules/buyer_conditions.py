"""Conditions on whoever buys: what the members' side knows of them. Pure.

They are answered once, when the facts of a sale are gathered, for the day on the store's wall. What the receipt keeps of
the answer is that the condition held, by its `key`, and never what it was asked of: a receipt outlives its person.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self

from loyalty_site.ground.errors import Said
from programs.rules.basket import Basket, Facts, Line
from programs.rules.dates import add_days, add_months, yearly_within
from programs.rules.parsing import ConditionError, Units, chosen, days_around, names, texts, whole


@dataclass(frozen=True, slots=True)
class Buyer:
    """What rules may ask of a member; `birthday` is (month, day), `custom` the values of the company's own fields."""

    custom: Mapping[str, Any] = field(default_factory=dict)
    is_company: bool = False
    birthday: tuple[int, int] | None = None
    joined_on: dt.date | None = None
    interests: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    city: str = ""
    postcode: str = ""


class BuyerCondition(Protocol):
    """A condition that `answer` decides for a buyer on a day; afterwards Facts.traits knows it by `key`."""

    @property
    def key(self) -> str: ...

    def answer(self, buyer: Buyer, today: dt.date) -> bool: ...


def key_of(*said: Any) -> str:
    """Names a question, the same in every version that asks it, and says nothing of the answer."""
    plain = json.dumps([sorted(one) if isinstance(one, frozenset) else one for one in said], ensure_ascii=False)
    return hashlib.blake2b(plain.encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class Tenure:
    """The member joined at least and at most so many days, months or years ago; months and years are those of the
    calendar."""

    type: ClassVar[str] = "tenure"
    needs: ClassVar[str] = "joined_on"
    of_receipt: ClassVar[bool] = True
    at_least: int
    at_most: int | None
    unit: str
    key: str

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        if "at_least" not in raw and "at_most" not in raw:
            raise ConditionError("condition “tenure”: say “at_least”, “at_most” or both")
        least = whole(raw, "at_least", otherwise=0)
        most = whole(raw, "at_most") if "at_most" in raw else None
        if most is not None and most < least:
            raise ConditionError("condition “tenure”: “at_least” must not be above “at_most”")
        unit = chosen(raw, "unit", ("days", "months", "years"), "days")
        return cls(least, most, unit, key_of(cls.type, least, most, unit))

    def answer(self, buyer: Buyer, today: dt.date) -> bool:
        since = buyer.joined_on
        if since is None or since > today or self._after(since, self.at_least) > today:
            return False
        return self.at_most is None or self._after(since, self.at_most) >= today

    def _after(self, since: dt.date, count: int) -> dt.date:
        if self.unit == "days":
            return add_days(since, count)
        return add_months(since, count * (12 if self.unit == "years" else 1))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return self.key in facts.traits

    def words(self, units: Units) -> Said:
        unit = {"days": Said("days"), "months": Said("months"), "years": Said("years")}[self.unit]
        if self.at_most is None:
            return Said("the member has been one for at least %(least)s %(unit)s", least=self.at_least, unit=unit)
        if not self.at_least:
            return Said("the member has been one for at most %(most)s %(unit)s", most=self.at_most, unit=unit)
        known = {"least": self.at_least, "most": self.at_most, "unit": unit}
        return Said("the member has been one for %(least)s to %(most)s %(unit)s", **known)


@dataclass(frozen=True, slots=True)
class NearBirthday:
    """The member's birthday is at most `before` days ahead or `after` days ago; nought and nought is the day itself."""

    type: ClassVar[str] = "birthday"
    needs: ClassVar[str] = "birthday"
    of_receipt: ClassVar[bool] = True
    before: int
    after: int
    key: str

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        before, after = days_around(raw)
        return cls(before, after, key_of(cls.type, before, after))

    def answer(self, buyer: Buyer, today: dt.date) -> bool:
        if buyer.birthday is None:
            return False
        return yearly_within(*buyer.birthday, today, before=self.before, after=self.after)

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return self.key in facts.traits

    def words(self, units: Units) -> Said:
        known = {"before": self.before, "after": self.after}
        if not self.before and not self.after:
            return Said("it is the member's birthday")
        return Said("it is %(before)s days before to %(after)s days after the member's birthday", **known)


@dataclass(frozen=True, slots=True)
class NearAnniversary:
    """The same for the day on which the member joined, from the first year on: joining itself is no anniversary."""

    type: ClassVar[str] = "anniversary"
    needs: ClassVar[str] = "joined_on"
    of_receipt: ClassVar[bool] = True
    before: int
    after: int
    key: str

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        before, after = days_around(raw)
        return cls(before, after, key_of(cls.type, before, after))

    def answer(self, buyer: Buyer, today: dt.date) -> bool:
        since = buyer.joined_on
        if since is None or today < add_months(since, 12) - dt.timedelta(days=self.before):
            return False
        return yearly_within(since.month, since.day, today, before=self.before, after=self.after)

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return self.key in facts.traits

    def words(self, units: Units) -> Said:
        known = {"before": self.before, "after": self.after}
        if not self.before and not self.after:
            return Said("it is the day on which the member joined, years later")
        return Said("it is %(before)s days before to %(after)s days after the day the member joined", **known)


@dataclass(frozen=True, slots=True)
class IsBuyer:
    """The member is a person, or a company."""

    type: ClassVar[str] = "buyer"
    needs: ClassVar[str] = "is_company"
    of_receipt: ClassVar[bool] = True
    company: bool
    key: str

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        company = chosen(raw, "is", ("person", "company"), "") == "company"
        return cls(company, key_of(cls.type, company))

    def answer(self, buyer: Buyer, today: dt.date) -> bool:
        return buyer.is_company == self.company

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return self.key in facts.traits

    def words(self, units: Units) -> Said:
        return Said("the member is a company") if self.company else Said("the member is a person")


@dataclass(frozen=True, slots=True)
class HasInterest:
    """The member takes an interest in one of these (by code)."""

    type: ClassVar[str] = "interest"
    needs: ClassVar[str] = "interests"
    of_receipt: ClassVar[bool] = True
    codes: frozenset[str]
    key: str

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        codes = texts(raw, "codes")
        return cls(codes, key_of(cls.type, codes))

    def answer(self, buyer: Buyer, today: dt.date) -> bool:
        return not buyer.interests.isdisjoint(self.codes)

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return self.key in facts.traits

    def words(self, units: Units) -> Said:
        return Said("the member is interested in %(codes)s", codes=units.named("interest", self.codes))


@dataclass(frozen=True, slots=True)
class InSegment:
    """The member is in one of these segments (by key)."""

    type: ClassVar[str] = "segment"
    needs: ClassVar[str] = "segments"
    of_receipt: ClassVar[bool] = True
    keys: frozenset[str]
    key: str

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        keys = texts(raw, "keys")
        return cls(keys, key_of(cls.type, keys))

    def answer(self, buyer: Buyer, today: dt.date) -> bool:
        return not buyer.segments.isdisjoint(self.keys)

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return self.key in facts.traits

    def words(self, units: Units) -> Said:
        if units.for_members:
            return Said("the member is one of those we invited")
        return Said("the member is in the segment %(keys)s", keys=units.named("segment", self.keys))


@dataclass(frozen=True, slots=True)
class LivesIn:
    """The member lives in one of these cities, capitals or not, or where the postcode begins so."""

    type: ClassVar[str] = "lives_in"
    needs: ClassVar[str] = "address"
    of_receipt: ClassVar[bool] = True
    cities: frozenset[str]
    postcodes: frozenset[str]
    key: str

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        if "cities" not in raw and "postcodes" not in raw:
            raise ConditionError("condition “lives_in”: say “cities”, “postcodes” or both")
        cities, postcodes = (texts(raw, name) if name in raw else frozenset() for name in ("cities", "postcodes"))
        return cls(cities, postcodes, key_of(cls.type, frozenset(map(str.casefold, cities)), postcodes))

    def answer(self, buyer: Buyer, today: dt.date) -> bool:
        if buyer.city.casefold() in map(str.casefold, self.cities):
            return True
        return bool(self.postcodes) and buyer.postcode.startswith(tuple(self.postcodes))

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return self.key in facts.traits

    def words(self, units: Units) -> Said:
        return Said("the member lives in %(places)s", places=names((*self.cities, *self.postcodes)))


BUYER_CONDITIONS = (Tenure, NearBirthday, NearAnniversary, IsBuyer, HasInterest, InSegment, LivesIn)
