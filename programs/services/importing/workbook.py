"""A workbook (XLSX) turned into the plain copy that everything else reads. Nothing in it is trusted: no DTD is read,
no link followed, no formula run, sizes are counted as they are unpacked, and no sheet is ever held in memory."""

from __future__ import annotations

import posixpath
import re
import tempfile
from array import array
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from programs.rules.importing.sheets import (
    BROKEN_CELL,
    CELL_CHARS_MAX,
    COLUMN_MAX,
    Book,
    Style,
    as_line,
    column_of,
    number_text,
    plain_text,
    style_of,
)
from programs.services.importing.archive import PARTS_MAX, Archive, WorkbookRefused, parse

COPY_BYTES_MAX = 1024**3
SHEETS_MAX = 200
ROWS_MAX = 1_048_576
SMALL_PART_BYTES = 16 * 1024**2
SAMPLE_ROWS = 40
STRINGS_IN_MEMORY = 32 * 1024**2


class _Enough(Exception):
    """The sample is taken; the rest of the sheet is not read now."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A visible sheet and the part it is in."""

    name: str
    part: str


@dataclass(slots=True)
class Workbook:
    """An opened book: its visible sheets in their order, and what they share."""

    archive: Archive
    sheets: list[Sheet] = field(default_factory=list)
    book: Book = field(default_factory=Book)
    strings: _Strings | None = None
    strings_part: str = ""

    def close(self) -> None:
        """Let go of the files."""
        self.archive.close()
        if self.strings:
            self.strings.close()


def open_workbook(path: Path) -> Workbook:
    """Look at the directory and the small parts. Raises WorkbookRefused; the caller closes what it got."""
    workbook = Workbook(Archive(path))
    try:
        names = workbook.archive.names
        if not any(name.endswith("workbook.xml") for name in names):
            raise WorkbookRefused("not_xlsx_workbook" if _is_other_office(names) else "archive_not_table")
        _read_book(workbook)
    except WorkbookRefused:
        workbook.close()
        raise
    return workbook


def _is_other_office(names: set[str]) -> bool:
    return any(
        name.startswith(("xl/", "word/", "ppt/", "Index/")) or name in {"content.xml", "mimetype"} for name in names
    )


def _small(workbook: Workbook, name: str) -> Iterator[bytes]:
    if workbook.archive.has(name):
        yield from workbook.archive.read(name)


def _plain(attributes: dict[str, str]) -> dict[str, str]:
    return {name.rpartition("}")[2]: value for name, value in attributes.items()}


def _links(workbook: Workbook, part: str) -> list[dict[str, str]]:
    """The relations of a part to others inside the book; those that lead outside are not followed."""
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    found: list[dict[str, str]] = []

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == "Relationship" and attributes.get("TargetMode") != "External" and len(found) < PARTS_MAX:
            target = attributes.get("Target", "").replace("\\", "/")
            whole = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            found.append({**attributes, "Target": posixpath.normpath(whole)})

    if workbook.archive.has(path):
        parse(_small(workbook, path), start=start, most=SMALL_PART_BYTES)
    return found


def _kind(link: dict[str, str]) -> str:
    return link.get("Type", "").rpartition("/")[2]


def _read_book(workbook: Workbook) -> None:
    root = next((link["Target"] for link in _links(workbook, "") if _kind(link) == "officeDocument"), "xl/workbook.xml")
    links = _links(workbook, root)
    by_id = {link.get("Id", ""): link for link in links}
    sheets: list[Sheet] = []

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == "workbookPr":
            workbook.book.is_1904 = _plain(attributes).get("date1904", "") in {"1", "true", "on"}
        elif element == "sheet" and len(sheets) < SHEETS_MAX:
            plain = _plain(attributes)
            link = by_id.get(plain.get("id", ""))
            if link and _kind(link) == "worksheet" and plain.get("state", "visible") == "visible":
                sheets.append(Sheet(plain.get("name", "")[:31], link["Target"]))

    parse(_small(workbook, root), start=start, most=SMALL_PART_BYTES)
    workbook.sheets = [sheet for sheet in sheets if workbook.archive.has(sheet.part)]
    if not workbook.sheets:
        raise WorkbookRefused("empty_file" if sheets or by_id else "damaged_workbook")
    for link in links:
        if _kind(link) == "styles" and workbook.archive.has(link["Target"]):
            _read_styles(workbook, link["Target"])
        elif _kind(link) == "sharedStrings" and workbook.archive.has(link["Target"]):
            workbook.strings_part = link["Target"]


def _read_styles(workbook: Workbook, part: str) -> None:
    codes: dict[int, str] = {}
    is_in_cells = False

    def start(element: str, attributes: dict[str, str]) -> None:
        nonlocal is_in_cells
        if element == "numFmt":
            codes[_number(attributes.get("numFmtId", ""))] = attributes.get("formatCode", "")
        elif element == "cellXfs":
            is_in_cells = True
        elif element == "xf" and is_in_cells and len(workbook.book.styles) < 65_536:
            number = _number(attributes.get("numFmtId", ""))
            workbook.book.styles.append(style_of(number, codes.get(number, "")))

    def end(element: str) -> None:
        nonlocal is_in_cells
        if element == "cellXfs":
            is_in_cells = False

    parse(_small(workbook, part), start=start, end=end, most=SMALL_PART_BYTES)


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1


class _Strings:
    """The shared strings of a book: a million of them are some text in a file and eight bytes each in memory."""

    def __init__(self) -> None:
        self._text = tempfile.SpooledTemporaryFile(max_size=STRINGS_IN_MEMORY)  # noqa: SIM115
        self._ends = array("Q", [0])

    def add(self, text: str) -> None:
        data = text.encode("utf-8", errors="replace")
        self._text.write(data)
        self._ends.append(self._ends[-1] + len(data))

    def get(self, number: int) -> str:
        if not 0 <= number < len(self._ends) - 1:
            return BROKEN_CELL
        at = self._ends[number]
        self._text.seek(at)
        return self._text.read(self._ends[number + 1] - at).decode("utf-8")

    def close(self) -> None:
        self._text.close()


class _Collected:
    """Text between tags, cut at what a cell can hold: one cell must not fill the memory."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.size = 0

    def add(self, text: str) -> None:
        if self.size < CELL_CHARS_MAX:
            self.parts.append(text)
            self.size += len(text)

    def take(self) -> str:
        text = "".join(self.parts)
        self.parts.clear()
        self.size = 0
        return text


def _strings_of(workbook: Workbook) -> _Strings:
    if workbook.strings:
        return workbook.strings
    strings = workbook.strings = _Strings()
    collected = _Collected()
    depth = {"t": 0, "rPh": 0}

    def start(element: str, _: dict[str, str]) -> None:
        if element in depth:
            depth[element] += 1

    def end(element: str) -> None:
        if element in depth:
            depth[element] -= 1
        elif element == "si":
            strings.add(plain_text(collected.take()))

    def text(data: str) -> None:
        if depth["t"] and not depth["rPh"]:
            collected.add(data)

    if workbook.strings_part:
        parse(_small(workbook, workbook.strings_part), start=start, end=end, text=text)
    return strings


class _Rows:
    """The events of a sheet turned into rows; `take` gets (row number, cells)."""

    def __init__(self, workbook: Workbook, take: Callable[[int, list[str]], None]) -> None:
        self._book, self._strings, self._take = workbook.book, _strings_of(workbook), take
        self.row = 0
        self._cells: list[str] = []
        self._column = -1
        self._kind = ""
        self._style = Style()
        self._plain_style = Style()
        self._has_formula = False
        self._listening = False
        self._phonetic = 0
        self._value = _Collected()

    def start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "c":
            self._start_cell(attributes)
        elif element in {"v", "t"}:
            self._listening = not self._phonetic
        elif element == "f":
            self._has_formula = True
        elif element == "row":
            number = _number(attributes.get("r", ""))
            self.row = number if number > self.row else self.row + 1
            if self.row > ROWS_MAX:
                raise WorkbookRefused("damaged_workbook", self.row)
            self._cells, self._column = [], -1
        elif element == "rPh":
            self._phonetic += 1

    def _start_cell(self, attributes: dict[str, str]) -> None:
        column = column_of(attributes.get("r", ""))
        self._column = column if column is not None and column > self._column else self._column + 1
        self._kind = attributes.get("t", "n")
        styles, number = self._book.styles, _number(attributes.get("s", "0"))
        self._style = styles[number] if 0 <= number < len(styles) else self._plain_style
        self._has_formula = False

    def text(self, data: str) -> None:
        if self._listening:
            self._value.add(data)

    def end(self, element: str) -> None:
        if element in {"v", "t"}:
            self._listening = False
        elif element == "c":
            self._end_cell()
        elif element == "rPh":
            self._phonetic -= 1
        elif element == "row":
            self._take(self.row, self._cells)

    def _end_cell(self) -> None:
        raw = self._value.take()
        text = self._shown(raw)
        if not text and self._has_formula and not raw:
            text = BROKEN_CELL  # a formula that was never calculated
        if not text:
            return
        # What stands right of any real table costs its row, not the memory.
        column = min(self._column, COLUMN_MAX)
        self._cells += [""] * (column - len(self._cells))
        if column < len(self._cells):
            self._cells[column] = text
        else:
            self._cells.append(text)

    def _shown(self, raw: str) -> str:
        if self._kind == "s":
            return self._strings.get(_number(raw.strip())) if raw else ""
        if self._kind in {"inlineStr", "str"}:
            return plain_text(raw)
        if self._kind == "n":
            return number_text(raw.strip(), self._style, is_1904=self._book.is_1904) if raw else ""
        if self._kind == "b":
            return "TRUE" if raw.strip() in {"1", "true"} else "FALSE" if raw else ""
        return plain_text(raw.strip())  # "d": a day in ISO; "e": #N/A and its like


def sample_rows(workbook: Workbook, sheet: Sheet) -> list[list[str]]:
    """The first rows that hold anything."""
    found: list[list[str]] = []

    def take(_: int, cells: list[str]) -> None:
        if any(cells):
            found.append(cells)
        if len(found) >= SAMPLE_ROWS:
            raise _Enough

    rows = _Rows(workbook, take)
    with suppress(_Enough):
        parse(workbook.archive.read(sheet.part), start=rows.start, end=rows.end, text=rows.text)
    return found


def write_sheet(workbook: Workbook, sheet: Sheet, target: Path) -> None:
    """The sheet as comma separated UTF-8, the row of the sheet being the line of the file."""
    workbook.archive.start_over()
    with target.open("wb") as write:
        target.chmod(0o600)
        at, size = 1, 0

        def take(row: int, cells: list[str]) -> None:
            nonlocal at, size
            line = as_line(cells)
            if not line:
                return
            data = b"\n" * (row - at) + line.encode("utf-8", errors="replace")
            at, size = row, size + len(data)
            if size > COPY_BYTES_MAX:
                raise WorkbookRefused("too_large_when_unpacked", row)
            write.write(data)

        rows = _Rows(workbook, take)
        try:
            parse(workbook.archive.read(sheet.part), start=rows.start, end=rows.end, text=rows.text)
        except WorkbookRefused as refusal:
            refusal.line = refusal.line or rows.row or None
            raise
        write.write(b"\n" if size else b"")
