"""A mail that somebody asked for with an address that is nobody's yet: no message row, for there is no member."""

from __future__ import annotations

import datetime as dt

from members.models import Channel
from members.rules.mime import Mail
from members.rules.sending import Verdict
from members.services.delivery.sending import send_test
from members.services.suppressions import suppressed_among


def send_alone(*, mail: Mail, address: str, now: dt.datetime) -> bool:
    """One attempt at one mail to one address (normalised). False when nothing was begun, so that it may be repeated.

    A suppressed address, or one that no mail can be written to, gets nothing and is done with.
    """
    if suppressed_among(channel=Channel.EMAIL, addresses=[address]):
        return True
    try:
        return send_test(mail=mail, address=address, now=now).verdict is not Verdict.UNTOUCHED
    except ValueError:
        return True
