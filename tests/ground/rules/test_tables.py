"""Rows on their way out: nothing a customer typed is run, numbers stay numbers, and our import gives the text back."""

from __future__ import annotations

import csv
import datetime as dt
import io
import xml.etree.ElementTree as ElementTree
from decimal import Decimal

import pytest

from loyalty_site.ground.rules.tables import SHEET_TAIL, Cell, csv_row, safe_cell, sheet_head, sheet_row

# Formulas, the same in full-width signs, and what spreadsheets skip before they look for one.
PAYLOADS = [
    "=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', "=IMPORTXML(A1,B1)", "+1+1", "+79001234501", "-1-1",
    "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "@A1", "\t=1+1", "\r=1+1", "\n=1+1", "\x00=1+1", "＝1+1", "＋1", "－1", "＠A1",
    "﹢1", "﹣1", "﹦1", "﹫A1", "=\u200b1", "=1\n+1", "=A1;B2", "=1,2", '="a""b"', "=‮1", "-", "=",
]  # fmt: skip
HARMLESS = ["Anna", "'quoted", " =1", "a=1", "אנה", "Анна", "1-1", "", "0123"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_could_be_a_formula_gets_an_apostrophe(payload: str):
    assert safe_cell(payload) == f"'{payload}"


@pytest.mark.parametrize("text", HARMLESS)
def test_what_cannot_stays(text: str):
    assert safe_cell(text) == text


def in_csv(cells: list[Cell]) -> list[str]:
    return next(csv.reader(io.StringIO(csv_row(cells), newline="")))


def in_sheet(cells: list[Cell]) -> list[tuple[str, str]]:
    """(type, text) of each cell, as a reader of XML sees them; a formula would be an element of its own."""
    tree = ElementTree.fromstring(sheet_head(is_rtl=False).split("\n", 1)[1] + sheet_row(cells) + SHEET_TAIL)
    found = [cell for cell in tree.iter() if cell.tag.endswith("}c")]
    assert not [one for one in tree.iter() if one.tag.endswith("}f")]
    return [(cell.get("t", "n"), "".join(cell.itertext())) for cell in found]


def test_both_kinds_of_file_hold_the_text_whole():
    plain = [payload for payload in PAYLOADS + HARMLESS if "\x00" not in payload]
    assert in_csv([*plain]) == [safe_cell(text) for text in plain]
    assert in_sheet([*plain]) == [("inlineStr", safe_cell(text)) for text in plain]


def test_numbers_stay_numbers_and_days_are_plain():
    cells = [
        -5,
        Decimal("-12.50"),
        0.5,
        True,
        None,
        dt.date(2026, 3, 10),
        dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC),
    ]
    assert in_csv(cells) == ["-5", "-12.50", "0.5", "1", "", "2026-03-10", "2026-03-10 12:00:00+00:00"]
    assert in_sheet(cells)[:5] == [("n", "-5"), ("n", "-12.50"), ("n", "0.5"), ("n", "1"), ("n", "")]


def test_letters_that_xml_cannot_hold_do_not_break_the_sheet():
    assert in_sheet(["a\x01b\ud800c<&>]]>\x00"]) == [("inlineStr", "abc<&>]]>")]
