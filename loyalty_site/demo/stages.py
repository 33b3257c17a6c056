"""The stages of the demonstration's members: computed on some nights of the past as well, so that there are moves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from programs.models import LifecycleModel, MemberStage, MemberStageChange
from programs.services.lifecycle import refresh_stages

# How many days before the end of the receipts the stages are computed too; a stage only ever sees what was sold by then.
NIGHTS = (61, 14)


def nights(until: dt.datetime) -> Iterator[dt.datetime]:
    """The moments at which to stop selling and compute; none when an earlier run has computed already."""
    if not LifecycleModel.objects.filter(computed_at__isnull=False).exists():
        yield from (until - dt.timedelta(days=days) for days in NIGHTS)


def compute(*, now: dt.datetime) -> bool:
    """As of now; True when something changed."""
    return bool(refresh_stages(now=now).written)


def figures() -> str:
    """What the step's line says."""
    return f"{MemberStage.objects.count():,} people in stages, {MemberStageChange.objects.count():,} moves"
