"""Rows as nearly all of them are, read at once: what is surely plain is taken as it stands.

Whatever is not is left to `understand` (rows.py), which says the same of these rows; a test holds the two together.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence

from programs.rules.importing.days import AGE_SUSPICIOUS, is_written_as_kept, read_day
from programs.rules.importing.headings import KEY_FIELDS, is_total_line
from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record
from programs.rules.importing.rows import LINE_FIELDS, Readers, Understood

_NAMES = ("name", "first_name", "middle_name", "last_name")
_PARTS = _NAMES[1:]
_DAYS = ("birth_date", "joined_on")
_FIELDS = frozenset({"", *KEY_FIELDS, *_NAMES, *LINE_FIELDS, *_DAYS, "points"})
# No more than that is kept of a cell as it was, nor of a name (members: NAME_MAX).
_WHOLE_MAX = 500
_NAME_MAX = 200
_TEXTS = {**dict.fromkeys(_NAMES, _NAME_MAX), **LINE_FIELDS}
_DIGITS_MAX = 12


class UsualReader:
    """Reads the usual rows of one file.

    Such a row `is_usual`: none of its texts, as written or as understood, has a quote, a backslash or a sign that cannot
    be seen. `region` is the country of bare phones.
    """

    def __init__(self, plan: Plan, readers: Readers, *, region: str, today: dt.date) -> None:
        column = {meaning: at for at, meaning in enumerate(plan.fields) if meaning}
        is_twice = len(column) < len(plan.fields) - plan.fields.count("")
        self._width = len(plan.headers) if not is_twice and _FIELDS.issuperset(plan.fields) else -1
        self._heading = plan.headers[0].casefold()
        self._readers, self._region, self._today = readers, region, today
        self._keys = [(kind, column[kind]) for kind in KEY_FIELDS if kind in column]
        self._texts = [(name, column[name], most) for name, most in _TEXTS.items() if name in column]
        self._has_parts = any(part in column for part in _PARTS)
        self._days = [
            (name, column[name], plan.day_way(column[name]), name == "birth_date") for name in _DAYS if name in column
        ]
        # Nobody is born tomorrow, nor so long ago that it is worth a warning.
        self._latest = today.isoformat()
        self._earliest = f"{today.year - AGE_SUSPICIOUS}-01-01"
        self._points = column.get("points")

    def read(self, record: Record) -> Understood | None:
        """None: this row takes `understand`."""
        cells = record.cells
        if len(cells) != self._width or not _is_plain(record):
            return None
        if cells[0].casefold() == self._heading or is_total_line(cells):
            return None
        row = Understood(is_usual=True)
        given = row.given
        is_read = self._take_keys(row, cells) and self._take_texts(given, cells) and self._take_figures(given, cells)
        return row if is_read else None

    def _take_keys(self, row: Understood, cells: Sequence[str]) -> bool:
        quick, region = self._readers.quick_key, self._region
        for kind, at in self._keys:
            if cell := cells[at]:
                value = quick(kind, cell, region)
                if not value:
                    return False
                row.keys.append((kind, value, cell))
                row.given[kind] = value
        return bool(row.keys)

    def _take_texts(self, given: dict[str, str], cells: Sequence[str]) -> bool:
        for name, at, most in self._texts:
            if cell := cells[at]:
                if len(cell) > most:
                    return False
                given[name] = cell
        if self._has_parts and "name" not in given and (parts := [given[part] for part in _PARTS if part in given]):
            given["name"] = self._readers.name(" ".join(parts))
        return True

    def _take_figures(self, given: dict[str, str], cells: Sequence[str]) -> bool:
        for name, at, way, is_birth in self._days:
            if cell := cells[at]:
                if is_written_as_kept(cell) and self._earliest <= cell <= self._latest:
                    given[name] = cell
                    continue
                day = read_day(cell, way=way, today=self._today, birth=is_birth)
                if day.problem or not day.text:
                    return False
                given[name] = day.text
        if self._points is None or not (cell := cells[self._points]):
            return True
        if not (cell.isdigit() and cell.isascii() and len(cell) <= _DIGITS_MAX):
            return False
        given["points"] = str(int(cell))
        return True


def _is_plain(record: Record) -> bool:
    """Is every cell one line, as it is stored, without a sign of damage or of a spreadsheet's hand?"""
    if record.problem or record.note:
        return False
    # Cells that begin or end with a space, or begin with an apostrophe, show at the bars.
    whole = f"|{'|'.join(record.cells)}|"
    return (
        len(whole) <= _WHOLE_MAX
        and whole.isprintable()
        and not (
            "  " in whole
            or "| " in whole
            or " |" in whole
            or "|'" in whole
            or '"' in whole
            or "\\" in whole
            or "#" in whole
            or "?" in whole
        )
        and (whole.isascii() or ("\ufffd" not in whole and unicodedata.is_normalized("NFC", whole)))
    )
