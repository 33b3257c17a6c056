"""A list of people and points as somebody pasted it: one line each, an identifier and a signed amount."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from loyalty_site.ground.rules.money import to_minor
from programs.rules.importing.amounts import read_points

_MINUS = re.compile(r"^[-\u2212\u2010-\u2013\ufe63\uff0d]\s*")
_PLUS = re.compile(r"^[+\uff0b]\s*")
# The amount at the end of a line of commas: its own comma may be the decimal one.
_COMMA_TAIL = re.compile(r',\s*("[^"]*"|[^,]*\d,\d{1,2}|[^,]*)$')


@dataclass(frozen=True, slots=True)
class ListLine:
    """One line of a list: `points` are minor points; `problem` says why it was not understood (points are 0 then).

    Problems: no_points, not_a_number, too_fine, zero.
    """

    number: int
    text: str
    who: str = ""
    points: int = 0
    problem: str = ""


def read_lines(text: str, *, point_decimals: int) -> Iterator[ListLine]:
    """The lines of a pasted list or CSV file, empty ones left out. Separators: semicolon, tab, bar, comma.

    A first line without a digit in it is the headings. Amounts may have a comma or a point, and a sign.
    """
    is_first = True
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip().lstrip("\ufeff")
        if not line:
            continue
        if is_first and not any(map(str.isdigit, line)):
            is_first = False
            continue
        is_first = False
        yield _read_line(number, line, point_decimals)


def _read_line(number: int, line: str, point_decimals: int) -> ListLine:
    who, amount = _cut(line)
    if not who or not amount:
        return ListLine(number, line, who, problem="no_points")
    sign = -1 if _MINUS.match(amount) else 1
    reading = read_points(_PLUS.sub("", _MINUS.sub("", amount)), separator="")
    if reading.points is None:
        return ListLine(number, line, who, problem="not_a_number")
    try:
        minor = to_minor(reading.points, point_decimals)
    except ValueError:
        return ListLine(number, line, who, problem="too_fine")
    if not minor:
        return ListLine(number, line, who, problem="zero")
    return ListLine(number, line, who, sign * minor)


def _cut(line: str) -> tuple[str, str]:
    """(identifier, amount) of a line; columns after the second are left out."""
    for separator in (";", "\t", "|"):
        if separator in line:
            cells = [cell.strip().strip('"').strip() for cell in line.split(separator)]
            return cells[0], cells[1]
    found = _COMMA_TAIL.search(line)
    if not found:
        return line, ""
    return line[: found.start()].strip().strip('"').strip(), found[1].strip().strip('"').strip()
