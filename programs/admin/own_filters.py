"""Filters of the list of people by what the company keeps: its segments, optional fields of the profile, and fields of its
own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, override

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import TextFilter

from members.models import PersonValue, ProfileField
from members.queries.fields import AT_LEAST, AT_MOST, KNOWN, ONE_OF, asked_fields, known_fields, people_with
from members.queries.segments import people_in, segment_names
from members.services.fields import Field, FieldProblem, read_text, value_text
from programs.admin.base_filters import Chosen

_BOUNDS = {">=": AT_LEAST, "<=": AT_MOST, ">": AT_LEAST, "<": AT_MOST}


class OwnChoiceFilter(Chosen):
    """One entry of a list, yes or no, or whether anything is known."""

    field: Field

    @override
    def choices_there_are(self) -> Iterable[tuple[str, Any]]:
        language = get_language() or ""
        entries: list[tuple[str, Any]] = [(one.code, one.label(language)) for one in self.field.options]
        if self.field.kind == "yes_no":
            entries = [("yes", gettext("yes")), ("no", gettext("no"))]
        return [*entries, ("?", gettext("not known"))]

    @override
    def narrow(self, people: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "?":
            return people.exclude(pk__in=people_with(people.model._default_manager.all(), self.field, KNOWN, []))
        return people_with(people, self.field, ONE_OF, [value])


class OwnTextFilter(TextFilter):
    """A word; a number or day, which ">=" or "<=" may stand before. What cannot be read finds nobody."""

    field: Field

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        text = (self.value() or "").strip()
        if not text:
            return queryset
        sign = next((sign for sign in _BOUNDS if text.startswith(sign)), "")
        if self.field.kind == "text":
            sign = ""
        try:
            value = read_text(self.field, text.removeprefix(sign))
        except FieldProblem:
            return queryset.none()
        if value is None:
            return queryset
        asked = _BOUNDS.get(sign, ONE_OF)
        found = people_with(queryset, self.field, asked, [value_text(value)])
        # Strictly more is: at least, and not the value itself.
        return found.exclude(**{f"custom__{self.field.code}": value}) if sign in (">", "<") else found


class SegmentFilter(Chosen):
    """Who is in a segment now."""

    title = _("segment")
    parameter_name = "segment"

    @override
    def choices_there_are(self) -> Iterable[tuple[str, Any]]:
        return segment_names(get_language() or "").items()

    @override
    def narrow(self, people: QuerySet[Any], value: str) -> QuerySet[Any]:
        return people_in(people, value)


class ValuesFilter(Chosen):
    """One of the things that people value."""

    title = ProfileField.CARES_ABOUT.label
    parameter_name = "cares_about"

    @override
    def choices_there_are(self) -> Iterable[tuple[str, Any]]:
        return PersonValue.choices

    @override
    def narrow(self, people: QuerySet[Any], value: str) -> QuerySet[Any]:
        return people.filter(cares_about__contains=[value])


class InterestFilter(TextFilter):
    """An interest, as it was written."""

    title = ProfileField.INTERESTS.label
    parameter_name = "interest"

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        word = (self.value() or "").strip()
        return queryset.filter(interests__contains=[word]) if word else queryset


def profile_filters() -> list[Any]:
    """Filters by what the company keeps today; without segments theirs does not show."""
    special: dict[str, Any] = {"interests": InterestFilter, "cares_about": ValuesFilter}
    asked = asked_fields()
    ours = [special.get(one.value, one.value) for one in ProfileField if one.value in asked]
    return [SegmentFilter, *ours, *(_own(field) for field in known_fields())]


def _own(field: Field) -> type:
    base = OwnChoiceFilter if field.options or field.kind == "yes_no" else OwnTextFilter
    title = capfirst(field.label(get_language() or ""))
    if field.kind in ("number", "date"):
        title = gettext("%(field)s (such as >=%(example)s)") % {
            "field": title,
            "example": "42" if field.kind == "number" else "2026-12-24",
        }
    return type("OwnFilter", (base,), {"field": field, "title": title, "parameter_name": f"own_{field.code}"})
