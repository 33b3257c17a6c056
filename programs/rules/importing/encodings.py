"""Which letters the bytes of a file are. People export in whatever their spreadsheet was set to."""

from __future__ import annotations

import codecs
from typing import Any, cast

import chardet

# What spreadsheets in our three languages write; a longer list only adds wrong answers.
_CANDIDATES = ["windows-1251", "windows-1255", "windows-1252", "koi8-r", "cp866"]
_OURS = {
    "windows-1251": "cp1251",
    "windows-1255": "cp1255",
    "windows-1252": "cp1252",
    "koi8-r": "koi8-r",
    "ibm866": "cp866",  # what chardet calls it
}
_BOMS = [(codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")]
_MAGIC = [
    (b"PK\x03\x04", "xlsx_not_supported_yet"),
    (b"PK\x05\x06", "xlsx_not_supported_yet"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls_not_supported"),
    (b"\x89PNG", "not_a_table"),
    (b"\xff\xd8\xff", "not_a_table"),
    (b"GIF8", "not_a_table"),
    (b"%PDF", "not_a_table"),
    (b"\x1f\x8b", "not_a_table"),
    (b"Rar!", "not_a_table"),
    (b"7z\xbc\xaf", "not_a_table"),
    (b"{\\rtf", "not_a_table"),
]


def error_of_content(head: bytes) -> str:
    """The code of a file error when the first bytes are of something that is no text table; "" when they may be."""
    return next((code for magic, code in _MAGIC if head.startswith(magic)), "")


def encoding_of_head(head: bytes) -> str:
    """utf-8-sig, utf-16, utf-16-le or utf-16-be when the beginning shows it, "" when the whole file must be asked.

    `head` is the first few kilobytes. Without a BOM, UTF-16 shows by NUL in every second byte.
    """
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    if b"\x00" in head:
        half = max(1, len(head) // 2)
        even, odd = head[0::2].count(0) / half, head[1::2].count(0) / half
        if odd > 0.3 and even < 0.05:
            return "utf-16-le"
        if even > 0.3 and odd < 0.05:
            return "utf-16-be"
    return ""


def encoding_of_lines(lines: bytes) -> str:
    """The one-byte encoding of a file that is not UTF-8. `lines` are those that hold a byte above 0x7f:
    the plain ones say nothing and drown the rest."""
    letters = {byte for byte in lines if byte >= 0x80}
    # Hebrew letters are the bytes of Russian small letters; a Russian file has capitals or letters after shin too.
    hebrew, never_hebrew = {*range(0xE0, 0xFB)}, {*range(0xC0, 0xE0), 0xFB, 0xFC, 0xFF}
    if letters & hebrew and not letters & never_hebrew and not any(0x80 <= byte < 0x9F for byte in letters):
        return "cp1255"
    found = cast("dict[str, Any]", chardet.detect(lines, include_encodings=_CANDIDATES))
    return _OURS.get(str(found["encoding"]).lower(), "cp1252")
