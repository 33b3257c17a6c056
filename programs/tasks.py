"""Celery's edge of programs: what the clock starts. Running twice, or late, is harmless."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from programs.services import fraud, idempotency, ledger


@shared_task(ignore_result=True)
def roll_accounts_forward(**_: object) -> None:
    """Make points spendable and burn them for every account that is due."""
    now = timezone.now()
    while ledger.roll_due_accounts(now=now):
        pass


@shared_task(ignore_result=True)
def forget_old_answers(**_: object) -> None:
    """Drop stored API answers that no till will ask for again."""
    idempotency.forget_old_answers(now=timezone.now())


@shared_task(ignore_result=True)
def look_for_misuse(**_: object) -> None:
    """Flag what looks like misuse of points in the last weeks."""
    fraud.look_for_misuse(now=timezone.now())
