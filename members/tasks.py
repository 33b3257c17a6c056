"""Celery's edge of members."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from members import services
from members.services.duplicates import request_scan


@shared_task(ignore_result=True)
def recover_messages(**_: object) -> None:
    """Settle what dead processes had in their hands, also of mailings that nobody is sending any more."""
    services.recover_stale(now=timezone.now())


@shared_task(ignore_result=True)
def look_for_duplicates(**_: object) -> None:
    """Ask for a look at everybody who changed since the last one; a job does it in chunks."""
    request_scan(now=timezone.now())
