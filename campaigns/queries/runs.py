"""How a run stands: figures for the page that people watch, and for the result."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.db import connection

from campaigns.models import Run, RunState
from campaigns.rules.results import Difference, Share, difference
from feedback.models import Invitation
from loyalty_site.ground.models import Job, JobState
from members.models import IN_HAND_STATES, WAITING_STATES, MessageState
from members.queries.messages import message_counts, reason_counts

SOURCE = "campaign"
ADVANCE = "campaigns.advance_run"
_LIVE_JOBS = [JobState.WAITING, JobState.QUEUED, JobState.RUNNING]
_REACHED = (MessageState.SENT, MessageState.BOUNCED, MessageState.COMPLAINED)


@dataclass(frozen=True, slots=True)
class RunFigures:
    """Messages of a run by how they ended. At the end planned = sent + failed + suppressed + unknown + cancelled (I7).

    `suppressed`: left out at the last moment, when their message was claimed. `cancelled` includes people for whom
    no message had been planned yet when the run was cancelled.
    """

    planned: int
    sent: int
    failed: int
    suppressed: int
    unknown: int
    cancelled: int
    waiting: int
    retrying: int
    in_hand: int
    reasons: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def ended(self) -> int:
        return self.sent + self.failed + self.suppressed + self.unknown + self.cancelled

    @property
    def percent(self) -> int:
        """How much of the work is over, in whole percent; 100 only when all of it is."""
        return 100 * self.ended // self.planned if self.planned else 100


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast it goes since the sending began or went on; `seconds_left` None: not known."""

    per_minute: int
    seconds_left: int | None


@dataclass(frozen=True, slots=True)
class Buyers:
    """Who bought since the people were listed: of those meant to be written to, and of those held out."""

    treated: Share
    held_out: Share
    difference: Difference | None


def run_figures(run: Run, *, with_reasons: bool = True) -> RunFigures:
    """The figures as they are now. Without the reasons one statement over an index, which may be asked every second."""
    counts = message_counts(source=SOURCE, group=run.pk)
    unfed = run.planned_count - run.fed_count
    is_cancelled = run.state == RunState.CANCELLED
    waiting = sum(counts.get(state, 0) for state in WAITING_STATES)
    return RunFigures(
        planned=run.planned_count,
        sent=sum(counts.get(state, 0) for state in _REACHED),
        failed=counts.get(MessageState.FAILED, 0),
        suppressed=counts.get(MessageState.SUPPRESSED, 0),
        unknown=counts.get(MessageState.UNKNOWN, 0),
        cancelled=counts.get(MessageState.CANCELLED, 0) + (unfed if is_cancelled else 0),
        waiting=waiting + (0 if is_cancelled else unfed),
        retrying=counts.get(MessageState.RETRY, 0),
        in_hand=sum(counts.get(state, 0) for state in IN_HAND_STATES),
        reasons=reason_counts(source=SOURCE, group=run.pk) if with_reasons else {},
    )


def waiting_messages(run_id: int) -> int:
    """Messages of a run that have not ended."""
    counts = message_counts(source=SOURCE, group=run_id)
    return sum(counts.get(state, 0) for state in (*WAITING_STATES, *IN_HAND_STATES))


def pace(run: Run, figures: RunFigures, now: dt.datetime) -> Pace:
    """Messages a minute since the sending last began or went on, and how long the rest takes at that speed."""
    seconds = (now - run.watched_since).total_seconds() if run.watched_since else 0
    per_second = run.watched_ended / seconds if seconds > 0 else 0.0
    left = figures.waiting + figures.in_hand
    is_moving = run.state == RunState.RUNNING and not run.blocked
    return Pace(round(60 * per_second), round(left / per_second) if per_second and is_moving else None)


def is_stuck(run: Run) -> bool:
    """Whether a run should move and no job is left to move it: its work failed and a person must look."""
    if run.state not in {RunState.FREEZING, RunState.RUNNING}:
        return False
    jobs = Job.objects.filter(kind=ADVANCE, payload__run_id=run.pk, payload__turn=run.turn, state__in=_LIVE_JOBS)
    return not jobs.exists()


def run_buyers(run: Run) -> Buyers | None:
    """Buyers among the treated and the held out since the people were listed; None before that.

    Everybody who was to be written to counts as treated, also those whom it did not reach: only so are the two
    groups alike but for the mailing.
    """
    if run.frozen_at is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT r.standing, count(*), count(b.member_id)
            FROM campaigns_recipient r
            LEFT JOIN (SELECT DISTINCT member_id FROM programs_purchase
                       WHERE kind = 'sale' AND member_id IS NOT NULL AND occurred_at >= %s) b USING (member_id)
            WHERE r.run_id = %s AND r.standing IN ('treat', 'holdout') GROUP BY r.standing
            """,
            [run.frozen_at, run.pk],
        )
        found = {standing: Share(buyers, total) for standing, total, buyers in cursor.fetchall()}
    treated, held_out = found.get("treat", Share(0, 0)), found.get("holdout", Share(0, 0))
    return Buyers(treated, held_out, difference(treated, held_out))


def run_answers(run: Run) -> Share | None:
    """How many of the people invited by this run's messages have answered its survey; None when it asked none."""
    if run.survey_id is None:
        return None
    invited = Invitation.objects.filter(
        survey_id=run.survey_id, message__source=SOURCE, message__source_group=run.pk, message__state__in=_REACHED
    )
    return Share(invited.filter(is_answered=True).count(), invited.count())
