"""One record understood: its keys, its values, and why it cannot be used. Knows nothing of who is in the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from programs.rules.importing.amounts import read_points
from programs.rules.importing.days import read_day
from programs.rules.importing.headings import KEY_FIELDS, heading_form, is_total_line
from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record

NOTE_MAX, CITY_MAX = 5000, 120
_SEX = {
    **dict.fromkeys(("f", "female", "woman", "ж", "жен", "женский", "נ", "נקבה", "אישה"), "f"),
    **dict.fromkeys(("m", "male", "man", "м", "муж", "мужской", "ז", "זכר", "גבר"), "m"),
}


@dataclass(frozen=True, slots=True)
class Readers:
    """What lower rooms know: keys by (kind, text, region) -> (value, warnings, why unreadable); names; one line."""

    key: Callable[[str, str, str], tuple[str, tuple[str, ...], str]]
    name: Callable[[str], str]
    line: Callable[[str], str]


@dataclass(slots=True)
class Understood:
    """`given` holds the row's own readable values as text; `keys` are (kind, value, as written).

    `outcome` is "" while the row may load, "skip" (no customer), "blank" or "reject" with a `reason`.
    """

    outcome: str = ""
    reason: str = ""
    given: dict[str, str] = field(default_factory=dict)
    keys: list[tuple[str, str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

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
    if not record.problem and not any(cell.strip() for cell in cells):
        row.outcome = "blank"
        return row
    if [cell.strip() for cell in cells[: len(plan.headers)]] == list(plan.headers):
        row.outcome, row.reason = "skip", "repeated_header"
        return row
    if record.problem:
        return row.refuse(record.problem)
    if len(cells) > len(plan.headers) and any(cell.strip() for cell in cells[len(plan.headers) :]):
        return row.refuse("too_many_cells")
    if any("\ufffd" in cell for cell in cells):
        return row.refuse("bad_encoding")
    if is_total_line(cells):
        return row.refuse("no_usable_identifier")
    if len(cells) < len(plan.headers):
        row.warnings.append("too_few_cells")
    by_field = {meaning: cells[column] for column, meaning in enumerate(plan.fields) if meaning and column < len(cells)}
    _read_keys(row, by_field, readers, _region(by_field, region))
    if row.outcome:
        return row
    _read_plain(row, by_field, readers)
    _read_days(row, by_field, plan, today)
    return _read_points(row, by_field, plan, point_decimals)


def _region(by_field: dict[str, str], region: str) -> str:
    own = by_field.get("region", "").strip().upper()
    return own if len(own) == 2 and own.isascii() and own.isalpha() else region


def _read_keys(row: Understood, by_field: dict[str, str], readers: Readers, region: str) -> None:
    troubles: list[str] = []
    for kind in KEY_FIELDS:
        text = by_field.get(kind, "")
        if not readers.line(text):
            continue
        value, warnings, why = readers.key(kind, text, region)
        if why:
            troubles.append(why)
            continue
        row.keys.append((kind, value, readers.line(text).removeprefix("'")[:254]))
        row.given[kind] = value
        row.warnings += warnings
    if row.keys:
        row.warnings += troubles
    else:
        row.refuse(troubles[0] if troubles else "no_usable_identifier")


def _read_plain(row: Understood, by_field: dict[str, str], readers: Readers) -> None:
    for part in ("name", "first_name", "middle_name", "last_name"):
        if text := readers.name(by_field.get(part, "")):
            row.given[part] = text
    if "name" not in row.given:
        parts = [row.given[part] for part in ("first_name", "middle_name", "last_name") if part in row.given]
        if parts:
            row.given["name"] = readers.name(" ".join(parts))
    if city := readers.line(by_field.get("city", ""))[:CITY_MAX]:
        row.given["city"] = city
    if note := _note(by_field.get("note", ""), readers):
        row.given["note"] = note
    if sex := heading_form(by_field.get("sex", "")):
        if sex in _SEX:
            row.given["sex"] = _SEX[sex]
        else:
            row.warnings.append("sex_unreadable")


def _note(text: str, readers: Readers) -> str:
    """Lines stay lines and tabs stay tabs; what cannot be seen goes."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("\t".join(readers.line(part) for part in line.split("\t")) for line in lines).strip()[:NOTE_MAX]


def _read_days(row: Understood, by_field: dict[str, str], plan: Plan, today: dt.date) -> None:
    for name in ("birth_date", "joined_on"):
        column = plan.column(name)
        if column is None or not by_field.get(name, "").strip():
            continue
        reading = read_day(by_field[name], order=plan.orders.get(column, ""), today=today, birth=name == "birth_date")
        if reading.day:
            row.given[name] = reading.day.isoformat()
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
    if scaled != scaled.to_integral_value():
        return row.refuse("points_unreadable_or_not_allowed")
    row.given["points"] = format(reading.points, "f")
    if reading.could_be_thousands:
        row.warnings.append("could_be_thousands")
    return row


def meanings(fields: Sequence[str]) -> list[str]:
    """The fields that the report shows for every row, in the order of the file, keys and name always among them."""
    shown = [name for name in fields if name and name not in {"region", "consent"}]
    return list(dict.fromkeys([*shown, "name", "phone", "email"]))
