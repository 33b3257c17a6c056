"""Sending what is due, at most once each: plan, claim, render, hand over in marked groups, record.

docs/algorithms/sending.md tells the whole way; this package is its only implementation.
"""

from members.services.delivery.alone import send_alone
from members.services.delivery.claiming import Claimed
from members.services.delivery.planning import cancel_messages, plan_messages, recover_stale, release_claims
from members.services.delivery.sending import Delivered, deliver, send_test

__all__ = [
    "Claimed",
    "Delivered",
    "cancel_messages",
    "deliver",
    "plan_messages",
    "recover_stale",
    "release_claims",
    "send_alone",
    "send_test",
]
