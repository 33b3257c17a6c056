"""What a text may name: the fields that are filled in for each member, and their values as plain words.

Every field always has a value. What is not known is None (no points are 0, a list is empty), which Liquid
prints as nothing and `if` takes for no, so that no mail breaks on a member we know little of. Values are text,
numbers and lists of text; a template never meets an object of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

type Value = str | int | Decimal | list[str] | None
type Values = Mapping[str, Value]

# A name, a city or a tier is never longer; what is would be an attack or an accident, and not a mail.
VALUE_MAX = 1_000
LIST_MAX = 50


class FieldKind(StrEnum):
    """TEXT is shown as it is, NUMBER in the language's form, LIST can be looped over, URL is a whole address."""

    TEXT = "text"
    NUMBER = "number"
    LIST = "list"
    URL = "url"


@dataclass(frozen=True, slots=True)
class Field:
    """`sample` is what the editor's check fills in; `source` names what must be loaded to know the value.

    `empty` stands for a member of whom it is not known.
    """

    name: str
    kind: FieldKind
    source: str
    sample: Value
    empty: Value = None


_FIELDS = (
    Field("first_name", FieldKind.TEXT, "member", "Anna"),
    Field("name", FieldKind.TEXT, "member", "Anna Smith"),
    Field("language", FieldKind.TEXT, "member", "en"),
    Field("city", FieldKind.TEXT, "address", "Haifa"),
    Field("tier", FieldKind.TEXT, "account", "Silver"),
    Field("points", FieldKind.NUMBER, "account", 1250, empty=0),
    Field("points_worth", FieldKind.TEXT, "account", "12.50 USD"),
    Field("points_burning", FieldKind.NUMBER, "burning", 300, empty=0),
    Field("burning_on", FieldKind.TEXT, "burning", "31 December 2026"),
    Field("burning_in_days", FieldKind.NUMBER, "burning", 30),
    Field("next_tier", FieldKind.TEXT, "account", "Gold"),
    Field("next_tier_missing", FieldKind.TEXT, "account", "150.00 USD"),
    Field("last_visit_on", FieldKind.TEXT, "visits", "1 March 2026"),
    Field("company", FieldKind.TEXT, "company", "Corner Shop"),
    Field("stores", FieldKind.LIST, "stores", ["Main Street", "Station"], empty=[]),
    Field("survey_url", FieldKind.URL, "links", "https://example.org/f/token/"),
    Field("preferences_url", FieldKind.URL, "links", "https://example.org/m/token/"),
    Field("unsubscribe_url", FieldKind.URL, "links", "https://example.org/m/token/unsubscribe/"),
)
# Only the layout uses it: the company's address for letters, which the law wants in every offer.
POSTAL_ADDRESS = "postal_address"

_PATRONYMIC = re.compile(r"\w(?:ич|вна|ична)$")
# Surrogates cannot be sent; controls, NUL and what turns the reading direction around do not belong in a name.
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def fields_known() -> dict[str, Field]:
    """Every field a text may name, in the order of the help beside the editor."""
    return {field.name: field for field in _FIELDS}


def sample_values() -> dict[str, Value]:
    """A member of whom everything is known."""
    return {field.name: field.sample for field in _FIELDS}


def empty_values() -> dict[str, Value]:
    """A member of whom nothing is known; the base that loaded values are laid over."""
    return {field.name: field.empty for field in _FIELDS}


def first_name_of(name: str, *, is_company: bool = False) -> str:
    """How to address somebody: 'Anna Smith' and 'Smith, Anna' -> 'Anna', 'Иванова Анна Петровна' -> 'Анна'.

    A company is addressed by its whole name. Of three words that end in a patronymic, the middle one.
    'STELLA' -> 'Stella'.
    """
    name = name.strip()
    if is_company or not name:
        return name
    _family, comma, given = name.partition(",")
    words = (given if comma and given.strip() else name).split()
    first = words[1] if len(words) == 3 and not comma and _PATRONYMIC.search(words[2]) else words[0]
    # Files often hold names in capitals, and a mail must not shout at people.
    return first.title() if len(first) > 1 and first.isupper() else first


def problem_of_value(value: Value) -> str:
    """Why a value must not go into a mail: 'too_long', 'unreadable', or "" when it may."""
    if isinstance(value, str):
        if len(value) > VALUE_MAX:
            return "too_long"
        # Most names are plain letters and pass the quick test.
        if not value.isprintable() and _UNREADABLE.search(value):
            return "unreadable"
    elif isinstance(value, list):
        if len(value) > LIST_MAX:
            return "too_long"
        return next((problem for one in value if (problem := problem_of_value(one))), "")
    return ""
