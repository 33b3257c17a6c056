"""A run's life after its approval: started or held, paused, resumed, cancelled. Each act is one compare-and-set."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction

from campaigns.errors import CampaignStartPassed
from campaigns.models import Block, Campaign, CampaignState, PauseReason, Run, RunState
from campaigns.queries.runs import ADVANCE, SOURCE, is_stuck
from campaigns.rules.scheduling import is_too_late, local_instant
from campaigns.services.approval import BEFORE_START, lock_campaign, lock_run, note
from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.policy import Principal, system
from loyalty_site.ground.services import enqueue_job
from members.services import cancel_messages, release_claims

SETTLES_WITHIN = dt.timedelta(days=1)
MOVING = (RunState.FREEZING, RunState.RUNNING)


@transaction.atomic
def start_campaign(*, campaign_id: int, actor: Principal, now: dt.datetime) -> Run:
    """Start an approved campaign at once, or schedule it for its local time.

    Raises CampaignWrongState, and CampaignStartPassed when its time lies further back than its grace.
    """
    campaign = lock_campaign(campaign_id, CampaignState.APPROVED)
    run = lock_run(campaign, RunState.APPROVED)
    run.scheduled_for = now
    if run.send_on and run.send_time:
        run.scheduled_for, _shift = local_instant(run.send_on, run.send_time, run.time_zone)
    if is_too_late(due=run.scheduled_for, grace_minutes=run.grace_minutes, now=now):
        raise CampaignStartPassed
    if run.scheduled_for > now:
        run.state, campaign.state = RunState.SCHEDULED, CampaignState.SCHEDULED
        run.save(update_fields=["state", "scheduled_for"])
        campaign.save(update_fields=["state"])
    else:
        _begin(run, now)
    note(run.campaign_id, run, "start", actor, now)
    return run


def start_due_runs(*, now: dt.datetime) -> list[int]:
    """Start every scheduled run that is due, or hold it when it is later than its grace; the runs touched.

    One transaction each. Two beats at once, a missed tick and a doubled one are harmless: who finds the run no
    longer scheduled does nothing (R27, R28).
    """
    due = Run.objects.filter(state=RunState.SCHEDULED, scheduled_for__lte=now).order_by("scheduled_for")
    return [run_id for run_id in due.values_list("id", flat=True) if _start_due_run(run_id, now)]


@transaction.atomic
def _start_due_run(run_id: int, now: dt.datetime) -> bool:
    run = Run.objects.select_for_update(skip_locked=True).filter(pk=run_id, state=RunState.SCHEDULED).first()
    if run is None or run.scheduled_for is None:
        return False
    failpoint("campaign.start.after_read")
    if is_too_late(due=run.scheduled_for, grace_minutes=run.grace_minutes, now=now):
        run.state = RunState.HELD
        run.save(update_fields=["state"])
        note(run.campaign_id, run, "hold", system("scheduler"), now)
    else:
        _begin(run, now)
        note(run.campaign_id, run, "begin", system("scheduler"), now)
    return True


@transaction.atomic
def confirm_held_campaign(*, campaign_id: int, actor: Principal, now: dt.datetime) -> Run:
    """Send after all what was held for coming too late. Raises CampaignWrongState."""
    run = lock_run(lock_campaign(campaign_id, CampaignState.SCHEDULED), RunState.HELD)
    _begin(run, now)
    note(run.campaign_id, run, "confirm", actor, now)
    return run


@transaction.atomic
def pause_campaign(*, campaign_id: int, actor: Principal, now: dt.datetime) -> None:
    """Stop sending; at most the groups that are being handed over this moment still go. Raises CampaignWrongState."""
    run = lock_run(lock_campaign(campaign_id, CampaignState.RUNNING), *MOVING)
    stop_run(run, PauseReason.BY_HAND)
    note(run.campaign_id, run, "pause", actor, now)


@transaction.atomic
def resume_campaign(*, campaign_id: int, actor: Principal, now: dt.datetime) -> None:
    """Go on after a pause, or after the work stopped by an error of ours. Raises CampaignWrongState."""
    campaign = lock_campaign(campaign_id, CampaignState.RUNNING)
    run = lock_run(campaign, RunState.PAUSED, *MOVING)
    if run.state != RunState.PAUSED and not is_stuck(run):
        return
    run.state = RunState.RUNNING if run.frozen_at else RunState.FREEZING
    run.pause_reason = PauseReason.NONE
    run.turn += 1
    watch_from(run, now)
    run.save()
    enqueue_lanes(run, now)
    note(run.campaign_id, run, "resume", actor, now)


@transaction.atomic
def cancel_campaign(*, campaign_id: int, actor: Principal, now: dt.datetime) -> int:
    """Send nothing more, for ever; how many planned messages were cancelled. Raises CampaignWrongState."""
    states = (CampaignState.DRAFT, CampaignState.APPROVED, CampaignState.SCHEDULED, CampaignState.RUNNING)
    campaign = lock_campaign(campaign_id, *states)
    cancelled, run = 0, None
    if campaign.state != CampaignState.DRAFT:
        run = lock_run(campaign, *BEFORE_START, *MOVING, RunState.PAUSED)
        run.state, run.finished_at, run.turn = RunState.CANCELLED, now, run.turn + 1
        run.blocked, run.goes_on_at = Block.NONE, None
        run.save()
        cancelled = cancel_messages(source=SOURCE, group=run.pk, now=now)
    Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.CANCELLED)
    note(campaign_id, run, "cancel", actor, now)
    return cancelled


def settle_cancelled_runs(*, now: dt.datetime) -> int:
    """Cancel what was being handed over when its run was cancelled and has come back to wait; how many.

    Looks at the runs of the last day: nothing is in anybody's hands for longer.
    """
    recent = Run.objects.filter(state=RunState.CANCELLED, finished_at__gte=now - SETTLES_WITHIN)
    return sum(cancel_messages(source=SOURCE, group=run_id, now=now) for run_id in recent.values_list("id", flat=True))


def stop_run(run: Run, reason: PauseReason) -> None:
    """Pause a run that the caller has locked."""
    run.state, run.pause_reason, run.turn = RunState.PAUSED, reason, run.turn + 1
    run.blocked, run.goes_on_at = Block.NONE, None
    run.save()
    release_claims(source=SOURCE, group=run.pk)


def watch_from(run: Run, now: dt.datetime) -> None:
    """Begin anew to count what the speed and the pause on errors look at."""
    run.watched_since, run.watched_ended, run.watched_failed = now, 0, 0


def enqueue_lanes(run: Run, now: dt.datetime, *, first: int = 0) -> None:
    """The jobs that move a run: settings.MAIL_LANES of them once its people are listed, one until then."""
    lanes = settings.MAIL_LANES if run.frozen_at else 1
    for lane in range(first, lanes):
        enqueue_job(kind=ADVANCE, payload={"run_id": run.pk, "turn": run.turn, "lane": lane}, now=now)


def _begin(run: Run, now: dt.datetime) -> None:
    """From waiting to freezing, with the job that does it, in the caller's transaction under the run's lock."""
    run.state, run.started_at = RunState.FREEZING, now
    run.save()
    Campaign.objects.filter(pk=run.campaign_id).update(state=CampaignState.RUNNING)
    enqueue_lanes(run, now)
