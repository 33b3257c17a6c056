"""Background work as rows. The broker only ever carries a job's number.

A job's handler does one chunk per call, commits it, and says how far it has got; a killed worker
therefore repeats at most the chunk it was in. Handlers must be safe to call again.
"""

from __future__ import annotations

import datetime as dt
import logging
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from loyalty_site.ground.disk import is_full
from loyalty_site.ground.models import Job, JobState

LEASE = dt.timedelta(minutes=2)
ATTEMPTS_MAX = 5
# What a failed job says of a disk without room, ours or the database's; every other failure goes by its class.
DISK_FULL = "DiskFull"
_BACK_OFF_SECONDS = (1, 5, 30, 120, 600)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobProgress:
    """What a handler returns after a chunk: rows done and of how many (None: not known), and whether that was all.

    `run_at`: not before then is there anything to do. The job gives its worker back and is due again at that moment.
    """

    done_count: int
    total_count: int | None
    is_finished: bool
    run_at: dt.datetime | None = None


type Handler = Callable[..., JobProgress]


def enqueue_job(*, kind: str, payload: dict[str, Any], now: dt.datetime, total_count: int | None = None) -> Job:
    """Insert a job, due at once, in the caller's transaction. `kind` must be one of settings.JOB_HANDLERS."""
    if kind not in settings.JOB_HANDLERS:
        raise ValueError(f"no handler for jobs of kind {kind!r}")
    return Job.objects.create(kind=kind, payload=payload, run_at=now, total_count=total_count)


def claim_due_jobs(*, now: dt.datetime, limit: int = 50) -> list[int]:
    """Mark due jobs (and those whose lease ran out) as queued and return their ids, for handing to the broker.

    SKIP LOCKED: two ticks at once share the work instead of doing it twice.
    """
    with transaction.atomic():
        due = Job.objects.select_for_update(skip_locked=True)
        ids = list(
            (
                due.filter(state=JobState.WAITING, run_at__lte=now)
                | due.filter(state__in=[JobState.QUEUED, JobState.RUNNING], lease_until__lte=now)
            )
            .order_by("run_at")
            .values_list("id", flat=True)[:limit]
        )
        Job.objects.filter(id__in=ids).update(state=JobState.QUEUED, lease_until=now + LEASE, claim_token=None)
    return ids


def claim_job(job_id: int, *, now: dt.datetime) -> uuid.UUID | None:
    """Take a queued job for this worker; None when another has it. The token proves the claim at every step."""
    token = uuid.uuid4()
    taken = Job.objects.filter(id=job_id, state=JobState.QUEUED).update(
        state=JobState.RUNNING, lease_until=now + LEASE, claim_token=token
    )
    if not taken:
        return None
    Job.objects.filter(id=job_id, started_at__isnull=True).update(started_at=now)
    return token


def run_claimed_job(job_id: int, token: uuid.UUID, *, clock: Callable[[], dt.datetime], seconds: float = 20.0) -> None:
    """Run chunks of a claimed job until it is done, paused, taken over, or `seconds` have passed (then it queues again).

    A handler that raises leaves the job waiting with a back-off; the fifth failure in a row ends it as failed.
    """
    began = clock()
    while True:
        job = Job.objects.filter(id=job_id, claim_token=token, state=JobState.RUNNING).first()
        if job is None:
            return
        try:
            # Inside: a kind that a newer release no longer knows must end as a failed row, not circle for ever.
            handler: Handler = import_string(settings.JOB_HANDLERS[job.kind])
            progress = handler(**job.payload, now=clock())
        except Exception as error:  # noqa: BLE001  the edge of background work: whatever it was, the row must say so
            _note_failure(job, token, error, now=clock())
            return
        now = clock()
        if _note_progress(job, token, progress, now=now):
            return
        if (now - began).total_seconds() > seconds:
            Job.objects.filter(id=job_id, claim_token=token).update(
                state=JobState.WAITING, run_at=now, lease_until=None, claim_token=None
            )
            return


def keep_job(job_id: int, *, done_count: int, now: dt.datetime) -> None:
    """In the middle of a long chunk, outside of any transaction: show how far it is, and keep other workers off it."""
    rows = Job.objects.filter(id=job_id, state=JobState.RUNNING)
    rows.update(done_count=done_count, lease_until=now + LEASE)


def pause_job(job_id: int) -> bool:
    """Stop after the chunk in hand; False when the job is over or paused already."""
    return bool(
        Job.objects.filter(id=job_id, state__in=[JobState.WAITING, JobState.QUEUED, JobState.RUNNING]).update(
            state=JobState.PAUSED, claim_token=None, lease_until=None
        )
    )


def resume_job(job_id: int, *, now: dt.datetime) -> bool:
    """Go on with a paused or failed job; False when it is neither."""
    return bool(
        Job.objects.filter(id=job_id, state__in=[JobState.PAUSED, JobState.FAILED]).update(
            state=JobState.WAITING, run_at=now, attempts=0, last_error=""
        )
    )


def _note_progress(job: Job, token: uuid.UUID, progress: JobProgress, *, now: dt.datetime) -> bool:
    """Record a chunk; True when this worker has nothing more to do with the job."""
    must_wait = progress.run_at is not None and progress.run_at > now
    values: dict[str, Any] = {
        "done_count": progress.done_count,
        "total_count": progress.total_count,
        "attempts": 0,
        "last_error": "",
        "lease_until": now + LEASE,
    }
    if progress.is_finished:
        values |= {"state": JobState.DONE, "finished_at": now, "lease_until": None, "claim_token": None}
    elif must_wait:
        values |= {"state": JobState.WAITING, "run_at": progress.run_at, "lease_until": None, "claim_token": None}
    kept = Job.objects.filter(id=job.id, claim_token=token).update(**values)
    if not kept and progress.is_finished:
        # Paused during the last chunk: the work is done all the same.
        Job.objects.filter(id=job.id, state=JobState.PAUSED).update(**values)
    return progress.is_finished or must_wait or not kept


def _note_failure(job: Job, token: uuid.UUID, error: Exception, *, now: dt.datetime) -> None:
    # The class and the places only: a message may quote a person's data.
    places = " <- ".join(
        f"{frame.name}:{frame.lineno}" for frame in reversed(traceback.extract_tb(error.__traceback__))
    )
    log.error("job %s of kind %s failed: %s at %s", job.id, job.kind, type(error).__name__, places)
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()  # the handler may have died of a lost connection
    attempts = job.attempts + 1
    failed = attempts >= ATTEMPTS_MAX
    wait = dt.timedelta(seconds=_BACK_OFF_SECONDS[min(attempts, len(_BACK_OFF_SECONDS)) - 1])
    Job.objects.filter(id=job.id, claim_token=token).update(
        state=JobState.FAILED if failed else JobState.WAITING,
        run_at=now + wait,
        attempts=attempts,
        lease_until=None,
        claim_token=None,
        last_error=DISK_FULL if is_full(error) else type(error).__name__,
    )
