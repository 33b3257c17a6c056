"""What campaigns brought lately, for the Today page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from campaigns.models import Run, RunState
from campaigns.queries.runs import RunFigures, run_figures

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finished:
    """A campaign that has gone out."""

    campaign_id: int
    name: str
    finished_at: dt.datetime | None
    figures: RunFigures


def finished_campaigns(*, limit: int = SHOWN) -> list[Finished]:
    """The last campaigns that are done, the newest first; one statement for the list and three for each."""
    runs = Run.objects.filter(state=RunState.DONE).select_related("campaign").order_by("-finished_at", "-id")[:limit]
    return [Finished(run.campaign_id, run.campaign.name, run.finished_at, run_figures(run)) for run in runs]
