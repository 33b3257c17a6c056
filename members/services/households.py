"""Households: people who belong together. Whoever comes first is the head; when the head leaves, the next one is."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from members.errors import HouseholdNone, HouseholdSamePerson, HouseholdTaken, MemberNotFound
from members.models import Member, MemberStatus, Relation, RelationKind
from members.queries.households import head_of

_RESOURCE = "members.relation"


@transaction.atomic
def add_to_household(*, member_id: int, other_id: int, actor: Principal, now: dt.datetime) -> Relation:
    """Take `other` into the household of `member`, who becomes its head when there was none.

    Raises HouseholdSamePerson, HouseholdTaken when `other` is in a household already, MemberNotFound for the erased.
    """
    if member_id == other_id:
        raise HouseholdSamePerson
    _lock({member_id, other_id})
    if head_of(other_id) is not None:
        raise HouseholdTaken
    head_id = head_of(member_id) or member_id
    relation = Relation.objects.create(head_id=head_id, other_id=other_id, since=now)
    _audit("add_to_household", head_id, other_id, actor=actor, now=now)
    return relation


@transaction.atomic
def remove_from_household(*, member_id: int, actor: Principal, now: dt.datetime) -> list[int]:
    """Let a member leave; returns the ids of those who stay. A household of one ends; without its head, whoever came
    first becomes the head. Raises HouseholdNone."""
    head_id = head_of(member_id)
    if head_id is None:
        raise HouseholdNone
    _lock({member_id, head_id})
    live = Relation.objects.filter(kind=RelationKind.HOUSEHOLD, head=head_id, ended_at__isnull=True)
    rows = list(live.order_by("since", "id"))
    if member_id == head_id:
        live.update(ended_at=now)
        stay = [row.other_id for row in rows]
        Relation.objects.bulk_create(
            Relation(head_id=stay[0], other_id=other, since=row.since)
            for other, row in zip(stay[1:], rows[1:], strict=True)
        )
    else:
        if not live.filter(other=member_id).update(ended_at=now):
            raise HouseholdNone
        stay = [head_id, *(row.other_id for row in rows if row.other_id != member_id)]
    _audit("remove_from_household", head_id, member_id, actor=actor, now=now)
    return stay


def _lock(member_ids: set[int]) -> None:
    """By id; two windows at once can neither put one person into two households nor a head under another."""
    living = Member.objects.exclude(status__in=[MemberStatus.ERASED, MemberStatus.MERGED])
    found = list(living.select_for_update(no_key=True).filter(pk__in=member_ids).order_by("pk"))
    if len(found) != len(member_ids):
        raise MemberNotFound


def _audit(action: str, head_id: int, other_id: int, *, actor: Principal, now: dt.datetime) -> None:
    record_audit(
        actor=actor,
        action=action,
        target=_RESOURCE,
        target_id=other_id,
        now=now,
        details={"head": head_id, "member": other_id},
    )
