"""How one file is read: decided once by looking at it (and by the person who imports it), then used for every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from programs.rules.importing.amounts import separator_shown_by
from programs.rules.importing.days import order_shown_by
from programs.rules.importing.headings import FIELDS, KEY_FIELDS, field_of, fields_of, heading_form, heading_score
from programs.rules.importing.records import Line, Record, read_records

DELIMITERS = (",", ";", "\t", "|")
COLUMNS_MAX = 500
HEAD_RECORDS = 40
_DATE_FIELDS = ("birth_date", "joined_on")


@dataclass(frozen=True, slots=True)
class Plan:
    """`fields[i]` is the meaning of column i ("" ignored); `orders` and `separators` are by column number.

    `header_line` 0: the file has no headings, and `headers` are invented.
    """

    delimiter: str
    header_line: int
    headers: tuple[str, ...]
    fields: tuple[str, ...]
    orders: dict[int, str] = field(default_factory=dict)
    separators: dict[int, str] = field(default_factory=dict)
    conflicts: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For ImportBatch.reading: JSON has no integer keys."""
        data = asdict(self)
        for name in ("orders", "separators"):
            data[name] = {str(column): value for column, value in data[name].items()}
        return data

    @staticmethod
    def from_json(data: dict[str, Any]) -> Plan:
        """The inverse of to_json."""
        return Plan(
            delimiter=data["delimiter"],
            header_line=data["header_line"],
            headers=tuple(data["headers"]),
            fields=tuple(data["fields"]),
            orders={int(column): value for column, value in data["orders"].items()},
            separators={int(column): value for column, value in data["separators"].items()},
            conflicts=tuple(data.get("conflicts", ())),
        )

    def column(self, wanted: str) -> int | None:
        """The column of a field, or None."""
        return self.fields.index(wanted) if wanted in self.fields else None


def plan_of_head(lines: Sequence[Line], mapping: dict[str, str] | None = None) -> tuple[Plan | None, str]:
    """(plan, "") from the first lines of a file, or (None, code of the file error).

    `mapping` is {heading: field}; a heading it does not name is ignored, a field we do not know is guessed.
    """
    best: tuple[tuple[float, ...], str, Record | None, list[Record]] | None = None
    for rank, delimiter in enumerate(DELIMITERS):
        records = [record for record in read_records(iter(lines), delimiter) if any(map(str.strip, record.cells))]
        records = records[:HEAD_RECORDS]
        if not records:
            return None, "empty_file"
        header = _header(records, mapping)
        widths = [len(record.cells) for record in records]
        usual = max(set(widths), key=widths.count)
        steady = widths.count(usual) / len(widths) if usual > 1 else 0.0
        score = (heading_score(header.cells) if header else 0, steady, usual > 1, -rank)
        if best is None or score > best[0]:
            best = (score, delimiter, header, records)
    assert best is not None
    _, delimiter, header, records = best
    if header is None:
        return _headless(records, delimiter, mapping)
    if len(header.cells) > COLUMNS_MAX:
        return None, "too_many_columns"
    headers = tuple(cell.strip().lstrip("\ufeff") for cell in header.cells)
    while headers and not headers[-1]:
        headers = headers[:-1]
    fields = _mapped(headers, mapping) if mapping else fields_of(headers)
    return _checked(Plan(delimiter, header.line, headers, tuple(fields)))


def _header(records: Sequence[Record], mapping: dict[str, str] | None) -> Record | None:
    if mapping:
        wanted = {heading_form(heading) for heading in mapping}
        return next((record for record in records if wanted <= {heading_form(cell) for cell in record.cells}), None)
    scored = [(heading_score(record.cells), -record.line, record) for record in records if not record.problem]
    best = max(scored, key=lambda item: item[:2], default=None)
    return best[2] if best and best[0] else None


def _mapped(headers: Sequence[str], mapping: dict[str, str]) -> list[str]:
    by_form = {heading_form(heading): meaning for heading, meaning in mapping.items()}
    fields: list[str] = []
    for header in headers:
        meaning = by_form.get(heading_form(header), "")
        meaning = meaning if meaning in FIELDS or not meaning else field_of(header)
        fields.append("" if meaning in fields else meaning)
    return fields


def _headless(records: Sequence[Record], delimiter: str, mapping: dict[str, str] | None) -> tuple[Plan | None, str]:
    """No headings: phones and e-mails speak for themselves, nothing else is guessed."""
    if mapping:
        return None, "headings_not_found"
    width = max(len(record.cells) for record in records)
    if width > COLUMNS_MAX:
        return None, "too_many_columns"
    fields = [""] * width
    for column in range(width):
        cells = [record.cells[column].strip() for record in records if column < len(record.cells)]
        full = [cell for cell in cells if cell]
        if not full:
            continue
        if "email" not in fields and sum("@" in cell for cell in full) * 2 > len(full):
            fields[column] = "email"
        elif "phone" not in fields and sum(_is_like_phone(cell) for cell in full) * 2 > len(full):
            fields[column] = "phone"
    headers = tuple(str(number) for number in range(1, width + 1))
    return _checked(Plan(delimiter, 0, headers, tuple(fields)))


def _is_like_phone(cell: str) -> bool:
    return 9 <= sum(map(str.isdigit, cell)) <= 15 and not any(char.isalpha() for char in cell)


def _checked(plan: Plan) -> tuple[Plan | None, str]:
    if not set(plan.fields) & set(KEY_FIELDS):
        return None, "no_key_column"
    return plan, ""


class ColumnWitness:
    """Looks at the cells of a whole file until every date column and the points column have shown their ways."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._dates = [column for column, meaning in enumerate(plan.fields) if meaning in _DATE_FIELDS]
        self._points = [column for column, meaning in enumerate(plan.fields) if meaning == "points"]
        self._seen: dict[int, Counter[str]] = {column: Counter() for column in (*self._dates, *self._points)}

    def look(self, cells: Sequence[str]) -> None:
        """Take one record into account."""
        for column in self._dates:
            if column < len(cells) and (shown := order_shown_by(cells[column])):
                self._seen[column][shown] += 1
        for column in self._points:
            if column < len(cells) and (shown := separator_shown_by(cells[column])):
                self._seen[column][shown] += 1

    def verdict(self) -> Plan:
        """The plan with what was shown. A date column that shows both ways decides nothing and is named in
        `conflicts`; of decimal separators a clear majority decides, since single cells are typed by hand."""
        return replace(
            self.plan,
            orders={column: self._only(column) for column in self._dates},
            separators={column: self._majority(column) for column in self._points},
            conflicts=tuple(column for column in self._dates if len(self._seen[column]) > 1),
        )

    def _only(self, column: int) -> str:
        return next(iter(self._seen[column])) if len(self._seen[column]) == 1 else ""

    def _majority(self, column: int) -> str:
        first, second = [*self._seen[column].most_common(2), ("", 0), ("", 0)][:2]
        return first[0] if first[1] > 2 * second[1] else ""
