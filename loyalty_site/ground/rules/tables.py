"""Rows as text of a CSV file or of a workbook's sheet; and what keeps a spreadsheet from running what a customer typed.

A sheet is written row by row into a plain file and packed into a workbook at the end, so a million rows need no more
memory than one. Pure: whoever calls reads and writes files.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

# Full-width signs are the same to a spreadsheet.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00")
# What XML 1.0 cannot hold at all.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
CELL_MAX = 32_767  # letters in a cell of a workbook
SHEET_ROWS_MAX = 1_048_576
# The first column of every file of ours. A file that comes back with it had its apostrophes put there by us.
MARK = "Regulars: export"

type Cell = str | int | float | Decimal | bool | dt.date | dt.datetime | None

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SHEET_PATH = "xl/worksheets/sheet1.xml"
# The headings stay in sight, columns are wide enough for a name, and the mark, which is for us alone, is hidden.
_SHEET_HEAD = (
    f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView %s workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    '<sheetFormatPr defaultColWidth="18" defaultRowHeight="15"/>'
    '<cols><col min="1" max="1" width="4" hidden="1" customWidth="1"/></cols><sheetData>'
)
SHEET_TAIL = "</sheetData></worksheet>"
# Every part of a workbook besides its one sheet.
WORKBOOK_PARTS = {
    "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    f'<Override PartName="/{SHEET_PATH}" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}">'
    '<bookViews><workbookView/></bookViews><sheets><sheet name="Regulars" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def sheet_head(*, is_rtl: bool) -> str:
    """What a sheet begins with, before its first row; for languages written from the right its columns begin there."""
    return _SHEET_HEAD % f'rightToLeft="{int(is_rtl)}"'


def safe_cell(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet could take it for a formula (full-width signs too)."""
    first = unicodedata.normalize("NFKC", text[:1])
    return f"'{text}" if first.startswith(_DANGEROUS) else text


def csv_row(cells: Sequence[Cell]) -> str:
    """One line of CSV; numbers stay numbers, also negative ones."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_in_csv(cell) for cell in cells])
    return buffer.getvalue()


def _in_csv(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, int | float | Decimal):
        return str(cell)
    return safe_cell(_text(cell)).replace("\x00", "")


def sheet_row(cells: Sequence[Cell]) -> str:
    """One row of a sheet: numbers as numbers, everything else as text, which a workbook never runs."""
    return f"<row>{''.join(_in_sheet(cell) for cell in cells)}</row>"


def _in_sheet(cell: Cell) -> str:
    if cell is None:
        return "<c/>"
    if isinstance(cell, int | float | Decimal):
        return f"<c><v>{int(cell) if isinstance(cell, bool) else cell}</v></c>"
    text = _NOT_XML.sub("", safe_cell(_text(cell)))[:CELL_MAX]
    # A reader of XML makes a line feed of a carriage return, unless it is written as a number.
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text, {"\r": "&#13;"})}</t></is></c>'


def _text(cell: str | dt.date | dt.datetime) -> str:
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    return cell if isinstance(cell, str) else cell.isoformat()
