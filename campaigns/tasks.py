"""Celery's edge: the tick that starts what is due. Missed and doubled ticks are harmless (R27)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from campaigns.services import running, segments


@shared_task(ignore_result=True)
def start_due_runs(**_: object) -> None:
    """Start or hold every scheduled run that is due, and end what cancelled ones left in the air."""
    now = timezone.now()
    running.start_due_runs(now=now)
    running.settle_cancelled_runs(now=now)


@shared_task(ignore_result=True)
def refresh_segments(**_: object) -> None:
    """Ask for a look at who is in which segment; a job for each does it."""
    segments.request_refreshes(now=timezone.now())
