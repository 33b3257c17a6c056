"""Reading the parts of a draft: numbers, money and points, with refusals for the person who edits it; and saying them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from loyalty_site.ground.errors import Said
from loyalty_site.ground.rules.money import ROUNDINGS, minor_text, plain_text, to_minor
from programs.rules.served import SERVED, needs_of


class DocumentError(ValueError):
    """The draft contradicts itself or cannot be read; the text is for the person who edits it, `said` in any language."""

    def __init__(self, sentence: str, **context: object) -> None:
        self.said = Said(sentence, **context)
        super().__init__(str(self.said))


class ConditionError(ValueError):
    """A condition in a draft cannot be understood; the text says which part and why, `said` in any language."""

    def __init__(self, sentence: str, **context: object) -> None:
        self.said = Said(sentence, **context)
        super().__init__(str(self.said))


@dataclass(frozen=True, slots=True)
class Units:
    """What the parts of a document are read with: how many decimals its money and points have (its decimal texts are
    scaled by that), and which facts and outcomes are served."""

    money: int = 4
    points: int = 2
    served: frozenset[str] = SERVED
    calendars: Mapping[str, Any] | None = None  # by key, as calendars.py reads them; None: there is no document
    # Only for saying a part: what stands behind sums, and {kind: {code: name}} of what codes name. None: codes it is.
    currency: str = ""
    names: Mapping[str, Mapping[str, str]] | None = None
    for_members: bool = False  # said to members, who need not know what we call a group of them

    @property
    def scale(self) -> Fraction:
        """From points per money in whole units to minor points per minor money."""
        return Fraction(10) ** (self.points - self.money)

    def named(self, kind: str, codes: Iterable[str]) -> str:
        """Codes of one kind in a row, by their names where these are known: "category", "product", "store", "partner",
        "tier", "reward", "series", "segment", "channel", "interest", "field", "option" (field:code)."""
        return names(self.name(kind, code) or code for code in codes)

    def name(self, kind: str, code: str) -> str:
        """What one code names; "" where that is not known."""
        return (self.names or {}).get(kind, {}).get(code, "")


class DayOfYear(str):
    """A day of every year, "08-31": whoever says it to a reader writes it as their language does."""

    __slots__ = ()

    @property
    def month_day(self) -> tuple[int, int]:
        month, day = self.split("-")
        return int(month), int(day)


class InLanguages(str):
    """A text that the company wrote in several languages: by itself the first, `texts` {language: text}."""

    texts: Mapping[str, str]

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> InLanguages:
        made = cls(texts.get("en") or next(iter(texts.values())))
        made.texts = texts
        return made


# What any effect may be set to besides its own settings (effects.py tells them).
COMMON = ("type", "last", "group", "priority", "limits")


def unserved(part: object, units: Units) -> list[str]:
    """What `part`, a condition or an effect, needs and nobody serves."""
    return [need for need in needs_of(part) if need not in units.served]


def listed(parts: Iterable[str | Said]) -> Said:
    """Some texts in a row, each said in the reader's language."""
    found = {f"part_{number}": part for number, part in enumerate(parts)}
    sentence = ", ".join(f"%({name})s" for name in found)
    return Said(sentence, **found)


def either(parts: Iterable[str | Said]) -> str | Said:
    """One of these, of which there is at least one."""
    *before, last = parts
    return Said("%(before)s or %(last)s", before=listed(before), last=last) if before else last


def names(texts: Iterable[str]) -> str:
    """Codes and keys in a row, always in the same order."""
    return ", ".join(sorted(texts))


def money_text(minor: int, units: Units) -> str:
    """Minor money as people write it, without noughts that say nothing: "12.50", "12", "12 EUR"."""
    figure = _plain(minor, units.money)
    return f"{figure} {units.currency}" if units.currency else figure


def points_text(minor: int, units: Units) -> str:
    """The same of minor points."""
    return _plain(minor, units.points)


def _plain(minor: int, exponent: int) -> str:
    whole, _dot, rest = minor_text(minor, exponent).partition(".")
    return f"{whole}.{rest}" if rest.strip("0") else whole


def rate_text(rate: Fraction, units: Units) -> str:
    """Points per money in whole units, with as many decimals as a reader wants."""
    whole = rate / units.scale
    return plain_text((Decimal(whole.numerator) / whole.denominator).quantize(Decimal("0.0001")))


# What a part is read with before its programme is known (a form): the most decimals that any may have.
FINEST = Units()


def decimal_of(raw: object, name: Said) -> Decimal:
    """A number of at least 0. Raises DocumentError."""
    try:
        value = Decimal(str(raw))
    except InvalidOperation as error:
        raise DocumentError("%(what)s is not a number: %(value)s", what=name, value=raw) from error
    if not value.is_finite() or value < 0:
        raise DocumentError("%(what)s must be a number of at least 0", what=name)
    return value


def minor_of(raw: object, exponent: int, name: Said) -> int:
    """The same in whole minor units. Raises DocumentError when it has more decimals than `exponent`."""
    try:
        return to_minor(decimal_of(raw, name), exponent)
    except ValueError as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError(
            "%(what)s has more decimals than %(most)s: %(value)s", what=name, most=exponent, value=raw
        ) from error


def above_nought(value: int, name: Said) -> int:
    """The same; 0 is refused."""
    if value == 0:
        raise DocumentError("%(what)s must be above 0", what=name)
    return value


def percent_of(raw: object, name: Said) -> int:
    """A share of at most 100 %, in hundredths of a per cent: "12.5" is 1250."""
    value = minor_of(raw, 2, name)
    if not 0 < value <= 100_00:
        raise DocumentError("%(what)s must be above 0 and at most 100", what=name)
    return value


def count_of(raw: object, name: Said, *, least: int = 1) -> int:
    """A whole number, of pieces or times."""
    if type(raw) is not int or raw < least:
        raise DocumentError("%(what)s must be a whole number of at least %(least)s", what=name, least=least)
    return raw


def flag_of(raw: object, name: Said) -> bool:
    """True or false, and not a text that says so."""
    if type(raw) is not bool:
        raise DocumentError("%(what)s must be true or false", what=name)
    return raw


def one_of(raw: object, known: tuple[str, ...], name: Said) -> str:
    """One of a closed list of texts."""
    if not isinstance(raw, str) or raw not in known:
        raise DocumentError("%(what)s must be one of %(known)s", what=name, known=", ".join(known))
    return raw


def rounding_of(raw: object) -> str:
    """A key of ROUNDINGS."""
    if raw not in ROUNDINGS:
        raise DocumentError("unknown rounding %(rounding)s", rounding=raw)
    return str(raw)


def only_known(raw: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """A misspelt setting must not be ignored in silence."""
    unknown = sorted(str(key) for key in raw if key not in known)
    if unknown:
        raise DocumentError(
            "an effect “%(type)s” has no setting “%(key)s”; known are %(known)s",
            type=raw.get("type"),
            key=unknown[0],
            known=", ".join(known),
        )


def texts(raw: Mapping[str, Any], key: str) -> frozenset[str]:
    """A condition's list of texts. Raises ConditionError when it is empty or something else."""
    values = raw.get(key)
    if not isinstance(values, list) or not values or not all(isinstance(value, str) and value for value in values):
        raise ConditionError(
            "condition “%(type)s”: “%(key)s” must be a list of at least one text", type=raw.get("type"), key=key
        )
    return frozenset(values)


def whole(raw: Mapping[str, Any], key: str, *, least: int = 0, otherwise: int | None = None) -> int:
    """A condition's whole number; `otherwise` where it says none. Raises ConditionError."""
    value = raw.get(key, otherwise)
    if type(value) is not int or value < least:
        raise ConditionError(
            "condition “%(type)s”: “%(key)s” must be a whole number of at least %(least)s",
            type=raw.get("type"),
            key=key,
            least=least,
        )
    return value


def chosen(raw: Mapping[str, Any], key: str, known: tuple[str, ...], otherwise: str) -> str:
    """A condition's word out of a closed list. Raises ConditionError."""
    value = raw.get(key, otherwise)
    if not isinstance(value, str) or value not in known:
        raise ConditionError(
            "condition “%(type)s”: “%(key)s” must be one of %(known)s",
            type=raw.get("type"),
            key=key,
            known=", ".join(known),
        )
    return value


def text(raw: Mapping[str, Any], key: str) -> str:
    """A condition's text. Raises ConditionError when it is empty or something else."""
    value = raw.get(key)
    if not isinstance(value, str) or not value:
        raise ConditionError("condition “%(type)s”: “%(key)s” must be a text", type=raw.get("type"), key=key)
    return value


def least_of(raw: Mapping[str, Any]) -> Decimal:
    """A condition's “minimum”, above 0. Raises ConditionError."""
    try:
        value = decimal_of(raw.get("minimum"), Said("“minimum”"))
    except DocumentError as error:
        raise ConditionError("condition “%(type)s”: %(problem)s", type=raw.get("type"), problem=error.said) from error
    if value == 0:
        raise ConditionError("condition “%(type)s”: “minimum” must be above 0", type=raw.get("type"))
    return value


def in_minor(amount: Decimal, decimals: int, kind: str) -> int:
    """A condition's money or points as they were written, in minor units. Raises ConditionError."""
    try:
        return to_minor(amount, decimals)
    except ValueError as error:
        raise ConditionError(
            "condition “%(type)s”: there are more decimals than %(most)s", type=kind, most=decimals
        ) from error


def days_around(raw: Mapping[str, Any]) -> tuple[int, int]:
    """“before” and “after” of a day that comes again: at most half a year each. Raises ConditionError."""
    before, after = whole(raw, "before", otherwise=0), whole(raw, "after", otherwise=0)
    if max(before, after) > 182:
        raise ConditionError("condition “%(type)s”: at most 182 days before and after", type=raw.get("type"))
    return before, after
