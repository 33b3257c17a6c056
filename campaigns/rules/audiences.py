"""Criteria of an audience, read from a document and written to one, and which days a birthday window means. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from campaigns.rules.criteria import (
    AMOUNT_MAX,
    BIRTHDAY_DAYS_MAX,
    BOUNDS,
    CHANNELS,
    CONTACT_ROLES,
    DAYS_MAX,
    FIFTHS,
    LANGUAGES,
    PROFILE,
    ROWS_MAX,
    SCORES,
    SHOPPED_BY,
    STAGES,
    VALUE_LENGTH_MAX,
    VALUES_MAX,
    Allows,
    Birthday,
    Bought,
    City,
    Contact,
    CriteriaError,
    Criterion,
    InStage,
    Joined,
    Language,
    OwnField,
    Problem,
    Profile,
    Scored,
    Shopped,
    Spent,
    Tier,
    ToWin,
)


def parse_criteria(document: object) -> tuple[Criterion, ...]:
    """The criteria of a document [{"type": "city", "values": ["Boston"], "is_not": false}, ...].

    Raises CriteriaError with every problem of every row: not_a_list, too_many_rows, not_a_row, unknown_type,
    no_values, too_many_values, bad_value, bad_days, bad_amount, bad_bound, bad_channel, bad_score.
    """
    if not isinstance(document, list):
        raise CriteriaError([Problem(0, "not_a_list", {})])
    if len(document) > ROWS_MAX:
        raise CriteriaError([Problem(ROWS_MAX, "too_many_rows", {"most": ROWS_MAX})])
    criteria: list[Criterion] = []
    problems: list[Problem] = []
    for number, row in enumerate(document):
        try:
            criteria.append(_criterion(row))
        except _Wrong as wrong:
            problems.append(Problem(number, wrong.code, wrong.context))
    if problems:
        raise CriteriaError(problems)
    return tuple(criteria)


def check_fields(criteria: Sequence[Criterion], fields: Mapping[str, tuple[str, frozenset[str]]]) -> None:
    """Raises CriteriaError (unknown_field, bad_value) where rows do not fit the company's own fields, as {code: (kind,
    codes of its list)}."""
    problems = []
    for number, one in enumerate(criteria):
        if isinstance(one, OwnField):
            if one.field not in fields:
                problems.append(Problem(number, "unknown_field", {}))
            elif not _fits(one, *fields[one.field]):
                problems.append(Problem(number, "bad_value", {}))
    if problems:
        raise CriteriaError(problems)


def _fits(one: OwnField, kind: str, options: frozenset[str]) -> bool:
    if one.asked in BOUNDS:
        return {"number": _is_number, "date": _is_day}.get(kind, lambda _text: False)(one.values[0])
    if one.asked == "one_of":
        allowed = frozenset({"yes", "no"}) if kind == "yes_no" else options
        return kind == "text" or (kind == "number" and all(map(_is_number, one.values))) or set(one.values) <= allowed
    return True


def criteria_document(criteria: Sequence[Criterion]) -> list[dict[str, Any]]:
    """The document that `parse_criteria` reads back to the same criteria."""
    return [_row(one) for one in criteria]


def birthday_days(today: dt.date, days: int) -> list[tuple[int, int]]:
    """(month, day) of every birthday celebrated from `today` to `days` days later, both included.

    29 February is celebrated on the 28th in years that have none.
    """
    found: dict[tuple[int, int], None] = {}
    for ahead in range(min(days, BIRTHDAY_DAYS_MAX) + 1):
        day = today + dt.timedelta(days=ahead)
        found[day.month, day.day] = None
        if (day.month, day.day) == (2, 28) and (day + dt.timedelta(days=1)).day == 1:
            found[2, 29] = None
    return list(found)


class _Wrong(Exception):
    def __init__(self, code: str, **context: Any) -> None:
        self.code = code
        self.context = context


def _criterion(row: object) -> Criterion:
    if not isinstance(row, dict) or not isinstance(row.get("is_not", False), bool):
        raise _Wrong("not_a_row")
    read = _READERS.get(str(row.get("type")))
    if read is None:
        raise _Wrong("unknown_type")
    return replace(read(row), is_not=row.get("is_not", False))


def _values(row: Mapping[str, Any]) -> tuple[str, ...]:
    values = row.get("values")
    if not isinstance(values, list) or not values:
        raise _Wrong("no_values")
    if len(values) > VALUES_MAX:
        raise _Wrong("too_many_values", most=VALUES_MAX)
    if not all(isinstance(one, str) and len(one) <= VALUE_LENGTH_MAX and "\0" not in one for one in values):
        raise _Wrong("bad_value")
    return tuple(dict.fromkeys(values))


def _words(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Values of which none is empty: an empty city would mean "the address has no city"."""
    words = tuple(dict.fromkeys(one.strip() for one in _values(row) if one.strip()))
    if not words:
        raise _Wrong("no_values")
    return words


def _among(row: Mapping[str, Any], known: Sequence[str]) -> tuple[str, ...]:
    values = _values(row)
    if not set(values) <= set(known):
        raise _Wrong("bad_value")
    return values


def _scored(row: Mapping[str, Any]) -> Scored:
    if row.get("score") not in SCORES:
        raise _Wrong("bad_score")
    return Scored(str(row["score"]), _among(row, FIFTHS))


def _days(row: Mapping[str, Any], *, least: int = 1, most: int = DAYS_MAX) -> int:
    days = row.get("days")
    if isinstance(days, str) and days.isascii() and days.isdecimal() and len(days) < 9:
        days = int(days)
    if not isinstance(days, int) or isinstance(days, bool) or not least <= days <= most:
        raise _Wrong("bad_days", least=least, most=most)
    return days


def _spent(row: Mapping[str, Any]) -> Spent:
    bound = row.get("bound")
    if bound not in ("least", "most"):
        raise _Wrong("bad_bound")
    try:
        amount = Decimal(str(row.get("amount")).strip())
    except InvalidOperation:
        raise _Wrong("bad_amount") from None
    # "At least 0" would mean everybody; whoever writes it means something else.
    if not amount.is_finite() or not 0 <= amount <= AMOUNT_MAX or (bound == "least" and amount == 0):
        raise _Wrong("bad_amount")
    is_ever = row.get("days") is None or row.get("days") == ""
    return Spent(bound, amount, None if is_ever else _days(row))


def _shopped(row: Mapping[str, Any]) -> Shopped:
    by, values = row.get("by"), _words(row)
    if by not in SHOPPED_BY or (
        by == "store" and not all(one.isascii() and one.isdecimal() and len(one) < 19 for one in values)
    ):
        raise _Wrong("bad_value")
    is_ever = row.get("days") is None or row.get("days") == ""
    return Shopped(str(by), values, None if is_ever else _days(row))


def _allows(row: Mapping[str, Any]) -> Allows:
    if row.get("channel") not in CHANNELS:
        raise _Wrong("bad_channel")
    return Allows(str(row["channel"]))


def _profile(row: Mapping[str, Any]) -> Profile:
    if row.get("field") not in PROFILE:
        raise _Wrong("unknown_field")
    known = PROFILE[row["field"]]
    return Profile(row["field"], _among(row, known) if known else _words(row))


def _own_field(row: Mapping[str, Any]) -> OwnField:
    code, asked = row.get("field"), row.get("asked")
    if not isinstance(code, str) or len(code) > 40 or asked not in ("known", "one_of", *BOUNDS):
        raise _Wrong("unknown_field")
    values = () if asked == "known" else _words(row)
    if asked in BOUNDS and (len(values) > 1 or not (_is_number(values[0]) or _is_day(values[0]))):
        raise _Wrong("bad_value")
    return OwnField(code, asked, values)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]{1,11}(\.[0-9]{1,4})?", text) is not None


def _is_day(text: str) -> bool:
    try:
        return len(text) == 10 and dt.date.fromisoformat(text) is not None
    except ValueError:
        return False


_READERS: dict[str, Callable[[Mapping[str, Any]], Criterion]] = {
    City.type: lambda row: City(_words(row)),
    Tier.type: lambda row: Tier(_words(row)),
    InStage.type: lambda row: InStage(_among(row, STAGES)),
    Scored.type: _scored,
    Language.type: lambda row: Language(_among(row, LANGUAGES)),
    Bought.type: lambda row: Bought(_days(row)),
    Spent.type: _spent,
    Birthday.type: lambda row: Birthday(_days(row, least=0, most=BIRTHDAY_DAYS_MAX)),
    Joined.type: lambda row: Joined(_days(row)),
    Allows.type: _allows,
    Contact.type: lambda row: Contact(_among(row, CONTACT_ROLES)),
    ToWin.type: lambda row: ToWin(),
    Shopped.type: _shopped,
    Profile.type: _profile,
    OwnField.type: _own_field,
}


def _row(one: Criterion) -> dict[str, Any]:
    row: dict[str, Any] = {"type": one.type, "is_not": one.is_not}
    match one:
        case City() | Tier() | InStage() | Language() | Contact():
            row["values"] = list(one.values)
        case Profile():
            row |= {"field": one.field, "values": list(one.values)}
        case OwnField():
            row |= {"field": one.field, "asked": one.asked, "values": list(one.values)}
        case Scored():
            row |= {"score": one.score, "values": list(one.values)}
        case Bought() | Birthday() | Joined():
            row["days"] = one.days
        case Spent():
            row |= {"bound": one.bound, "amount": f"{one.amount:f}", "days": one.days}
        case Shopped():
            row |= {"by": one.by, "values": list(one.values), "days": one.days}
        case Allows():
            row["channel"] = one.channel
    return row
