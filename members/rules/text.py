"""Names and marks: what is kept of a text a person typed, and what only a machine sees and is dropped."""

from __future__ import annotations

import re
import unicodedata

NAME_MAX = 200

_SPACES = re.compile(r"\s+")
_OLD_BREAKS = str.maketrans("\v\f\x85", "\n\n\n")
# Joiners are real letters' glue in Persian, Hindi and emoji; in a name they stay, in a key they go.
_JOINERS = {"\u200c", "\u200d"}


def drop_marks(text: str, *, keep_joiners: bool = False) -> str:
    """Without characters that cannot be seen: bidi controls, zero-width spaces, soft hyphens, BOMs, control codes.

    Line breaks and tabs stay, old machines' breaks of line and page become line breaks; callers that want one line
    collapse them.
    """
    if text.isprintable():
        return text
    return "".join(
        char
        for char in text.translate(_OLD_BREAKS)
        if char in "\n\t\r"
        or (keep_joiners and char in _JOINERS)
        or unicodedata.category(char) not in {"Cf", "Cc", "Co", "Cs"}
    )


def fold_width(text: str) -> str:
    """Compatibility form (full-width digits become plain ones) without invisible marks: the base of every key."""
    return drop_marks(text if text.isascii() else unicodedata.normalize("NFKC", text))


def one_line(text: str) -> str:
    """NFC, invisible marks dropped, every run of white space one space, none at the ends."""
    if text.isprintable() and "  " not in text and (text.isascii() or unicodedata.is_normalized("NFC", text)):
        return text.strip()  # of all white space only the plain space is printable
    return _SPACES.sub(" ", unicodedata.normalize("NFC", drop_marks(text, keep_joiners=True))).strip()


def clean_name(text: str) -> str:
    """A person's or firm's name as stored: one line, at most NAME_MAX characters; letters and case untouched."""
    return one_line(text)[:NAME_MAX].rstrip()


def search_form(name: str) -> str:
    """What the trigram index holds: width and case folded, and Russian io written as ie, as most people do."""
    if name.isascii() and name.isprintable() and "  " not in name:
        return name.strip().lower()[:NAME_MAX]
    return _SPACES.sub(" ", fold_width(name)).strip().casefold().replace("ё", "е")[:NAME_MAX]


def mask_name(name: str) -> str:
    """For screens that strangers see: 'Anna Petrova' -> 'Anna P.'; one word alone is cut to its first letter
    when it is long enough to name somebody."""
    words = name.split()
    if not words:
        return ""
    if len(words) == 1:
        return words[0] if len(words[0]) <= 3 else f"{words[0][0]}."
    return " ".join([words[0], *(f"{word[0]}." for word in words[1:3])])


def mask_key(kind: str, value: str) -> str:
    """Enough of a phone, card, code or e-mail to tell it from the person's others, too little to use it:
    '+12125550123' -> '…0123', 'anna@example.com' -> 'a…@example.com'."""
    if kind == "email":
        box, _at, domain = value.rpartition("@")
        return f"{box[:1]}…@{domain}"
    return f"…{value[-4:]}" if len(value) > 6 else "…"


def clean_text(text: str) -> str:
    """Several lines a person wrote: NFC, invisible marks dropped, line ends as one kind, at most one empty line."""
    plain = unicodedata.normalize("NFC", drop_marks(text, keep_joiners=True)).replace("\r\n", "\n").replace("\r", "\n")
    lines = [" ".join(line.split()) for line in plain.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
