"""Cells on their way out: a spreadsheet must never run what a customer typed."""

from __future__ import annotations

import unicodedata

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00")


def safe_cell(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet could take it for a formula (full-width signs too)."""
    first = unicodedata.normalize("NFKC", text[:1])
    return f"'{text}" if first.startswith(_DANGEROUS) else text
