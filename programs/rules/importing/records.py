"""From lines to records: our own reader, because a broken quote must cost one row and not the rest of the file."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
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
    waiting: deque[Line] = deque()
    while True:
        first = waiting.popleft() if waiting else next(lines, None)
        if first is None:
            return
        if first.problem or '"' not in first.text:
            cells = first.text.split(delimiter)
            yield Record(first.number, cells, first.end, first.problem, first.number, first.note)
            continue
        yield _quoted(first, lines, waiting, delimiter)


def _quoted(first: Line, lines: Iterator[Line], waiting: deque[Line], delimiter: str) -> Record:
    cells, problem = parse_cells(first.text, delimiter)
    if problem != "unclosed_quote":
        return Record(first.number, cells, first.end, problem, first.number, first.note)
    taken: list[Line] = []
    text, note = first.text, first.note
    quotes = text.count('"')
    while len(taken) < RECORD_LINES_MAX and len(text) < RECORD_CHARS_MAX:
        line = waiting.popleft() if waiting else next(lines, None)
        if line is None or line.problem:
            taken += [line] if line else []
            break
        taken.append(line)
        text += "\n" + line.text
        quotes += line.text.count('"')
        note = note or line.note
        if '"' not in line.text or quotes % 2:
            # An odd number of quotes cannot be closed: not worth reading all of it once more.
            continue
        longer, problem = parse_cells(text, delimiter)
        if not problem:
            return Record(first.number, longer, line.end, "", line.number, note)
        if problem == "bad_quotes":
            break
    waiting.extendleft(reversed(taken))
    return Record(first.number, cells, first.end, "unclosed_quote", first.number, first.note)


def parse_cells(text: str, delimiter: str) -> tuple[list[str], str]:
    """(cells, problem): quoted cells with doubled quotes; a quote inside an unquoted cell is a letter like others.

    Where that makes no sense, quotes written as \\" are tried, as some databases write them.
    """
    cells, problem = _parse(text, delimiter)
    if problem and '\\"' in text:
        escaped, trouble = _parse(text.replace("\\\\", _BACKSLASH).replace('\\"', _QUOTE), delimiter)
        if not trouble:
            return [cell.replace(_QUOTE, '"').replace(_BACKSLASH, "\\") for cell in escaped], ""
    return cells, problem


# Stand for what was escaped while a line is taken apart; no text has them.
_QUOTE, _BACKSLASH = "\ufdd0", "\ufdd1"


def _parse(text: str, delimiter: str) -> tuple[list[str], str]:
    cells: list[str] = []
    at = 0
    while True:
        spaces = 0
        while delimiter != " " == text[at + spaces : at + spaces + 1]:
            spaces += 1
        if text[at + spaces : at + spaces + 1] == '"':
            cell, after, problem = _quoted_cell(text, at + spaces + 1, delimiter)
            if problem and spaces:
                # A blank before the quote: only a quote that also closes is one.
                after = text.find(delimiter, at)
                after = len(text) if after < 0 else after
                cell, problem = text[at:after], ""
            cells.append(cell)
            at = after
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


def _quoted_cell(text: str, at: int, delimiter: str) -> tuple[str, int, str]:
    parts: list[str] = []
    while True:
        end = text.find('"', at)
        if end < 0:
            return "".join([*parts, text[at:]]), len(text), "unclosed_quote"
        parts.append(text[at:end])
        if text[end + 1 : end + 2] == '"':
            parts.append('"')
            at = end + 2
            continue
        after = end + 1
        while text[after : after + 1] == " " != delimiter:
            after += 1
        if after >= len(text) or text[after] == delimiter:
            return "".join(parts), after, ""
        return "".join(parts), after, "bad_quotes"
