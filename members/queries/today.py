"""The Today page's figures about people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q

from members.models import Member, MemberStatus


@dataclass(frozen=True, slots=True)
class MemberCounts:
    enrolled: int
    new: int


def member_counts(*, since: dt.datetime) -> MemberCounts:
    """How many people are enrolled, and how many rows of them were made since; one pass over the table."""
    found = Member.objects.filter(status=MemberStatus.ENROLLED).aggregate(
        enrolled=Count("id"), new=Count("id", filter=Q(created_at__gte=since))
    )
    return MemberCounts(found["enrolled"], found["new"])
