"""One record understood: its keys, its values, and why it cannot be used. Knows nothing of who is in the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR

from programs.rules.importing.amounts import read_points
from programs.rules.importing.cells import is_broken, text_of_formula, whole_number
from programs.rules.importing.consents import Answered, read_said
from programs.rules.importing.days import DayWay, read_day
from programs.rules.importing.headings import (
    CONSENT_FIELDS,
    FIELDS,
    KEY_FIELDS,
    REFUSALS,
    SPARES,
    heading_form,
    is_total_line,
)
from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record

NOTE_MAX = 5000
LINE_FIELDS = {"city": 120, "street": 200, "postcode": 20, "source": 40}
_LANGUAGES = {
    **dict.fromkeys(("en", "eng", "english", "английский", "англ", "אנגלית"), "en"),
    **dict.fromkeys(("ru", "rus", "russian", "русский", "рус", "רוסית"), "ru"),
    **dict.fromkeys(("he", "heb", "iw", "hebrew", "иврит", "עברית"), "he"),
}
_QUOTES = " \t'\"“”„‟«»‘’"
_SEX = {
    **dict.fromkeys(("f", "female", "woman", "ж", "жен", "женский", "נ", "נקבה", "אישה"), "f"),
    **dict.fromkeys(("m", "male", "man", "м", "муж", "мужской", "ז", "זכר", "גבר"), "m"),
}


_NAMES = ("name", "first_name", "middle_name", "last_name")
# Somebody new whose row says nothing else is enrolled by statements over whole tables (services/importing/arrivals.py).
PLAIN_FIELDS = frozenset(
    {*_NAMES, *KEY_FIELDS, *LINE_FIELDS, "note", "sex", "language", "birth_date", "joined_on", "points"}
)
_FREE_TEXT = {*_NAMES, *LINE_FIELDS, "note", "sex", "language"}
_KNOWN_FIELDS = frozenset(FIELDS)
_KEYS_AND_SPARES = {*KEY_FIELDS, *SPARES.values()}


@dataclass(frozen=True, slots=True)
class Readers:
    """What lower rooms know: keys by (kind, text, region) -> (value, warnings, why unreadable); names; one line; other fields."""

    key: Callable[[str, str, str], tuple[str, tuple[str, ...], str]]
    name: Callable[[str], str]
    line: Callable[[str], str]
    # A cell of an optional field, or of one of the company's own, by (meaning, text) -> (one spelling, problem).
    field: Callable[[str, str], tuple[str, str]] = lambda _meaning, _text: ("", "")
    # What `key` says, with no warning, of a text in a usual spelling; "" of others, which may be keys all the same.
    quick_key: Callable[[str, str, str], str] = lambda _kind, _text, _region: ""


@dataclass(slots=True)
class Understood:
    """`given` holds the row's own readable values as text; `keys` are (kind, value, as written).

    `outcome` is "" while the row may load, "skip" (no customer), "blank" or "reject" with a `reason`. `is_usual`: read
    by usual.py.
    """

    outcome: str = ""
    reason: str = ""
    given: dict[str, str] = field(default_factory=dict)
    keys: list[tuple[str, str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    said: Answered | None = None
    tier: str = ""
    is_usual: bool = False

    def refuse(self, reason: str) -> Understood:
        """The row as rejected."""
        self.outcome, self.reason = "reject", reason
        return self

    def forget(self) -> Understood:
        """The row of somebody who asked to be forgotten: rejected, with nothing of it left."""
        return Understood(outcome="reject", reason="erased")


def understand(
    record: Record, plan: Plan, readers: Readers, *, region: str, point_decimals: int, today: dt.date
) -> Understood:
    """Read one record. `region` is the country of bare phones unless the row names its own."""
    row = Understood()
    cells = record.cells
    if not record.problem and not any(map(readers.line, cells)):
        row.outcome = "blank"
        return row
    if _is_heading_again(cells, plan):
        row.outcome, row.reason = "skip", "repeated_header"
        return row
    if record.problem:
        return row.refuse(record.problem)
    if len(cells) > len(plan.headers) and any(cell.strip() for cell in cells[len(plan.headers) :]):
        return row.refuse("too_many_cells")
    if "\ufffd" in "".join(cells):
        return row.refuse("bad_encoding")
    if is_total_line(cells):
        return row.refuse("no_usable_identifier")
    # A workbook's row ends where its last cell is: nothing is missing there.
    if len(cells) < len(plan.headers) and not plan.sheet:
        row.warnings.append("too_few_cells")
    if record.note:
        row.warnings.append(record.note)
    by_field = {
        meaning: _as_written(cell, meaning, plan) if cell[:1] == "'" or meaning in _KEYS_AND_SPARES else cell
        for meaning, cell in zip(plan.fields, cells, strict=False)
        if meaning
    }
    _read_keys(row, by_field, readers, _region(by_field, region))
    if row.outcome:
        return row
    _read_plain(row, by_field, readers)
    _read_own(row, by_field, readers)
    _read_days(row, by_field, plan, today)
    row.tier = readers.line(by_field.get("tier", ""))[:80]
    row.said = read_said(by_field, way=_consent_days(plan), today=today)
    return _read_points(row, by_field, plan, point_decimals)


def _is_heading_again(cells: Sequence[str], plan: Plan) -> bool:
    # Nearly every row differs in its first cell: the full comparison is for those few that do not.
    first = cells[0].strip().lstrip("\ufeff").casefold()
    if not plan.header_line or first != plan.headers[0].casefold() or any(len(cell) > 200 for cell in cells):
        return False
    shown = [heading_form(cell) for cell in cells[: len(plan.headers)]]
    return shown == [heading_form(header) for header in plan.headers]


def _as_written(cell: str, meaning: str, plan: Plan) -> str:
    """The cell without what spreadsheets do to it: an apostrophe that says "text", digits turned into a number."""
    if cell[:1] == "'" and (plan.is_ours() or meaning not in _FREE_TEXT):
        cell = cell[1:]
    if meaning not in _KEYS_AND_SPARES:
        return cell
    cell = text_of_formula(cell)
    cell = cell.strip(_QUOTES)
    return whole_number(cell) or cell


def _region(by_field: dict[str, str], region: str) -> str:
    own = by_field.get("region", "").strip().upper()
    return own if len(own) == 2 and own.isascii() and own.isalpha() else region


def _read_keys(row: Understood, by_field: dict[str, str], readers: Readers, region: str) -> None:
    troubles: list[str] = []
    for kind in KEY_FIELDS:
        text = by_field.get(kind, "")
        shown = readers.line(text) if text else ""
        value, warnings, why = readers.key(kind, text, region) if shown else ("", (), "")
        spare = by_field.get(SPARES[kind], "") if kind in SPARES and not value else ""
        if spare and (spared := readers.line(spare)):
            second, more, trouble = readers.key(kind, spare, region)
            if second or not shown:
                shown, value, why = spared, second, trouble
                warnings = (*more, f"other_{kind}_taken") if second else ()
        if not shown:
            continue
        if why:
            troubles.append(why)
            continue
        row.keys.append((kind, value, shown.removeprefix("'")[:254]))
        row.given[kind] = value
        row.warnings += warnings
    if row.keys:
        row.warnings += troubles
    else:
        row.refuse(troubles[0] if troubles else "no_usable_identifier")


def _read_plain(row: Understood, by_field: dict[str, str], readers: Readers) -> None:
    for name in _FREE_TEXT & by_field.keys():
        text = by_field[name]
        if ("#" in text or "?" in text) and (problem := _damage_in(text)):
            del by_field[name]
            row.warnings.append(problem)
    for part in _NAMES:
        if part in by_field and (text := readers.name(by_field[part])):
            row.given[part] = text
    if "name" not in row.given:
        parts = [row.given[part] for part in ("first_name", "middle_name", "last_name") if part in row.given]
        if parts:
            row.given["name"] = readers.name(" ".join(parts))
    for field_name, most in LINE_FIELDS.items():
        if field_name in by_field and (text := readers.line(by_field[field_name])[:most].rstrip()):
            row.given[field_name] = text
    if "note" in by_field and (note := _note(by_field["note"], readers)):
        row.given["note"] = note
    _read_words(row, by_field)


def _read_own(row: Understood, by_field: dict[str, str], readers: Readers) -> None:
    """Optional fields, and the company's own."""
    for name in by_field.keys() - _KNOWN_FIELDS:
        cell = by_field[name]
        if not readers.line(cell):
            continue
        text, problem = readers.field(name, cell) if not _damage_in(cell) else ("", _damage_in(cell))
        if text:
            row.given[name] = text
        if problem:
            row.warnings.append(f"field_{problem}")


def _read_words(row: Understood, by_field: dict[str, str]) -> None:
    for name, words in (("sex", _SEX), ("language", _LANGUAGES)):
        word = heading_form(by_field[name]) if name in by_field else ""
        if word in words:
            row.given[name] = words[word]
        elif word:
            row.warnings.append(f"{name}_unreadable")


def _damage_in(text: str) -> str:
    """A formula that came to nothing, or ???? ??????: every letter was lost on the way here."""
    if is_broken(text):
        return "broken_cell"
    return "letters_lost" if text.count("?") > 2 and not any(map(str.isalnum, text)) else ""


def _note(text: str, readers: Readers) -> str:
    """Lines stay lines and tabs stay tabs; what cannot be seen goes."""
    lines = text.replace("\u2028", "\n").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("\t".join(readers.line(part) for part in line.split("\t")) for line in lines).strip()[:NOTE_MAX]


def _read_days(row: Understood, by_field: dict[str, str], plan: Plan, today: dt.date) -> None:
    for name in ("birth_date", "joined_on"):
        column = plan.column(name)
        if column is None or not by_field.get(name, "").strip():
            continue
        reading = read_day(by_field[name], way=plan.day_way(column), today=today, birth=name == "birth_date")
        if reading.text:
            row.given[name] = reading.text
        if reading.problem:
            row.warnings.append(f"{name}_{reading.problem}")


def _read_points(row: Understood, by_field: dict[str, str], plan: Plan, decimals: int) -> Understood:
    column = plan.column("points")
    if column is None:
        return row
    reading = read_points(by_field.get("points", ""), separator=plan.separators.get(column, ""))
    if reading.problem:
        return row.refuse("points_unreadable_or_not_allowed")
    if reading.points is None:
        return row
    scaled = reading.points.scaleb(decimals)
    points = reading.points
    if scaled != scaled.to_integral_value():
        if not plan.is_rounding:
            return row.refuse("points_unreadable_or_not_allowed")
        points = scaled.to_integral_value(rounding=ROUND_FLOOR).scaleb(-decimals)
        row.warnings.append("points_rounded")
    row.given["points"] = format(points, "f")
    if reading.could_be_thousands:
        row.warnings.append("could_be_thousands")
    return row


def _consent_days(plan: Plan) -> DayWay:
    column = plan.column("consent_date")
    return plan.day_way(column) if column is not None else DayWay("")


_NOT_SHOWN = {
    "region",
    *SPARES.values(),
    *CONSENT_FIELDS,
    *REFUSALS,
    "consent_date",
    "consent_source",
    "consent_wording",
}


def meanings(fields: Sequence[str]) -> list[str]:
    """The fields that the report shows for every row, in the order of the file, keys and name always among them."""
    shown = [name for name in fields if name and name not in _NOT_SHOWN]
    return list(dict.fromkeys([*shown, "name", "phone", "email"]))
