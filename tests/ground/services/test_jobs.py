"""Jobs: claimed once, resumed after a crash, stopped when poisonous."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction

from loyalty_site.ground import services
from loyalty_site.ground.models import Audit, Job, JobState
from loyalty_site.ground.services import JobProgress

NOW = dt.datetime(2026, 3, 10, tzinfo=dt.UTC)
calls: list[dict] = []


def three_chunks(*, now: dt.datetime, **payload: object) -> JobProgress:
    calls.append(payload)
    return JobProgress(len(calls), 3, is_finished=len(calls) >= 3)


def waits(*, now: dt.datetime) -> JobProgress:
    """One chunk, then nothing to do for an hour, then the last one."""
    calls.append({"now": now})
    return JobProgress(len(calls), 2, is_finished=len(calls) == 2, run_at=now + dt.timedelta(hours=1))


def always_fails(*, now: dt.datetime) -> JobProgress:
    raise ValueError("secret of a person")


@pytest.fixture(autouse=True)
def _handlers(settings):
    calls.clear()
    settings.JOB_HANDLERS = {
        "three": f"{__name__}.three_chunks",
        "fails": f"{__name__}.always_fails",
        "waits": f"{__name__}.waits",
    }


def run_due(now: dt.datetime = NOW) -> int:
    ids = services.claim_due_jobs(now=now)
    for job_id in ids:
        token = services.claim_job(job_id, now=now)
        if token:
            services.run_claimed_job(job_id, token, clock=lambda: now)
    return len(ids)


def test_a_job_runs_chunk_by_chunk_to_its_end(db):
    job = services.enqueue_job(kind="three", payload={"a": 1}, now=NOW)
    assert run_due() == 1
    job.refresh_from_db()
    assert (job.state, job.done_count, job.total_count, calls) == (JobState.DONE, 3, 3, [{"a": 1}] * 3)
    assert run_due() == 0


def test_a_job_of_an_unknown_kind_is_not_taken(db):
    with pytest.raises(ValueError, match="no handler"):
        services.enqueue_job(kind="nonsense", payload={}, now=NOW)


def test_a_job_dies_with_the_transaction_that_wanted_it(transactional_db):
    with transaction.atomic():
        services.enqueue_job(kind="three", payload={}, now=NOW)
        transaction.set_rollback(True)
    assert run_due() == 0


def test_two_workers_do_not_take_one_job(db):
    services.enqueue_job(kind="three", payload={}, now=NOW)
    (job_id,) = services.claim_due_jobs(now=NOW)
    assert services.claim_due_jobs(now=NOW) == []
    assert services.claim_job(job_id, now=NOW) is not None
    assert services.claim_job(job_id, now=NOW) is None


def test_a_killed_worker_leaves_its_job_to_the_next(db):
    services.enqueue_job(kind="three", payload={}, now=NOW)
    (job_id,) = services.claim_due_jobs(now=NOW)
    old = services.claim_job(job_id, now=NOW)
    later = NOW + dt.timedelta(minutes=5)
    assert run_due(later) == 1
    assert Job.objects.get().state == JobState.DONE
    services.run_claimed_job(job_id, old, clock=lambda: later)  # the old one wakes up, and has lost its claim
    assert len(calls) == 3


def test_a_job_that_must_wait_gives_its_worker_back_until_then(db):
    job = services.enqueue_job(kind="waits", payload={}, now=NOW)
    later = NOW + dt.timedelta(hours=1)
    assert run_due() == 1
    job.refresh_from_db()
    assert (job.state, job.run_at, job.claim_token, job.lease_until) == (JobState.WAITING, later, None, None)
    assert run_due(later - dt.timedelta(seconds=1)) == 0
    assert run_due(later) == 1
    job.refresh_from_db()
    assert (job.state, job.done_count) == (JobState.DONE, 2)


def test_a_waiting_job_that_was_paused_stays_paused(db):
    job = services.enqueue_job(kind="waits", payload={}, now=NOW)
    run_due()
    assert services.pause_job(job.pk)
    assert run_due(NOW + dt.timedelta(days=1)) == 0


def test_a_poisonous_job_is_stopped_and_does_not_quote_its_data(db, caplog):
    services.enqueue_job(kind="fails", payload={}, now=NOW)
    moment = NOW
    for _ in range(10):
        run_due(moment)
        moment += dt.timedelta(hours=1)
    assert "secret of a person" not in caplog.text
    job = Job.objects.get()
    assert (job.state, job.attempts, job.last_error) == (JobState.FAILED, 5, "ValueError")
    assert services.resume_job(job.pk, now=moment)
    assert Job.objects.get().attempts == 0


def test_pause_and_resume(db):
    job = services.enqueue_job(kind="three", payload={}, now=NOW)
    assert services.pause_job(job.pk)
    assert run_due() == 0
    assert services.resume_job(job.pk, now=NOW)
    assert run_due() == 1
    assert not services.pause_job(job.pk)


def test_the_audit_only_grows(db):
    from loyalty_site.ground.policy import system

    services.record_audit(actor=system("tests"), action="look", target="ground.job", target_id=1, now=NOW)
    for statement in ("UPDATE ground_audit SET action = 'x'", "DELETE FROM ground_audit"):
        with pytest.raises(Exception, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Audit.objects.count() == 1
