"""Cells on their way in and out: what spreadsheets do to them, and what they must never be made to do."""

from __future__ import annotations

import re
import unicodedata

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00")
# What spreadsheets write where a formula could not be worked out.
_BROKEN = {
    *("#VALUE!", "#N/A", "#REF!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#GETTING_DATA"),
    *("#ЗНАЧ!", "#Н/Д", "#ССЫЛКА!", "#ДЕЛ/0!", "#ИМЯ?", "#ПУСТО!", "#ЧИСЛО!"),
}
# 7.9161234567E+10: all eleven digits are there. 7.91612E+10 has lost five, and nobody can tell which.
_SCIENTIFIC = re.compile(r"^(\d)[.,](\d+)E\+?(\d{1,2})$", re.IGNORECASE)
_TEXT_FORMULA = re.compile(r'="([^"]*)"')
_WHOLE = re.compile(r"^(\d{6,})[.,]0+$")


def safe_cell(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet could take it for a formula (full-width signs too)."""
    first = unicodedata.normalize("NFKC", text[:1])
    return f"'{text}" if first.startswith(_DANGEROUS) else text


def is_broken(text: str) -> bool:
    """A formula that came to nothing."""
    return "#" in text and text.strip().upper() in _BROKEN


def text_of_formula(cell: str) -> str:
    """What is in ="0501234567": how exports keep a spreadsheet from taking a text for a number. Else the cell."""
    found = _TEXT_FORMULA.fullmatch(cell.strip()) if "=" in cell else None
    return found[1] if found else cell


def whole_number(text: str) -> str:
    """The digits of a long number that a spreadsheet took for an amount: 79161234567.0, 7.9161234567E+10; else ""."""
    if not ("." in text or "," in text):
        return ""
    if found := _WHOLE.match(text):
        return found[1]
    found = _SCIENTIFIC.match(text)
    return found[1] + found[2] if found and len(found[2]) == int(found[3]) else ""
