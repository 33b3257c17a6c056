"""Points in a cell. They are like money: what cannot be read for certain is refused, never guessed."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import NamedTuple

POINTS_MAX = Decimal(10) ** 12

# Nobody writes a number at greater length; what does would keep the patterns below busy for hours.
_CELL_CHARS_MAX = 200
_NOTHING = {"", "-", "—", "–", "нет", "no", "none", "n/a", "null", "אין"}
_UNIT = re.compile(r"\s*(?:балл(?:а|ов|ы)?|бонус(?:а|ов|ы)?|б\.|points?|pts\.?|נקודות|נק'?)$", re.IGNORECASE)
_SPACED = re.compile(r"^\d{1,3}(?:[ '’]\d{3})+(?=$|[.,])")
_PLAIN = re.compile(r"^\d+$")
_DECIMAL = re.compile(r"^\d+([.,])(\d+)$")
_GROUPED = re.compile(r"^[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*(?:([.,])(\d+))?$")


class PointsReading(NamedTuple):
    """The points of a cell (None: none given), or `problem`; `could_be_thousands` warns of 1,234."""

    points: Decimal | None
    problem: str = ""
    could_be_thousands: bool = False


def separator_shown_by(text: str) -> str:
    """',' or '.' when this cell can only have it as its decimal separator, else ''."""
    if text.isdigit() and text.isascii():
        return ""
    plain = _plain(text)
    found = _DECIMAL.match(plain)
    if found and len(found[2]) != 3:
        return found[1]
    grouped = _GROUPED.match(plain)
    if grouped and not grouped[2] and plain.count(grouped[1]) > 1:
        return "." if grouped[1] == "," else ","
    return grouped[2] if grouped and grouped[2] and grouped[2] != grouped[1] else ""


def read_points(text: str, *, separator: str) -> PointsReading:
    """Points of a cell. `separator` is the column's decimal separator, '' when no cell showed one.

    Refused (problem "unreadable"): minus signs, percent, exponents, formulas, other scripts' digits, anything
    that two readers could read as two numbers.
    """
    if text.isdigit() and text.isascii() and len(text) <= 12:
        return PointsReading(Decimal(text))
    plain = _plain(text)
    if plain.casefold() in _NOTHING:
        return PointsReading(None)
    value, thousands = _number(plain, separator)
    if value is None or value >= POINTS_MAX:
        return PointsReading(None, "unreadable")
    return PointsReading(value, could_be_thousands=thousands)


def _plain(text: str) -> str:
    if len(text) > _CELL_CHARS_MAX and len(text := text.strip()) > _CELL_CHARS_MAX:
        return "?"
    folded = unicodedata.normalize("NFKC", text)
    if not folded.isprintable():
        folded = "".join(char for char in folded if unicodedata.category(char) != "Cf")
    folded = folded.strip()
    folded = _UNIT.sub("", folded.removeprefix("'")).strip()
    spaced = _SPACED.match(folded)
    return re.sub(r"[ '’]", "", spaced[0]) + folded[spaced.end() :] if spaced else folded


def _number(plain: str, separator: str) -> tuple[Decimal | None, bool]:
    if not plain.isascii():
        return None, False
    if _PLAIN.match(plain):
        return Decimal(plain), False
    found = _DECIMAL.match(plain)
    if found and len(found[2]) != 3:
        # 12.5 in a column of commas has one reading all the same.
        return Decimal(f"{plain.replace(',', '.')}"), False
    if found and found[1] == separator:
        could_be = _GROUPED.match(plain) is not None
        return Decimal(plain.replace(",", ".")), could_be
    grouped = _GROUPED.match(plain)
    if grouped and not separator:
        separator = separator_shown_by(plain)
    if not grouped or not separator or grouped[1] == separator or grouped[2] not in {None, separator}:
        return None, False
    return Decimal(plain.replace(grouped[1], "").replace(separator, ".")), False
