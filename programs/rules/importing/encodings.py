"""Which letters the bytes of a file are. People export in whatever their spreadsheet was set to."""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import cache
from typing import Any, cast

import chardet

# What tills and spreadsheets write, in our three languages first: of two that fit as well the earlier one counts.
_CANDIDATES = ("cp1251", "cp1252", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5", "cp1255", "cp862")
# The neighbours': they must fit clearly better.
_FOREIGN = (
    *("koi8-u", "cp855", "cp1250", "iso8859-2", "cp1254", "cp1253", "cp1256", "iso8859-6", "mac-roman", "cp850"),
    *("cp1257", "iso8859-15"),
)
_CLEARLY = 0.15
_AT_HOME = {
    **dict.fromkeys(("PL", "CZ", "SK", "HU", "RO", "HR", "SI", "BA", "AL"), "cp1250"),
    **dict.fromkeys(("TR", "AZ"), "cp1254"),
    **dict.fromkeys(("GR", "CY"), "cp1253"),
    **dict.fromkeys(
        ("EG", "SA", "AE", "JO", "LB", "SY", "IQ", "KW", "QA", "BH", "OM", "YE", "MA", "DZ", "TN"), "cp1256"
    ),
    **dict.fromkeys(("LT", "LV", "EE"), "cp1257"),
}
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
    (b"\x09\x08", "xls_not_supported"),
    (b"BEGIN:V", "not_a_table"),
    (b"PAR1", "not_a_table"),
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
    (b"\x28\xb5\x2f\xfd", "archive_not_table"),
    (b"\x04\x22\x4d\x18", "archive_not_table"),
    (b"MIME-Version:", "web_page_not_table"),
    (b"{\\rtf", "not_a_table"),
    (b"SQLite format 3", "not_a_table"),
    (b"\x7fELF", "not_a_table"),
    (b"MZ\x90", "not_a_table"),
]
_MARKUP = re.compile(
    rb"^\s*(?:<!--(?:(?!-->).)*-->\s*)*(?:<\?xml|<!doctype|<html|<head|<body|<table|<meta|<style|<svg|<script|<div|<font|<center)",
    re.IGNORECASE | re.DOTALL,
)
_SYLK = re.compile(rb"^ID;P[^\n]*\n(?:[A-Z]{1,3};[^\n]*\n)*C;[XYK]")
_JSON = re.compile(rb'^\s*(?:\[\s*\{\s*"|\{\s*"[^"]{1,60}"\s*:)')


def is_zip(head: bytes) -> bool:
    """Does the file begin as a workbook (or another archive of that kind) does?"""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"))


def error_of_content(head: bytes, encoding: str = "") -> str:
    """The code of a file error when the first bytes are of something that is no text table; "" when they may be.
    `encoding` is what encoding_of_head found."""
    plain = head.removeprefix(codecs.BOM_UTF8)
    if encoding.startswith(("utf-16", "utf-32")):
        plain = head.decode(encoding, errors="ignore").lstrip("\ufeff").encode()
    if _MARKUP.match(plain):
        return "web_page_not_table"
    if _JSON.match(plain) or _SYLK.match(plain):
        return "not_a_table"
    for magic, code in _MAGIC:
        if head.startswith(magic) and (magic not in {b"BM", b"BZh", b"Rar!", b"\x09\x08"} or b"\x00" in head[:64]):
            return code
    return ""


def encoding_of_head(head: bytes) -> str:
    """utf-8-sig, utf-7, or utf-16, utf-32 and their -le and -be when the beginning shows it, "" when the whole file
    must be asked.

    `head` is the first few kilobytes. Without a BOM, UTF-16 shows by the high half of every letter being one of
    few bytes: 0 for Latin letters and digits, 4 for Russian, 5 for Hebrew.
    """
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    if b"\x00" not in head:
        return "utf-7" if _is_utf7(head) else ""
    quarters = [head[place::4].count(0) * 4 for place in range(4)]
    if min(quarters[1:]) > 0.9 * len(head) > quarters[0] * 2 or min(quarters[2:]) > 0.97 * len(head) > quarters[0] * 2:
        return "utf-32-le"
    if min(quarters[:3]) > 0.9 * len(head) > quarters[3] * 2 or min(quarters[:2]) > 0.97 * len(head) > quarters[3] * 2:
        return "utf-32-be"
    half = max(1, len(head) // 2)
    for name, highs, lows in (("utf-16-le", head[1::2], head[0::2]), ("utf-16-be", head[0::2], head[1::2])):
        if sum(byte in _HIGH for byte in highs) > 0.97 * len(highs) and lows.count(0) < 0.05 * half and highs.count(0):
            return name
    return ""


# Of the letters of Latin, Greek, Russian, Hebrew and Arabic, and of typographic marks.
_HIGH = {0x00, 0x01, 0x03, 0x04, 0x05, 0x06, 0x20}
_UTF7_RUN = re.compile(rb"\+([A-Za-z0-9+/]{3,})-?")


def _is_utf7(head: bytes) -> bool:
    """Only ASCII, and the runs between + and - decode to words of one alphabet: what some mail programs export."""
    if not head.isascii():
        return False
    runs = _UTF7_RUN.findall(head)
    words = []
    for run in runs:
        try:
            words.append((b"+" + run + b"-").decode("utf-7"))
        except UnicodeDecodeError:
            continue
    good = [word for word in words if not any(map(str.isascii, word.replace(" ", ""))) and _is_one_word(word)]
    return len(good) > 3 and len(good) * 4 > len(runs) * 3


def _is_one_word(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    return len(letters) * 2 > len(text) and len({_script(char) for char in letters}) == 1


def encoding_of_lines(lines: bytes, region: str = "") -> str:
    """The one-byte encoding of a file that is not UTF-8. `lines` are those that hold a byte above 0x7f:
    the plain ones say nothing and drown the rest. `region` is the country of most of its people, "" when nobody said.

    Hebrew as old tills wrote it, from left to right as it is seen, is cp862-visual or iso8859-8-visual.
    """
    letters = {byte for byte in lines if byte >= 0x80}
    # Hebrew letters are the bytes of Russian small letters; a Russian file has capitals or letters after shin too.
    hebrew, never_hebrew = {*range(0xE0, 0xFB)}, {*range(0xC0, 0xE0), 0xFB, 0xFC, 0xFF}
    plain_hebrew = letters & hebrew and not letters & never_hebrew and not any(0x80 <= byte < 0x9F for byte in letters)
    plain_hebrew = plain_hebrew and sum(byte in hebrew for byte in lines) * 5 > sum(byte >= 0x80 for byte in lines) * 4
    # Letters that stand alone among plain ones are marked ones: é in José.
    lone = re.findall(rb"[A-Za-z][\xe0-\xfa](?![\xe0-\xfa])|(?<![\xe0-\xfa])[\xe0-\xfa][A-Za-z]", lines)
    is_marked = len(lone) * 2 > len(_LETTERS.findall(lines))
    if plain_hebrew and _is_seen_from_left(lines, _FINALS, _LETTERS):
        return "iso8859-8-visual"
    if plain_hebrew and not is_marked and not _has_finals_inside(lines, _FINALS):
        return "cp1255"
    # The same letters, as the tills of the eighties wrote them; Russian of that time has small letters besides.
    if letters and all(0x80 <= byte <= 0x9A for byte in letters) and len(letters) > 3:
        words = re.findall(rb"[\x80-\x9a]{2,}", lines)
        most = sum(map(len, words)) * 2 > sum(byte >= 0x80 for byte in lines)
        if most and _is_seen_from_left(lines, _FINALS_OF_DOS, _LETTERS_OF_DOS):
            return "cp862-visual"
        if most and not _has_finals_inside(lines, _FINALS_OF_DOS):
            return "cp862"
    found = cast("dict[str, Any]", chardet.detect(lines, include_encodings=_ASKED))
    likely = _OURS.get(str(found["encoding"]).lower(), "")
    home = _AT_HOME.get(region, "")
    scores = {
        name: _likeness(lines, name) + (0.1 if name == likely else 0) + (0.3 if name == home else 0)
        for name in (*_CANDIDATES, *_FOREIGN)
    }
    if not letters & hebrew or is_marked:
        del scores["cp1255"]
    best = max(_CANDIDATES, key=lambda name: scores.get(name, -100.0))
    abroad = max(_FOREIGN, key=lambda name: scores[name])
    if best == "koi8-r" and scores["koi8-u"] > scores["koi8-r"]:
        return "koi8-u"  # the same but for four letters
    return abroad if scores[abroad] > scores[best] + _CLEARLY else best


# Kaf, mem, nun, pe and tsadi have a form that stands at the end of a word alone; Russian capitals of the same bytes
# stand anywhere.
_FINALS = re.compile(rb"[\xea\xed\xef\xf3\xf5][\xe0-\xfa]")
_FINALS_OF_DOS = re.compile(rb"[\x8a\x8d\x8f\x93\x95][\x80-\x9a]")


_LETTERS = re.compile(rb"[\xe0-\xfa]+")
_LETTERS_OF_DOS = re.compile(rb"[\x80-\x9a]+")


def _is_seen_from_left(lines: bytes, finals: re.Pattern[bytes], letters: re.Pattern[bytes]) -> bool:
    """Do words begin with the forms that only end them? So they do where a screen's picture of Hebrew was stored."""
    words = [word for word in letters.findall(lines) if len(word) > 1]
    begin = sum(bool(finals.match(word)) for word in words)
    # A final form at the end of its word has no letter after it.
    end = sum(bool(finals.match(word[-1:] + word[:1])) for word in words)
    inside = sum(len(finals.findall(word[1:])) for word in words)
    return begin > 2 and begin > 4 * (end + inside)


def turned(text: str) -> str:
    """Hebrew that was stored as it is seen, put into the order in which it is read: each run of its words from its end
    to its beginning."""
    return _HEBREW_RUN.sub(lambda run: run[0][::-1], text)


_HEBREW_RUN = re.compile("[\u05d0-\u05ea]+(?:[ '\"\u05f3\u05f4-]+[\u05d0-\u05ea]+)*")


def _has_finals_inside(lines: bytes, finals: re.Pattern[bytes]) -> bool:
    return len(finals.findall(lines)) * 50 > sum(byte >= 0x80 for byte in lines)


@cache
def _piles() -> re.Pattern[str]:
    marks = "".join(char for char in map(chr, range(0x110000)) if unicodedata.combining(char))
    return re.compile(f"([{marks}]{{30}})[{marks}]+")


def unpiled(text: str) -> str:
    """The text with no more marks on a letter than any script piles on one: thousands would take hours to be put in order."""
    return _piles().sub(r"\1", text)


_COMMON = set(
    "оеаинтсрвлкмдпуяыьй"
    "eaionrstlcéèêàâçñöüäßáíóúôëîãõåøæ"
    "יוהלאמרתבשנ"
    "ąęłśżźćńčřšžěůőűşığ"
    "αοιετσνηρκπλμυάίός"
    "اليمنورتبدعحسهفةأ"
    "іїєґ"
)


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
        scripts = {_script(char) for char in word}
        if len(scripts) > 1:
            score -= 2 * len(word)
        elif scripts == {"LATIN"} and len(word) > 2:
            # Marked letters stand among plain ones; words of nothing else are another alphabet's.
            marked = sum(char > "\x7f" for char in word)
            score -= 1.5 * marked if marked * 2 > len(word) else 0
        if not (word.islower() or word.isupper() or word.istitle() or word.lower() == word.upper()):
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
    return _RUN.sub(lambda run: _mended_run(run[0], 2), text)


def _mended_run(run: str, times: int) -> str:
    for number, view in enumerate(_VIEWS):
        if not all(char in view for char in run):
            continue
        try:
            read = bytes(view[char] for char in run).decode("utf-8")
        except UnicodeDecodeError:
            continue
        if times > 1 and _SUSPECT.search(read):
            # Garbled twice, it is mended twice.
            twice = _RUN.sub(lambda inner: _mended_run(inner[0], times - 1), read)
            read = twice if twice.isprintable() else read
        if number < 2 or len(read) > 1:
            return read if read.isprintable() or "\xa0" in read else run
    return run
