"""Celery's edge: the one-second tick, and the task that runs one job. Tasks carry ids only."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from loyalty_site.ground import services
from loyalty_site.ground.services import exports


@shared_task(ignore_result=True)
def tick(**_: object) -> None:
    """Hand every due job to a worker. Missed or doubled ticks are harmless: claiming decides."""
    for job_id in services.claim_due_jobs(now=timezone.now()):
        run_job.delay(job_id=job_id)


@shared_task(ignore_result=True)
def run_job(*, job_id: int, **_: object) -> None:
    """Claim the job and run it; nothing happens when somebody else has it."""
    token = services.claim_job(job_id, now=timezone.now())
    if token is not None:
        services.run_claimed_job(job_id, token, clock=timezone.now)


@shared_task(ignore_result=True)
def forget_old_counters(**_: object) -> None:
    """Drop counters of windows that are over."""
    services.forget_old_counters(now=timezone.now())


@shared_task(ignore_result=True)
def keep_no_longer(**_: object) -> None:
    """Let personal data go whose time is over."""
    services.keep_no_longer(now=timezone.now())


@shared_task(ignore_result=True)
def forget_old_exports(**_: object) -> None:
    """Delete files of lists whose days are over."""
    exports.forget_old_exports(now=timezone.now())
