"""Celery's edge of members."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from members import services


@shared_task(ignore_result=True)
def recover_messages(**_: object) -> None:
    """Settle what dead processes had in their hands, also of mailings that nobody is sending any more."""
    services.recover_stale(now=timezone.now())
