"""Segments out of audiences: made, changed, refreshed by jobs, and deleted while no rule asks for them."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from campaigns.errors import SegmentAsked, SegmentWouldBeEmpty
from campaigns.models import Audience
from campaigns.queries.audiences import company_frame, criteria_of, meant_members
from campaigns.queries.segments import AUDIENCE, filled_by_audiences, means_anybody
from campaigns.rules.criteria import Criterion
from loyalty_site.ground.services import enqueue_job
from loyalty_site.ground.services.jobs import JobProgress
from members.models import Segment
from members.services.segments import fill_segment
from programs.queries.cited import programs_naming
from programs.services.drafts import key_from

REFRESH = "campaigns.refresh_segment"


@transaction.atomic
def save_segment(*, segment: Segment, audience: Audience, now: dt.datetime) -> None:
    """Save a new or changed segment (names as set on it) that `audience` fills, and let it be filled soon.

    Raises SegmentWouldBeEmpty where rules ask for it and the audience means nobody, AudienceInvalid.
    """
    if segment.pk is None:
        segment.key = key_from(segment.name, set(Segment.objects.values_list("key", flat=True)), otherwise="segment")
    else:
        refuse_emptying(segment, criteria_of(audience.criteria), now=now)
    segment.filled_by, segment.filled_by_id = AUDIENCE, audience.pk
    segment.save()
    request_refresh(segment_id=segment.pk, now=now)


def refuse_emptying(segment: Segment, criteria: tuple[Criterion, ...], *, now: dt.datetime) -> None:
    """Raises SegmentWouldBeEmpty when rules ask for `segment` and `criteria` would leave nobody in it."""
    asking = programs_naming(segment.key)
    if asking and not means_anybody(criteria, company_frame(now)):
        raise SegmentWouldBeEmpty(segment=str(segment), programs=", ".join(asking))


def refuse_deleting(segment: Segment) -> None:
    """Raises SegmentAsked when rules ask for `segment`."""
    if asking := programs_naming(segment.key):
        raise SegmentAsked(segment=str(segment), programs=", ".join(asking))


@transaction.atomic
def delete_segment(*, segment_id: int) -> None:
    """Delete a segment and who was in it. Raises SegmentAsked while rules ask for it."""
    locked = Segment.objects.select_for_update().get(pk=segment_id)
    refuse_deleting(locked)
    locked.delete()


def request_refresh(*, segment_id: int, now: dt.datetime) -> None:
    """Let a job look up soon who is in a segment."""
    enqueue_job(kind=REFRESH, payload={"segment": segment_id}, now=now)


@transaction.atomic
def request_refreshes(*, now: dt.datetime, audience_id: int | None = None) -> None:
    """The same for all segments, or for those that one audience fills. Each has a job of its own, so that one that cannot
    be filled keeps no other from it."""
    for segment in filled_by_audiences(audience_id):
        request_refresh(segment_id=segment.pk, now=now)


def refresh_job(*, segment: int, now: dt.datetime) -> JobProgress:
    """The handler of the job: everybody at once. Raises AudienceInvalid, which leaves the segment as it was."""
    found = filled_by_audiences().filter(pk=segment).first()
    if found is None:  # deleted meanwhile
        return JobProgress(0, 0, is_finished=True)
    audience = Audience.objects.get(pk=found.filled_by_id)
    people = meant_members(criteria_of(audience.criteria), company_frame(now))
    filled = fill_segment(segment_id=segment, people=people, now=now)
    moved = filled.came + filled.gone if filled else 0
    return JobProgress(moved, moved, is_finished=True)
