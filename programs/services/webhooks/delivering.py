"""Sending deliveries: a few at a time per endpoint, repeated at growing distances, given up after a day and a half."""

from __future__ import annotations

import datetime as dt
import json

from django.db import transaction

from loyalty_site.ground.models import Job, JobState
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import JobProgress, enqueue_job, record_audit
from programs.models import DeliveryState, EventKind, WebhookDelivery
from programs.services.webhooks.sending import Outcome, Resolver, post, resolve_name, sign

KIND = "programs.deliver_webhooks"
CHUNK = 10  # with five seconds each well below a job's lease
LEASE = dt.timedelta(minutes=2)
KEPT = dt.timedelta(days=35)
# Between one attempt and the next.
WAITS = tuple(
    dt.timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 2 * 3600, 6 * 3600, 12 * 3600, 16 * 3600)
)
_LIVE = (JobState.WAITING, JobState.QUEUED, JobState.RUNNING)


def start_deliveries(*, now: dt.datetime) -> int:
    """A job for every endpoint that has something due and no job at work; returns how many."""
    due = WebhookDelivery.objects.filter(state=DeliveryState.WAITING, next_at__lte=now, endpoint__is_active=True)
    busy = set(Job.objects.filter(kind=KIND, state__in=_LIVE).values_list("payload__endpoint_id", flat=True))
    endpoints = [pk for pk in due.values_list("endpoint_id", flat=True).distinct() if pk not in busy]
    for endpoint_id in endpoints:
        enqueue_job(kind=KIND, payload={"endpoint_id": endpoint_id}, now=now)
    return len(endpoints)


def forget_deliveries(*, now: dt.datetime) -> int:
    """Delete what was delivered or given up long ago; returns how many.

    Enrolments stay: a member's row changes, and only the delivery remembers that it has been told.
    """
    over = WebhookDelivery.objects.exclude(state=DeliveryState.WAITING).exclude(event=EventKind.MEMBER_ENROLLED)
    return over.filter(created_at__lt=now - KEPT).delete()[0]


def deliver_chunk(endpoint_id: int, *, now: dt.datetime, resolve: Resolver = resolve_name) -> JobProgress:
    """Send up to CHUNK due deliveries of one endpoint. A job's handler; safe to repeat.

    A worker killed between the sending and the note sends again when the lease is over: at least once, and the
    receiver knows a repeat by its id.
    """
    for done in range(CHUNK):
        delivery = _claim(endpoint_id, now)
        if delivery is None:
            return JobProgress(done, None, is_finished=True)
        _note(delivery, _send(delivery, now, resolve), now)
    return JobProgress(CHUNK, None, is_finished=False)


def resend(*, delivery: WebhookDelivery, actor: Principal, now: dt.datetime) -> None:
    """Try again at once, with all attempts anew; also what has been delivered before."""
    with transaction.atomic():
        WebhookDelivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.WAITING, attempts=0, next_at=now, delivered_at=None
        )
        record_audit(actor=actor, action="resend", target="programs.webhookdelivery", target_id=delivery.pk, now=now)


def _claim(endpoint_id: int, now: dt.datetime) -> WebhookDelivery | None:
    with transaction.atomic():
        delivery = (
            WebhookDelivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("endpoint")
            .filter(endpoint=endpoint_id, endpoint__is_active=True, state=DeliveryState.WAITING, next_at__lte=now)
            .order_by("next_at", "id")
            .first()
        )
        if delivery is not None:
            delivery.attempts += 1
            delivery.next_at = now + LEASE
            delivery.save(update_fields=["attempts", "next_at"])
    return delivery


def _send(delivery: WebhookDelivery, now: dt.datetime, resolve: Resolver) -> Outcome:
    body = json.dumps(delivery.payload, separators=(",", ":")).encode()
    timestamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Regulars-Webhook/1",
        "Regulars-Event": delivery.event,
        "Regulars-Delivery": str(delivery.public_id),
        "Regulars-Signature": f"t={timestamp},v1={sign(delivery.endpoint.secret, timestamp, body)}",
    }
    return post(delivery.endpoint.url, body, headers, resolve=resolve)


def _note(delivery: WebhookDelivery, outcome: Outcome, now: dt.datetime) -> None:
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts, state=DeliveryState.WAITING)
    values = {"last_status": outcome.status, "last_error": outcome.error}
    if outcome.is_delivered:
        mine.update(state=DeliveryState.DELIVERED, delivered_at=now, **values)
    elif delivery.attempts > len(WAITS):
        mine.update(state=DeliveryState.DEAD, **values)
    else:
        mine.update(next_at=now + WAITS[delivery.attempts - 1], **values)
