"""Celery's edge of programs: what the clock starts. Running twice, or late, is harmless."""

from __future__ import annotations

from celery import shared_task
from django.db import IntegrityError
from django.utils import timezone

from programs.services import (
    fraud,
    freezing,
    holds,
    idempotency,
    joining,
    ledger,
    lifecycle,
    seals,
    tiers,
    warnings,
    webhooks,
)
from programs.services.merging import settle_closed


@shared_task(ignore_result=True)
def roll_accounts_forward(**_: object) -> None:
    """Make points spendable and burn them for every account that is due."""
    now = timezone.now()
    ledger.note_pauses(now=now)
    try:
        while ledger.roll_due_accounts(now=now):
            pass
    except IntegrityError:
        # An account whose books do not add up cannot be rolled forward; the others must not wait for it.
        freezing.freeze_mismatched(now=now)
        while ledger.roll_due_accounts(now=now):
            pass
    # What came to the old account of a merged member meanwhile is the survivor's.
    settle_closed(now=now)


@shared_task(ignore_result=True)
def end_holds(**_: object) -> None:
    """Give back what holds keep whose time is over."""
    now = timezone.now()
    while holds.end_due_holds(now=now):
        pass


@shared_task(ignore_result=True)
def warn_of_burning(**_: object) -> None:
    """Plan the warnings of points that burn soon; a job sends them."""
    warnings.warn_of_burning(now=timezone.now())


@shared_task(ignore_result=True)
def tell_webhooks(**_: object) -> None:
    """Find what happened and start sending it to whoever asked for it."""
    webhooks.collect_events(now=timezone.now())
    webhooks.start_deliveries(now=timezone.now())


@shared_task(ignore_result=True)
def seal_closed_days(**_: object) -> None:
    """Seal the movements of every day that is over."""
    seals.seal_closed_days(now=timezone.now())


@shared_task(ignore_result=True)
def look_at_the_books(**_: object) -> None:
    """Freeze and flag every account whose balance, lots and postings do not say the same."""
    freezing.freeze_mismatched(now=timezone.now())


@shared_task(ignore_result=True)
def forget_old_answers(**_: object) -> None:
    """Drop what nobody will ask for again: stored API answers, deliveries, requests to join that were not confirmed."""
    idempotency.forget_old_answers(now=timezone.now())
    webhooks.forget_deliveries(now=timezone.now())
    joining.forget_old_requests(now=timezone.now())


@shared_task(ignore_result=True)
def look_for_misuse(**_: object) -> None:
    """Flag what looks like misuse of points in the last weeks."""
    fraud.look_for_misuse(now=timezone.now())


@shared_task(ignore_result=True)
def refresh_stages(**_: object) -> None:
    """Compute everybody's stage and scores, and note who moved."""
    lifecycle.refresh_stages(now=timezone.now())


@shared_task(ignore_result=True)
def look_at_tiers(**_: object) -> None:
    """Begin tonight's look at who stands on which tier; a job does it."""
    tiers.start_looks(now=timezone.now())
