"""What a column means from what stands in it, for files whose headings say nothing or are not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from programs.rules.importing.days import order_shown_by, year_in
from programs.rules.importing.headings import KEY_FIELDS, is_known_word
from programs.rules.importing.records import Record

MOST = 0.8
BIRTH_YEARS_APART = 15


def cells_of(records: Sequence[Record], column: int) -> list[str]:
    """The cells of a column that hold anything."""
    found = (record.cells[column].strip() for record in records if column < len(record.cells))
    return [cell for cell in found if cell]


def is_like_email(cell: str) -> bool:
    """Something with an @ in the middle."""
    return "@" in cell.strip("@") and " " not in cell


def is_like_phone(cell: str) -> bool:
    """Nine to twelve digits (more after a plus) that are no date and have no letters."""
    digits = sum(map(str.isdigit, cell))
    most = 15 if cell.lstrip("'(").startswith(("+", "00", "8~10", "810")) else 12
    return 9 <= digits <= most and not any(char.isalpha() for char in cell) and year_in(cell) is None


def _is_surely_phone(cell: str) -> bool:
    """Like a phone and not like a number of some other list: it begins or is grouped as phones are."""
    digits = sum(map(str.isdigit, cell))
    begins = cell.startswith(("+", "0")) or (digits == 11 and cell[:1] in "78")
    return is_like_phone(cell) and (begins or not cell.isdigit())


def _is_like_day(cell: str) -> bool:
    return year_in(cell) is not None or bool(order_shown_by(cell))


def _is_like_full_name(cell: str) -> bool:
    words = cell.replace(".", ". ").split()
    return 2 <= len(words) <= 5 and all(word.strip(".-'’\"״׳()").replace("-", "").isalpha() for word in words)


def guess_fields(records: Sequence[Record], fields: Sequence[str], headers: Sequence[str], share: float) -> list[str]:
    """`fields` with the columns of no meaning filled in where `share` of the cells speak for one: a phone, an e-mail,
    a full name, a birthday. A column whose heading is a known word keeps its meaning, also that of being left out."""
    found = list(fields)
    free = [
        column
        for column, meaning in enumerate(found)
        if not meaning and not is_known_word(headers[column] if column < len(headers) else "")
    ]
    has_key = bool(set(found) & set(KEY_FIELDS))
    tests: list[tuple[str, Callable[[str], bool]]] = [
        ("email", is_like_email),
        ("phone", _is_surely_phone if has_key else is_like_phone),
        ("name", _is_like_full_name),
    ]
    for meaning, test in tests:
        if meaning in found or (meaning == "name" and {"first_name", "last_name"} & set(found)):
            continue
        for column in free:
            cells = cells_of(records, column)
            if not found[column] and cells and sum(map(test, cells)) > share * len(cells):
                found[column] = meaning
                break
    _guess_birthday(records, found, free, share)
    return found


def _guess_birthday(records: Sequence[Record], found: list[str], free: Sequence[int], share: float) -> None:
    """Of columns of dates, the one whose years lie far apart: people are born in all years and join in few."""
    if "birth_date" in found:
        return
    for column in free:
        cells = cells_of(records, column)
        years = [year for cell in cells if (year := year_in(cell)) is not None]
        is_dates = not found[column] and len(cells) > 2 and sum(map(_is_like_day, cells)) > share * len(cells)
        if is_dates and years and max(years) - min(years) >= BIRTH_YEARS_APART:
            found[column] = "birth_date"
            return


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that could tell people apart: `share` of 1 of its cells look like a `meaning`."""

    column: int
    meaning: str
    share: float
    example: str


_SOME = 0.3
_CODES_APART = 0.95


def key_candidates(records: Sequence[Record], width: int) -> list[Candidate]:
    """For a file in which no column of keys was found: those that look most like one, the likeliest first."""
    found: list[Candidate] = []
    for column in range(width):
        cells = cells_of(records, column)
        if not cells:
            continue
        tests = [("phone", is_like_phone), ("email", is_like_email)]
        best = max(
            ((sum(map(test, cells)) / len(cells), meaning, test) for meaning, test in tests), key=lambda one: one[0]
        )
        if best[0] >= _SOME:
            found.append(Candidate(column, best[1], best[0], next(filter(best[2], cells))))
        elif len(cells) > 2 and len(set(cells)) >= _CODES_APART * len(cells) and all(map(_is_like_code, cells)):
            found.append(Candidate(column, "code", 0.0, cells[0]))
    return sorted(found, key=lambda one: -one.share)


def _is_like_code(cell: str) -> bool:
    """One word with a digit in it that is no day: A-1001, 000017."""
    return 3 <= len(cell) <= 40 and " " not in cell and any(map(str.isdigit, cell)) and not _is_like_day(cell)


def words_above(records: Sequence[Record]) -> Record | None:
    """The first record when it is words over rows with numbers in them: headings in a language nobody taught us."""
    if len(records) < 2 or records[0].problem:
        return None
    names = [cell.strip() for cell in records[0].cells if cell.strip()]
    if not names or not all(_is_like_heading(name) for name in names):
        return None
    below = [cell for record in records[1:] for cell in record.cells]
    return records[0] if any(sum(map(str.isdigit, cell)) >= 3 or "@" in cell for cell in below) else None


def _is_like_heading(name: str) -> bool:
    return len(name) <= 60 and "@" not in name and any(map(str.isalpha, name)) and sum(map(str.isdigit, name)) < 3


def heading_above(records: Sequence[Record]) -> Record | None:
    """The first record when it is one of words nobody taught us, above columns of phones or e-mails."""
    if len(records) < 2 or records[0].problem:
        return None
    first, rest = records[0], records[1:]
    names = [cell.strip() for cell in first.cells]
    if any(is_like_email(name) or _is_like_day(name) or sum(map(str.isdigit, name)) >= 4 for name in names):
        return None
    for column, name in enumerate(names):
        cells = cells_of(rest, column)
        if name and cells and sum(is_like_phone(cell) or is_like_email(cell) for cell in cells) > MOST * len(cells):
            return first
    return None
