"""The notices about a member, for the page that writes them."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from members.models import Notice

OVER_SHOWN = 5


def notices_of(member_id: int, *, today: dt.date) -> tuple[list[Notice], list[Notice]]:
    """(those that tills show on that day, the last ones that are over), newest first."""
    rows = Notice.objects.filter(member=member_id).order_by("-pk")
    is_live = Q(done_at__isnull=True) & (Q(show_until__isnull=True) | Q(show_until__gte=today))
    return list(rows.filter(is_live)), list(rows.exclude(is_live)[:OVER_SHOWN])
