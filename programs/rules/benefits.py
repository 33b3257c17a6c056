"""Effects that give something else than points and money off: gifts, services, privileges, words for the cashier, coupons
for the next visit, stamps.

The engine says what is given and how often (Benefit); handing it over, printing it or counting it is a service's work,
and `needs` says which. A gift is no line of the basket: the till adds it, at its surcharge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

from loyalty_site.ground.errors import Said
from programs.rules.basket import Line
from programs.rules.limits import EVER, PROGRAM, TIMES, Counter, Limit
from programs.rules.parsing import (
    COMMON,
    DocumentError,
    InLanguages,
    Units,
    count_of,
    listed,
    minor_of,
    money_text,
    one_of,
    only_known,
)

# Settings that every benefit may have.
_COMMON = (*(name for name in COMMON if name != "last"), "takes")


class BenefitEffect(Protocol):
    """`count`: how many are given for the lines that match; `takes`: stamps it costs; `details` fill its sentence."""

    type: ClassVar[str]

    @property
    def takes(self) -> Takes | None: ...

    @property
    def details(self) -> dict[str, Any]: ...

    def count(self, lines: Sequence[Line]) -> int: ...

    def words(self, units: Units) -> Said: ...


@dataclass(frozen=True, slots=True)
class Takes:
    """So many stamps of a card are taken for it; with fewer it is not given."""

    needs: ClassVar[str] = "counters"
    card: str
    stamps: int

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Takes | None:
        """“takes” of an effect, where it says one. Raises DocumentError."""
        said = raw.get("takes")
        if said is None:
            return None
        if not isinstance(said, Mapping):
            raise DocumentError("“takes” must say “card” and “stamps”")
        return cls(_name(said, "card"), count_of(said.get("stamps"), Said("“stamps”")))

    @property
    def counter(self) -> Counter:
        return stamps_of(self.card)


@dataclass(frozen=True, slots=True)
class Gift:
    """One of these articles, for a surcharge or free, as long as the stock lasts: `pieces` once for the receipt, or for
    `every` so many whole pieces of the lines."""

    type: ClassVar[str] = "gift"
    needs: ClassVar[str] = "gifts"
    skus: frozenset[str]
    pieces: int
    surcharge: int
    stock: int | None
    every: int | None
    surcharge_text: str
    takes: Takes | None

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, (*_COMMON, "skus", "pieces", "surcharge", "stock", "every"))
        skus = raw.get("skus")
        if not isinstance(skus, list) or not skus or not all(isinstance(sku, str) and sku for sku in skus):
            raise DocumentError("“skus” must be a list of at least one text")
        surcharge = minor_of(raw.get("surcharge", "0"), units.money, Said("“surcharge”"))
        return cls(
            frozenset(skus),
            count_of(raw.get("pieces", 1), Said("“pieces”")),
            surcharge,
            count_of(raw["stock"], Said("“stock”")) if raw.get("stock") is not None else None,
            count_of(raw["every"], Said("“every”")) if raw.get("every") is not None else None,
            money_text(surcharge, units),
            Takes.parse(raw),
        )

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The stock is what everybody together can get."""
        return () if self.stock is None else (Limit(TIMES, PROGRAM, EVER, self.stock),)

    @property
    def details(self) -> dict[str, Any]:
        return {"skus": sorted(self.skus), "surcharge": self.surcharge_text}

    def count(self, lines: Sequence[Line]) -> int:
        if self.every is None:
            return self.pieces
        return self.pieces * (sum([int(line.quantity) for line in lines]) // self.every)

    def words(self, units: Units) -> Said:
        what = self._what(units)
        return what if self.every is None else Said("for every %(every)s pieces %(what)s", every=self.every, what=what)

    def _what(self, units: Units) -> Said:
        known = {
            "pieces": self.pieces,
            "skus": units.named("product", self.skus),
            "surcharge": money_text(self.surcharge, units),
        }
        if self.surcharge:
            return Said("%(pieces)s of %(skus)s for %(surcharge)s", **known)
        return Said("%(pieces)s of %(skus)s as a gift", **known)


@dataclass(frozen=True, slots=True)
class Service:
    """A service is free, such as delivery or wrapping."""

    type: ClassVar[str] = "free_service"
    needs: ClassVar[str] = "services"
    text: Mapping[str, str]
    takes: Takes | None

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, (*_COMMON, "text"))
        return cls(_texts(raw), Takes.parse(raw))

    @property
    def details(self) -> dict[str, Any]:
        return {"text": dict(self.text)}

    def count(self, lines: Sequence[Line]) -> int:
        return 1

    def words(self, units: Units) -> Said:
        return Said("%(text)s for free", text=InLanguages.of(self.text))


@dataclass(frozen=True, slots=True)
class Privilege:
    """Something that is no money: the queue passed, a table kept, a call before everybody else."""

    type: ClassVar[str] = "privilege"
    needs: ClassVar[str] = "services"
    text: Mapping[str, str]
    takes: Takes | None

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, (*_COMMON, "text"))
        return cls(_texts(raw), Takes.parse(raw))

    @property
    def details(self) -> dict[str, Any]:
        return {"text": dict(self.text)}

    def count(self, lines: Sequence[Line]) -> int:
        return 1

    def words(self, units: Units) -> Said:
        return listed([InLanguages.of(self.text)])


@dataclass(frozen=True, slots=True)
class Message:
    """The till shows the cashier these words."""

    type: ClassVar[str] = "message"
    needs: ClassVar[str] = "messages"
    text: Mapping[str, str]
    takes: ClassVar[None] = None

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, ("type", "text", "limits"))
        return cls(_texts(raw))

    @property
    def details(self) -> dict[str, Any]:
        return {"text": dict(self.text)}

    def count(self, lines: Sequence[Line]) -> int:
        return 1

    def words(self, units: Units) -> Said:
        return Said("the cashier is told: %(text)s", text=InLanguages.of(self.text))


@dataclass(frozen=True, slots=True)
class NextCoupon:
    """Coupons of a series for another visit: usable after `after` days, for `days` days (None: as the series says)."""

    type: ClassVar[str] = "next_coupon"
    needs: ClassVar[str] = "next_coupons"
    series: str
    coupons: int
    after: int
    days: int | None
    takes: Takes | None

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, (*_COMMON, "series", "count", "after", "days"))
        return cls(
            _name(raw, "series"),
            count_of(raw.get("count", 1), Said("“count”")),
            count_of(raw.get("after", 0), Said("“after”"), least=0),
            count_of(raw["days"], Said("“days”")) if raw.get("days") is not None else None,
            Takes.parse(raw),
        )

    @property
    def details(self) -> dict[str, Any]:
        return {"series": self.series, "after": self.after, "days": self.days}

    def count(self, lines: Sequence[Line]) -> int:
        return self.coupons

    def words(self, units: Units) -> Said:
        known = {"count": self.coupons, "series": units.named("series", [self.series]), "days": self.days}
        what = Said("coupons %(series)s for the next visit: %(count)s", **known)
        if self.days is not None:
            what = Said("coupons %(series)s for the next visit, valid for %(days)s days: %(count)s", **known)
        return listed([what, Said("usable after %(count)s days", count=self.after)]) if self.after else what


@dataclass(frozen=True, slots=True)
class Stamps:
    """Stamps on a card: so many for a receipt, or for every whole piece of the lines."""

    type: ClassVar[str] = "stamps"
    needs: ClassVar[str] = "counters"
    card: str
    stamps: int
    per_piece: bool
    takes: ClassVar[None] = None

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, ("type", "limits", "card", "stamps", "per"))
        per = one_of(raw.get("per", "receipt"), ("receipt", "piece"), Said("“per”"))
        return cls(_name(raw, "card"), count_of(raw.get("stamps", 1), Said("“stamps”")), per == "piece")

    @property
    def counter(self) -> Counter:
        return stamps_of(self.card)

    @property
    def details(self) -> dict[str, Any]:
        return {"card": self.card}

    def count(self, lines: Sequence[Line]) -> int:
        return self.stamps * (sum([int(line.quantity) for line in lines]) if self.per_piece else 1)

    def words(self, units: Units) -> Said:
        known = {"card": self.card, "stamps": self.stamps}
        if self.per_piece:
            return Said("stamps on the card %(card)s for every piece: %(stamps)s", **known)
        return Said("stamps on the card %(card)s: %(stamps)s", **known)


def stamps_of(card: str) -> Counter:
    """Where the stamps are counted that a member holds on a card."""
    return Counter(f"stamps:{card}", "member")


def _name(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value:
        raise DocumentError("“%(key)s” must be a text", key=key)
    return value


def _texts(raw: Mapping[str, Any]) -> Mapping[str, str]:
    """“text” of an effect: one for everybody, or one for each language."""
    said = raw.get("text")
    found = {"en": said} if isinstance(said, str) else said
    if not isinstance(found, Mapping) or not found or not all(isinstance(one, str) and one for one in found.values()):
        raise DocumentError("“text” must be a text, or a text for each language such as {“en”: ...}")
    return dict(found)


BENEFITS = (Gift, Service, Privilege, Message, NextCoupon, Stamps)
