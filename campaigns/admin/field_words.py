"""Criteria on the profile and on the company's own fields, in words and as choices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils import formats
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from campaigns.rules.criteria import (
    PROFILE,
    OwnField,
    Profile,
)
from members.queries.fields import asked_fields, known_fields
from members.queries.person import profile_words
from members.rules.custom import Field

type Phrase = tuple[str, dict[str, str], Any, Any]

_PROFILE: dict[str, tuple[Any, Any]] = {
    "social_status": (_("has one of these social statuses"), _("has none of these social statuses")),
    "interests": (_("is interested in one of these"), _("is interested in none of these")),
    "cares_about": (_("values one of these"), _("values none of these")),
    "preferred_channel": (_("prefers one of these ways"), _("prefers none of these ways")),
    "came_by": (_("was brought by one of these"), _("was brought by none of these")),
    "wallet_share": (_("says to buy from us"), _("does not say to buy from us")),
}
PROFILE_PHRASES: list[Phrase] = [
    ("profile", {"field": name}, said, opposite) for name, (said, opposite) in _PROFILE.items()
]
# What may be asked of which kind.
_ASKED = {
    "text": ("one_of", "known"),
    "number": ("at_least", "at_most", "known"),
    "date": ("at_least", "at_most", "known"),
    "yes_no": ("one_of", "known"),
    "choice": ("one_of", "known"),
    "choices": ("one_of", "known"),
}


def offered(phrases: list[Phrase]) -> list[Phrase]:
    """The phrases without the optional fields that the company does not keep, and with its own fields at the end."""
    asked = asked_fields()
    kept = [one for one in phrases if one[0] != "profile" or one[1]["field"] in asked]
    own = [
        ("field", {"field": field.code, "asked": how}, *_phrase(field, how))
        for field in known_fields()
        for how in _ASKED[field.kind]
    ]
    return [*kept, *own]


def field_choices() -> dict[str, Any]:
    """For the page's script: {"profile": {field: [(code, words)]}, "own": {code: {"kind", "options": [(code, words)]}}}."""
    language = get_language() or ""
    own = {
        field.code: {"kind": field.kind, "label": field.label(language), "options": _options(field, language)}
        for field in known_fields()
    }
    listed = {name: [(code, _code_words(name, code)) for code in codes] for name, codes in PROFILE.items()}
    return {"profile": listed, "own": own}


def field_sentence(one: Profile | OwnField, fields: Mapping[str, Field]) -> str:
    """The row as a sentence about "they"."""
    if isinstance(one, Profile):
        said = _PROFILE_SAID[one.field][one.is_not]
        return str(said) % {"list": ", ".join(_code_words(one.field, value) for value in one.values)}
    field = fields.get(one.field)
    language = get_language() or ""
    label = field.label(language) if field else one.field
    values = ", ".join(_value(field, value, language) for value in one.values)
    return str(_FIELD_SAID[one.asked][one.is_not]) % {"field": label, "value": values}


def _phrase(field: Field, how: str) -> tuple[str, str]:
    said, opposite = _FIELD_PHRASES[("day_" if field.kind == "date" else "") + how]
    label = {"field": field.label(get_language() or "")}
    return str(said) % label, str(opposite) % label


def _code_words(name: str, code: str) -> str:
    return profile_words(name, [code] if name == "cares_about" else code)


def _options(field: Field, language: str) -> list[tuple[str, str]]:
    if field.kind == "yes_no":
        return [("yes", gettext("yes")), ("no", gettext("no"))]
    return [(option.code, option.label(language)) for option in field.choices]


def _value(field: Field | None, value: str, language: str) -> str:
    if field is None:
        return value
    if field.kind == "yes_no":
        return gettext("yes") if value == "yes" else gettext("no")
    if field.kind == "date":
        return str(formats.date_format(dt.date.fromisoformat(value)))
    return field.option_label(value, language)


_FIELD_PHRASES = {
    "known": (_("“%(field)s” is known"), _("“%(field)s” is not known")),
    "one_of": (_("“%(field)s” is one of these"), _("“%(field)s” is none of these, or not known")),
    "at_least": (_("“%(field)s” is at least …"), _("“%(field)s” is less than …, or not known")),
    "at_most": (_("“%(field)s” is at most …"), _("“%(field)s” is more than …, or not known")),
    "day_known": (_("“%(field)s” is known"), _("“%(field)s” is not known")),
    "day_at_least": (_("“%(field)s” is on … or later"), _("“%(field)s” is before …, or not known")),
    "day_at_most": (_("“%(field)s” is on … or earlier"), _("“%(field)s” is after …, or not known")),
}
_FIELD_SAID = {
    "known": (_("have told “%(field)s”"), _("have not told “%(field)s”")),
    "one_of": (_("have “%(field)s”: %(value)s"), _("do not have “%(field)s”: %(value)s")),
    "at_least": (_("have “%(field)s” of %(value)s or more"), _("do not have “%(field)s” of %(value)s or more")),
    "at_most": (_("have “%(field)s” of %(value)s or less"), _("do not have “%(field)s” of %(value)s or less")),
}
_PROFILE_SAID = {
    "social_status": (_("are by social status: %(list)s"), _("are not by social status: %(list)s")),
    "interests": (_("are interested in one of: %(list)s"), _("are interested in none of: %(list)s")),
    "cares_about": (_("value one of: %(list)s"), _("value none of: %(list)s")),
    "preferred_channel": (_("prefer to be reached by: %(list)s"), _("do not prefer to be reached by: %(list)s")),
    "came_by": (_("were brought by: %(list)s"), _("were not brought by: %(list)s")),
    "wallet_share": (_("say of their purchases: %(list)s"), _("do not say of their purchases: %(list)s")),
}
