"""What a person typed or scanned, read as keys to find a member by. Reads no table and writes none."""

from __future__ import annotations

from members.errors import IdentifierUnreadable
from members.rules.folding import fold_words
from members.rules.identifiers import KeyReading, quick_key, read_key, scanned
from members.rules.text import clean_name, clean_text, mask_key, mask_name, one_line, search_form

__all__ = [
    "KeyReading",
    "clean_name",
    "clean_text",
    "fold_words",
    "guess_identifiers",
    "mask_key",
    "mask_name",
    "one_line",
    "quick_key",
    "read_identifier",
    "read_key",
    "search_form",
]


def read_identifier(*, kind: str, text: str, region: str) -> str:
    """The normalised value; `kind` is phone, email, card or code, `region` the country of bare phones ("RU").

    Raises IdentifierUnreadable when the text is no such thing.
    """
    return read_key(kind, scanned(text) if kind in {"card", "code"} else text, region).value


def guess_identifiers(*, text: str, region: str) -> list[tuple[str, str]]:
    """[(kind, value)] worth trying for one free search field, phone first; empty when it can be nothing."""
    found: list[tuple[str, str]] = []
    for kind in ("phone", "email", "card", "code"):
        try:
            found.append((kind, read_identifier(kind=kind, text=text, region=region)))
        except IdentifierUnreadable:
            continue
    return found
