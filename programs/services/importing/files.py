"""The uploaded file on disk: kept owner-only and never served, read as a stream, however long it is.

Beside the original stands a copy in UTF-8 with plain line ends; everything after the first look reads that.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from django.conf import settings

from loyalty_site.ground.disk import needs_room
from programs.models import ImportBatch
from programs.rules.importing.aligned import column_starts, cut_line
from programs.rules.importing.encodings import encoding_of_head, error_of_content, is_zip, mended, unpiled
from programs.rules.importing.headings import Vocabulary
from programs.rules.importing.plan import ColumnWitness, Hints, Plan, plan_of_head
from programs.rules.importing.records import Line, Record, read_records
from programs.rules.importing.sheets import as_line
from programs.services.importing.archive import WorkbookRefused
from programs.services.importing.letters import (
    GUESS_MARK,
    LINE_BYTES_MAX,
    OTHER_MARK,
    TURNED_MARK,
    Reading,
    Watch,
    reading_of_file,
    write_copy,
)
from programs.services.importing.workbook import (
    Sheet,
    Workbook,
    open_workbook,
    sample_rows,
    write_sheet,
)

FILE_BYTES_MAX = 1024**3
# Above this a worker reads the file: a second or two of a person's patience.
BOOK_BYTES_AT_ONCE = 1024**2
TEXT_BYTES_AT_ONCE = 32 * 1024**2
HEAD_BYTES = 8192
HEAD_LINES = 200
HEAD_CHARS = 2_000_000
MENDED_CHARS_MAX = 20_000
# A shorter line cannot keep anything busy.
PLAIN_CHARS = 500
WORKBOOK = "xlsx"
_WITNESS_RECORDS = 200_000


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look at a file found. `error` is the code of a file error, `error_line` its first bad line; only with
    no_key_column there may be a plan too, whose candidates a person may choose of."""

    encoding: str = "utf-8"
    plan: Plan | None = None
    error: str = ""
    error_line: int | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A file taken in: its path below MEDIA_ROOT, its SHA-256 and its size; `error` when it was too large."""

    name: str
    sha256: str
    size: int
    error: str = ""


def store_file(blocks: Iterable[bytes]) -> Stored:
    """Write an upload to a new owner-only file under MEDIA_ROOT/imports. The name says nothing of the original.

    Raises DiskFull; nothing is left of it then.
    """
    name = f"imports/{uuid.uuid4().hex}"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    try:
        with needs_room(), path.open("xb") as target:
            path.chmod(0o600)
            for block in blocks:
                size += len(block)
                if size > FILE_BYTES_MAX:
                    break
                digest.update(block)
                target.write(block)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Stored(name, digest.hexdigest(), size, "file_too_large" if size > FILE_BYTES_MAX else "")


def path_of(name: str) -> Path:
    """The original."""
    return Path(settings.MEDIA_ROOT) / name


def copy_of(name: str) -> Path:
    """The copy in UTF-8."""
    return Path(settings.MEDIA_ROOT) / f"{name}.utf8"


def remove_file(name: str) -> None:
    """Both, if they are there."""
    path_of(name).unlink(missing_ok=True)
    copy_of(name).unlink(missing_ok=True)


def is_slow_to_read(stored: Stored) -> bool:
    """Would the first look keep a person waiting? A workbook is unpacked and parsed whole, a text only copied."""
    with path_of(stored.name).open("rb") as source:
        most = BOOK_BYTES_AT_ONCE if is_zip(source.read(4)) else TEXT_BYTES_AT_ONCE
    return stored.size > most


@contextmanager
def _new_copy(name: str) -> Iterator[Path]:
    """A file that becomes the copy once it is whole: who reads meanwhile sees the one before, or none. Raises DiskFull."""
    part = Path(settings.MEDIA_ROOT) / f"{name}.{uuid.uuid4().hex[:8]}.part"
    try:
        with needs_room():
            yield part
            part.replace(copy_of(name))
    finally:
        part.unlink(missing_ok=True)


def look_at(
    name: str, *, encoding: str = "", sheet: str = "", hints: Hints | None = None, watch: Watch | None = None
) -> Look:
    """Find out how a stored file is to be read, and write its copy. `encoding`, `sheet` (of a workbook) and `hints`
    overrule the guess; `watch` is told how many bytes of the file were read. Raises DiskFull; a copy that was there
    stays as it was."""
    path, hints = path_of(name), hints or Hints()
    with path.open("rb") as source:
        head = source.read(HEAD_BYTES)
    if not head.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        return Look(error="empty_file" if not head.strip() else "not_a_table")
    if is_zip(head):
        return _look_at_workbook(name, sheet, hints, watch)
    shown = encoding_of_head(head)
    error = error_of_content(head, shown)
    if error:
        is_locked = error == "xls_not_supported" and _is_locked(path)
        return Look(encoding="", error="workbook_locked" if is_locked else error)
    reading = Reading(encoding) if encoding else reading_of_file(path, shown, hints.region)
    wide = reading.encoding.startswith(("utf-16", "utf-32"))
    controls = sum(byte < 32 and byte not in b"\t\r\n" for byte in head)
    if not wide and controls > max(4, len(head) / 50):
        return Look(encoding="", error="not_a_table")
    with _new_copy(name) as part:
        bad_line = write_copy(path, part, reading, watch)
    if bad_line is not None:
        return Look(encoding=reading.encoding, error="nul_bytes", error_line=bad_line)
    return _planned(name, reading.encoding, hints)


# What a workbook with a password is called inside the old kind of file that is put around it.
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_BLOCK = 1024 * 1024


def _is_locked(path: Path) -> bool:
    with path.open("rb") as source:
        end = b""
        while block := source.read(_BLOCK):
            if _LOCKED in end + block:
                return True
            end = block[-len(_LOCKED) :]
    return False


def _planned(name: str, encoding: str, hints: Hints) -> Look:
    head = _head_lines(name)
    plan, error = plan_of_head(head, hints)
    if encoding != WORKBOOK and (plan is None or len(plan.headers) == 1):
        plan, error = _aligned(name, head, hints) or (plan, error)
    if plan is None:
        return Look(encoding=encoding, error=error)
    return Look(encoding=encoding, plan=_as_said_before(witnessed(name, plan, hints.about), hints), error=error)


def _aligned(name: str, head: list[Line], hints: Hints) -> tuple[Plan, str] | None:
    """The plan of a table whose columns are aligned with blanks, its copy rewritten with tabs; None when it is none."""
    starts = column_starts([line.text for line in head])
    if not starts:
        return None
    cut = [line._replace(text="\t".join(cut_line(line.text, starts))) for line in head]
    plan, error = plan_of_head(cut, replace(hints, delimiters=("\t",)))
    if plan is None or error:
        return None
    with _new_copy(name) as part, part.open("wb") as write:
        part.chmod(0o600)
        for line in read_lines(name):
            text = line.text.replace("\t", " ") if line.problem else "\t".join(cut_line(line.text, starts))
            text += next((mark for mark, note in _NOTES.items() if note == line.note), "")
            write.write(text.encode("utf-8", errors="replace") + b"\n")
    return plan, ""


def _as_said_before(plan: Plan, hints: Hints) -> Plan:
    """Where the file itself leaves open how days or decimals are written, what a person said the last time counts."""
    orders, separators = hints.ways(plan.headers) if hints.ways else ({}, {})
    open_orders = {column: way for column, way in orders.items() if not plan.orders.get(column, way) and way}
    open_separators = {
        column: way for column, way in separators.items() if not plan.separators.get(column, way) and way
    }
    return replace(
        plan,
        orders={**plan.orders, **open_orders},
        separators={**plan.separators, **open_separators},
        chosen=tuple(sorted({*open_orders, *open_separators})),
    )


def _head_lines(name: str) -> list[Line]:
    """The first lines, but never more of them than fits in little memory."""
    lines: list[Line] = []
    size = 0
    for line in islice(read_lines(name), HEAD_LINES):
        lines.append(line)
        size += len(line.text)
        if size > HEAD_CHARS:
            break
    return lines


def _look_at_workbook(name: str, wanted: str, hints: Hints, watch: Watch | None) -> Look:
    try:
        workbook = open_workbook(path_of(name))
    except WorkbookRefused as refusal:
        return Look(encoding="", error=refusal.code, error_line=refusal.line)
    workbook.archive.watch = watch
    try:
        sheet = _sheet_of(workbook, wanted, hints)
        with _new_copy(name) as part:
            write_sheet(workbook, sheet, part)
    except WorkbookRefused as refusal:
        return Look(encoding="", error=refusal.code, error_line=refusal.line)
    finally:
        workbook.close()
    look = _planned(name, WORKBOOK, replace(hints, delimiters=(",",)))
    if look.plan is None:
        return look
    names = tuple(sheet.name for sheet in workbook.sheets)
    return replace(look, plan=replace(look.plan, is_1904=workbook.book.is_1904, sheet=sheet.name, sheets=names))


def _sheet_of(workbook: Workbook, wanted: str, hints: Hints) -> Sheet:
    """The sheet a person chose; else the first visible one that looks like a table of its kind, else of anything."""
    chosen = next((sheet for sheet in workbook.sheets if wanted and sheet.name == wanted), None)
    if chosen or len(workbook.sheets) == 1:
        return chosen or workbook.sheets[0]
    filled: Sheet | None = None
    for sheet in workbook.sheets:
        rows = sample_rows(workbook, sheet)
        lines = [Line(number, as_line(cells), 0) for number, cells in enumerate(rows, 1)]
        plan, _ = plan_of_head(lines, replace(hints, delimiters=(",",))) if lines else (None, "")
        if plan is not None and hints.about.has_key(plan.fields) and len(rows) > 1:
            return sheet
        filled = filled or (sheet if rows else None)
    return filled or workbook.sheets[0]


def read_lines(name: str, *, offset: int = 0, number: int = 1) -> Iterator[Line]:
    """The lines of the copy from byte `offset`, which is the beginning of line `number`.

    A line above LINE_BYTES_MAX is cut to its beginning with the problem line_too_long, and the rest of it skipped.
    """
    with copy_of(name).open("rb") as source:
        source.seek(offset)
        at = offset
        while raw := source.readline(LINE_BYTES_MAX):
            problem = ""
            at += len(raw)
            if len(raw) >= LINE_BYTES_MAX and not raw.endswith(b"\n"):
                problem, raw = "line_too_long", raw[:1000]
                while rest := source.readline(LINE_BYTES_MAX):
                    at += len(rest)
                    if rest.endswith(b"\n"):
                        break
            text = raw.decode("utf-8", errors="ignore" if problem else "replace").rstrip("\r\n")
            if "\r" in text and '"' not in text and not problem:
                # One machine's line ends amid another's.
                yield from (pieces := list(_pieces(text, number, at - len(raw), at)))
                number += len(pieces)
                continue
            yield _line(number, text, at, problem)
            number += 1


def _pieces(text: str, number: int, start: int, end: int) -> Iterator[Line]:
    parts = text.split("\r")
    for place, part in enumerate(parts):
        start += len(part.encode()) + 1
        yield _line(number + place, part, start if place < len(parts) - 1 else end, "")


_NOTES = {OTHER_MARK: "read_as_other_encoding", TURNED_MARK: "hebrew_turned", GUESS_MARK: "letters_guessed"}


def _line(number: int, text: str, end: int, problem: str) -> Line:
    note = _NOTES.get(text[-1:], "")
    plain = text[:-1] if note else text
    if plain.isascii() or note == "hebrew_turned":
        return Line(number, plain, end, problem, note)
    plain = unpiled(plain) if len(plain) > PLAIN_CHARS else plain
    better = mended(plain) if len(plain) < MENDED_CHARS_MAX else plain
    return Line(number, better, end, problem, note or ("mojibake_mended" if better != plain else ""))


def witnessed(name: str, plan: Plan, about: Vocabulary) -> Plan:
    """The plan with what the cells of a stored file show about how its columns are written."""
    witness = ColumnWitness(plan, about)
    for record in islice(read_records(read_lines(name), plan.delimiter, is_wrapped=plan.is_wrapped), _WITNESS_RECORDS):
        if record.line > plan.last_head_line and not record.problem:
            witness.look(record.cells)
    seen = witness.verdict()
    return replace(seen, fields=_with_country_codes_only(name, seen))


def _with_country_codes_only(name: str, plan: Plan) -> tuple[str, ...]:
    """A column "region" may hold provinces; only one of two-letter country codes says how phones are read."""
    column = plan.column("region")
    if column is None:
        return plan.fields
    cells = [
        record.cells[column].strip()
        for record in islice(read_records(read_lines(name), plan.delimiter, is_wrapped=plan.is_wrapped), HEAD_LINES)
        if record.line > plan.last_head_line and column < len(record.cells) and record.cells[column].strip()
    ]
    if cells and all(len(cell) == 2 and cell.isascii() and cell.isalpha() for cell in cells):
        return plan.fields
    return tuple("" if meaning == "region" else meaning for meaning in plan.fields)


HEAD_ROWS = 3
HEAD_CELL_CHARS = 60


def first_rows(batch: ImportBatch) -> list[Record]:
    """The first rows of the file as they stand in it, headings first; [] when it could not be read as a table."""
    full = [record for record in first_records(batch) if record.line >= (batch.header_line or 1) and any(record.cells)]
    return [record._replace(cells=[_cut(cell) for cell in record.cells[:40]]) for record in full[: HEAD_ROWS + 1]]


def first_records(batch: ImportBatch) -> list[Record]:
    """The records of the first lines, whole; [] when the file could not be read as a table."""
    if not batch.delimiter or not copy_of(batch.stored_name).exists():
        return []
    is_wrapped = bool((batch.reading.get("plan") or {}).get("is_wrapped"))
    return list(read_records(iter(_head_lines(batch.stored_name)), batch.delimiter, is_wrapped=is_wrapped))


def _cut(cell: str) -> str:
    return cell if len(cell) <= HEAD_CELL_CHARS else f"{cell[:HEAD_CELL_CHARS]}…"
