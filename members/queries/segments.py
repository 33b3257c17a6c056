"""Segments by their keys, and which of them somebody is in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import QuerySet

from members.models import Member, Segment, SegmentMember


def segment_names(language: str, *, keys: Collection[str] | None = None) -> dict[str, str]:
    """{key: name in a language} of all segments, or of those of `keys` that there are; by name."""
    found = Segment.objects.all() if keys is None else Segment.objects.filter(key__in=keys)
    return {one.key: one.label(language) for one in found}


def people_in(people: QuerySet[Member], key: str) -> QuerySet[Member]:
    """Those of `people` who are in a segment now."""
    return people.filter(pk__in=SegmentMember.objects.filter(segment__key=key).values("member"))


def segments_of(member_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """{member: keys of the segments they are in}; of those who are in any."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for member, key in SegmentMember.objects.filter(member__in=member_ids).values_list("member_id", "segment__key"):
        found[member].add(key)
    return {member: frozenset(keys) for member, keys in found.items()}
