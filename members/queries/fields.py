"""The fields of the company's own, which of ours it keeps, what people have in them, and SQL conditions on that."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext

from members.models import Address, CustomField, Member, ProfilePolicy
from members.rules.custom import CHOICES, NUMBER, YES_NO, Field, Value, language_text

# What may be asked of a value.
KNOWN, ONE_OF, AT_LEAST, AT_MOST = "known", "one_of", "at_least", "at_most"


def known_fields(*, archived: bool = False) -> list[Field]:
    """All fields of the company's own in their order; with `archived`, also those that are asked no more."""
    rows = CustomField.objects.all() if archived else CustomField.objects.filter(is_archived=False)
    return [row.definition for row in rows]


def fields_by_code() -> dict[str, Field]:
    """{code: field}, the archived ones too: people have values in them."""
    return {one.code: one for one in known_fields(archived=True)}


def asked_fields() -> frozenset[str]:
    """Which of our optional profile fields (ProfileField) the company keeps."""
    row = ProfilePolicy.objects.first()
    return frozenset(row.asked) if row else frozenset()


def option_names(field: Field, language: str) -> dict[str, str]:
    """{"field:code": name} of what a field of the company's own may say, where it can say only so much."""
    if field.kind == YES_NO:
        return {f"{field.code}:yes": gettext("yes"), f"{field.code}:no": gettext("no")}
    return {f"{field.code}:{option.code}": option.label(language) for option in field.options}


CHOICES_MAX = 500
# The ORM cannot count what stands in lists.
_INTERESTS = """
    SELECT one FROM members_member m, jsonb_array_elements_text(m.interests) one
    WHERE m.interests <> '[]'::jsonb GROUP BY one ORDER BY count(*) DESC, one LIMIT %s
"""


def known_cities() -> list[str]:
    """The cities in which most members live, the most first."""
    rows = Address.objects.exclude(city="").order_by().values("city").annotate(people=Count("id"))
    return list(rows.order_by("-people", "city").values_list("city", flat=True)[:CHOICES_MAX])


def known_interests() -> list[str]:
    """What most members are interested in, the most first."""
    with connection.cursor() as cursor:
        cursor.execute(_INTERESTS, [CHOICES_MAX])
        return [one for (one,) in cursor.fetchall()]


def shown_values(custom: dict[str, Value], fields: Sequence[Field], language: str) -> list[tuple[Field, str]]:
    """What somebody has in `fields`, each value as text for a reader; those without one are left out."""
    return [(one, language_text(one, custom[one.code], language)) for one in fields if one.code in custom]


def field_condition(defined: Field, asked: str, values: Sequence[str]) -> tuple[str, list[Any]]:
    """An SQL condition on the members row `m`, never NULL: `asked` is known, one_of, at_least or at_most.

    `values` as members.rules.custom.value_text writes them. The GIN index finds who has the field, and who has the value.
    """
    has = "m.custom <> '{}'::jsonb AND m.custom ? %s"
    if asked == KNOWN:
        return f"({has})", [defined.code]
    if asked == ONE_OF:
        wanted = [json.dumps({defined.code: _contained(defined, value)}) for value in values]
        # Not ANY of an array: the index is asked for each value by itself.
        either = " OR ".join(["m.custom @> %s::jsonb"] * len(wanted))
        return f"({has} AND ({either}))", [defined.code, *wanted]
    sign = ">=" if asked == AT_LEAST else "<="
    if defined.kind == NUMBER:
        # Within CASE, so that no other value is ever read as a number.
        number = "CASE WHEN jsonb_typeof(m.custom->%s) = 'number' THEN (m.custom->>%s)::numeric"
        return f"({has} AND {number} {sign} %s ELSE FALSE END)", [*(defined.code,) * 3, Decimal(values[0])]
    # Days are written so that their order is the order of the texts.
    text = f'(m.custom->>%s) COLLATE "C" {sign} %s'
    return f"({has} AND coalesce({text}, FALSE))", [defined.code, defined.code, values[0]]


def people_with(people: QuerySet[Member], defined: Field, asked: str, values: Sequence[str]) -> QuerySet[Member]:
    """The people of whom the condition holds."""
    text, parameters = field_condition(defined, asked, values)
    return people.filter(pk__in=RawSQL(f"SELECT m.id FROM members_member m WHERE {text}", parameters))  # noqa: S611


def _contained(defined: Field, value: str) -> Any:
    if defined.kind == YES_NO:
        return value == "yes"
    if defined.kind == NUMBER:
        number = Decimal(value)
        return int(number) if number == number.to_integral_value() else float(number)
    return [value] if defined.kind == CHOICES else value
