"""Which letters the bytes of a file are. People export in whatever their spreadsheet was set to."""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import cache
from typing import Any, cast

import chardet

# What tills and spreadsheets in our three languages write; a longer list only adds wrong answers.
_CANDIDATES = ("cp1251", "cp1252", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5", "cp1255", "cp862")
_ASKED = ["windows-1251", "windows-1255", "windows-1252", "koi8-r", "cp866"]
_OURS = {
    "windows-1251": "cp1251",
    "windows-1255": "cp1255",
    "windows-1252": "cp1252",
    "koi8-r": "koi8-r",
    "ibm866": "cp866",  # what chardet calls it
}
_BOMS = [
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
_MAGIC = [
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls_not_supported"),
    (b"\x09\x08\x10\x00", "xls_not_supported"),
    (b"\x09\x04\x06\x00", "xls_not_supported"),
    (b"\x09\x02\x06\x00", "xls_not_supported"),
    (b"\x89PNG", "not_a_table"),
    (b"\xff\xd8\xff", "not_a_table"),
    (b"GIF8", "not_a_table"),
    (b"BM", "not_a_table"),
    (b"%PDF", "not_a_table"),
    (b"\x1f\x8b", "archive_not_table"),
    (b"Rar!", "archive_not_table"),
    (b"7z\xbc\xaf", "archive_not_table"),
    (b"\xfd7zXZ", "archive_not_table"),
    (b"BZh", "archive_not_table"),
    (b"{\\rtf", "not_a_table"),
    (b"SQLite format 3", "not_a_table"),
    (b"\x7fELF", "not_a_table"),
    (b"MZ\x90", "not_a_table"),
]
_MARKUP = re.compile(rb"^\s*(?:<\?xml|<!doctype|<html|<head|<body|<table|<meta|<style|<svg|<script)", re.IGNORECASE)
_JSON = re.compile(rb'^\s*(?:\[\s*\{\s*"|\{\s*"[^"]{1,60}"\s*:)')


def is_zip(head: bytes) -> bool:
    """Does the file begin as a workbook (or another archive of that kind) does?"""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"))


def error_of_content(head: bytes) -> str:
    """The code of a file error when the first bytes are of something that is no text table; "" when they may be."""
    plain = head.removeprefix(codecs.BOM_UTF8)
    if _MARKUP.match(plain):
        return "web_page_not_table"
    if _JSON.match(plain):
        return "not_a_table"
    for magic, code in _MAGIC:
        if head.startswith(magic) and (magic not in {b"BM", b"BZh", b"Rar!"} or b"\x00" in head[:64]):
            return code
    return ""


def encoding_of_head(head: bytes) -> str:
    """utf-8-sig, utf-16, utf-32, utf-16-le or utf-16-be when the beginning shows it, "" when the whole file must
    be asked.

    `head` is the first few kilobytes. Without a BOM, UTF-16 shows by the high half of every letter being one of
    few bytes: 0 for Latin letters and digits, 4 for Russian, 5 for Hebrew.
    """
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    if b"\x00" not in head:
        return ""
    half = max(1, len(head) // 2)
    high = {0x00, 0x04, 0x05, 0x20}
    for name, highs, lows in (("utf-16-le", head[1::2], head[0::2]), ("utf-16-be", head[0::2], head[1::2])):
        if sum(byte in high for byte in highs) > 0.97 * len(highs) and lows.count(0) < 0.05 * half and highs.count(0):
            return name
    return ""


def encoding_of_lines(lines: bytes) -> str:
    """The one-byte encoding of a file that is not UTF-8. `lines` are those that hold a byte above 0x7f:
    the plain ones say nothing and drown the rest."""
    letters = {byte for byte in lines if byte >= 0x80}
    # Hebrew letters are the bytes of Russian small letters; a Russian file has capitals or letters after shin too.
    hebrew, never_hebrew = {*range(0xE0, 0xFB)}, {*range(0xC0, 0xE0), 0xFB, 0xFC, 0xFF}
    plain_hebrew = letters & hebrew and not letters & never_hebrew and not any(0x80 <= byte < 0x9F for byte in letters)
    if plain_hebrew and not _has_finals_inside(lines, _FINALS):
        lone = re.findall(rb"[A-Za-z][\xe0-\xfa](?![\xe0-\xfa])|(?<![\xe0-\xfa])[\xe0-\xfa][A-Za-z]", lines)
        return "cp1252" if len(lone) * 2 > len(re.findall(rb"[\xe0-\xfa]+", lines)) else "cp1255"
    # The same letters, as the tills of the eighties wrote them; Russian of that time has small letters besides.
    if letters and all(0x80 <= byte <= 0x9A for byte in letters) and len(letters) > 3:
        words = re.findall(rb"[\x80-\x9a]{2,}", lines)
        most = sum(map(len, words)) * 2 > sum(byte >= 0x80 for byte in lines)
        if most and not _has_finals_inside(lines, _FINALS_OF_DOS):
            return "cp862"
    found = cast("dict[str, Any]", chardet.detect(lines, include_encodings=_ASKED))
    likely = _OURS.get(str(found["encoding"]).lower(), "")
    scores = {name: _likeness(lines, name) for name in _CANDIDATES}
    best = max(scores, key=lambda name: scores[name] + (0.1 if name == likely else 0))
    return best if best != "cp1255" or letters & hebrew else "cp1252"


# Kaf, mem, nun, pe and tsadi have a form that stands at the end of a word alone; Russian capitals of the same bytes
# stand anywhere.
_FINALS = re.compile(rb"[\xea\xed\xef\xf3\xf5][\xe0-\xfa]")
_FINALS_OF_DOS = re.compile(rb"[\x8a\x8d\x8f\x93\x95][\x80-\x9a]")


def _has_finals_inside(lines: bytes, finals: re.Pattern[bytes]) -> bool:
    return len(finals.findall(lines)) * 50 > sum(byte >= 0x80 for byte in lines)


_COMMON = set("оеаинтсрвлкмдпуяыьй" + "eaionrstlcé" + "יוהלאמרתבשנ")


def _likeness(data: bytes, encoding: str) -> float:
    """How much the bytes are words in this encoding, per letter beyond ASCII: capitals begin words, words have one
    script, and most letters are common ones."""
    text = data[:50_000].decode(encoding, errors="replace")
    foreign = [char for char in text if char > "\x7f"]
    score = 0.0
    for char in foreign:
        if char.isalpha():
            score += 1.3 if char.casefold() in _COMMON else 0.7
        else:
            score -= 0.3 if char in "№«»–—’“”°\xa0" else 2
    for word in re.findall(r"[^\W\d_]+", text):
        if word.isascii():
            continue
        if len({_script(char) for char in word}) > 1:
            score -= 2 * len(word)
        if not (word.islower() or word.isupper() or word.istitle()):
            score -= len(word)
    return score / max(1, len(foreign))


@cache
def _script(char: str) -> str:
    return unicodedata.name(char, "?").partition(" ")[0]


def line_of_two(raw: bytes, other: str) -> tuple[str, bool]:
    """A line of a file glued from UTF-8 and `other`: (text, was it the other). A line that is mostly good UTF-8 is
    damaged and keeps its marks of damage; so does one that makes words of two scripts."""
    try:
        return raw.decode("utf-8"), False
    except UnicodeDecodeError:
        text = raw.decode("utf-8", errors="replace")
    if is_damaged(text):
        return text, False
    read = raw.decode(other, errors="replace")
    words = [word for word in re.findall(r"[^\W\d_]+", read) if not word.isascii()]
    if "\ufffd" in read or any(len({_script(char) for char in word}) > 1 for word in words):
        return text, False
    return read, True


def is_damaged(text: str) -> bool:
    """Is a line read as UTF-8 with marks of damage still mostly UTF-8?"""
    return sum(char > "\x7f" and char != "\ufffd" for char in text) >= text.count("\ufffd")


def _view(encoding: str) -> dict[str, int]:
    """What each byte above ASCII was shown as by a program that took UTF-8 for `encoding`."""
    return {bytes([byte]).decode(encoding, errors="ignore") or chr(byte): byte for byte in range(0x80, 0x100)}


_VIEWS = [_view("cp1252"), _view("latin-1"), _view("cp1251"), _view("cp1255")]
_RUN = re.compile(r"[^\x00-\x7f]+")
_TAILS = ["".join(char for char, byte in view.items() if byte < 0xC0) for view in _VIEWS]
_HEADS = [
    "".join(char for char, byte in view.items() if byte in {0xC2, 0xC3, 0xC5, 0xD0, 0xD1, 0xD7}) for view in _VIEWS
]
_SUSPECT = re.compile(
    "|".join(f"[{re.escape(head)}][{re.escape(tail)}]" for head, tail in zip(_HEADS, _TAILS, strict=True))
)


def mended(text: str) -> str:
    """The text with UTF-8 that was once read as a one-byte encoding ("ÐÐ½Ð½Ð°", "РђРЅРЅР°") read right.

    Only what is whole and strictly UTF-8 is touched: a real text of such letters is not.
    """
    if text.isascii() or not _SUSPECT.search(text):
        return text
    return _RUN.sub(lambda run: _mended_run(run[0]), text)


def _mended_run(run: str) -> str:
    for number, view in enumerate(_VIEWS):
        if not all(char in view for char in run):
            continue
        try:
            read = bytes(view[char] for char in run).decode("utf-8")
        except UnicodeDecodeError:
            continue
        if number < 2 or len(read) > 1:
            return read if read.isprintable() or "\xa0" in read else run
    return run
