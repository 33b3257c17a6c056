"""The Today page's part about campaigns: what is on its way, and what needs a person."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from campaigns.models import Block, Campaign, CampaignState, PauseReason, Run, RunState
from campaigns.queries.runs import is_stuck, run_figures

SHOWN = 5
_ON_THE_WAY = (RunState.SCHEDULED, RunState.FREEZING, RunState.RUNNING, RunState.PAUSED, RunState.HELD)
# Waits that do not end by themselves.
_NEEDS_SETTING = (Block.NO_SERVER, Block.NO_SENDER)


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """A campaign that goes out or will: `percent` of its messages have ended (None before it began)."""

    campaign_id: int
    name: str
    state: str
    due_at: dt.datetime | None
    percent: int | None
    sent: int


@dataclass(frozen=True, slots=True)
class NeedsPerson:
    """A campaign that waits for somebody. `why`: held, errors (paused itself), stuck, no_server, no_sender, approved."""

    campaign_id: int
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class TodayCampaigns:
    """What the Today page shows; `is_first` is True while there is no campaign at all."""

    on_the_way: list[OnTheWay] = field(default_factory=list)
    needs_person: list[NeedsPerson] = field(default_factory=list)
    is_first: bool = False


def today_campaigns() -> TodayCampaigns:
    """Campaigns on their way, the nearest first, and those that need a person."""
    runs = list(
        Run.objects.filter(state__in=_ON_THE_WAY).select_related("campaign").order_by("scheduled_for", "id")[:50]
    )
    waiting = [NeedsPerson(run.campaign_id, run.campaign.name, why) for run in runs if (why := _why(run))]
    approved = Campaign.objects.filter(state=CampaignState.APPROVED).order_by("approved_at").values_list("id", "name")
    waiting += [NeedsPerson(campaign_id, name, "approved") for campaign_id, name in approved[:SHOWN]]
    return TodayCampaigns([_moving(run) for run in runs[:SHOWN]], waiting, is_first=not Campaign.objects.exists())


def _why(run: Run) -> str:
    if run.state == RunState.HELD:
        return "held"
    if run.state == RunState.PAUSED and run.pause_reason == PauseReason.ERRORS:
        return "errors"
    if run.blocked in _NEEDS_SETTING:
        return str(run.blocked)
    return "stuck" if is_stuck(run) else ""


def _moving(run: Run) -> OnTheWay:
    figures = run_figures(run, with_reasons=False) if run.frozen_at else None
    return OnTheWay(
        campaign_id=run.campaign_id,
        name=run.campaign.name,
        state=run.state,
        due_at=run.scheduled_for,
        percent=figures.percent if figures else None,
        sent=figures.sent if figures else 0,
    )
