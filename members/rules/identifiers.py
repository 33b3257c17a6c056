"""Keys to find a person by: from what somebody typed to the one value that is stored and compared.

A reader returns the normalised value or raises IdentifierUnreadable, whose context says `why`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import phonenumbers

from loyalty_site.ground.errors import Said
from members.errors import IdentifierUnreadable
from members.rules.phones import quick_phone
from members.rules.text import fold_width

KINDS = ("phone", "email", "card", "code")
VALUE_MAX = 254
# Nobody writes more into one cell; patterns must not be tried on a page of blanks.
TEXT_MAX = 1000
# So many characters at the end of a number tell a few people from all others.
PART_MIN = 4

_BRACKETED_WORDS = re.compile(r"\([^()\d]*\)")
_EXTENSION = re.compile(r"\s*\(?(?:доб|внутр|вн|ext|extension|שלוחה|x|#)[.:=\s]*\d{1,6}\s*\)?\s*$", re.IGNORECASE)
_LABEL = re.compile(r"^(?:[^\W\d_]{1,20}[.:]*\s*){1,3}(?=[+(\d])")
# A word after the number, as in "8 916 123-45-67 мама". Letters that touch the digits stay: one of them may be a digit.
_WORD_AFTER = re.compile(r"(?<=\d)\s+[^\W\d_]+(?:\s+[^\W\d_]+)?\.?$")
_SEPARATOR = re.compile(r"[,;/\n\r|]+|(?<=\d)\s+(?:или|либо|и|or|and|או)\s+(?=[+(\d])", re.IGNORECASE)
# Two whole numbers with nothing but a space between them.
_TWO_WHOLE = re.compile(r"(\+?\d{10,12})\s+(\+?\d{10,12})")
_DIALLABLE = re.compile(r"^\+?[\d\s().\[\]_\-\u2010-\u2015\u2212]+$")
# Digits of other scripts, which phones and keyboards write in Arabic, Persian or Hindi: they are the same digits.
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
# What stands around a number copied from a sheet or a letter.
_QUOTES = "'\"’‘“”«»"
_SPREADSHEET_NUMBER = re.compile(r"^\d+(?:[.,]\d+)?E\+?\d+$", re.IGNORECASE)
_LINK = re.compile(r"^\s*(?:https?://|www\.)", re.IGNORECASE)
# What readers send around a number: the mark of the kind of barcode, the asterisks of one kind, the ends of a stripe's track.
_BARCODE = re.compile(r"^\][A-Za-z][0-9A-Za-z](?=.)|^\*(?=.+\*$)|(?<=.)\*$")
_TRACK = re.compile(r"^\s*(?:%(?:B(?=\d))?|;)([^^=?]+)[\^=?]")
_CARD = re.compile(r"^[^\W_]+(?:[._/][^\W_]+)*$")
_GROUPING = re.compile(r"[\s()+\u2010-\u2015\u2212]|(?<=\d)-(?=\d)")
_PART = re.compile(r"^[a-z0-9!#$&'*/=?^`{|}~._@-]+$", re.IGNORECASE)
_EMAIL = re.compile(
    r"^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]$"
)
_MAILTO = re.compile(r"^\s*mailto:\s*([^?]*)", re.IGNORECASE)
_BETWEEN_EMAILS = re.compile(r"[,;|/\s]+")
_IN_BRACKETS = re.compile(r"[^<>@]*<([^<>]*)>[.,;]*")
_REMARK = re.compile(r"\s+\([^()@]*\)\s*$")
# Those that _EMAIL lets through without a second thought.
_USUAL_EMAIL = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}", re.ASCII)


class KeyReading(NamedTuple):
    """A key as stored, and what a person should know about how it was read."""

    value: str
    warnings: tuple[str, ...] = ()


def read_phone(text: str, region: str) -> KeyReading:
    """A phone in any spelling to E.164. `region` is the two-letter country of numbers without a country code.

    A letter in the middle (also one that looks like a digit) makes it unreadable: guessing would ring a stranger.
    Of several numbers in one text the first valid one counts, with the warning more_than_one_phone_in_cell.
    """
    if quick := quick_phone(text, region):
        return KeyReading(quick)
    if len(text) > TEXT_MAX:
        raise IdentifierUnreadable(kind=Said("phone"), why="phone_invalid")
    plain = _BRACKETED_WORDS.sub(" ", fold_width(text)).strip().strip(_QUOTES)
    if two := _TWO_WHOLE.fullmatch(plain):
        plain = f"{two[1]};{two[2]}"
    parts = _SEPARATOR.split(plain)
    pieces = [piece for piece in parts if sum(map(str.isdigit, piece)) >= 5]
    if not pieces:
        raise IdentifierUnreadable(kind=Said("phone"), why="phone_invalid")
    value = _one_phone(pieces[0], region)
    if value is None and (len(pieces) > 1 or "/" in plain):
        # 050/123-45-67: the stroke belonged to the number.
        value = _one_phone("".join(parts), region) or next(
            filter(None, (_one_phone(piece, region) for piece in pieces[1:])), None
        )
    if value is None:
        raise IdentifierUnreadable(kind=Said("phone"), why="phone_invalid")
    return KeyReading(value, ("more_than_one_phone_in_cell",) if len(pieces) > 1 else ())


def _one_phone(text: str, region: str) -> str | None:
    plain = _LABEL.sub("", _WORD_AFTER.sub("", _EXTENSION.sub("", text.strip()))).strip()
    if not _DIALLABLE.match(plain):
        return None
    digits = "".join(str(unicodedata.digit(char)) for char in plain if char.isdigit())
    attempts: list[tuple[str, str | None]] = [("+" + digits, None)] if plain.startswith("+") else [(digits, region)]
    if not plain.startswith("+") and 11 <= len(digits) <= 15 and not digits.startswith("0"):
        # A foreign number whose plus was lost, as spreadsheets do: only when it means nothing at home.
        attempts.append(("+" + digits, None))
    for number, country in attempts:
        try:
            parsed = phonenumbers.parse(number, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    return None


def read_email(text: str) -> KeyReading:
    """An address without case, also out of `mailto:` and `Anna <anna@example.com>`. Letters of two alphabets in one part
    are refused: one of them is a look-alike.

    Of several addresses in one text the first valid one counts, with the warning more_than_one_email_in_cell.
    """
    if quick := _quick_email(text):
        return KeyReading(quick)
    if len(text) > TEXT_MAX:
        raise IdentifierUnreadable(kind=Said("e-mail"), why="email_unreadable")
    plain = fold_width(text).strip()
    pieces = [piece for piece in _BETWEEN_EMAILS.split(plain) if "@" in piece] if plain.count("@") > 1 else []
    if len(pieces) < 2:
        return KeyReading(_one_email(plain))
    trouble: IdentifierUnreadable | None = None
    for piece in pieces:
        try:
            return KeyReading(_one_email(piece), ("more_than_one_email_in_cell",))
        except IdentifierUnreadable as refusal:
            trouble = trouble or refusal
    assert trouble is not None
    raise trouble


def _one_email(text: str) -> str:
    if link := _MAILTO.match(text):
        text = link[1]
    bracketed = _IN_BRACKETS.fullmatch(text.strip())
    plain = bracketed[1] if bracketed else _REMARK.sub("", text)
    # White space inside is no part of an address, and two words are not one.
    plain = plain.strip().strip("<>\"'").rstrip(".,;").casefold()
    if any(_is_mixed(part) for part in re.split(r"[@.]", plain)):
        raise IdentifierUnreadable(kind=Said("e-mail"), why="email_mixed_scripts")
    if len(plain) > VALUE_MAX or not _EMAIL.match(plain):
        raise IdentifierUnreadable(kind=Said("e-mail"), why="email_unreadable")
    return plain


def _quick_email(text: str) -> str:
    lowered = text.lower()
    return lowered if len(lowered) <= VALUE_MAX and _USUAL_EMAIL.fullmatch(lowered) and text.isascii() else ""


def _quick_card(text: str) -> str:
    is_plain = text.isalnum() and text.isascii() and len(text) <= 64
    return text.upper() if is_plain and not _SPREADSHEET_NUMBER.match(text) else ""


def quick_key(kind: str, text: str, region: str) -> str:
    """The value of a phone, e-mail, card or code in a usual spelling: what read_key says, without a warning. "" of any
    other text, which may be a key all the same, and of a phone with a dot in it, which may be an amount."""
    if kind == "phone":
        return quick_phone(text, region) if "." not in text else ""
    return _quick_email(text) if kind == "email" else _quick_card(text)


def _is_mixed(word: str) -> bool:
    alphabets = {unicodedata.name(char, "").partition(" ")[0] for char in word if char.isalpha()}
    return len(alphabets) > 1


def read_card(text: str, kind: str = "card") -> KeyReading:
    """A card or code: a text, not a number, so zeros in front stay. Spaces and hyphens are how people group it.

    4.60702E+12 is what a spreadsheet made of a long number; its last digits are gone, so it is refused.
    """
    if quick := _quick_card(text):
        return KeyReading(quick)
    plain = _plain_digits(re.sub(r"[\s\-\u2010-\u2015\u2212]", "", fold_width(text))).upper()
    if not plain or len(plain) > 64 or not _CARD.match(plain) or _SPREADSHEET_NUMBER.match(plain) or _is_mixed(plain):
        raise IdentifierUnreadable(kind=Said("card") if kind == "card" else Said("code"), why=f"{kind}_unreadable")
    return KeyReading(plain)


def scanned(text: str) -> str:
    """What somebody shows to a reader: of a link (a QR code) the card or code in it, named ?card= or ?code=, else the last
    part of its path; of a magnetic stripe its number; without what readers put around a barcode. Any other text as it is.
    Only for finding: a link in a list of cards is no card."""
    if track := _TRACK.match(text):
        return track[1]
    if not _LINK.match(text):
        return _BARCODE.sub("", text.strip())
    try:
        link = urlsplit(text.strip())
        asked = parse_qs(link.query)
    except ValueError:
        return text
    named = next((asked[name][0] for name in ("card", "code") if name in asked), "")
    return named or unquote(link.path.rstrip("/").rpartition("/")[2])


def _plain_digits(text: str) -> str:
    return text if text.isascii() else _OTHER_DIGIT.sub(lambda found: str(unicodedata.digit(found[0])), text)


def part_of_key(text: str) -> str:
    """`text` as a part of a stored key: its letters, digits and marks of addresses, when they are PART_MIN or more;
    else "". Several words are a name, unless they are groups of digits."""
    plain = _plain_digits(_GROUPING.sub("", fold_width(text).strip()))
    if len(plain) < PART_MIN or not _PART.match(plain) or (not plain.isdigit() and len(text.split()) > 1):
        return ""
    return plain


def read_key(kind: str, text: str, region: str) -> KeyReading:
    """Any of KINDS by name. Raises ValueError for another kind, IdentifierUnreadable for unreadable text."""
    if kind == "phone":
        return read_phone(text, region)
    if kind == "email":
        return read_email(text)
    if kind in {"card", "code"}:
        return read_card(text, kind)
    raise ValueError(f"no such kind of identifier: {kind!r}")
