"""The bytes of an uploaded file as one copy in UTF-8, line by line where two programs wrote one file."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from programs.rules.importing.encodings import encoding_of_lines, is_damaged, line_of_two, turned
from programs.rules.importing.glued import Gluing, Span, is_guess, likelier, most_used

LINE_BYTES_MAX = 1_000_000
# Stands at the end of a line that was not in the encoding of the rest.
OTHER_MARK = "\x1e"
# Stands at the end of a line whose words were turned round.
TURNED_MARK = "\x1d"
# Stands at the end of a line in an encoding that too few letters show.
GUESS_MARK = "\x1c"
VISUAL = "-visual"
_BLOCK = 1024 * 1024
_SAMPLE_BYTES = 200_000
_LINES_BETWEEN = 10_000
# More letters than these leave no doubt that a look at their number alone would not see too.
_GUESS_BYTES = 1000
_SURE_BYTES = 20_000
# What programs write after a text of two bytes a letter, taking it for one of one byte.
_STRAY_ENDS = b"\n\r \x00\x1a"


@dataclass(frozen=True, slots=True)
class Reading:
    """The encoding of a file; `other` is that of its lines which are not UTF-8, "" when there are none. Where they are in
    several, `spans` say from which byte on. `is_guess`: too few letters show it."""

    encoding: str
    other: str = ""
    spans: tuple[Span, ...] = ()
    is_guess: bool = False


def reading_of_file(path: Path, shown: str, region: str = "") -> Reading:
    """What the whole file says. `shown` is what its beginning said: a mark of UTF-8 binds only the lines that are.
    `region` is the country of its people, "" when nobody said.

    A file of mostly good UTF-8 stays UTF-8: its few damaged lines are rejected one by one.
    """
    if shown not in {"", "utf-8-sig"} or _is_utf8(path):
        return Reading(shown or "utf-8")
    good = damaged = foreign = 0
    sample, gluing = bytearray(), Gluing(region)
    with path.open("rb") as source:
        for start, line in _raw_lines(source):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                if is_damaged(line.decode("utf-8", errors="replace")):
                    damaged += 1
                    continue
                foreign += 1
                gluing.look(start, line)
                if len(sample) < _SAMPLE_BYTES:
                    sample += line
            else:
                good += 1
    if not sample:
        return Reading(shown or "utf-8")
    other, spans = encoding_of_lines(bytes(sample), region), gluing.spans()
    other = likelier(bytes(sample[:_SURE_BYTES]), other, region)
    is_doubtful = not spans and len(sample) < _GUESS_BYTES and is_guess(bytes(sample), other, region)
    # Letters of one byte are hardly ever valid UTF-8 by chance.
    if shown or (good + damaged and (good + damaged) * 50 >= foreign):
        return Reading(shown or "utf-8", other, spans)
    return Reading(most_used(spans, path.stat().st_size) if spans else other, "", spans, is_doubtful)


def _raw_lines(source: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """(where it begins, the line with its end), ended by LF, or by CR where a file has no LF; long ones in pieces."""
    at = 0
    if not _has_only_cr(source, b"\n"):
        for line in iter(lambda: source.readline(LINE_BYTES_MAX), b""):
            yield at, line
            at += len(line)
        return
    rest = b""
    while block := source.read(_BLOCK):
        *lines, rest = (rest + block).split(b"\r")
        for line in lines:
            yield at, line + b"\r"
            at += len(line) + 1
        if len(rest) >= LINE_BYTES_MAX:
            yield at, rest
            at, rest = at + len(rest), b""
    if rest:
        yield at, rest


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
        if reading.other or reading.spans or reading.is_guess:
            return _copy_lines(read, write, reading, watch)
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
        text = "" if not block and _is_stray(decoder) else decoder.decode(block, final=not block)
        if cr_only:
            text = text.replace("\r", "\n")
        if "\x00" in text:
            return line + text.partition("\x00")[0].count("\n")
        line += text.count("\n")
        if is_visual:
            whole, end, text = (rest + text).rpartition("\n") if block else (rest + text, "", "")
            if len(text) > LINE_BYTES_MAX:
                # Of a line too long to be used nothing need be turned, nor kept.
                rest, text = "", _turned_lines(whole) + end + text
            else:
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


def _is_stray(decoder: codecs.IncrementalDecoder) -> bool:
    """Is what is left at the end half a letter that says nothing?"""
    left = bytes(decoder.getstate()[0])
    return bool(left) and not left.strip(_STRAY_ENDS)


def _copy_lines(read: IO[bytes], write: IO[bytes], reading: Reading, watch: Watch) -> int | None:
    line, is_beginning = 1, True
    spans, encoding = list(reading.spans), reading.other or reading.encoding
    if spans:
        encoding = spans.pop(0).encoding
    for start, raw in _raw_lines(read):
        if line % _LINES_BETWEEN == 0:
            watch(read.tell())
        while spans and spans[0].start <= start:
            encoding = spans.pop(0).encoding
        plain = raw.removeprefix(codecs.BOM_UTF8) if is_beginning else raw
        is_beginning = False
        if b"\x00" in plain:
            return line
        is_end = plain.endswith((b"\n", b"\r"))
        if plain.isascii():
            write.write(plain[:-1] + b"\n" if plain.endswith(b"\r") else plain)
        else:
            text, mark = _marked(plain, encoding, reading)
            body = text.rstrip("\r\n")
            end = text[len(body) :]
            write.write((body + mark + ("\n" if end == "\r" else end)).encode("utf-8", errors="replace"))
        line += is_end
    return None


def _marked(raw: bytes, encoding: str, reading: Reading) -> tuple[str, str]:
    """(the text of a line that is not plain, what is to stand at its end)."""
    name = encoding.removesuffix(VISUAL)
    if reading.other:
        text, is_other = line_of_two(raw, name)
    else:
        text, is_other = raw.decode(name, errors="replace"), encoding != reading.encoding
    is_visual = name != encoding and (is_other or not reading.other)
    mark = OTHER_MARK if is_other else TURNED_MARK if is_visual else GUESS_MARK if reading.is_guess else ""
    return turned(text) if is_visual else text, mark
