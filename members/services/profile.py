"""What a person of the staff corrects on a member's profile."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from members.models import Member
from members.rules.text import clean_name, search_form

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
