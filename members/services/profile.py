"""What a person of the staff corrects on a member's profile."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from members.models import Address, Member
from members.rules.merging import PROFILE
from members.rules.text import clean_name, one_line, search_form

PROFILE_FIELDS = (
    "kind",
    "name",
    "language",
    "sex",
    "birth_year",
    "birth_month",
    "birth_day",
    "joined_on",
    "note",
    *PROFILE,
    "custom",
)


@transaction.atomic
def change_profile(*, member: Member, now: dt.datetime) -> Member:
    """Save the profile fields of `member` as they stand on the object, with the name as it is searched by.

    The caller writes the audit row: only it knows which fields a person touched.
    """
    member.name = clean_name(member.name)
    member.search_name = search_form(member.name)
    member.updated_at = now
    member.save(update_fields=[*PROFILE_FIELDS, "search_name", "updated_at"])
    return member


@transaction.atomic
def change_address(
    *, member_id: int, city: str, street: str, postcode: str, actor: Principal, now: dt.datetime
) -> None:
    """Where a member lives from now on, whole; all empty: not known any more. Noted in the audit without the address."""
    parts = {"city": one_line(city)[:120], "street": one_line(street)[:200], "postcode": one_line(postcode)[:20]}
    member = Member.objects.select_for_update(no_key=True).get(pk=member_id)
    if any(parts.values()):
        Address.objects.update_or_create(member=member, defaults=parts)
    else:
        Address.objects.filter(member=member).delete()
    Member.objects.filter(pk=member_id).update(updated_at=now)
    record_audit(
        actor=actor,
        action="change",
        target="members.member",
        target_id=member_id,
        now=now,
        details={"fields": ["address"]},
    )


def note_look(member_id: int, *, actor: Principal, now: dt.datetime) -> None:
    """Somebody of the staff is shown a member's phone, e-mail, cards and address in full (R49)."""
    record_audit(actor=actor, action="reveal", target="members.member", target_id=member_id, now=now)
