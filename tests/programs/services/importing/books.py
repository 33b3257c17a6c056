"""Workbooks of a few parts, written by hand: what spreadsheets save, and what no spreadsheet would."""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy;@"/>'
    '<numFmt numFmtId="165" formatCode="00000000"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>'
)


def cell(value, style=0):
    """One cell: a text, a number, None, or raw XML in a tuple."""
    if isinstance(value, tuple):
        return value[0]
    if value is None:
        return "<c/>"
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c s="{style}"><v>{value}</v></c>'


def sheet(*rows):
    """Rows of cells, each a value or (value, style); a row may be (number, cells)."""
    shown = []
    for number, cells in (row if isinstance(row, tuple) else (None, row) for row in rows):
        at = f' r="{number}"' if number else ""
        shown.append(f"<row{at}>{''.join(cell(*one) if isinstance(one, list) else cell(one) for one in cells)}</row>")
    return f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{"".join(shown)}</sheetData></worksheet>'


def book(sheets, *, is_1904=False, strings=(), replace=None):
    """The bytes of a workbook. `sheets` {name: xml} (a name that begins with "-" is hidden); `replace` {part: bytes}."""
    listed, links, parts = [], [], {}
    for number, (name, xml) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if name.startswith("-") else ""
        listed.append(f'<sheet name="{name}" sheetId="{number}"{state} r:id="rId{number}"/>')
        links.append(f'<Relationship Id="rId{number}" Type="{LINKS}/worksheet" Target="worksheets/s{number}.xml"/>')
        parts[f"xl/worksheets/s{number}.xml"] = xml
    links.append(f'<Relationship Id="rIdS" Type="{LINKS}/styles" Target="styles.xml"/>')
    links.append(f'<Relationship Id="rIdT" Type="{LINKS}/sharedStrings" Target="sharedStrings.xml"/>')
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    items = "".join(f"<si>{text}</si>" for text in strings)
    parts |= {
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{space}"><Relationship Id="r" Type="{LINKS}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{LINKS}">'
        f'<workbookPr date1904="{int(is_1904)}"/><sheets>{"".join(listed)}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{space}">{"".join(links)}</Relationships>',
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": f'{HEAD}<sst xmlns="{MAIN}">{items}</sst>',
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (parts | (replace or {})).items():
            archive.writestr(name, data)
    return packed.getvalue()
