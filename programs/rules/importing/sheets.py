"""Cells of a workbook as text: numbers as people see them, days as ISO, whatever the day-zero of the book is."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass, field

DAYS_1904 = 1462  # between the day-zero of Windows' spreadsheets and that of old Macs'
COLUMN_MAX = 500
CELL_CHARS_MAX = 100_000
BROKEN_CELL = "#VALUE!"

_ZERO = dt.date(1899, 12, 30)
_SERIAL_MAX = 2_958_465  # 9999-12-31
_BUILT_IN_DATES = {*range(14, 18), 22, *range(27, 37), *range(50, 59)}
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ZEROS = re.compile(r"0{2,40}")
# A line inside a cell must not become a line of the file.
INNER_LINE = "\u2028"


@dataclass(slots=True)
class Style:
    """How a cell shows its number: as a day, or filled with zeros to `width`."""

    is_day: bool = False
    width: int = 0


@dataclass(slots=True)
class Book:
    """What the sheets of one workbook share. `styles` is by the cell's style number."""

    is_1904: bool = False
    styles: list[Style] = field(default_factory=list)


def style_of(number: int, code: str) -> Style:
    """What a number format means; `code` is "" for the built-in ones."""
    if not code:
        return Style(is_day=number in _BUILT_IN_DATES)
    plain = _LITERAL.sub("", code.partition(";")[0]).strip()
    if _ZEROS.fullmatch(plain):
        return Style(width=len(plain))
    return Style(is_day=bool(re.search(r"[dyгД]", plain, re.IGNORECASE)) and "general" not in plain.casefold())


def column_of(reference: str) -> int | None:
    """0 for A1, 27 for AB7; None when there is none or it is nonsense."""
    number = 0
    for char in reference[:4]:
        if not ("A" <= char <= "Z"):
            break
        number = number * 26 + ord(char) - 64
    return number - 1 if number else None


def plain_text(text: str) -> str:
    """A string cell on one line: escapes undone, line ends marked (`inner_lines` undoes that)."""
    if "_x" in text:
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return text.replace("\n", INNER_LINE)[:CELL_CHARS_MAX]


def number_text(value: str, style: Style, *, is_1904: bool) -> str:
    """The text of a number cell: 79161234567 for 7.9161234567E10, 1985-02-01 for a day, 007 where zeros fill it."""
    try:
        number = float(value)
    except ValueError:
        return value
    if not math.isfinite(number):
        return value
    if style.is_day and (shown := _day_text(number, is_1904=is_1904)):
        return shown
    if value.lstrip("-").isdigit():
        return value.zfill(style.width)
    if number == int(number) and abs(number) < 10**15:
        return str(int(number)).zfill(style.width)
    if abs(number) >= 10**15 or abs(number) < 10**-6:
        return format(number, ".15g")  # the digits beyond are not in the file: 4.60702123456789e+18
    shown = format(number, ".15f").rstrip("0") if abs(number) < 1 else format(number, ".15g")
    # Three decimals look like thousands to whoever reads the text alone; a fourth one says that they are not.
    return f"{shown}0" if re.search(r"\.\d{3}$", shown) else shown


def _day_text(serial: float, *, is_1904: bool) -> str:
    days = int(serial) + (DAYS_1904 if is_1904 else 0)
    if not 1 <= days <= _SERIAL_MAX or days == 60:
        return ""  # a time of day, or the 29th of February 1900 that never was
    day = _ZERO + dt.timedelta(days=days if days > 60 else days + 1)
    seconds = round((serial - int(serial)) * 86400)
    return f"{day} {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}" if 0 < seconds < 86400 else str(day)


def as_line(cells: list[str]) -> str:
    """One record of the copy: cells with commas between, quoted where they must be."""
    while cells and not cells[-1]:
        cells.pop()
    return ",".join('"' + cell.replace('"', '""') + '"' if '"' in cell or "," in cell else cell for cell in cells)
