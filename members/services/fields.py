"""Reading what a file or a till says of a person's profile and of the company's own fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from members.errors import FieldUnknown, FieldUnreadable
from members.models import TillAccess
from members.queries.fields import asked_fields, fields_by_code, known_fields
from members.rules.custom import Field, Option, Unreadable, Value, language_text, read_json, read_text, value_text
from members.rules.custom import Unreadable as FieldProblem
from members.rules.profile import HEADINGS, INTERESTS, PROFILE_FIELDS, read_interests

__all__ = [
    "CUSTOM",
    "PROFILE_FIELDS",
    "Field",
    "FieldProblem",
    "FieldReader",
    "Value",
    "field_words",
    "language_text",
    "read_interests",
    "read_text",
    "read_till_fields",
    "stored_texts",
    "till_values",
    "value_text",
]

# How a column of a file, a criterion or an export names one of the company's own fields.
CUSTOM = "custom:"


class FieldReader:
    """Reads cells of a customer file: the optional fields that the company keeps, by their names, and its own, by
    CUSTOM and their code. Fields that are asked no more are still read: a file may have been looked at before."""

    def __init__(self) -> None:
        asked = asked_fields()
        self.fields: dict[str, Field] = {name: one for name, one in PROFILE_FIELDS.items() if name in asked}
        self.fields |= {f"{CUSTOM}{code}": one for code, one in fields_by_code().items()}

    @property
    def current(self) -> dict[str, Field]:
        """Without those that are asked no more."""
        return {name: one for name, one in self.fields.items() if not one.is_archived}

    def text(self, name: str, text: str) -> tuple[str, str]:
        """(what the cell says in the one spelling that is compared, problem); a field we do not keep says nothing."""
        field = self.fields.get(name)
        if field is None:
            return "", ""
        if name == INTERESTS:
            return ", ".join(read_interests(text)), ""
        try:
            value = read_text(field, text)
        except Unreadable as error:
            return "", error.problem
        return ("" if value is None else value_text(value)), ""

    def custom_values(self, given: Mapping[str, str]) -> dict[str, Value]:
        """The typed values of the company's own fields among what `text` gave."""
        found: dict[str, Value] = {}
        for name, text in given.items():
            if name.startswith(CUSTOM) and name in self.fields:
                value = read_text(self.fields[name], text)
                if value is not None:
                    found[name.removeprefix(CUSTOM)] = value
        return found


def field_words() -> tuple[tuple[tuple[str, tuple[str, ...]], ...], tuple[tuple[str, str], ...]]:
    """For recognising columns: ((name, labels) of each field of the company's own, patterns of ours that it keeps)."""
    asked = asked_fields()
    own = tuple((f"{CUSTOM}{one.code}", (one.code, *filter(None, one.labels.values()))) for one in known_fields())
    return own, tuple((name, words) for name, words in HEADINGS if name in asked)


def stored_texts(custom: Mapping[str, Value]) -> dict[str, str]:
    """{CUSTOM + code: text} of what is stored of a person, in the spelling that FieldReader gives."""
    return {f"{CUSTOM}{code}": value_text(value) for code, value in custom.items()}


def read_till_fields(raw: Mapping[str, object]) -> dict[str, Value]:
    """The values that a till sends for fields it may fill in. Raises FieldUnknown, FieldUnreadable."""
    if not raw:
        return {}
    may_set = {one.code: one for one in known_fields() if one.till == TillAccess.SET}
    found: dict[str, Value] = {}
    for code, one in raw.items():
        field = may_set.get(code)
        if field is None:
            raise FieldUnknown(field=code[:40])
        try:
            value = read_json(field, one)
        except Unreadable as error:
            raise FieldUnreadable(field=field.label(), problem=error.problem) from error
        if value is not None:
            found[code] = value
    return found


def till_values(
    fields: Sequence[Mapping[str, Any]], custom: Mapping[str, Value], language: str
) -> list[tuple[str, str, str, Value, str]]:
    """(code, kind, label, value, text for the screen) of what a member has in `fields` {code, kind, labels, options}."""
    found = []
    for row in fields:
        value = custom.get(row["code"])
        if value is not None:
            options = tuple(Option(one["code"], one["labels"], one["is_archived"]) for one in row["options"])
            field = Field(row["code"], row["kind"], row["labels"], options)
            found.append((field.code, field.kind, field.label(language), value, language_text(field, value, language)))
    return found
