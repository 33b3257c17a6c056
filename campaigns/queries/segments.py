"""Segments that audiences fill: which audience fills which, and whom it would bring."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.models import QuerySet

from campaigns.queries.audiences import Frame, meant_members
from campaigns.rules.criteria import Criterion
from members.models import Segment

# What Segment.filled_by says of those that audiences fill.
AUDIENCE = "campaigns.audience"


def filled_by_audiences(audience_id: int | None = None) -> QuerySet[Segment]:
    """Segments that audiences fill, or that one of them does."""
    found = Segment.objects.filter(filled_by=AUDIENCE)
    return found if audience_id is None else found.filter(filled_by_id=audience_id)


def means_anybody(criteria: Sequence[Criterion], frame: Frame) -> bool:
    """Whether the criteria mean any enrolled member now."""
    text, values = meant_members(criteria, frame)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({text})", values)
        return bool(cursor.fetchone()[0])
