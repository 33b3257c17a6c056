"""What a rule does to the lines it matches: a closed set of small dataclasses.

An effect in a document is `{"type": "multiply", "factor": "2"}`. Effects on points are here, those that take money off
in discounts/. Some settings go with any of them: `"last": true` (when the rule did something, later rules of its sort are
not asked), `"group": "name"` (of the rules of one group only the best one counts), `"priority": 1` (asked before those
with 2, and those before rules without one), `"limits": [...]` (limits.py), and for discounts `"exclusive": true` (where
it takes something off, it alone). What is neither points nor money off is in benefits.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Protocol, Self

from loyalty_site.ground.errors import Said
from loyalty_site.ground.rules.money import plain_text
from programs.rules.benefits import BENEFITS
from programs.rules.discounts import DISCOUNTS
from programs.rules.limits import EVER, MONEY, POINTS, RECEIPT, Limit
from programs.rules.parsing import (
    COMMON,
    FINEST,
    DocumentError,
    Units,
    above_nought,
    decimal_of,
    minor_of,
    one_of,
    only_known,
    points_text,
    rate_text,
    rounding_of,
    unserved,
)


class Effect(Protocol):
    """`parse` raises DocumentError when the settings make no sense; `words` says what matching lines get."""

    type: ClassVar[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self: ...

    def words(self, units: Units) -> Said: ...


@dataclass(frozen=True, slots=True)
class Multiply:
    """Adds to the base points of the lines: a factor of 2 adds them once more. `rounding` None: the programme's."""

    type: ClassVar[str] = "multiply"
    factor: Decimal
    rounding: str | None = None

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        factor = decimal_of(raw.get("factor"), Said("factor"))
        if factor < 1:
            raise DocumentError("a factor below 1 would take points away; “exclude” gives none at all")
        return cls(factor, _rounding(raw))

    def words(self, units: Units) -> Said:
        return Said("points times %(factor)s", factor=plain_text(self.factor))


@dataclass(frozen=True, slots=True)
class PerMoney:
    """Gives `rate` minor points for every minor unit of money of the lines, counted together and rounded once."""

    type: ClassVar[str] = "points_per_money"
    rate: Fraction
    rounding: str | None = None

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, (*COMMON, "points", "per", "rounding"))
        per = decimal_of(raw.get("per", "1"), Said("money per points"))
        if per == 0:
            raise DocumentError("points for every 0 of money would be endless")
        rate = Fraction(decimal_of(raw.get("points"), Said("points"))) / Fraction(per) * units.scale
        return cls(rate, _rounding(raw))

    def words(self, units: Units) -> Said:
        return Said("%(rate)s points more for every unit of money", rate=rate_text(self.rate, units))


@dataclass(frozen=True, slots=True)
class Points:
    """Gives fixed minor points: once for a receipt, or for every whole piece of the lines."""

    type: ClassVar[str] = "points"
    points: int
    per_piece: bool

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, (*COMMON, "points", "per"))
        points = above_nought(minor_of(raw.get("points"), units.points, Said("points")), Said("points"))
        return cls(points, one_of(raw.get("per", "receipt"), ("receipt", "piece"), Said("“per”")) == "piece")

    def words(self, units: Units) -> Said:
        if self.per_piece:
            return Said("%(points)s points for every piece", points=points_text(self.points, units))
        return Said("%(points)s points", points=points_text(self.points, units))


@dataclass(frozen=True, slots=True)
class Exclude:
    """The lines earn nothing at all, whatever other rules say."""

    type: ClassVar[str] = "exclude"

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, ("type",))
        return cls()

    def words(self, units: Units) -> Said:
        return Said("no points at all")


@dataclass(frozen=True, slots=True)
class PointsCap:
    """The lines together earn at most so many points, on a receipt or wherever its limit counts; what was given last is
    cut first."""

    type: ClassVar[str] = "points_cap"
    limit: Limit

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, ("type", "points", "per", "within"))
        if raw.get("per", RECEIPT) == RECEIPT and "within" not in raw:  # none at all is sensible here
            return cls(Limit(POINTS, RECEIPT, EVER, minor_of(raw.get("points"), units.points, Said("points"))))
        return cls(Limit.read(raw, POINTS, raw.get("points"), units))

    @property
    def limits(self) -> tuple[Limit, ...]:
        return (self.limit,)

    def words(self, units: Units) -> Said:
        return self.limit.words(units)


@dataclass(frozen=True, slots=True)
class DiscountCap:
    """The discounts of the programme take at most so much off the lines together, on a receipt or wherever its limit
    counts: a budget. What was given last is cut first."""

    type: ClassVar[str] = "discount_cap"
    limit: Limit

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, ("type", "money", "per", "within"))
        return cls(Limit.read(raw, MONEY, raw.get("money"), units))

    @property
    def limits(self) -> tuple[Limit, ...]:
        return (self.limit,)

    def words(self, units: Units) -> Said:
        return Said("money off: %(limit)s", limit=self.limit.words(units))


def _rounding(raw: Mapping[str, Any]) -> str | None:
    return rounding_of(raw["rounding"]) if "rounding" in raw else None


CAPS = (PointsCap, DiscountCap)
EFFECTS: dict[str, type[Effect]] = {
    kind.type: kind for kind in (Multiply, PerMoney, Points, Exclude, *CAPS, *DISCOUNTS, *BENEFITS)
}


def parse_effect(raw: object, units: Units = FINEST) -> Effect:
    """One effect of a document. Raises DocumentError with a text for the person who edits the draft."""
    if not isinstance(raw, Mapping):
        raise DocumentError("an effect must be an object with a “type”")
    kind = EFFECTS.get(str(raw.get("type")))
    if kind is None:
        raise DocumentError(
            "there is no effect “%(type)s”; known are %(known)s",
            type=raw.get("type"),
            known=", ".join(sorted(EFFECTS)),
        )
    effect = kind.parse(raw, units)
    if unserved(effect, units):
        raise DocumentError("effect “%(type)s” cannot be used yet: nothing serves it", type=kind.type)
    return effect
