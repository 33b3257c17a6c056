"""How a message leaves the house. A channel is one class with three methods; delivery knows nothing else of it."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from members.models import Channel
from members.rules.mime import Mail
from members.rules.sending import Outcome
from members.services.channels.profile import SenderProfile
from members.services.channels.smtp import SmtpChannel
from members.services.links import Links

__all__ = ["Mail", "Outcome", "Sender", "SenderProfile", "sender_for"]


class Sender(Protocol):
    """What delivery asks of a channel."""

    def wrap(self, mail: Mail, *, recipient: str, message_id: int, links: Links | None, now: dt.datetime) -> bytes:
        """The bytes that will travel. Raises ValueError when this mail or address cannot be sent at all."""

    def hand_over(self, *, recipient: str, parcel: bytes) -> Outcome:
        """One attempt. Never raises for what the network or the other side does.

        Verdict UNTOUCHED means that the session as a whole is down: nothing was begun, try later.
        """

    def close(self) -> None:
        """End the session politely."""


def sender_for(channel: str, profile: SenderProfile) -> Sender:
    """The sender of a channel. Raises KeyError for a channel that nothing is built for yet."""
    return {Channel.EMAIL: SmtpChannel}[Channel(channel)](profile)
