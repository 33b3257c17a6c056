"""Is somebody named in a file that is kept? Asked when they are forgotten, of files whose rows nobody knows."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from programs.rules.importing.encodings import encoding_of_head, is_zip
from programs.services.importing.archive import Archive, WorkbookRefused
from programs.services.importing.files import copy_of, path_of

_BLOCK = 1024 * 1024
_HEAD = 8192
_ENCODINGS = ("utf-8", "cp1251", "cp1255")
# What may stand at the end of one block and go on in the next.
_OVERLAP = 400
# How far people space the digits of a number.
_SPACING = r"[^\d\n]{0,3}"


def file_names(name: str, texts: Sequence[str], digits: Sequence[str]) -> bool:
    """Does the upload `name` have one of `texts` (lower case) or, however spaced, of the numbers `digits`?

    A workbook is read with all of its sheets, a file that has no copy yet in the encodings that it may be in. True for
    what cannot be read: nobody could say that it does not.
    """
    path, copy = path_of(name), copy_of(name)
    numbers = re.compile("|".join(_SPACING.join(number) for number in digits)) if digits else None
    if copy.exists():
        with copy.open("rb") as source:
            if _is_in(iter(lambda: source.read(_BLOCK), b""), texts, numbers):
                return True
    if not path.exists():
        return False
    with path.open("rb") as source:
        head = source.read(_HEAD)
    if not is_zip(head):
        return not copy.exists() and _is_in_plain(path, head, texts, numbers)
    try:
        archive = Archive(path)
    except WorkbookRefused:
        return True
    try:
        return any(_is_in(archive.read(part), texts, numbers) for part in sorted(archive.names))
    except WorkbookRefused:
        return True
    finally:
        archive.close()


def _is_in_plain(path: Path, head: bytes, texts: Sequence[str], numbers: re.Pattern[str] | None) -> bool:
    shown = encoding_of_head(head)
    for encoding in [shown] if shown else _ENCODINGS:
        with path.open("rb") as source:
            if _is_in(iter(lambda: source.read(_BLOCK), b""), texts, numbers, encoding):
                return True
    return False


def _is_in(
    blocks: Iterable[bytes], texts: Sequence[str], numbers: re.Pattern[str] | None, encoding: str = "utf-8"
) -> bool:
    return any(
        any(text in block for text in texts) or (numbers is not None and numbers.search(block) is not None)
        for block in _letters(blocks, encoding)
    )


def _letters(blocks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """In lower case, each block with the end of the one before."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    tail = ""
    for block in blocks:
        text = tail + decoder.decode(block).lower()
        yield text
        tail = text[-_OVERLAP:]
