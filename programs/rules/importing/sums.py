"""Money, quantities and moments in the cells of a receipt. What two readers could read as two numbers is refused."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from programs.rules.importing.amounts import read_points

QUANTITY_MAX = Decimal(10) ** 10
_CURRENCY = r"(?:₽|руб(?:лей|ля|ль|\.)?|р\.?|\$|€|£|₪|ש\"?ח|ils|nis|usd|eur|rub|gbp)"
_WITH_CURRENCY = re.compile(rf"^{_CURRENCY}\s*(?=[\d(+-])|(?<=[\d)-])\s*{_CURRENCY}$", re.IGNORECASE)
_MINUS = "−‒–—﹣"
_UNIT = re.compile(r"(?<=\d)\s*[^\W\d_]{1,5}\.?$")
_PLAIN_QUANTITY = re.compile(r"^\d+(?:[.,]\d+)?$")
_CLOCK = re.compile(
    r"(?:^|[T,\s])(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap])?\.?(?:m\.?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)
_BARE_CLOCK = re.compile(r"^(\d{1,2})(\d{2})$")
_FRACTION = re.compile(r"^(?:0|\d{5})?[.,](\d+)$")
_DAY_SECONDS = 86400


@dataclass(frozen=True, slots=True)
class SumReading:
    """A signed sum (None: the cell is empty), or `problem` "unreadable"."""

    value: Decimal | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """A time of day (None: none given) and, where the cell says so, its distance from UTC; or `problem`."""

    time: dt.time | None
    offset: dt.timedelta | None = None
    problem: str = ""


# Most cells of most files: one reading, whatever the column's separator.
_SURE = re.compile(r"^-?[0-9]+(?:\.[0-9]{1,2})?$")


def _plain(text: str) -> str:
    """Widths folded and marks that nobody sees left out."""
    if text.isascii():
        return text.strip()
    return "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf").strip()


def _signed(text: str) -> tuple[str, bool]:
    """(the text without its sign and currency, is it negative): -5, 5-, (5), −5 ₽."""
    plain = _plain(text).removeprefix("'").strip()
    plain = "".join("-" if char in _MINUS else char for char in plain)
    for _ in range(2):
        plain = _WITH_CURRENCY.sub("", plain).strip()
        if plain.startswith("(") and plain.endswith(")"):
            return _WITH_CURRENCY.sub("", plain[1:-1].strip()).strip(), True
        if plain[:1] == "-" and len(plain) > 1:
            return _WITH_CURRENCY.sub("", plain[1:].strip()).strip(), True
        if plain[-1:] == "-" and len(plain) > 1:
            return plain[:-1].strip(), True
    return plain.removeprefix("+"), False


def read_sum(text: str, *, separator: str) -> SumReading:
    """Money of a cell. `separator` is the column's decimal separator, '' when no cell showed one."""
    if not text:
        return SumReading(None)
    if len(text) <= 12 and _SURE.match(text):
        return SumReading(Decimal(text))
    plain, is_negative = _signed(text)
    reading = read_points(plain, separator=separator)
    if reading.problem:
        return SumReading(None, "unreadable")
    if reading.points is None:
        return SumReading(None)
    return SumReading(-reading.points if is_negative else reading.points)


def read_quantity(text: str) -> SumReading:
    """Pieces or weight, to three decimals. One separator is the decimal one: nobody buys 1,234 pieces of a thing."""
    if not text:
        return SumReading(None)
    if len(text) <= 10 and _SURE.match(text):
        return SumReading(Decimal(text))
    plain, is_negative = _signed(text)
    plain = _UNIT.sub("", plain).strip()
    if not plain or plain == "-":
        return SumReading(None)
    if _PLAIN_QUANTITY.match(plain) and plain.isascii():
        try:
            value = Decimal(plain.replace(",", ".")).quantize(Decimal("0.001"))
        except InvalidOperation:
            return SumReading(None, "unreadable")
    else:
        reading = read_points(plain, separator="")
        if reading.points is None:
            return SumReading(None, "unreadable")
        value = reading.points
    if value >= QUANTITY_MAX:
        return SumReading(None, "unreadable")
    return SumReading(-value if is_negative else value)


def read_clock(text: str, *, is_alone: bool) -> ClockReading:
    """The time of day at the end of a cell. In a column of its own (`is_alone`) 1518 and 0.63 are times too."""
    plain = _plain(text)
    if not plain:
        return ClockReading(None)
    found = _CLOCK.search(plain)
    if found:
        return _clock(int(found[1]), int(found[2]), int(found[3] or 0), (found[4] or "").lower(), found[5] or "")
    if is_alone and (bare := _BARE_CLOCK.match(plain)):
        return _clock(int(bare[1]), int(bare[2]), 0, "", "")
    # A spreadsheet's day is a number, its time the part after the point.
    if fraction := _FRACTION.match(plain):
        seconds = round(Decimal(f"0.{fraction[1]}") * _DAY_SECONDS) % _DAY_SECONDS
        return ClockReading(dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60))
    return ClockReading(None, problem="unreadable" if is_alone else "")


def _clock(hour: int, minute: int, second: int, half: str, zone: str) -> ClockReading:
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    offset = None
    if zone:
        offset = dt.timedelta()
        if zone[0] in "+-":
            digits = zone[1:].replace(":", "")
            offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) * (-1 if zone[0] == "-" else 1)
    try:
        return ClockReading(dt.time(hour, minute, second), offset)
    except ValueError:
        return ClockReading(None, problem="unreadable")
