"""Dates as people type them. The order of day and month is decided once for a column, never per cell."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

_SPREADSHEET_DAY_ZERO = dt.date(1899, 12, 30)
_TIME = re.compile(r"[T\s]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"^(\d{4})[-./](\d{1,2})[-./](\d{1,2})$")
_YEAR_LAST = re.compile(r"^(\d{1,2})([-./])(\d{1,2})[-./](\d{4}|\d{2})$")
_WITH_WORD = re.compile(r"^(\d{1,2})[\s.\-]+([^\W\d_]+)\.?[\s.,\-]+(\d{4})\s*(?:г|года|год)?\.?$")
_WORD_FIRST = re.compile(r"^([^\W\d_]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})$")
_SERIAL = re.compile(r"^\d{5}(?:[.,]\d+)?$")
_MONTHS = [
    ("jan", "янв", "ינו"),
    ("feb", "фев", "פבר"),
    ("mar", "мар", "מרץ", "מרס"),
    ("apr", "апр", "אפר"),
    ("may", "мая", "май", "מאי"),
    ("jun", "июн", "יונ"),
    ("jul", "июл", "יול"),
    ("aug", "авг", "אוג"),
    ("sep", "сен", "ספט"),
    ("oct", "окт", "אוק"),
    ("nov", "ноя", "נוב"),
    ("dec", "дек", "דצמ"),
]
AGE_PLAUSIBLE = range(14, 100)
YEAR_FIRST_ALLOWED = 1900
AGE_SUSPICIOUS = 105


@dataclass(frozen=True, slots=True)
class DayReading:
    """A day, or None and why: unreadable, ambiguous; `suspicious` is kept but worth a look."""

    day: dt.date | None
    problem: str = ""


def plain_digits(text: str) -> str:
    """Digits of any script as 0-9, width folded, a time of day cut off."""
    if text.isascii():
        return _TIME.sub("", text.strip().lstrip("'")).strip()
    folded = "".join(
        str(unicodedata.digit(char)) if char.isdigit() and unicodedata.digit(char, -1) >= 0 else char
        for char in unicodedata.normalize("NFKC", text)
        if unicodedata.category(char) != "Cf"
    )
    return _TIME.sub("", folded.strip().lstrip("'")).strip()


def order_shown_by(text: str) -> str:
    """'dmy' or 'mdy' when this cell can only be read in one of them (or has the dots of dmy), else ''."""
    found = _YEAR_LAST.match(plain_digits(text))
    if not found:
        return ""
    first, second = int(found[1]), int(found[3])
    if first > 12 >= second:
        return "dmy"
    if second > 12 >= first:
        return "mdy"
    return "dmy" if found[2] == "." else ""


def read_day(text: str, *, order: str, today: dt.date, birth: bool) -> DayReading:
    """The date in a cell. `order` is the column's 'dmy' or 'mdy', '' when nothing decided it; `birth` applies
    the ages people have (and lets two digits of a year be completed by them)."""
    plain = plain_digits(text).casefold()
    if not plain or plain in {"-", "—"}:
        return DayReading(None)
    day, problem = _read(plain, order, today, birth)
    if day is None:
        return DayReading(None, problem or "unreadable")
    if day > today or day.year < YEAR_FIRST_ALLOWED:
        return DayReading(None, "unreadable")
    if birth and today.year - day.year > AGE_SUSPICIOUS:
        return DayReading(day, "suspicious")
    return DayReading(day)


def _read(plain: str, order: str, today: dt.date, birth: bool) -> tuple[dt.date | None, str]:  # noqa: FBT001
    if found := _YEAR_FIRST.match(plain):
        return _day(found[1], found[2], found[3]), ""
    if found := _WITH_WORD.match(plain):
        return _day(found[3], _month(found[2]), found[1]), ""
    if found := _WORD_FIRST.match(plain):
        return _day(found[3], _month(found[1]), found[2]), ""
    if _SERIAL.match(plain):
        return _SPREADSHEET_DAY_ZERO + dt.timedelta(days=int(plain[:5])), ""
    found = _YEAR_LAST.match(plain)
    if not found:
        return None, ""
    first, second, year = found[1], found[3], found[4]
    if not order and first != second and int(first) <= 12 and int(second) <= 12:
        return None, "ambiguous"
    if order == "mdy" or (not order and int(second) > 12):
        first, second = second, first
    if len(year) == 2:
        return _short_year(int(year), second, first, today, birth)
    return _day(year, second, first), ""


def _short_year(year: int, month: str, day: str, today: dt.date, birth: bool) -> tuple[dt.date | None, str]:  # noqa: FBT001
    both = [found for century in (1900, 2000) if (found := _day(century + year, month, day)) and found <= today]
    if not birth:
        return (both[-1], "") if both else (None, "")
    fits = [found for found in both if _age(found, today) in AGE_PLAUSIBLE]
    if len(fits) == 1:
        return fits[0], ""
    return None, "ambiguous" if both else ""


def _age(born: dt.date, today: dt.date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _month(word: str) -> int:
    return next((number for number, names in enumerate(_MONTHS, 1) if word.startswith(names)), 0)


def _day(year: str | int, month: str | int, day: str | int) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
