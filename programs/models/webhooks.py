"""News for other systems: where to send it, what was sent, and how far the tables have been read."""

from __future__ import annotations

import uuid
from typing import override

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class EventKind(models.TextChoices):
    SALE_BOOKED = "sale.booked", _("a sale was booked")
    SALE_RETURNED = "sale.returned", _("goods came back")
    POINTS_BURNT = "points.burnt", _("points burnt")
    MEMBER_ENROLLED = "member.enrolled", _("somebody became a member")
    TIER_CHANGED = "tier.changed", _("a member changed the tier")


class WebhookEndpoint(models.Model):
    """An address of another system that hears of chosen events. The secret signs what is sent."""

    url = models.URLField(_("address"), max_length=500)
    events = ArrayField(models.CharField(max_length=20, choices=EventKind.choices), verbose_name=_("events"))
    secret = models.CharField(max_length=80, editable=False)
    is_active = models.BooleanField(pgettext_lazy("an address", "active"), default=True)
    created_at = models.DateTimeField(_("added"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    @override
    def __str__(self) -> str:
        return self.url


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DELIVERED = "delivered", _("delivered")
    DEAD = "dead", _("given up")


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint. Sent at least once: the receiver recognises repeats by `public_id`."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("webhook")
    )
    event = models.CharField(_("event"), max_length=20, choices=EventKind.choices)
    # What happened, for good: the same thing is told to an endpoint once, however often the tables are read.
    subject = models.CharField(max_length=60)
    payload = models.JSONField(_("payload"))
    state = models.CharField(_("state"), max_length=9, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"))
    last_status = models.PositiveSmallIntegerField(_("last answer"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("added"), db_default=Now(), editable=False)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery to a webhook")
        verbose_name_plural = _("deliveries to webhooks")
        constraints = [models.UniqueConstraint(name="programs_delivery_once", fields=["endpoint", "event", "subject"])]
        indexes = [models.Index(name="programs_delivery_due", fields=["next_at"], condition=Q(state="waiting"))]

    @override
    def __str__(self) -> str:
        return str(self.public_id)


class EventCursor(models.Model):
    """How far a table has been read for events: rows of all transactions below `last_xid` have been told.

    `last_id` only narrows the search. The number of a row says nothing about when its transaction commits; the
    number of its transaction does (docs/webhooks.md).
    """

    source = models.CharField(max_length=40, primary_key=True)
    last_id = models.BigIntegerField(default=0)
    last_xid = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("place in the events")
        verbose_name_plural = _("places in the events")
