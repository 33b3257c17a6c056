"""Messages before and beside their sending: planned, called back, cancelled, and what a dead process left behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.db import connection, models, transaction

from members.models import IN_HAND_STATES, WAITING_STATES, Message, MessageReason, MessageState
from members.rules.arrays import array_text
from members.services.delivery.outcomes import to_waiting, unheld

_INSERT = """
INSERT INTO members_message (source, source_group, source_id, member_id, channel, purpose, state, due_at, attempts)
SELECT %(source)s, %(group)s, item.source_id, item.member_id, %(channel)s, %(purpose)s, 'planned', %(due_at)s, 0
FROM unnest(%(source_ids)s::bigint[], %(member_ids)s::bigint[]) AS item (source_id, member_id)
ON CONFLICT (source, source_id) DO NOTHING
"""


def plan_messages(
    *, source: str, group: int, items: Sequence[tuple[int, int]], channel: str, purpose: str, due_at: dt.datetime
) -> int:
    """Plan one message per (source_id, member_id); how many are new. Repeating plans nothing twice.

    Joins the caller's transaction, so that the caller's cursor moves with it. In one statement because a
    mailing plans millions.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "source": source,
                "group": group,
                "channel": channel,
                "purpose": purpose,
                "due_at": due_at,
                "source_ids": array_text(source_id for source_id, _member in items),
                "member_ids": array_text(member_id for _source, member_id in items),
            },
        )
        return int(cursor.rowcount)


@transaction.atomic
def release_claims(*, source: str, group: int) -> int:
    """Take back what is claimed and not yet marked as handed over, as a pause does; how many.

    The worker that claimed them finds its token gone, so at most the group it is handing over goes on.
    """
    return to_waiting(Message.objects.filter(source=source, source_group=group, state=MessageState.CLAIMED))


def recall_messages(*, member_id: int, channel: str) -> int:
    """Take back what is claimed for one person, in the caller's transaction: their next claim judges them anew."""
    return to_waiting(Message.objects.filter(member=member_id, channel=channel, state=MessageState.CLAIMED))


@transaction.atomic
def cancel_messages(*, source: str, group: int, now: dt.datetime) -> int:
    """Cancel everything of a group that is not being handed over this moment; how many.

    What is being handed over may come back to wait for another attempt: ask again later, until nothing is left.
    """
    rows = Message.objects.filter(source=source, source_group=group, state__in=[*WAITING_STATES, MessageState.CLAIMED])
    return Message.objects.filter(id__in=unheld(rows)).update(
        state=MessageState.CANCELLED, reason=MessageReason.RUN_CANCELLED, claim_token=None, finished_at=now
    )


@transaction.atomic
def recover_stale(*, now: dt.datetime, source: str = "", group: int | None = None) -> int:
    """Settle what a process that died had in its hands, in one group or (by default) everywhere; how many.

    Claimed: nothing was written to the server yet, so it waits again. Handed over: perhaps written, so it is
    unknown and stays so (R33); its token stays, because a process that was only frozen may still tell.
    """
    before = now - dt.timedelta(seconds=settings.MESSAGE_LEASE_SECONDS)
    stale = Message.objects.filter(claimed_at__lt=before)
    if group is not None:
        stale = stale.filter(source=source, source_group=group)
    waiting = to_waiting(stale.filter(state=MessageState.CLAIMED))
    handed = unheld(stale.filter(state=MessageState.HANDED, handed_at__lt=before))
    lost = Message.objects.filter(id__in=handed).update(
        state=MessageState.UNKNOWN, reason=MessageReason.LOST, finished_at=now
    )
    return waiting + lost


def left_in_group(*, source: str, group: int) -> tuple[int, dt.datetime | None]:
    """(messages not ended, when the next of them is due or its claim runs out); None when all have ended."""
    lease = dt.timedelta(seconds=settings.MESSAGE_LEASE_SECONDS)
    rows = Message.objects.filter(source=source, source_group=group, state__in=[*WAITING_STATES, *IN_HAND_STATES])
    found = rows.aggregate(
        count=models.Count("id"),
        due=models.Min("due_at", filter=models.Q(state__in=WAITING_STATES)),
        claimed=models.Min("claimed_at", filter=models.Q(state__in=IN_HAND_STATES)),
    )
    moments = [found["due"], found["claimed"] + lease if found["claimed"] else None]
    return found["count"], min((moment for moment in moments if moment), default=None)
