"""Who is in a segment: written as a whole by what fills it, and carried along when two members become one.

The only writer of SegmentMember.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from members.models import Member, MemberStatus, Segment, SegmentMember

# One statement: whoever stays is not written, so a usual night costs little more than finding the people. The rows of
# those who come are locked: whoever is being merged or erased this moment is waited for, and then looked at again.
_FILL = """
    WITH meant AS MATERIALIZED ({people}), coming AS (
        SELECT m.id FROM meant JOIN members_member m USING (id)
        WHERE m.status = %s AND NOT EXISTS (
            SELECT 1 FROM members_segmentmember x WHERE x.segment_id = %s AND x.member_id = m.id)
        ORDER BY m.id FOR SHARE OF m
    ), came AS (
        INSERT INTO members_segmentmember (segment_id, member_id, since) SELECT %s, id, %s FROM coming RETURNING 1
    ), gone AS (
        DELETE FROM members_segmentmember x
        WHERE x.segment_id = %s AND NOT EXISTS (SELECT 1 FROM meant WHERE meant.id = x.member_id) RETURNING 1
    )
    SELECT (SELECT count(*) FROM came), (SELECT count(*) FROM gone)
"""


@dataclass(frozen=True, slots=True)
class Filled:
    """How many people came into a segment and left it."""

    came: int
    gone: int


@transaction.atomic
def fill_segment(*, segment_id: int, people: tuple[str, Sequence[Any]], now: dt.datetime) -> Filled | None:
    """Let exactly those enrolled members be in a segment whose ids `people`, a SELECT of one column `id` with its values,
    finds. Who stays keeps the day they came. None: there is no such segment any more. Safe to repeat; one at a time."""
    if Segment.objects.select_for_update(no_key=True).filter(pk=segment_id).first() is None:
        return None
    text, values = people
    with connection.cursor() as cursor:
        cursor.execute(
            _FILL.format(people=text),
            [*values, MemberStatus.ENROLLED.value, segment_id, segment_id, now, segment_id],
        )
        found = Filled(*cursor.fetchone())
    Segment.objects.filter(pk=segment_id).update(refreshed_at=now)
    return found


def join_segments(survivor: Member, merged: Member) -> list[dict[str, Any]]:
    """The survivor is in all segments that either was in, until the next refresh looks anew. Images for the way back."""
    mine = set(SegmentMember.objects.filter(member=survivor).values_list("segment_id", flat=True))
    rows = list(SegmentMember.objects.filter(member=merged).order_by("segment_id"))
    images = [
        {"segment": row.segment_id, "since": row.since.isoformat(), "had": row.segment_id in mine} for row in rows
    ]
    SegmentMember.objects.filter(member=merged, segment__in=mine).delete()
    SegmentMember.objects.filter(member=merged).update(member=survivor)
    return images


def part_segments(survivor: Member, merged: Member, images: Sequence[Mapping[str, Any]]) -> None:
    """Each is in what they were in before; in segments that are gone since, nobody."""
    alive = set(Segment.objects.filter(pk__in=[one["segment"] for one in images]).values_list("pk", flat=True))
    lent = [one["segment"] for one in images if not one["had"]]
    SegmentMember.objects.filter(member=survivor, segment__in=lent).delete()
    SegmentMember.objects.bulk_create(
        [
            SegmentMember(segment_id=one["segment"], member=merged, since=dt.datetime.fromisoformat(one["since"]))
            for one in images
            if one["segment"] in alive
        ],
        ignore_conflicts=True,
    )


def leave_segments(member_id: int) -> int:
    """Somebody is forgotten; how many segments they were in."""
    return SegmentMember.objects.filter(member=member_id).delete()[0]
