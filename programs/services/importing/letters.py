"""The bytes of an uploaded file as one copy in UTF-8, line by line where two programs wrote one file."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from programs.rules.importing.encodings import encoding_of_lines, is_damaged, line_of_two, turned

LINE_BYTES_MAX = 1_000_000
# Stands at the end of a line that was not in the encoding of the rest.
OTHER_MARK = "\x1e"
# Stands at the end of a line whose words were turned round.
TURNED_MARK = "\x1d"
VISUAL = "-visual"
_BLOCK = 1024 * 1024
_SAMPLE_BYTES = 200_000
_LINES_BETWEEN = 10_000


@dataclass(frozen=True, slots=True)
class Reading:
    """The encoding of a file; `other` is that of its lines which are not UTF-8, "" when there are none."""

    encoding: str
    other: str = ""


def reading_of_file(path: Path, shown: str, region: str = "") -> Reading:
    """What the whole file says. `shown` is what its beginning said: a mark of UTF-8 binds only the lines that are.
    `region` is the country of its people, "" when nobody said.

    A file of mostly good UTF-8 stays UTF-8: its few damaged lines are rejected one by one.
    """
    if shown not in {"", "utf-8-sig"} or _is_utf8(path):
        return Reading(shown or "utf-8")
    good = damaged = foreign = 0
    sample = bytearray()
    with path.open("rb") as source:
        for line in iter(lambda: source.readline(LINE_BYTES_MAX), b""):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                if is_damaged(line.decode("utf-8", errors="replace")):
                    damaged += 1
                    continue
                foreign += 1
                if len(sample) < _SAMPLE_BYTES:
                    sample += line
            else:
                good += 1
    other = encoding_of_lines(bytes(sample), region) if sample else ""
    # Letters of one byte are hardly ever valid UTF-8 by chance.
    if other and (good + damaged) * 50 < foreign and not shown:
        return Reading(other)
    if other and not good and not damaged and not shown:
        return Reading(other)
    return Reading(shown or "utf-8", other)


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as source:
        try:
            while block := source.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


type Watch = Callable[[int], None]


def write_copy(source: Path, target: Path, reading: Reading, watch: Watch | None = None) -> int | None:
    """Copy as UTF-8; line ends of old machines (CR alone) become LF. The line of the first NUL, or None.

    `watch` is told now and then how many bytes were read.
    """
    watch = watch or (lambda _bytes: None)
    with source.open("rb") as read, target.open("wb") as write:
        target.chmod(0o600)
        if reading.other:
            return _copy_two(read, write, reading.other, watch)
        return _copy_one(read, write, reading.encoding, watch)


def _has_only_cr(read: IO[bytes], line_feed: bytes) -> bool:
    while block := read.read(_BLOCK):
        if line_feed in block:
            read.seek(0)
            return False
    read.seek(0)
    return True


def _copy_one(read: IO[bytes], write: IO[bytes], encoding: str, watch: Watch) -> int | None:
    is_visual = encoding.endswith(VISUAL)
    decoder = codecs.getincrementaldecoder(encoding.removesuffix(VISUAL))(errors="replace")
    rest = ""
    cr_only = _has_only_cr(read, b"\n")
    line = 1
    while True:
        block = read.read(_BLOCK)
        watch(read.tell())
        text = decoder.decode(block, final=not block)
        if cr_only:
            text = text.replace("\r", "\n")
        if "\x00" in text:
            return line + text.partition("\x00")[0].count("\n")
        line += text.count("\n")
        if is_visual:
            whole, end, text = (rest + text).rpartition("\n") if block else (rest + text, "", "")
            rest, text = text, _turned_lines(whole) + end
        write.write(text.encode("utf-8", errors="replace"))
        if not block:
            return None


def _turned_lines(text: str) -> str:
    lines = text.split("\n")
    for place, line in enumerate(lines):
        body = line.rstrip("\r")
        if (better := turned(body)) != body:
            lines[place] = better + TURNED_MARK + line[len(body) :]
    return "\n".join(lines)


def _copy_two(read: IO[bytes], write: IO[bytes], other: str, watch: Watch) -> int | None:
    cr_only = _has_only_cr(read, b"\n")
    line, is_beginning = 1, True
    for raw in iter(lambda: read.readline(LINE_BYTES_MAX), b""):
        if line % _LINES_BETWEEN == 0:
            watch(read.tell())
        plain = raw.removeprefix(codecs.BOM_UTF8) if is_beginning else raw
        is_beginning = False
        if b"\x00" in plain:
            return line
        if plain.isascii():
            write.write(plain)
        else:
            for piece in plain.split(b"\r") if cr_only else [plain]:
                text, is_other = line_of_two(piece, other.removesuffix(VISUAL))
                text = turned(text) if is_other and other.endswith(VISUAL) else text
                body = text.rstrip("\r\n")
                end = "\n" if cr_only else text[len(body) :]
                write.write((body + (OTHER_MARK if is_other else "") + end).encode("utf-8", errors="replace"))
        line += raw.endswith(b"\n")
    return None
