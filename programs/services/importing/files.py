"""The uploaded file on disk: kept owner-only and never served, read as a stream, however long it is.

Beside the original stands a copy in UTF-8 with plain line ends; everything after the first look reads that.
"""

from __future__ import annotations

import codecs
import hashlib
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from django.conf import settings

from programs.models import ImportBatch
from programs.rules.importing.encodings import encoding_of_head, encoding_of_lines, error_of_content
from programs.rules.importing.plan import ColumnWitness, Plan, plan_of_head
from programs.rules.importing.records import Line, Record, read_records

FILE_BYTES_MAX = 1024**3
LINE_BYTES_MAX = 1_000_000
HEAD_BYTES = 8192
HEAD_LINES = 200
_BLOCK = 1024 * 1024
_SAMPLE_BYTES = 200_000
_WITNESS_RECORDS = 200_000


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look at a file found. `error` is the code of a file error, `error_line` its first bad line."""

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
    """Write an upload to a new owner-only file under MEDIA_ROOT/imports. The name says nothing of the original."""
    name = f"imports/{uuid.uuid4().hex}"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as target:
        path.chmod(0o600)
        for block in blocks:
            size += len(block)
            if size > FILE_BYTES_MAX:
                break
            digest.update(block)
            target.write(block)
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


def look_at(name: str, *, encoding: str = "", mapping: dict[str, str] | None = None) -> Look:
    """Find out how a stored file is to be read, and write its copy. `encoding` and `mapping` overrule the guess."""
    path = path_of(name)
    with path.open("rb") as source:
        head = source.read(HEAD_BYTES)
    if not head.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        return Look(error="empty_file" if not head.strip() else "not_a_table")
    error = error_of_content(head)
    if error:
        return Look(encoding="", error=error)
    encoding = encoding or encoding_of_head(head) or _encoding_of_file(path)
    wide = encoding.startswith("utf-16")
    controls = sum(byte < 32 and byte not in b"\t\r\n" for byte in head)
    if not wide and controls > max(4, len(head) / 50):
        return Look(encoding="", error="not_a_table")
    bad_line = _write_copy(path, copy_of(name), encoding)
    if bad_line is not None:
        return Look(encoding=encoding, error="nul_bytes", error_line=bad_line)
    plan, error = plan_of_head(list(islice(read_lines(name), HEAD_LINES)), mapping)
    if plan is None:
        return Look(encoding=encoding, error=error)
    return Look(encoding=encoding, plan=_witnessed(name, plan))


def _encoding_of_file(path: Path) -> str:
    """utf-8 when the whole file is; else what the lines with other bytes look like. A file of mostly good UTF-8
    stays UTF-8: its few bad lines are rejected one by one."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as source:
        try:
            while block := source.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            pass
        else:
            return "utf-8"
    good = bad = 0
    sample = bytearray()
    with path.open("rb") as source:
        for line in iter(lambda: source.readline(LINE_BYTES_MAX), b""):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                bad += 1
                if len(sample) < _SAMPLE_BYTES:
                    sample += line
            else:
                good += 1
    # Letters of one byte are hardly ever valid UTF-8 by chance.
    return "utf-8" if good and good * 10 >= bad else encoding_of_lines(bytes(sample))


def _write_copy(source: Path, target: Path, encoding: str) -> int | None:
    """Copy as UTF-8; line ends of old machines (CR alone) become LF. The line of the first NUL, or None."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    with source.open("rb") as read:
        cr_only = True
        while block := read.read(_BLOCK):
            if b"\n" in block:
                cr_only = False
                break
    line = 1
    with source.open("rb") as read, target.open("wb") as write:
        target.chmod(0o600)
        while True:
            block = read.read(_BLOCK)
            text = decoder.decode(block, final=not block)
            if cr_only:
                text = text.replace("\r", "\n")
            if "\x00" in text:
                return line + text.partition("\x00")[0].count("\n")
            line += text.count("\n")
            write.write(text.encode("utf-8", errors="replace"))
            if not block:
                return None


def read_lines(name: str, *, offset: int = 0, number: int = 1) -> Iterator[Line]:
    """The lines of the copy from byte `offset`, which is the beginning of line `number`.

    A line above LINE_BYTES_MAX is cut to its beginning with the problem line_too_long, and the rest of it skipped.
    """
    with copy_of(name).open("rb") as source:
        source.seek(offset)
        while raw := source.readline(LINE_BYTES_MAX):
            problem = ""
            if len(raw) >= LINE_BYTES_MAX and not raw.endswith(b"\n"):
                problem, raw = "line_too_long", raw[:1000]
                while (rest := source.readline(LINE_BYTES_MAX)) and not rest.endswith(b"\n"):
                    pass
            text = raw.decode("utf-8", errors="replace").rstrip("\n").removesuffix("\r")
            yield Line(number, text, source.tell(), problem)
            number += 1


def _witnessed(name: str, plan: Plan) -> Plan:
    witness = ColumnWitness(plan)
    for record in islice(read_records(read_lines(name), plan.delimiter), _WITNESS_RECORDS):
        if record.line > plan.header_line and not record.problem:
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
        for record in islice(read_records(read_lines(name), plan.delimiter), HEAD_LINES)
        if record.line > plan.header_line and column < len(record.cells) and record.cells[column].strip()
    ]
    if cells and all(len(cell) == 2 and cell.isascii() and cell.isalpha() for cell in cells):
        return plan.fields
    return tuple("" if meaning == "region" else meaning for meaning in plan.fields)


HEAD_ROWS = 3
HEAD_CELL_CHARS = 60


def first_rows(batch: ImportBatch) -> list[Record]:
    """The first rows of the file as they stand in it, headings first; [] when it could not be read as a table."""
    if not batch.delimiter or not copy_of(batch.stored_name).exists():
        return []
    records = islice(read_records(read_lines(batch.stored_name), batch.delimiter), HEAD_LINES)
    full = [record for record in records if record.line >= (batch.header_line or 1) and any(record.cells)]
    return [replace(record, cells=[_cut(cell) for cell in record.cells[:40]]) for record in full[: HEAD_ROWS + 1]]


def _cut(cell: str) -> str:
    return cell if len(cell) <= HEAD_CELL_CHARS else f"{cell[:HEAD_CELL_CHARS]}…"
