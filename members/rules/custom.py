"""Fields that a company adds to its people: what a value may be, and how it is read, stored, compared and said.

Stored in JSON under the field's code: a text as a text, a number as a number, a day as "2026-12-24", yes or no as true or
false, one of a list as its option's code, several as a list of codes in the order of the options. An empty value is not stored.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from members.rules.text import fold_width, one_line

TEXT, NUMBER, DATE, YES_NO, CHOICE, CHOICES = "text", "number", "date", "yes_no", "choice", "choices"
KINDS = (TEXT, NUMBER, DATE, YES_NO, CHOICE, CHOICES)
TEXT_MAX = 300
CODE = r"[a-z][a-z0-9_]{0,39}"
# Together at most 15 digits: so many survive every reader of JSON.
NUMBER_MAX = 10**11
DECIMALS_MAX = 4

_YES = {"yes", "y", "true", "1", "+", "x", "v", "✓", "✔", "да", "д", "есть", "כן", "יש"}
_NO = {"no", "n", "false", "0", "-", "–", "—", "нет", "н", "לא", "אין"}
_DAY = re.compile(r"^(\d{1,4})([-./])(\d{1,2})\2(\d{1,4})$")
_THOUSANDS = re.compile(r"^-?[1-9]\d{0,2}[.,]\d{3}$")
_CODE = re.compile(CODE)

type Value = str | int | float | bool | list[str]


class Unreadable(ValueError):
    """A text or JSON value that cannot be a value of its field; `problem` is a stable code."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


@dataclass(frozen=True, slots=True)
class Option:
    """One of a list. `labels` {"": as the company says it, "ru": ..., "he": ...}. An archived one is not chosen any more."""

    code: str
    labels: Mapping[str, str]
    is_archived: bool = False

    def label(self, language: str = "") -> str:
        return self.labels.get(language) or self.labels.get("") or self.code

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "labels": dict(self.labels), "is_archived": self.is_archived}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the company's own. `labels` as in Option; `till` is "", "see" or "set"."""

    code: str
    kind: str
    labels: Mapping[str, str]
    options: tuple[Option, ...] = ()
    till: str = ""
    is_archived: bool = False
    _by_word: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for option in self.options:
            for word in (option.code, *option.labels.values()):
                self._by_word.setdefault(_fold(word), option.code)

    def label(self, language: str = "") -> str:
        return self.labels.get(language) or self.labels.get("") or self.code

    @property
    def choices(self) -> tuple[Option, ...]:
        """The options that may still be chosen."""
        return tuple(option for option in self.options if not option.is_archived)

    def option_label(self, code: str, language: str = "") -> str:
        return next((option.label(language) for option in self.options if option.code == code), code)

    def option_of(self, word: str) -> str | None:
        """The code of the option with this code or label, however it is cased."""
        return self._by_word.get(_fold(word))


def is_code(text: str) -> bool:
    """Whether this can be the code of a field or an option."""
    return _CODE.fullmatch(text) is not None


def read_text(defined: Field, text: str) -> Value | None:
    """A value that a person or a file wrote; None of nothing. Raises Unreadable.

    Its problems: too_long, not_number, ambiguous_number, not_day, ambiguous_day, not_yes_no, not_option.
    """
    plain = one_line(text)
    if not plain:
        return None
    match defined.kind:
        case "number":
            return _number(plain)
        case "date":
            return _day(plain)
        case "yes_no":
            return _yes_no(plain)
        case "choice":
            return _option(defined, plain)
        case "choices":
            if (single := defined.option_of(plain)) is not None:
                return [single]
            parts = [part for part in re.split(r"[,;|/]", plain) if part.strip()]
            return _several(defined, [_option(defined, part) for part in parts])
        case _:
            return _short(plain)


def read_json(defined: Field, raw: object) -> Value | None:
    """A value as another program sends it, nothing guessed; None, "" and [] are nothing. Raises Unreadable.

    A number is a JSON number or a decimal text ("42.5"), a day "2026-12-24", an option its code.
    """
    if raw is None or raw == "" or raw == []:
        return None
    match defined.kind:
        case "yes_no":
            if not isinstance(raw, bool):
                raise Unreadable("not_yes_no")
            return raw
        case "number":
            return _json_number(raw)
        case "choices":
            if not isinstance(raw, list) or not all(isinstance(one, str) for one in raw):
                raise Unreadable("not_option")
            return _several(defined, [_known(defined, one) for one in raw])
        case "choice":
            return _known(defined, raw)
        case "date":
            return _json_day(raw)
        case _:
            if not isinstance(raw, str):
                raise Unreadable("not_text")
            plain = one_line(raw)
            return _short(plain) if plain else None


def value_text(value: Value) -> str:
    """A stored value as text that `read_text` reads back to the same value: what files and comparisons see."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number_text(value)
    return ", ".join(value) if isinstance(value, list) else value


def number_text(value: float) -> str:
    """Without exponent and empty decimals: 42, 0.0001; but 1.2340, because 1.234 may be a thousand to a reader."""
    text = f"{Decimal(str(value)):f}"
    return f"{text}0" if _THOUSANDS.fullmatch(text) else text


def language_text(defined: Field, value: Value, language: str = "") -> str:
    """A stored value for a reader: options by their labels. Yes, no and days are the page's to put into words."""
    if defined.kind in (CHOICE, CHOICES):
        codes = value if isinstance(value, list) else [str(value)]
        return ", ".join(defined.option_label(code, language) for code in codes)
    return value_text(value)


def merge_options(before: Sequence[Option], now: Sequence[Option]) -> tuple[Option, ...]:
    """`now` in its order, then what was there before and is not any more, archived: people may still have it."""
    kept = {option.code for option in now}
    gone = [Option(option.code, option.labels, is_archived=True) for option in before if option.code not in kept]
    return (*now, *gone)


def _fold(word: str) -> str:
    return re.sub(r"\s+", " ", fold_width(word)).strip().casefold().replace("ё", "е")


def _short(plain: str) -> str:
    if len(plain) > TEXT_MAX:
        raise Unreadable("too_long")
    return plain


def _number(plain: str) -> int | float:
    text = fold_width(plain).replace("−", "-")
    text = re.sub(r"(?<=\d)[ '’](?=\d{3}(\D|$))", "", text)
    if _THOUSANDS.fullmatch(text):
        raise Unreadable("ambiguous_number")
    if not re.fullmatch(r"[+-]?\d+([.,]\d+)?", text) or not text.isascii():
        raise Unreadable("not_number")
    return _stored_number(Decimal(text.replace(",", ".")))


def _json_day(raw: object) -> str:
    if not isinstance(raw, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", raw):
        raise Unreadable("not_day")
    return _day(raw)


def _json_number(raw: object) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise Unreadable("not_number")
    if isinstance(raw, float) and not math.isfinite(raw):
        raise Unreadable("not_number")
    if isinstance(raw, str) and not re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", raw):
        raise Unreadable("not_number")
    try:
        return _stored_number(Decimal(str(raw)))
    except InvalidOperation as error:
        raise Unreadable("not_number") from error


def _stored_number(number: Decimal) -> int | float:
    """A whole number as such, so that 42 and 42.0 are one value. Raises Unreadable beyond what is kept exactly."""
    if abs(number) >= NUMBER_MAX:
        raise Unreadable("too_large")
    if number == number.to_integral_value():
        return int(number)
    if number != round(number, DECIMALS_MAX):
        raise Unreadable("too_fine")
    return float(number)


def _day(plain: str) -> str:
    """2026-12-24, 24.12.2026, and 24/12/2026 where only one order is possible."""
    found = _DAY.match(fold_width(plain))
    if found is None:
        raise Unreadable("not_day")
    first, mark, second, third = int(found[1]), found[2], int(found[3]), int(found[4])
    if len(found[1]) == 4 and len(found[4]) <= 2:
        year, month, day = first, second, third
    elif len(found[4]) == 4 and len(found[1]) <= 2:
        year, month, day = third, second, first
        if mark != "." and first <= 12 and second <= 12 and first != second:
            raise Unreadable("ambiguous_day")
        if mark != "." and second > 12:
            month, day = first, second
    else:
        raise Unreadable("not_day")
    try:
        if year < 1000:
            raise Unreadable("not_day")
        return dt.date(year, month, day).isoformat()
    except ValueError as error:
        raise Unreadable("not_day") from error


def _yes_no(plain: str) -> bool:
    word = plain.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Unreadable("not_yes_no")


def _option(defined: Field, word: str) -> str:
    code = defined.option_of(word)
    if code is None:
        raise Unreadable("not_option")
    return code


def _known(defined: Field, raw: object) -> str:
    if not isinstance(raw, str) or raw not in {option.code for option in defined.choices}:
        raise Unreadable("not_option")
    return raw


def _several(defined: Field, codes: Sequence[str]) -> list[str]:
    """Each once, in the order of the options: two lists of the same options are one value."""
    return [option.code for option in defined.options if option.code in codes]
