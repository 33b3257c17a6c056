"""The Today page's figures about people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q

from members.models import Member, MemberStatus, Message, MessageState


@dataclass(frozen=True, slots=True)
class MemberCounts:
    enrolled: int
    new: int


def member_counts(*, since: dt.date) -> MemberCounts:
    """How many people are enrolled, and how many of them joined on or after `since`; one pass over the table.

    Joined, not imported: a base brought in yesterday is not new people.
    """
    found = Member.objects.filter(status=MemberStatus.ENROLLED).aggregate(
        enrolled=Count("id"), new=Count("id", filter=Q(joined_on__gte=since))
    )
    return MemberCounts(found["enrolled"], found["new"])


def messages_sent(*, since: dt.datetime) -> int:
    """Messages that mail servers took over since then."""
    return Message.objects.filter(state=MessageState.SENT, finished_at__gte=since).count()
