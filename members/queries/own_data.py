"""What members knows of a person, as the person may read it: for their own page and the file they download."""

from __future__ import annotations

import datetime as dt
from typing import Any

from members.models import (
    Address,
    CompanyContact,
    CompanyDetails,
    Consent,
    ConsentEvidence,
    CurrentConsent,
    Identifier,
    Member,
    Message,
    Notice,
    PageLink,
    ProfileField,
    Relation,
    RelationKind,
    SegmentMember,
)
from members.queries.fields import fields_by_code
from members.rules.custom import CHOICE, CHOICES, language_text


def person_of(member_id: int) -> dict[str, Any]:
    """Profile, ways to be found, addresses, consents with their words, messages, household; plain values for JSON."""
    member = Member.objects.get(pk=member_id)
    consents = Consent.objects.filter(member=member).select_related("wording", "evidence").order_by("id")
    return {
        "number": str(member.public_id),
        "name": member.name,
        "kind": member.kind,
        "status": member.status,
        "language": member.language,
        "sex": member.sex,
        "birthday": {"year": member.birth_year, "month": member.birth_month, "day": member.birth_day},
        "member_since": _day(member.joined_on),
        "how_you_came": member.source,
        "note": member.note,
        **{field: value for field in ProfileField.values if (value := getattr(member, field))},
        "custom_fields": _custom(member),
        "identifiers": [
            {
                "kind": row.kind,
                "value": row.shown or row.value,
                "since": row.created_at.isoformat(),
                "until": _moment(row.ended_at),
                "blocked": row.is_blocked,
                "lent_since": _moment(row.lent_at),
                "issued_by": row.issuer.name if row.issuer else "",
            }
            for row in Identifier.objects.filter(member=member).select_related("issuer").order_by("id")
        ],
        # Whose cards they are is for their owners to tell.
        "cards_of_others_that_you_carry": [
            {"since": _moment(row.lent_at), "until": _moment(row.ended_at)}
            for row in Identifier.objects.filter(lent_to=member).order_by("id")
        ],
        "companies": [
            {
                "company": contact.company.name,
                "what_you_do_there": contact.roles,
                "since": contact.since.isoformat(),
                "until": _moment(contact.ended_at),
                "won_for_us": _moment(contact.won_at),
            }
            for contact in CompanyContact.objects.filter(person=member).select_related("company").order_by("id")
        ],
        "numbers_of_the_company": [
            {"tax_number": row.tax_number, "registration_number": row.registration_number}
            for row in CompanyDetails.objects.filter(member=member)
        ],
        "addresses": [
            {"city": row.city, "street": row.street, "postcode": row.postcode}
            for row in Address.objects.filter(member=member)
        ],
        "household": Relation.objects.filter(kind=RelationKind.HOUSEHOLD, ended_at__isnull=True, other=member).exists()
        or Relation.objects.filter(kind=RelationKind.HOUSEHOLD, ended_at__isnull=True, head=member).exists(),
        "allowed_now": [
            {"purpose": row.purpose, "channel": row.channel, "allowed": row.is_granted, "since": row.since.isoformat()}
            for row in CurrentConsent.objects.filter(member=member).order_by("purpose", "channel")
        ],
        "consents": [
            {
                "purpose": row.purpose,
                "channel": row.channel,
                "act": row.action,
                "at": row.given_at.isoformat(),
                "how": row.method,
                "proof": row.proof,
                "words": row.wording.text if row.wording else "",
                **({"evidence": _evidence(row.evidence)} if hasattr(row, "evidence") else {}),
            }
            for row in consents
        ],
        "groups_you_are_in": [
            {"name": row.segment.label(member.language), "since": row.since.isoformat()}
            for row in SegmentMember.objects.filter(member=member).select_related("segment").order_by("id")
        ],
        "what_our_till_says_to_you": [
            {
                "text": row.text,
                "since": row.created_at.isoformat(),
                "until": _day(row.show_until),
                "said_or_withdrawn": _moment(row.done_at),
            }
            for row in Notice.objects.filter(member=member).order_by("id")
        ],
        "messages": [
            {"at": _moment(row.finished_at) or row.due_at.isoformat(), "channel": row.channel, "state": row.state}
            for row in Message.objects.filter(member=member).order_by("id")
        ],
        "links_to_this_page": [
            {"since": row.given_at.isoformat(), "how": row.way, "until": _moment(row.ended_at)}
            for row in PageLink.objects.filter(member=member).order_by("id")
        ],
    }


def _custom(member: Member) -> dict[str, Any]:
    """By the fields' names, options by theirs; also what is in a field that is asked no more."""
    known = fields_by_code()
    found: dict[str, Any] = {}
    for code, value in member.custom.items():
        field = known.get(code)
        is_option = field is not None and field.kind in (CHOICE, CHOICES)
        shown = language_text(field, value, member.language) if field and is_option else value
        label = field.label(member.language) if field else code
        found[code if label in found else label] = shown
    return found


def _evidence(row: ConsentEvidence) -> dict[str, str]:
    """What the file said that brought the consent."""
    return {"given_on": row.given_on.isoformat(), "how": row.how, "words": row.wording, "source": row.source}


def _moment(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
