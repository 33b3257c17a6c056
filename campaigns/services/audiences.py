"""Keeping audiences: what they mean is checked before it is saved, and who changed it is noted."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from campaigns.models import Audience
from campaigns.queries.segments import filled_by_audiences
from campaigns.rules.audiences import criteria_document
from campaigns.rules.criteria import Criterion
from campaigns.services.segments import refuse_emptying, request_refreshes
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit


@transaction.atomic
def save_audience(*, audience: Audience, criteria: tuple[Criterion, ...], actor: Principal, now: dt.datetime) -> None:
    """Save a new or changed audience (name and note as set on it) with these criteria.

    Mailings that are approved already keep the criteria they were approved with; segments that the audience fills are
    looked at anew. Raises SegmentWouldBeEmpty where rules ask for one of these and nobody would be left in it.
    """
    is_new = audience.pk is None
    for segment in () if is_new else filled_by_audiences(audience.pk):
        refuse_emptying(segment, criteria, now=now)
    audience.criteria = criteria_document(criteria)
    audience.save()
    record_audit(
        actor=actor,
        action="add" if is_new else "change",
        target="campaigns.audience",
        target_id=audience.pk,
        now=now,
        details={"rows": len(criteria)},
    )
    request_refreshes(now=now, audience_id=audience.pk)


def note_count(*, audience_id: int, count: int, now: dt.datetime) -> None:
    """Remember for the list how many people could be written to; never an input of a mailing."""
    Audience.objects.filter(pk=audience_id).update(last_count=count, counted_at=now)
