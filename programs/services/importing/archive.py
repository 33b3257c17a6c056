"""The parts of a workbook's archive, unpacked and parsed as a stream: sizes are counted as they come out, whatever the
archive says of itself, and a DTD is refused before an entity of it can be one."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from xml.parsers import expat

UNPACKED_BYTES_MAX = 1024**3
RATIO_MAX = 100
RATIO_FREE_BYTES = 32 * 1024**2
PARTS_MAX = 2000
DIRECTORY_BYTES_MAX = 1024**2
TOKEN_BYTES_MAX = 1024**2
# Real sheets are seven deep; what is open costs memory as long as it is.
DEPTH_MAX = 100
NAMES_MAX = 1000
_BLOCK = 64 * 1024
_END = b"PK\x05\x06"


class WorkbookRefused(Exception):
    """`code` is a file error's; `line` the row it was met in, None when it is the whole book."""

    def __init__(self, code: str, line: int | None = None) -> None:
        super().__init__(code)
        self.code, self.line = code, line


class Archive:
    """An archive whose directory was found sound. `read` streams a part; `close` lets go of the file.

    Raises WorkbookRefused when the directory is too large, locked, or promises more than we unpack.
    """

    def __init__(self, path: Path) -> None:
        _check_directory(path)
        self._source: IO[bytes] = path.open("rb")
        self._unpacked = self._seen = 0
        # Told after every block how many packed bytes were read, a part that is read twice counting twice.
        self.watch: Callable[[int], None] | None = None
        try:
            self._zip = zipfile.ZipFile(self._source)
            infos = self._zip.infolist()
            if any(info.flag_bits & 1 for info in infos):
                raise WorkbookRefused("workbook_locked")
            if sum(info.file_size for info in infos) > UNPACKED_BYTES_MAX:
                raise WorkbookRefused("too_large_when_unpacked")
            if any(_is_blown(info.file_size, info.compress_size) for info in infos):
                raise WorkbookRefused("too_large_when_unpacked")
            # Some writers put backslashes into names, or other capitals than their links have.
            self._parts = {_part_name(info.filename): info for info in reversed(infos)}
            self.names = set(self._parts)
        except (zipfile.BadZipFile, NotImplementedError, struct.error, UnicodeError, OSError, ValueError) as error:
            self._source.close()
            raise WorkbookRefused("damaged_workbook") from error
        except WorkbookRefused:
            self._source.close()
            raise

    def has(self, name: str) -> bool:
        """Is there such a part?"""
        return _part_name(name) in self._parts

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()
        self._source.close()

    def start_over(self) -> None:
        """Count what is unpacked anew: a sheet that was looked at is read once more."""
        self._unpacked = 0

    def read(self, name: str) -> Iterator[bytes]:
        """A part, unpacked here and counted here: the sizes written in the archive are only claims."""
        info = self._parts.get(_part_name(name))
        if info is None:
            raise WorkbookRefused("damaged_workbook")
        source = self._source
        source.seek(info.header_offset)
        header = source.read(30)
        if len(header) < 30 or header[:4] != b"PK\x03\x04" or info.compress_type not in {0, 8}:
            raise WorkbookRefused("damaged_workbook")
        at = info.header_offset + 30 + sum(struct.unpack("<HH", header[26:30]))
        left = info.compress_size
        unpacker = zlib.decompressobj(-15) if info.compress_type == 8 else None
        produced = taken = 0
        while left > 0 and not (unpacker and unpacker.eof):
            source.seek(at)
            block = source.read(min(_BLOCK, left))
            if not block:
                raise WorkbookRefused("damaged_workbook")
            at, left, taken = at + len(block), left - len(block), taken + len(block)
            self._seen += len(block)
            if self.watch:
                self.watch(self._seen)
            while block:
                try:
                    data = unpacker.decompress(block, _BLOCK * 4) if unpacker else block
                except zlib.error as error:
                    raise WorkbookRefused("damaged_workbook") from error
                block = unpacker.unconsumed_tail if unpacker else b""
                produced += len(data)
                self._unpacked += len(data)
                if self._unpacked > UNPACKED_BYTES_MAX or _is_blown(produced, taken):
                    raise WorkbookRefused("too_large_when_unpacked")
                yield data
        if unpacker and not unpacker.eof:
            raise WorkbookRefused("damaged_workbook")


def _part_name(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _is_blown(unpacked: int, packed: int) -> bool:
    return unpacked > RATIO_FREE_BYTES and unpacked > RATIO_MAX * max(1, packed)


def _check_directory(path: Path) -> None:
    """The directory is read whole by zipfile: its size is asked of its end record first."""
    size = path.stat().st_size
    with path.open("rb") as source:
        source.seek(max(0, size - 65_557))
        tail = source.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise WorkbookRefused("damaged_workbook")
    count, directory = struct.unpack("<HL", tail[at + 10 : at + 16])
    if count > PARTS_MAX or directory > DIRECTORY_BYTES_MAX:
        raise WorkbookRefused("too_many_parts")


class _Names(dict[str, str]):
    """Element names without their namespace."""

    def __missing__(self, name: str) -> str:
        if len(self) > NAMES_MAX:
            raise WorkbookRefused("damaged_workbook")
        plain = self[name] = name.rpartition("}")[2]
        return plain


class _Elements:
    """What is open: told by its plain name, and refused when it is deeper than any sheet."""

    def __init__(self, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None] | None) -> None:
        self._start, self._end, self._names, self._depth = start, end, _Names(), 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise WorkbookRefused("damaged_workbook")
        self._start(self._names[name], attributes)

    def end(self, name: str) -> None:
        self._depth -= 1
        if self._end:
            self._end(self._names[name])


def parse(
    blocks: Iterator[bytes],
    *,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
    most: int = 0,
) -> None:
    """Feed a part to the parser. A DTD is refused before anything in it could be an entity."""
    parser = expat.ParserCreate(namespace_separator="}")

    def refuse(*_: object) -> None:
        raise WorkbookRefused("workbook_has_dtd")

    elements = _Elements(start, end)
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = elements.begin
    parser.EndElementHandler = elements.end
    if text:
        parser.CharacterDataHandler = text
    fed = 0
    try:
        for block in blocks:
            fed += len(block)
            if most and fed > most:
                raise WorkbookRefused("too_large_when_unpacked")
            parser.Parse(block, False)  # noqa: FBT003
            if fed - parser.CurrentByteIndex > TOKEN_BYTES_MAX:
                raise WorkbookRefused("damaged_workbook")
        parser.Parse(b"", True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise WorkbookRefused("damaged_workbook", line=None) from error
