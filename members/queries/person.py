"""What we know of one member apart from points: keys, address and what they allowed."""

from __future__ import annotations

from dataclasses import dataclass

from members.models import Address, Consent, CurrentConsent, Identifier, Member, MemberStatus, Message

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
