"""How one file is read: decided once by looking at it (and by the person who imports it), then used for every row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import Any

from programs.rules.importing.amounts import separator_shown_by
from programs.rules.importing.days import DayWay, is_dotted, is_written_as_kept, lacks_year, order_shown_by
from programs.rules.importing.guessing import MOST, guess_fields, heading_above, key_candidates, words_above
from programs.rules.importing.headings import CUSTOMERS, Vocabulary, heading_form, is_ours
from programs.rules.importing.records import Line, Record, read_records

DELIMITERS = (",", ";", "\t", "|", "^", "~", "\x1f", ":")
# Stands inside cells too often: it must make one and the same number of them in nearly every row, with headings.
_RARE = ":"
_NEARLY = 0.9
COLUMNS_MAX = 500
HEAD_RECORDS = 120


@dataclass(frozen=True, slots=True)
class Plan:
    """`fields[i]` is the meaning of column i ("" ignored); `orders` and `separators` are by column number.

    `header_line` 0: the file has no headings, and `headers` are invented; `skip_lines` stand above the data all the
    same. `is_wrapped`: every line of the file is one quoted cell that holds the real ones. `yearless` are columns of birthdays without years. `sheet` is the one that was taken of a workbook's `sheets`.
    `candidates` (column, field, share, example) where no key was found; `chosen` the columns whose way of writing a
    person chose; `is_rounding`: points finer than the programme's are rounded down, not rejected.
    """

    delimiter: str
    header_line: int
    headers: tuple[str, ...]
    fields: tuple[str, ...]
    orders: dict[int, str] = field(default_factory=dict)
    separators: dict[int, str] = field(default_factory=dict)
    conflicts: tuple[int, ...] = ()
    skip_lines: int = 0
    yearless: tuple[int, ...] = ()
    is_1904: bool = False
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    is_wrapped: bool = False
    candidates: tuple[tuple[int, str, float, str], ...] = ()
    chosen: tuple[int, ...] = ()
    is_rounding: bool = False

    def to_json(self) -> dict[str, Any]:
        """For ImportBatch.reading: JSON has no integer keys."""
        data = asdict(self)
        for name in ("orders", "separators"):
            data[name] = {str(column): value for column, value in data[name].items()}
        return data

    @staticmethod
    def from_json(data: dict[str, Any]) -> Plan:
        """The inverse of to_json."""
        tuples = ("headers", "fields", "conflicts", "yearless", "sheets", "candidates", "chosen")
        numbered = {name: {int(key): value for key, value in data[name].items()} for name in ("orders", "separators")}
        return Plan(**{**data, **numbered, **{name: tuple(data.get(name, ())) for name in tuples}})

    def column(self, wanted: str) -> int | None:
        """The column of a field, or None."""
        return self.fields.index(wanted) if wanted in self.fields else None

    @property
    def last_head_line(self) -> int:
        """The last line that is above the data."""
        return max(self.header_line, self.skip_lines)

    def is_ours(self) -> bool:
        """Is this a file of rejected rows that we gave out ourselves?"""
        return any(map(is_ours, self.headers))

    def day_way(self, column: int) -> DayWay:
        """How the days of a column are written."""
        return DayWay(self.orders.get(column, ""), self.is_1904, column in self.yearless)


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known besides the file: `mapping` {heading: field} as a person wrote it (a heading it does not name is
    ignored, a field we do not know is guessed), `recall` what the same headings meant the last time, or None, `ways` how
    a person then said that days and decimals are written ({column: ...} each), the `delimiters` that it may have, what
    it is `about`, and the `region` (country) of its people, "" when nobody said."""

    mapping: dict[str, str] | None = None
    recall: Callable[[tuple[str, ...]], tuple[str, ...] | None] | None = None
    ways: Callable[[tuple[str, ...]], tuple[dict[int, str], dict[int, str]]] | None = None
    delimiters: tuple[str, ...] = DELIMITERS
    about: Vocabulary = CUSTOMERS
    region: str = ""


_SEP_LINE = re.compile(r"^\ufeff?\"?sep=(.)\"?[;,\t ]*$", re.IGNORECASE)


def plan_of_head(lines: Sequence[Line], hints: Hints | None = None) -> tuple[Plan | None, str]:
    """(plan, "") from the first lines of a file, or (None, code of the file error)."""
    hints = hints or Hints()
    skip = 0
    for line in lines[:1]:
        if found := _SEP_LINE.match(line.text.strip(" ")):
            said = _plan_of(lines[1:], replace(hints, delimiters=(found[1],)), line.number)
            if said[0] and not said[1] and len(said[0].headers) > 1:
                return said
            # The line says what the file does not do.
            skip, lines = line.number, lines[1:]
    return _plan_of(lines, hints, skip)


def _plan_of(lines: Sequence[Line], hints: Hints, skip: int) -> tuple[Plan | None, str]:
    if not lines:
        return None, "empty_file"
    best: tuple[tuple[float, ...], str, Record | None, list[Record], bool] | None = None
    text = "".join(line.text for line in lines)
    there = [one for one in hints.delimiters if one in text]
    if set(there) <= {_RARE}:
        there.insert(0, hints.delimiters[0])
    for rank, (delimiter, is_wrapped) in enumerate((one, way) for way in (False, True) for one in there):
        read = read_records(iter(lines), delimiter, is_wrapped=is_wrapped)
        # Of a row far wider than any table it is enough to know that it is.
        narrow = (record._replace(cells=record.cells[: COLUMNS_MAX + 1]) for record in read)
        records = list(islice((record for record in narrow if any(map(str.strip, record.cells))), HEAD_RECORDS))
        if not records:
            return None, "empty_file"
        header = _header(records, hints)
        widths = [len(record.cells) for record in records]
        usual = max(set(widths), key=widths.count)
        steady = widths.count(usual) / len(widths) if usual > 1 else 0.0
        if delimiter == _RARE and best and (not header or len(header.cells) != usual or steady < _NEARLY):
            continue
        score = (hints.about.heading_score(header.cells) if header else 0, steady, usual > 1, -rank)
        if best is None or score > best[0]:
            best = (score, delimiter, header, records, is_wrapped)
    assert best is not None
    _, delimiter, header, records, is_wrapped = best
    header = header or (None if hints.mapping else _unknown_heading(records, hints.about))
    if header is None:
        plan, error = _headless(records, delimiter, hints, skip)
        return (replace(plan, is_wrapped=is_wrapped) if plan else None), error
    if len(header.cells) > COLUMNS_MAX:
        return None, "too_many_columns"
    headers = tuple(cell.strip().lstrip("\ufeff") for cell in header.cells)
    while headers and not headers[-1]:
        headers = headers[:-1]
    below = [record for record in records if record.line > header.line]
    fields = _fields(headers, hints, below)
    plan = Plan(delimiter, header.line, headers, fields, skip_lines=skip, is_wrapped=is_wrapped)
    return _checked(plan, hints, below)


def _fields(headers: tuple[str, ...], hints: Hints, below: Sequence[Record]) -> tuple[str, ...]:
    """What a person says goes before what the same headings meant before, that before the words and the content."""
    if hints.mapping:
        return tuple(_mapped(headers, hints.mapping, hints.about))
    ours = sum(map(is_ours, headers))
    before = hints.recall(headers[ours:]) if hints.recall else None
    if before and len(before) == len(headers) - ours:
        return ("",) * ours + before
    fields = hints.about.fields_of(headers)
    if hints.about.kind == CUSTOMERS.kind:
        fields = guess_fields(below, fields, headers, MOST)
    return tuple("" if is_ours(header) else meaning for header, meaning in zip(headers, fields, strict=True))


def _header(records: Sequence[Record], hints: Hints) -> Record | None:
    if hints.mapping:
        wanted = {heading_form(heading) for heading in hints.mapping}
        return next((record for record in records if wanted <= {heading_form(cell) for cell in record.cells}), None)
    scored = [
        (hints.about.heading_score(record.cells), -record.line, record) for record in records if not record.problem
    ]
    best = max(scored, key=lambda item: item[:2], default=None)
    return best[2] if best and best[0] else None


def _unknown_heading(records: Sequence[Record], about: Vocabulary) -> Record | None:
    """The first record when nobody taught us its words, but it looks like headings all the same.

    Of people their phones and addresses tell. Of other things nothing does, so a first row without a digit is taken
    for headings, and a person says what they mean.
    """
    if about.kind == CUSTOMERS.kind:
        found = heading_above(records)
        return found or (None if _has_key_by_content(records) else words_above(records))
    first = records[0]
    is_list = about.single and all(len(record.cells) == 1 for record in records)
    return None if first.problem or is_list or any(map(_has_digit, first.cells)) else first


def _has_key_by_content(records: Sequence[Record]) -> bool:
    width = max(len(record.cells) for record in records)
    return CUSTOMERS.has_key(guess_fields(records, [""] * width, (), 0.5))


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _mapped(headers: Sequence[str], mapping: dict[str, str], about: Vocabulary) -> list[str]:
    by_form = {heading_form(heading): meaning for heading, meaning in mapping.items()}
    fields: list[str] = []
    for header in headers:
        meaning = by_form.get(heading_form(header), "")
        meaning = meaning if meaning in about.fields or not meaning else about.field_of(header)
        fields.append("" if meaning in fields else meaning)
    return fields


def _headless(records: Sequence[Record], delimiter: str, hints: Hints, skip: int) -> tuple[Plan | None, str]:
    """No headings: phones, e-mails, full names and birthdays speak for themselves, nothing else is guessed. A file of
    one column is the list that its kind is (codes, say)."""
    if hints.mapping:
        return None, "headings_not_found"
    width = max(len(record.cells) for record in records)
    if width > COLUMNS_MAX:
        return None, "too_many_columns"
    headers = tuple(str(number) for number in range(1, width + 1))
    if hints.about.kind == CUSTOMERS.kind:
        fields = guess_fields(records, [""] * width, (), 0.5)
    else:
        fields = [hints.about.single if width == 1 else ""] * width
    return _checked(Plan(delimiter, 0, headers, tuple(fields), skip_lines=skip), hints, records)


def _checked(plan: Plan, hints: Hints, records: Sequence[Record]) -> tuple[Plan | None, str]:
    """A table without a column that can be a person's key is no list of customers: its plan, if it has columns that a
    person may choose of, comes with the error. Of other things a person says which column is which."""
    if hints.about.kind != CUSTOMERS.kind or CUSTOMERS.has_key(plan.fields):
        return plan, ""
    found = key_candidates(records, len(plan.headers))
    candidates = tuple((one.column, one.meaning, round(one.share, 2), one.example[:40]) for one in found)
    return (replace(plan, candidates=candidates) if candidates else None), "no_key_column"


class ColumnWitness:
    """Looks at the cells of a whole file until every column of dates or amounts has shown its way."""

    def __init__(self, plan: Plan, about: Vocabulary = CUSTOMERS) -> None:
        self.plan = plan
        self._dates = [column for column, meaning in enumerate(plan.fields) if meaning in about.dates]
        self._points = [column for column, meaning in enumerate(plan.fields) if meaning in about.amounts]
        self._seen: dict[int, Counter[str]] = {column: Counter() for column in (*self._dates, *self._points)}
        self._full: Counter[int] = Counter()
        # 01.13.1985: among dates with dots a slip of the hand, alone a way of writing.
        self._slips: Counter[int] = Counter()
        self._yearless: Counter[int] = Counter()

    def look(self, cells: Sequence[str]) -> None:
        """Take one record into account."""
        for column in self._dates:
            if column < len(cells) and cells[column]:
                self._full[column] += 1
                if is_written_as_kept(cells[column]):  # as most are, and it shows nothing
                    continue
                self._yearless[column] += lacks_year(cells[column])
                if shown := order_shown_by(cells[column]):
                    self._seen[column][shown] += 1
                    self._slips[column] += shown == "mdy" and is_dotted(cells[column])
        for column in self._points:
            if column < len(cells) and (shown := separator_shown_by(cells[column])):
                self._seen[column][shown] += 1

    def verdict(self) -> Plan:
        """The plan with what was shown. A date column that shows both ways decides nothing and is named in
        `conflicts`; of decimal separators a clear majority decides, since single cells are typed by hand."""
        for column, slips in self._slips.items():
            if slips and slips == self._seen[column]["mdy"] and self._seen[column]["dmy"]:
                del self._seen[column]["mdy"]
        return replace(
            self.plan,
            orders={column: self._only(column) for column in self._dates},
            separators={column: self._majority(column) for column in self._points},
            conflicts=tuple(column for column in self._dates if len(self._seen[column]) > 1),
            yearless=tuple(
                column
                for column in self._dates
                if self._yearless[column] * 2 > self._full[column] and self._full[column] > 1
            ),
        )

    def _only(self, column: int) -> str:
        return next(iter(self._seen[column])) if len(self._seen[column]) == 1 else ""

    def _majority(self, column: int) -> str:
        first, second = [*self._seen[column].most_common(2), ("", 0), ("", 0)][:2]
        return first[0] if first[1] > 2 * second[1] else ""
