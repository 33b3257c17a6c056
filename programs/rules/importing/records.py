"""From lines to records: our own reader, because a broken quote must cost one row and not the rest of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

RECORD_LINES_MAX = 200
RECORD_CHARS_MAX = 1_000_000


class Line(NamedTuple):
    """One physical line without its end. `end` is the byte after it in the file; `problem` a code or "", `note` a
    warning or ""."""

    number: int
    text: str
    end: int
    problem: str = ""
    note: str = ""


class Record(NamedTuple):
    """One record: `line` is where it starts, `end` the byte after it, `problem` why it cannot be used, `note` a
    warning about how its letters were read."""

    line: int
    cells: list[str]
    end: int
    problem: str = ""
    last_line: int = 0
    note: str = ""


def read_records(lines: Iterator[Line], delimiter: str, *, is_wrapped: bool = False) -> Iterator[Record]:
    """Every record, blank ones included. A quote that never closes rejects its own line only; reading goes on after it.

    `is_wrapped`: the whole of each record was quoted once more, as one cell.
    """
    for record in _records(lines, delimiter):
        if is_wrapped and len(record.cells) == 1 and delimiter in record.cells[0] and not record.problem:
            cells, problem = parse_cells(record.cells[0], delimiter)
            yield record._replace(cells=cells, problem=problem)
        else:
            yield record


def _records(lines: Iterator[Line], delimiter: str) -> Iterator[Record]:
    ahead = _Ahead(lines)
    ways = [_Way(ahead, delimiter, is_escaped=False), _Way(ahead, delimiter, is_escaped=True)]
    while first := ahead.take():
        if first.problem or '"' not in first.text:
            cells = first.text.split(delimiter)
            yield Record(first.number, cells, first.end, first.problem, first.number, first.note)
            continue
        cells, problem = parse_cells(first.text, delimiter)
        if problem and (longer := _longer(first, problem, ahead, ways)):
            yield longer
        else:
            yield Record(first.number, cells, first.end, problem, first.number, first.note)


class _Ahead:
    """Lines that were looked at before their turn."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines, self._seen, self._first = lines, list[tuple[Line, int]](), 0
        # How many lines were taken, and how many letters have come so far.
        self.taken = self._letters = 0

    def take(self) -> Line | None:
        """The next line, or None after the last."""
        found = self.peek(0)
        self.drop(1)
        return found[0] if found else None

    def drop(self, count: int) -> None:
        """Let so many lines be taken."""
        self._first += count
        self.taken += count
        if self._first > RECORD_LINES_MAX:
            del self._seen[: self._first]
            self._first = 0

    def peek(self, place: int) -> tuple[Line, int] | None:
        """The line `place` after the next one, and how many letters the file has up to its end."""
        while len(self._seen) <= self._first + place:
            line = next(self._lines, None)
            if line is None:
                return None
            self._letters += len(line.text) + 1
            self._seen.append((line, self._letters))
        return self._seen[self._first + place]


@dataclass(slots=True)
class _Way:
    """One way to read quotes, and what it knows of the lines ahead: whoever is inside quotes before line `open_to` (counted
    as they are taken) is so still when it begins; `is_end`: and never gets out of them.

    Without that, a file of quotes that never close would have every line read two hundred times.
    """

    ahead: _Ahead
    delimiter: str
    is_escaped: bool
    open_to: int = -1
    is_end: bool = False

    def count(self, most: int) -> int:
        """How many more lines has the record whose first line, just taken, ends inside quotes? 0 when it closes in none
        of the next `most`."""
        at = self.ahead.taken
        if self.open_to < at:
            self.open_to, self.is_end = at, False
        next_one = self.ahead.peek(0)
        before = next_one[1] - len(next_one[0].text) if next_one else 0
        while not self.is_end and self.open_to - at < most:
            found = self.ahead.peek(self.open_to - at)
            if found is None:
                self.is_end = True
                break
            line, letters = found
            if letters - before > RECORD_CHARS_MAX:
                break
            _cells, problem = _parse(self._text(line), self.delimiter, is_inside=True)
            if not problem and not line.problem:
                return self.open_to - at + 1
            if line.problem or problem != "unclosed_quote":
                self.is_end = True
            else:
                self.open_to += 1
        return 0

    def _text(self, line: Line) -> str:
        return _hidden(line.text) if self.is_escaped else line.text

    def cells(self, lines: list[Line]) -> list[str]:
        """Of a record that has these lines."""
        cells, _problem = _parse(self._text(lines[0]), self.delimiter)
        for line in lines[1:]:
            more, _problem = _parse(self._text(line), self.delimiter, is_inside=True)
            cells[-1] += "\n" + more[0]
            cells += more[1:]
        return _shown(cells) if self.is_escaped else cells


def _longer(first: Line, problem: str, ahead: _Ahead, ways: list[_Way]) -> Record | None:
    """The record that begins with a line which ends inside quotes, or None when they never close."""
    found: tuple[int, _Way] | None = None
    for way in ways:
        if way.is_escaped and '\\"' in first.text:
            problem = _parse(_hidden(first.text), way.delimiter)[1]
        if problem != "unclosed_quote":
            continue
        most = found[0] - 1 if found else RECORD_LINES_MAX
        if count := way.count(most):
            found = count, way
    if not found:
        return None
    count, way = found
    lines = [first, *(one[0] for place in range(count) if (one := ahead.peek(place)))]
    ahead.drop(count)
    note = next((line.note for line in lines if line.note), "")
    return Record(first.number, way.cells(lines), lines[-1].end, "", lines[-1].number, note)


def parse_cells(text: str, delimiter: str) -> tuple[list[str], str]:
    """(cells, problem): quoted cells with doubled quotes; a quote inside an unquoted cell is a letter like others.

    Where that makes no sense, quotes written as \\" are tried, as some databases write them.
    """
    cells, problem = _parse(text, delimiter)
    if problem and '\\"' in text:
        escaped, trouble = _parse(_hidden(text), delimiter)
        if not trouble:
            return _shown(escaped), ""
    return cells, problem


# Stand for what was escaped while a line is taken apart; no text has them.
_QUOTE, _BACKSLASH = "\ufdd0", "\ufdd1"


def _hidden(text: str) -> str:
    return text.replace("\\\\", _BACKSLASH).replace('\\"', _QUOTE) if "\\" in text else text


def _shown(cells: list[str]) -> list[str]:
    return [cell.replace(_QUOTE, '"').replace(_BACKSLASH, "\\") for cell in cells]


def _parse(text: str, delimiter: str, *, is_inside: bool = False) -> tuple[list[str], str]:
    """(cells, problem) of one line; `is_inside`: it begins inside a quoted cell. With "unclosed_quote" the last cell goes
    on after it."""
    cells: list[str] = []
    at = 0
    while True:
        quote = at
        if not is_inside and delimiter != " " == text[at : at + 1]:
            quote = _blanks_end(text, at)
        if is_inside or text[quote : quote + 1] == '"':
            cell, after, problem = _quoted_cell(text, at if is_inside else quote + 1, delimiter)
            if problem and quote > at:
                # A blank before the quote: only a quote that also closes is one.
                after = text.find(delimiter, at)
                after = len(text) if after < 0 else after
                cell, problem = text[at:after], ""
            cells.append(cell)
            at, is_inside = after, False
            if problem:
                return cells, problem
        else:
            end = text.find(delimiter, at)
            end = len(text) if end < 0 else end
            cells.append(text[at:end])
            at = end
        if at >= len(text):
            return cells, ""
        at += 1


_BLANKS = re.compile(" *+")
_INSIDE = re.compile(r'[^"]*+(?:""[^"]*+)*+')


def _blanks_end(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _quoted_cell(text: str, at: int, delimiter: str) -> tuple[str, int, str]:
    """(the cell whose letters begin at `at`, where it ends, problem)."""
    found = _INSIDE.match(text, at)
    end = found.end() if found else at
    cell = text[at:end].replace('""', '"')
    if end >= len(text):
        return cell, len(text), "unclosed_quote"
    after = end + 1
    if delimiter != " ":
        after = _blanks_end(text, after)
    return cell, after, "" if after >= len(text) or text[after] == delimiter else "bad_quotes"
