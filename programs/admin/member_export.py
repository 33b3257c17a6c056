"""The list of people as a file: one row a person, in words that our own import reads again."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, override

from django.db.models import QuerySet
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.admin import Column, PolicyModelAdmin
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.rules.money import from_minor
from loyalty_site.ground.rules.tables import Cell
from members.models import ProfileField
from members.queries.fields import asked_fields, known_fields
from members.queries.person import profile_words
from members.services.fields import Field, language_text


def _keys(kind: str) -> Callable[[Any], str]:
    """The live keys of this kind, the oldest first."""

    def cell(member: Any) -> str:
        live = [key for key in member.identifiers.all() if key.kind == kind and key.ended_at is None]
        return ", ".join(key.value for key in sorted(live, key=lambda key: key.pk))

    return cell


def _city(member: Any) -> str:
    return next((address.city for address in member.addresses.all()), "")


def _birthday(member: Any) -> str:
    if not member.birth_month:
        return ""
    day = f"{member.birth_month:02}-{member.birth_day:02}"
    return f"{member.birth_year:04}-{day}" if member.birth_year else day


def _points(member: Any) -> Decimal | None:
    if member.account_available is None:
        return None
    return from_minor(member.account_available, member.account_decimals)


def _profile_columns() -> list[Column]:
    asked = asked_fields()
    ours = [Column(one.label, _told(one.value)) for one in ProfileField if one.value in asked]
    language = get_language() or ""
    return [*ours, *(Column(field.label(language), _own(field, language)) for field in known_fields())]


def _told(name: str) -> Callable[[Any], str]:
    return lambda member: profile_words(name, getattr(member, name)) if getattr(member, name) else ""


def _own(field: Field, language: str) -> Callable[[Any], Cell]:
    def cell(member: Any) -> Cell:
        value = member.custom.get(field.code)
        if value is None:
            return ""
        if isinstance(value, bool):
            return gettext("yes") if value else gettext("no")
        if isinstance(value, int | float):
            return Decimal(str(value))
        return language_text(field, value, language)

    return cell


class PeopleExportMixin(PolicyModelAdmin):
    """Keys only for those who may see keys."""

    export_columns = (
        Column(_("number"), lambda row: row.pk),
        Column(pgettext_lazy("of a person", "name"), lambda row: row.name),
        Column(_("phone"), _keys("phone"), "members.identifier"),
        Column(_("e-mail"), _keys("email"), "members.identifier"),
        Column(_("card"), _keys("card"), "members.identifier"),
        Column(_("code"), _keys("code"), "members.identifier"),
        Column(_("kind"), lambda row: row.get_kind_display()),
        Column(_("status"), lambda row: row.get_status_display()),
        Column(_("language"), lambda row: row.language),
        Column(_("sex"), lambda row: row.sex),
        Column(_("date of birth"), _birthday),
        Column(_("city"), _city),
        Column(_("member since"), lambda row: row.joined_on),
        Column(_("tier"), lambda row: row.tier_name or row.account_tier or ""),
        Column(_("points"), _points),
        Column(_("last visit"), lambda row: row.visited_at),
        Column(_("note"), lambda row: row.note),
    )

    @override
    def columns_for(self, principal: Principal) -> list[Column]:
        """With what the company keeps besides, in words that our own import reads again."""
        return [*super().columns_for(principal), *_profile_columns()]

    @override
    def export_rows(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.prefetch_related("identifiers", "addresses")
