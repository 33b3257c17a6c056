"""Endpoints and their secrets. A secret is shown once, when it is made."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction

from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from programs.models import WebhookEndpoint
from programs.rules.addresses import check_url

_RESOURCE = "programs.webhookendpoint"


def add_endpoint(
    *, url: str, events: Sequence[str], actor: Principal, now: dt.datetime, is_active: bool = True
) -> tuple[WebhookEndpoint, str]:
    """(endpoint, its secret). It hears of what happens from now on. Raises WebhookAddressRefused."""
    check_url(url, ports=settings.WEBHOOK_PORTS, is_plain_allowed=settings.WEBHOOK_ANYWHERE)
    secret = _fresh()
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.create(
            url=url, events=list(events), secret=secret, is_active=is_active, created_at=now
        )
        record_audit(actor=actor, action="add", target=_RESOURCE, target_id=endpoint.pk, now=now)
    return endpoint, secret


def new_secret(*, endpoint: WebhookEndpoint, actor: Principal, now: dt.datetime) -> str:
    """Replace the secret; the old one ends at once."""
    secret = _fresh()
    with transaction.atomic():
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(secret=secret)
        record_audit(actor=actor, action="new_secret", target=_RESOURCE, target_id=endpoint.pk, now=now)
    return secret


def _fresh() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"
