"""What we know of one member apart from points: keys, address and what they allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from members.models import (
    Address,
    Consent,
    CurrentConsent,
    Identifier,
    Member,
    MemberStatus,
    Message,
    PersonValue,
    ProfileField,
)
from members.queries.fields import asked_fields, fields_by_code, known_fields, shown_values
from members.rules.custom import TEXT, Field

ROWS_MAX = 100


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """Rows of one member, newest first; each list at most ROWS_MAX long."""

    identifiers: list[Identifier]
    addresses: list[Address]
    current_consents: list[CurrentConsent]
    consent_log: list[Consent]
    messages: list[Message]


def person_details(member_id: int) -> PersonDetails:
    """Everything of one member that members knows, in five statements."""
    return PersonDetails(
        identifiers=list(
            Identifier.objects.filter(member=member_id)
            .select_related("issuer")
            .order_by("ended_at", "kind", "-id")[:ROWS_MAX]
        ),
        addresses=list(Address.objects.filter(member=member_id)[:ROWS_MAX]),
        current_consents=list(
            CurrentConsent.objects.filter(member=member_id).order_by("purpose", "channel")[:ROWS_MAX]
        ),
        consent_log=list(
            Consent.objects.filter(member=member_id).select_related("wording", "evidence").order_by("-id")[:ROWS_MAX]
        ),
        messages=list(Message.objects.filter(member=member_id).order_by("-id")[:ROWS_MAX]),
    )


def message_count(member_id: int) -> int:
    """How many messages were sent to a member or planned for them, ever."""
    return Message.objects.filter(member=member_id).count()


def is_merged(member_id: int) -> bool:
    """Whether this is a record that was merged into another."""
    return Member.objects.filter(pk=member_id, status=MemberStatus.MERGED).exists()


def name_of(member_id: int) -> str:
    """The name on the record; "" for nobody."""
    return Member.objects.filter(pk=member_id).values_list("name", flat=True).first() or ""


def profile_words(field: str, value: Any) -> str:
    """A value of one of ProfileField's columns as a person reads it."""
    if isinstance(value, list):
        names = dict(PersonValue.choices) if field == ProfileField.CARES_ABOUT else {}
        return ", ".join(str(names.get(one, one)) for one in value)
    choices = dict(getattr(Member._meta.get_field(field), "flatchoices", []))
    return str(choices.get(value, value))


def profile_facts(member: Member, language: str) -> tuple[list[tuple[str, str]], list[tuple[Field, str]]]:
    """What is known of a member beyond name and birthday: ([(label, words)] of our optional fields that the company
    keeps, [(field, text)] of its own), without the empty ones."""
    asked = asked_fields()
    ours = [
        (str(one.label), profile_words(one.value, value))
        for one in ProfileField
        if one.value in asked and (value := getattr(member, one.value))
    ]
    return ours, shown_values(member.custom, known_fields(), language)


def own_words_of(member_id: int) -> list[str]:
    """What a member told in fields of free text, for finding it where somebody searched for it."""
    custom = Member.objects.filter(pk=member_id).values_list("custom", flat=True).first() or {}
    codes = [field.code for field in fields_by_code().values() if field.kind == TEXT]
    return [value for code in codes if isinstance(value := custom.get(code), str)]


def told_of(member: Member) -> list[tuple[str, Any]]:
    """[(label, value)] of everything a member told besides name and birthday, also in fields that are kept no more."""
    ours = [(str(one.label), getattr(member, one.value)) for one in ProfileField if getattr(member, one.value)]
    fields = fields_by_code()
    language = get_language() or ""
    own = [(fields[code].label(language) if code in fields else code, value) for code, value in member.custom.items()]
    return [*ours, *own]
