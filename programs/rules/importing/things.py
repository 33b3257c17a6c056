"""Rows of files about things (products, stores, coupons): one key each, and what the row would do to what is stored.

People are another matter (`rows.py`, `deciding.py`): they have several keys, points and consents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from programs.rules.importing.cells import is_broken, text_of_formula, whole_number
from programs.rules.importing.deciding import Decision
from programs.rules.importing.headings import heading_form, is_total_line
from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record
from programs.rules.importing.rows import Understood

type OneLine = Callable[[str], str]
_QUOTES = " \t'\"“”„‟«»‘’"
_LOST_DIGITS = re.compile(r"^\d(?:[.,]\d+E\+?|E\+)\d+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The row of this very file that named the same thing before."""

    line: int
    given: Mapping[str, str]


def open_row(record: Record, plan: Plan, line: OneLine) -> tuple[Understood, dict[str, str]]:
    """What can be said of a record before its columns are read, and its cells on one line each, by field.

    The row's outcome is set already when it is blank, no row of data, or damaged.
    """
    row = Understood()
    cells = record.cells
    if not record.problem and not any(line(cell) for cell in cells):
        row.outcome = "blank"
    elif _is_heading_again(cells, plan):
        row.outcome, row.reason = "skip", "repeated_header"
    elif is_total_line(cells):
        row.outcome, row.reason = "skip", "total_line"
    elif record.problem:
        row.refuse(record.problem)
    elif len(cells) > len(plan.headers) and any(cell.strip() for cell in cells[len(plan.headers) :]):
        row.refuse("too_many_cells")
    elif any("\ufffd" in cell for cell in cells):
        row.refuse("bad_encoding")
    if row.outcome:
        return row, {}
    if len(cells) < len(plan.headers) and not plan.sheet:
        row.warnings.append("too_few_cells")
    if record.note:
        row.warnings.append(record.note)
    return row, {
        meaning: text
        for column, meaning in enumerate(plan.fields)
        if meaning and column < len(cells) and (text := line(_as_text(cells[column], plan)))
    }


def _is_heading_again(cells: list[str], plan: Plan) -> bool:
    first = cells[0].strip().lstrip("\ufeff").casefold() if cells else ""
    if not plan.header_line or first != plan.headers[0].casefold():
        return False
    shown = [heading_form(cell) for cell in cells[: len(plan.headers)]]
    return shown == [heading_form(header) for header in plan.headers]


def _as_text(cell: str, plan: Plan) -> str:
    """Without the apostrophe that we put before dangerous cells of rejected rows."""
    return cell[1:] if cell[:1] == "'" and plan.is_ours() else cell


def read_key(row: Understood, text: str, *, kind: str, most: int) -> str:
    """A number or code that names one thing, as it is compared; "" (and the row refused) when it is none.

    An article that a spreadsheet turned into 4.6E+12 has lost its end: another article could have the same.
    """
    plain, problem = read_code(text, most=most)
    if problem:
        row.refuse(f"{kind}_{problem}")
    return plain


def read_code(text: str, *, most: int) -> tuple[str, str]:
    """(a number or code as it is compared, "") or ("", why not: missing, unreadable, too_long)."""
    plain = text_of_formula(text).strip(_QUOTES)
    plain = whole_number(plain) or plain
    if not plain:
        return "", "missing"
    if is_broken(plain) or _LOST_DIGITS.match(plain):
        return "", "unreadable"
    return ("", "too_long") if len(plain) > most else (plain, "")


def read_texts(row: Understood, cells: Mapping[str, str], most: Mapping[str, int]) -> None:
    """Take the plain texts among `most` {field: letters at most}. A damaged one is left out with a warning."""
    for name, letters in most.items():
        text = cells.get(name, "")
        if text and (problem := _damage_in(text)):
            row.warnings.append(problem)
        elif text:
            if len(text) > letters:
                row.warnings.append("text_cut")
            row.given[name] = text[:letters].rstrip()


def _damage_in(text: str) -> str:
    if is_broken(text):
        return "broken_cell"
    return "letters_lost" if text.count("?") > 2 and not any(map(str.isalnum, text)) else ""


def decide_thing(
    row: Understood,
    stored: Mapping[str, str] | None,
    *,
    needs: tuple[str, ...] = (),
    fixed: Mapping[str, str] | None = None,
    earlier: Earlier | None = None,
    is_repeat: bool = False,
) -> Decision:
    """What an understood row does. `stored` {field: value} is what is there under the row's key, None when nothing is.

    Only fields that `stored` knows are compared; a new thing must have those of `needs`, and of a known one those of
    `fixed` {field: why not} are never changed. `is_repeat`: this very row of
    this very file was applied before, so it does nothing, whatever happened since.
    """
    if row.outcome:
        return Decision(row.outcome, row.reason)
    if earlier is not None:
        says_no_more = row.given.items() <= earlier.given.items()
        return (
            Decision("unchanged", state={**row.given}) if says_no_more else Decision("reject", "said_otherwise_above")
        )
    if stored is None:
        missing = next((name for name in needs if name not in row.given), "")
        if missing:
            return Decision("reject", f"{missing}_missing")
        return Decision("create", state=dict(row.given), changed=tuple(row.given))
    if reason := against_fixed(row.given, stored, fixed or {}):
        return Decision("reject", reason)
    changed = () if is_repeat else changes(row.given, stored)
    state: dict[str, str | None] = {**stored, **{name: row.given[name] for name in changed}}
    return Decision("update" if changed else "unchanged", state=state, changed=changed)


def changes(given: Mapping[str, str], stored: Mapping[str, str]) -> tuple[str, ...]:
    """The fields that a row gives otherwise than they are stored."""
    return tuple(name for name, value in given.items() if name in stored and stored[name] != value)


def against_fixed(given: Mapping[str, str], stored: Mapping[str, str], fixed: Mapping[str, str]) -> str:
    """Why a row cannot be taken that says otherwise in a field that never changes; "" when it says the same."""
    return next((why for name, why in fixed.items() if given.get(name, "") != stored.get(name, "")), "")
