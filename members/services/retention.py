"""What members keeps for some time only. Each part does one bite of at most `limit` rows, in the caller's transaction."""

from __future__ import annotations

import datetime as dt

from members.models import IN_HAND_STATES, WAITING_STATES, Message, PageCode


def forget_message_details(*, before: dt.datetime, limit: int) -> int:
    """Empty the mail server's answers of messages that ended before; that they were sent, and when, stays."""
    over = Message.objects.filter(finished_at__lt=before).exclude(state__in=[*WAITING_STATES, *IN_HAND_STATES])
    ids = list(over.exclude(detail="").order_by("pk").values_list("pk", flat=True)[:limit])
    return Message.objects.filter(pk__in=ids).update(detail="")


def forget_page_codes(*, before: dt.datetime, limit: int) -> int:
    """Delete codes for the own page that ended long ago."""
    ids = list(PageCode.objects.filter(expires_at__lt=before).order_by("pk").values_list("pk", flat=True)[:limit])
    return PageCode.objects.filter(pk__in=ids).delete()[0]
