"""Dates as people type them. The order of day and month is decided once for a column, never per cell."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import NamedTuple

_SPREADSHEET_DAY_ZERO = dt.date(1899, 12, 30)
_TIME = re.compile(
    r"[T,\s]+\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*(?:[ap]\.?m\.?)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$", re.IGNORECASE
)
_WEEKDAY = re.compile(r"^[^\W\d_]{2,12}\.?,\s*(?=\w)")
_SPACED = re.compile(r"(?<=\d)\s*([./-])\s*(?=\d)")
_YEAR_FIRST = re.compile(r"^(\d{4})[-./](\d{1,2})[-./](\d{1,2})$")
_YEAR_LAST = re.compile(r"^(\d{1,2})([-./])(\d{1,2})[-./](\d{4}|\d{2})$")
_COMPACT = re.compile(r"^((?:19|20)\d{2})(0[1-9]|1[0-2])([0-3]\d)$")
_YEAR_WORD = re.compile(r"^(\d{4})[\s.\-/]+([^\W\d_]+)\.?[\s.\-/]+(\d{1,2})$")
_WITH_WORD = re.compile(
    r"^(?:ב-?)?(\d{1,2})(?:st|nd|rd|th|-?го|-?е)?[\s.\-/,]*(?:of\s+)?([^\W\d_]+)\.?[\s.,\-/]*(\d{4}|'?\d{2})$"
)
_WORD_FIRST = re.compile(r"^([^\W\d_]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})$")
_YEAR_MARK = re.compile(r"(?<=\d)\s*(?:г|года|год|г\.р|г\.\s?р)\.?$")
# Birthdays whose year nobody told: 1604 and 1904 are what telephones and spreadsheets put there.
_NO_YEAR = re.compile(r"^(\d{1,2})([./-])(\d{1,2})[./-]?(?:0000|1604)?$")
_NO_YEAR_ISO = re.compile(r"^(?:--|0000-|1604-)(\d{2})-?(\d{2})$")
_NO_YEAR_WORD = re.compile(r"^(?:ב-?)?(\d{1,2})(?:st|nd|rd|th|-?го|-?е)?[\s.\-/]*(?:of\s+)?([^\W\d_]+)\.?$")
_NO_YEAR_WORD_FIRST = re.compile(r"^([^\W\d_]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?$")
_DAYS_1904 = 1462
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
# Nobody writes a day at greater length; what does would keep the patterns below busy for hours.
_CELL_CHARS_MAX = 200
AGE_PLAUSIBLE = range(14, 100)
YEAR_FIRST_ALLOWED = 1900
AGE_SUSPICIOUS = 105


class DayReading(NamedTuple):
    """A day, or None and why: unreadable, ambiguous; `suspicious` is kept but worth a look. A birthday without a
    year is `month_day`, as --MM-DD."""

    day: dt.date | None
    problem: str = ""
    month_day: str = ""

    @property
    def text(self) -> str:
        """As it is stored: 1985-02-01, --02-01, or ""."""
        return self.day.isoformat() if self.day else self.month_day


class DayWay(NamedTuple):
    """How the days of a column are written: `order` dmy, mdy or "" when nothing decided it; `is_1904` for numbers of
    a workbook that counts from 1904; `may_lack_year` when the column is one of birthdays without years."""

    order: str = ""
    is_1904: bool = False
    may_lack_year: bool = False


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


def is_written_as_kept(text: str) -> bool:
    """Is this cell a real day of the years from 1900 on, written 1985-02-01?"""
    if len(text) != 10 or text[4] != "-" or text[7] != "-" or text < "1900":
        return False
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def order_shown_by(text: str) -> str:
    """'dmy' or 'mdy' when this cell can only be read in one of them (or has the dots of dmy), else ''."""
    plain = _tidy(text)
    found = _YEAR_LAST.match(plain) or _NO_YEAR.match(plain)
    if not found:
        return ""
    first, second = int(found[1]), int(found[3])
    if first > 12 >= second:
        return "dmy"
    if second > 12 >= first:
        return "mdy"
    return "dmy" if found[2] == "." else ""


def is_dotted(text: str) -> bool:
    """Is this cell a date with dots between its numbers? Nobody who writes the month first writes dots."""
    found = _YEAR_LAST.match(_tidy(text))
    return bool(found and found[2] == ".")


def lacks_year(text: str) -> bool:
    """Is this cell a day and a month and nothing else?"""
    plain = _tidy(text)
    return bool(_NO_YEAR.match(plain) or _NO_YEAR_ISO.match(plain))


def year_in(text: str) -> int | None:
    """The year of four digits in a cell that is written as a date, else None: for telling dates from other numbers."""
    plain = _tidy(text)
    for pattern, group in ((_YEAR_FIRST, 1), (_YEAR_LAST, 4), (_WITH_WORD, 3), (_WORD_FIRST, 3)):
        if found := pattern.match(plain):
            return int(found[group]) if len(found[group]) == 4 else None
    return None


def _tidy(text: str) -> str:
    if len(text) > _CELL_CHARS_MAX and len(text := text.strip()) > _CELL_CHARS_MAX:
        return "?"
    plain = plain_digits(text).casefold()
    if " " not in plain and plain[:1].isdigit() and plain[-1:].isdigit():
        return plain
    plain = _YEAR_MARK.sub("", plain)
    return _SPACED.sub(r"\1", _WEEKDAY.sub("", plain)).strip()


def read_day(text: str, *, way: DayWay, today: dt.date, birth: bool) -> DayReading:
    """The date in a cell. `birth` applies the ages people have (and lets two digits of a year be completed by them)."""
    if day := _usual(text, way):
        return _judged(day, today, birth)
    plain = _tidy(text)
    if not plain or plain in {"-", "—"}:
        return DayReading(None)
    if birth and (month_day := _yearless(plain, way)):
        return DayReading(None, month_day=month_day)
    day, problem = _read(plain, way, today, birth)
    if day is None:
        return DayReading(None, problem or "unreadable")
    return _judged(day, today, birth)


def _usual(text: str, way: DayWay) -> dt.date | None:
    """1985-02-01, and 01.02.1985 where it can only be the first of February: what nearly every cell of a column is."""
    if len(text) != 10 or not text.isascii():
        return None
    if text[4] == text[7] == "-":
        year, month, day = text[:4], text[5:7], text[8:]
    elif text[2] == text[5] and text[2] in "./-" and way.order == "dmy":
        day, month, year = text[:2], text[3:5], text[6:]
    else:
        return None
    # 1604 is what telephones write for a year that nobody told.
    return _day(year, month, day) if (day + month + year).isdigit() and year != "1604" else None


def _judged(day: dt.date, today: dt.date, birth: bool) -> DayReading:  # noqa: FBT001
    if day > today or day.year < YEAR_FIRST_ALLOWED:
        return DayReading(None, "unreadable")
    if birth and today.year - day.year > AGE_SUSPICIOUS:
        return DayReading(day, "suspicious")
    return DayReading(day)


def _yearless(plain: str, way: DayWay) -> str:
    """--MM-DD, or "". A lone 01.02 among whole dates is one that was cut, so only a column of them is believed."""
    year = plain[:4] if plain[:4].isdigit() else plain[-4:]
    if year.isdigit() and year not in {"0000", "1604"} and not plain.startswith("--"):
        return ""
    month: str | int
    day: str | int
    if found := _NO_YEAR_ISO.match(plain):
        month, day = found[1], found[2]
    elif found := _NO_YEAR_WORD.match(plain):
        month, day = _month(found[2]), found[1]
    elif found := _NO_YEAR_WORD_FIRST.match(plain):
        month, day = _month(found[1]), found[2]
    elif way.may_lack_year and (found := _NO_YEAR.match(plain)):
        if not way.order and found[1] != found[3] and int(found[1]) <= 12 and int(found[3]) <= 12:
            return ""
        is_month_first = way.order == "mdy" or (not way.order and int(found[3]) > 12)
        month, day = (found[1], found[3]) if is_month_first else (found[3], found[1])
    else:
        return ""
    real = _day(2000, month, day)
    return f"--{real:%m-%d}" if real else ""


def _read(plain: str, way: DayWay, today: dt.date, birth: bool) -> tuple[dt.date | None, str]:  # noqa: FBT001
    if found := _YEAR_FIRST.match(plain) or _COMPACT.match(plain):
        return _day(found[1], found[2], found[3]), ""
    if found := _YEAR_WORD.match(plain):
        return _day(found[1], _month(found[2]), found[3]), ""
    if found := _WITH_WORD.match(plain):
        year = found[3].lstrip("'")
        if len(year) == 2:
            return _short_year(int(year), str(_month(found[2])), found[1], today, birth)
        return _day(year, _month(found[2]), found[1]), ""
    if found := _WORD_FIRST.match(plain):
        return _day(found[3], _month(found[1]), found[2]), ""
    if _SERIAL.match(plain):
        return _SPREADSHEET_DAY_ZERO + dt.timedelta(days=int(plain[:5]) + (_DAYS_1904 if way.is_1904 else 0)), ""
    return _digits_only(plain, way.order, today, birth)


def _digits_only(plain: str, order: str, today: dt.date, birth: bool) -> tuple[dt.date | None, str]:  # noqa: FBT001
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
    plain = word.removeprefix("ב") if len(word) > 3 else word
    return next((number for number, names in enumerate(_MONTHS, 1) if plain.startswith(names)), 0)


def _day(year: str | int, month: str | int, day: str | int) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
