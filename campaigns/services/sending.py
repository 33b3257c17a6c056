"""Moving a run forward, one chunk a call: list its people, plan messages, have them delivered, see that it goes well.

The jobs of a run are its lanes. Whatever a lane does is safe to do twice, and any lane may die at any point: the
messages' states say what happened, and another lane or the next job goes on.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction

from campaigns.models import Block, Campaign, CampaignState, PauseReason, Recipient, Run, RunState, Standing
from campaigns.queries.runs import SOURCE, waiting_messages
from campaigns.services.approval import note
from campaigns.services.freezing import freeze_run
from campaigns.services.running import MOVING, stop_run
from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.policy import system
from loyalty_site.ground.services import JobProgress
from loyalty_site.ground.services.clocks import clock_from
from loyalty_site.ground.services.transactions import wait_patiently
from members.services import Delivered, deliver, plan_messages

FEED_SIZE = 1000
DELIVER_SIZE = 500
# Another lane has the last messages in its hands, or the people are being listed: look again soon.
LOOK_AGAIN = dt.timedelta(seconds=2)


def advance_run(*, run_id: int, turn: int, lane: int = 0, now: dt.datetime) -> JobProgress:
    """One chunk of a run; the handler of its jobs. Progress is counted in messages that have ended.

    A job whose turn is over (paused, cancelled, resumed by newer jobs) finishes without doing anything.
    """
    clock = clock_from(now)
    run = Run.objects.filter(pk=run_id, turn=turn, state__in=MOVING).first()
    if run is None:
        return JobProgress(0, None, is_finished=True)
    if run.state == RunState.FREEZING:
        is_frozen = freeze_run(run_id=run_id, turn=turn, now=now)
        failpoint("campaign.after_freeze")
        return JobProgress(0, None, is_finished=False, run_at=None if is_frozen else now + LOOK_AGAIN)
    done = deliver(
        source=SOURCE,
        group=run_id,
        channel=run.channel,
        limit=DELIVER_SIZE,
        clock=clock,
        guard=lambda: _is_on(run_id, turn),
    )
    # Messages are planned shortly ahead of their sending, so that "what is left" never means counting a million.
    fed = _feed(run_id, turn, now) if done.waiting < FEED_SIZE else 0
    return _take_stock(run_id, turn, done, fed=fed, now=clock())


def _is_on(run_id: int, turn: int) -> bool:
    """Whether the run still goes on. Holds off a pause until the claim that asks has committed: the pause then takes
    it back, instead of missing what it cannot see yet."""
    wait_patiently()
    rows = Run.objects.select_for_update(no_key=True).filter(pk=run_id, turn=turn, state=RunState.RUNNING)
    return rows.exists()


@transaction.atomic
def _feed(run_id: int, turn: int, now: dt.datetime) -> int:
    """Plan messages for the next recipients, the cursor moving in the same transaction; how many.

    Another lane at the same: it feeds, we do not wait.
    """
    run = Run.objects.select_for_update(skip_locked=True).filter(pk=run_id, turn=turn, state=RunState.RUNNING).first()
    if run is None:
        return 0
    next_ones = (
        Recipient.objects.filter(run=run, standing=Standing.TREAT, member_id__gt=run.fed_member_id)
        .order_by("member_id")
        .values_list("id", "member_id")[:FEED_SIZE]
    )
    items = list(next_ones)
    if items:
        plan_messages(source=SOURCE, group=run_id, items=items, channel=run.channel, purpose=run.purpose, due_at=now)
        run.fed_member_id, run.fed_count = items[-1][1], run.fed_count + len(items)
        run.save(update_fields=["fed_member_id", "fed_count"])
    failpoint("campaign.feed.before_commit")
    return len(items)


@transaction.atomic
def _take_stock(run_id: int, turn: int, done: Delivered, *, fed: int, now: dt.datetime) -> JobProgress:
    """Write down how the run stands, and end, pause or go on."""
    wait_patiently()
    run = Run.objects.select_for_update().filter(pk=run_id, turn=turn, state=RunState.RUNNING).first()
    if run is None:
        return JobProgress(0, None, is_finished=True)
    ended = done.sent + done.failed + done.unknown + done.suppressed
    run.watched_ended += ended
    run.watched_failed += done.failed + done.unknown
    left = done.waiting + fed + run.planned_count - run.fed_count
    if left == 0:
        # Since `done` was counted another lane may have planned more; under the run's lock nobody can.
        left = waiting_messages(run_id)
    wait_until = _wait_until(run, done, is_idle=not ended and not fed, now=now)
    run.blocked, run.goes_on_at = Block(done.is_blocked).value, wait_until
    if left == 0:
        run.state, run.finished_at = RunState.DONE, now
        Campaign.objects.filter(pk=run.campaign_id).update(state=CampaignState.DONE)
        note(run.campaign_id, run, "finish", system("sending"), now)
    run.save(update_fields=["watched_ended", "watched_failed", "blocked", "goes_on_at", "state", "finished_at"])
    if left and _goes_badly(run):
        stop_run(run, PauseReason.ERRORS)
        note(run.campaign_id, run, "pause", system("sending"), now, reason=PauseReason.ERRORS.value)
        return JobProgress(run.planned_count - left, run.planned_count, is_finished=True)
    return JobProgress(run.planned_count - left, run.planned_count, is_finished=left == 0, run_at=wait_until)


def _wait_until(run: Run, done: Delivered, *, is_idle: bool, now: dt.datetime) -> dt.datetime | None:
    """Until when there is nothing to do for this lane; None: go on at once."""
    if done.is_blocked:
        return done.next_due_at
    if not is_idle:
        return None
    soon = now + LOOK_AGAIN
    # While there are people to plan for, another lane is doing it. After that only retries and dead claims are left.
    return soon if run.fed_count < run.planned_count else max(done.next_due_at or soon, soon)


def _goes_badly(run: Run) -> bool:
    """Whether so many messages failed since the sending began or went on that a person should look (R35)."""
    return (
        run.watched_ended >= settings.MAIL_ERRORS_LEAST
        and run.watched_failed * 100 > run.watched_ended * settings.MAIL_ERRORS_PERCENT
    )
