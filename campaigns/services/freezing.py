"""Listing the people of a run: one set-based statement, whole or not at all (R31).

Everybody whom the criteria mean gets a row: written to, held out by the run's lot, or left out with the reason. A
killed worker leaves nothing behind and the next one does it again; the run's state and the unique constraint make
doing it twice impossible. Because each row's fate is decided by the criteria, the moment and the lot alone, the
result does not depend on who does it.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

from campaigns.models import Run, RunState, Standing
from campaigns.queries.audiences import Frame, company_frame, criteria_of, listed_people
from campaigns.services.running import enqueue_lanes, watch_from
from loyalty_site.ground.failpoints import failpoint

_FREEZE = """
    INSERT INTO campaigns_recipient (run_id, member_id, channel, standing, reason)
    SELECT %s, id, %s, standing, reason FROM ({listed}) AS listed
"""
_COUNT = "SELECT standing, reason, count(*) FROM campaigns_recipient WHERE run_id = %s GROUP BY standing, reason"


@transaction.atomic
def freeze_run(*, run_id: int, turn: int, now: dt.datetime) -> bool:
    """List the people of a run that is freezing and let it send; False when it is not, or somebody else is at it."""
    run = Run.objects.select_for_update(skip_locked=True).filter(pk=run_id, state=RunState.FREEZING, turn=turn).first()
    if run is None:
        return False
    failpoint("campaign.freeze.after_read")
    list_people(run, company_frame(now))
    _count(run)
    run.state, run.frozen_at = RunState.RUNNING, now
    watch_from(run, now)
    run.save()
    enqueue_lanes(run, now, first=1)
    return True


def list_people(run: Run, frame: Frame) -> int:
    """Insert a recipient for everybody whom the run's criteria mean; how many. Within the caller's transaction."""
    listed, values = listed_people(
        criteria_of(run.criteria),
        frame,
        channel=run.channel,
        purpose=run.purpose,
        seed=run.seed,
        holdout_percent=run.holdout_percent,
    )
    with connection.cursor() as cursor:
        # The default of 4 MB sorts a million people on disk.
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(_FREEZE.format(listed=listed), [run.pk, run.channel, *values])
        return int(cursor.rowcount)


def _count(run: Run) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [run.pk])
        rows = cursor.fetchall()
    by_standing = dict.fromkeys(Standing.values, 0)
    for standing, _reason, count in rows:
        by_standing[standing] += count
    run.planned_count = by_standing[Standing.TREAT]
    run.holdout_count = by_standing[Standing.HOLDOUT]
    run.excluded_count = by_standing[Standing.EXCLUDED]
    run.excluded_reasons = {reason: count for standing, reason, count in rows if standing == Standing.EXCLUDED}
