"""Who lives together: a head and the others, each in one household at a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from members.models import Member, Relation, RelationKind


@dataclass(frozen=True, slots=True)
class Household:
    """`others` are (member, since) in the order in which they came."""

    head: Member
    others: tuple[tuple[Member, dt.datetime], ...]

    @property
    def members(self) -> tuple[Member, ...]:
        """Everybody, the head first."""
        return (self.head, *(member for member, _since in self.others))


def head_of(member_id: int) -> int | None:
    """The head of the household a member lives in (the member itself when it is the head), or None."""
    live = Relation.objects.filter(kind=RelationKind.HOUSEHOLD, ended_at__isnull=True)
    as_other = live.filter(other=member_id).values_list("head_id", flat=True).first()
    if as_other is not None:
        return int(as_other)
    return member_id if live.filter(head=member_id).exists() else None


def household_of(member_id: int) -> Household | None:
    """The household of a member, or None."""
    head_id = head_of(member_id)
    if head_id is None:
        return None
    rows = Relation.objects.filter(kind=RelationKind.HOUSEHOLD, head=head_id, ended_at__isnull=True)
    others = tuple((row.other, row.since) for row in rows.select_related("other").order_by("since", "id"))
    return Household(Member.objects.get(pk=head_id), others)


def are_one_household(member_id: int, other_id: int) -> bool:
    """Whether two different members live in one household now."""
    head_id = head_of(member_id)
    return member_id != other_id and head_id is not None and head_id == head_of(other_id)
