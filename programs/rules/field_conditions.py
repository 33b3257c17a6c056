"""Conditions on fields of the company's own: what the buyer's row says in them. Pure.

    {"type": "field", "field": "shoe_size", "at_least": "42"}
    {"type": "field", "field": "colour", "one_of": ["red", "blue"]}
    {"type": "field", "field": "family", "one_of": ["yes"]}
    {"type": "field", "field": "allergy", "known": true}

Which fields there are, and of what kind, the rules do not know: `check_field` is asked with it when a draft is published.
What a receipt keeps of the answer is that the condition held, by its `key`, and never what the field says: a receipt
outlives its person.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Self

from loyalty_site.ground.errors import Said
from loyalty_site.ground.rules.money import plain_text
from programs.rules.basket import Basket, Facts, Line
from programs.rules.parsing import ConditionError, Units

KNOWN, ONE_OF, AT_LEAST, AT_MOST = "known", "one_of", "at_least", "at_most"
ASKED = (KNOWN, ONE_OF, AT_LEAST, AT_MOST)
# What may be asked of which kind of field.
_BOUNDED = {"number", "date"}


@dataclass(frozen=True, slots=True)
class FieldSays:
    """The buyer's field `field` is known, says one of `values`, or is at least or at most the one of `values`."""

    type: ClassVar[str] = "field"
    of_receipt: ClassVar[bool] = True
    field: str
    asked: str
    values: tuple[str, ...]
    key: str

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        code = raw.get("field")
        if not isinstance(code, str) or not code:
            raise ConditionError("condition “field”: “field” must be the code of a custom field")
        asked = [name for name in ASKED if name in raw]
        if len(asked) != 1:
            raise ConditionError("condition “field”: say one of “known”, “one_of”, “at_least”, “at_most”")
        values = _values(asked[0], raw[asked[0]])
        plain = json.dumps([code, asked[0], sorted(values)], ensure_ascii=False)
        return cls(code, asked[0], values, hashlib.blake2b(plain.encode(), digest_size=6).hexdigest())

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return self.key in facts.traits

    def words(self, units: Units) -> Said:
        values = [units.name("option", f"{self.field}:{value}") or value for value in self.values]
        known = {"field": units.named("field", [self.field]), "values": ", ".join(values)}
        match self.asked:
            case "known":
                return Said("the field %(field)s of the member is filled in", **known)
            case "one_of":
                return Said("the field %(field)s of the member says %(values)s", **known)
            case "at_least":
                return Said("the field %(field)s of the member is at least %(values)s", **known)
        return Said("the field %(field)s of the member is at most %(values)s", **known)

    def answer(self, custom: Mapping[str, Any]) -> bool:
        """Does it hold for somebody with these values, stored as members keeps them?"""
        value = custom.get(self.field)
        if value is None:
            return False
        if self.asked == KNOWN:
            return True
        if self.asked == ONE_OF:
            said = {_said(one) for one in value} if isinstance(value, list) else {_said(value)}
            return not said.isdisjoint(map(_plain, self.values))
        return _compares(value, self.values[0], is_least=self.asked == AT_LEAST)


def check_field(condition: FieldSays, kinds: Mapping[str, tuple[str, frozenset[str]]]) -> None:
    """Raises ConditionError when the condition makes no sense for the company's fields, as {code: (kind, codes of its
    list)}. A published document is never asked again: an archived field keeps its meaning."""
    if condition.field not in kinds:
        raise ConditionError(
            "condition “field”: there is no custom field “%(field)s”; there are %(known)s",
            field=condition.field,
            known=", ".join(sorted(kinds)) or "—",
        )
    kind, options = kinds[condition.field]
    if condition.asked in (AT_LEAST, AT_MOST):
        is_day = _day(condition.values[0]) is not None
        if kind not in _BOUNDED or is_day != (kind == "date"):
            raise ConditionError(
                "condition “field”: “%(field)s” cannot be compared with “%(value)s”",
                field=condition.field,
                value=condition.values[0],
            )
    elif condition.asked == ONE_OF:
        for value in condition.values:
            if not _can_be(value, kind, options):
                raise ConditionError(
                    "condition “field”: “%(field)s” can never be “%(value)s”", field=condition.field, value=value
                )


def _can_be(value: str, kind: str, options: frozenset[str]) -> bool:
    match kind:
        case "yes_no":
            return value in ("yes", "no")
        case "number":
            return _number(value) is not None
        case "date":
            return _day(value) is not None
        case "choice" | "choices":
            return value in options
        case _:
            return True


def _values(asked: str, raw: object) -> tuple[str, ...]:
    if asked == KNOWN:
        if raw is not True:
            raise ConditionError("condition “field”: “known” must be true; with “not” it asks who has none")
        return ()
    if asked == ONE_OF:
        if not isinstance(raw, list) or not raw or not all(isinstance(one, str) and one for one in raw):
            raise ConditionError("condition “field”: “one_of” must be a list of at least one text")
        return tuple(raw)
    if not isinstance(raw, str) or (_number(raw) is None and _day(raw) is None):
        raise ConditionError(
            "condition “field”: “%(asked)s” must be a number such as “42.5” or a day such as “2026-12-24”", asked=asked
        )
    return (raw,)


def _said(value: Any) -> str:
    """A stored value as the condition's text names it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _plain(str(value))


def _plain(text: str) -> str:
    """Numbers in one spelling: 42 and 42.0 are one."""
    number = _number(text)
    return text if number is None else plain_text(number)


def _compares(value: Any, bound: str, *, is_least: bool) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        number, limit = Decimal(str(value)), _number(bound)
        return limit is not None and (number >= limit if is_least else number <= limit)
    if not isinstance(value, str) or _day(bound) is None or _day(value) is None:
        return False
    return value >= bound if is_least else value <= bound


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
