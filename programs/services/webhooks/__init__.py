"""Telling other systems what happened: events found in the tables, each sent to every endpoint that asked for it."""

from programs.services.webhooks.delivering import deliver_chunk, forget_deliveries, resend, start_deliveries
from programs.services.webhooks.endpoints import add_endpoint, new_secret
from programs.services.webhooks.events import collect_events
from programs.services.webhooks.sending import sign

__all__ = [
    "add_endpoint",
    "collect_events",
    "deliver_chunk",
    "forget_deliveries",
    "new_secret",
    "resend",
    "sign",
    "start_deliveries",
]
