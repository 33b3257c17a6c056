"""Writing down what became of messages. Every statement proves the claim by its token (R32)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, models

from members.models import WAITING_STATES, Message, MessageReason, MessageState, SuppressionReason
from members.rules.arrays import array_text
from members.rules.sending import Outcome, Verdict, next_attempt
from members.services.delivery.claiming import Claimed
from members.services.suppressions import suppress

# Also from unknown: a process that was only slow knows better than whoever gave it up for dead.
_RECORD = """
UPDATE members_message message
SET state = outcome.state, reason = outcome.reason, detail = outcome.detail,
    due_at = coalesce(outcome.due_at, message.due_at), attempts = message.attempts - outcome.undone,
    finished_at = CASE WHEN outcome.is_over THEN %(now)s::timestamptz END,
    claimed_at = CASE WHEN outcome.is_over THEN message.claimed_at END,
    claim_token = CASE WHEN outcome.is_over THEN message.claim_token END
FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::text[], %(details)s::text[], %(dues)s::timestamptz[],
            %(undone)s::int[], %(over)s::boolean[])
     AS outcome (id, state, reason, detail, due_at, undone, is_over)
WHERE message.id = outcome.id AND message.claim_token = %(token)s AND message.state IN ('handed', 'unknown')
RETURNING message.state
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one message; `attempts` counts this one."""

    message: Claimed
    outcome: Outcome
    attempts: int


def write_outcomes(*, token: uuid.UUID, settled: Sequence[Settled], now: dt.datetime) -> list[str]:
    """Record a group in one statement and suppress addresses where nobody lives; the states that were written.

    Joins the caller's transaction.
    """
    rows = [_row(one, now) for one in settled]
    with connection.cursor() as cursor:
        cursor.execute(
            _RECORD,
            {
                "now": now,
                "token": token,
                "ids": array_text(one.message.message_id for one in settled),
                "states": array_text(state.value for state, _reason, _due in rows),
                "reasons": array_text(reason.value for _state, reason, _due in rows),
                "details": array_text(one.outcome.code for one in settled),
                "dues": array_text(due for _state, _reason, due in rows),
                "undone": array_text(int(one.outcome.verdict is Verdict.UNTOUCHED) for one in settled),
                "over": array_text(state not in WAITING_STATES for state, _reason, _due in rows),
            },
        )
        written = [row[0] for row in cursor.fetchall()]
    for one in settled:
        if one.outcome.verdict is Verdict.BAD_ADDRESS:
            suppress(
                channel=Message.objects.values_list("channel", flat=True).get(pk=one.message.message_id),
                address=one.message.address,
                reason=SuppressionReason.HARD_BOUNCE,
                member_id=one.message.member_id,
                now=now,
            )
    return written


def fail_unrendered(*, token: uuid.UUID, ids: Sequence[int], now: dt.datetime) -> int:
    """End claimed messages whose text or address cannot be sent (T42); how many."""
    return Message.objects.filter(id__in=ids, claim_token=token, state=MessageState.CLAIMED).update(
        state=MessageState.FAILED, reason=MessageReason.CANNOT_RENDER, finished_at=now
    )


def give_back(*, token: uuid.UUID) -> int:
    """Let go of what a claim still holds and has not marked as handed over; how many."""
    return to_waiting(Message.objects.filter(claim_token=token, state=MessageState.CLAIMED))


def to_waiting(claimed: models.QuerySet[Message]) -> int:
    """Claimed messages to planned, or to retry when they had been tried before; how many. Joins a transaction.

    Rows that another process holds are passed by: it is marking them as handed over this moment, and waiting for
    it, in whatever order it holds them, would end in a deadlock.
    """
    ids = unheld(claimed)
    mine = Message.objects.filter(id__in=ids)
    first = mine.filter(attempts=0).update(state=MessageState.PLANNED, claim_token=None, claimed_at=None)
    again = mine.filter(attempts__gt=0, state=MessageState.CLAIMED).update(
        state=MessageState.RETRY, claim_token=None, claimed_at=None
    )
    return first + again


def unheld(rows: models.QuerySet[Message]) -> list[int]:
    """The ids of those rows that nobody else holds, locked until the transaction ends."""
    return list(rows.select_for_update(skip_locked=True, no_key=True).order_by("id").values_list("id", flat=True))


def _row(one: Settled, now: dt.datetime) -> tuple[MessageState, MessageReason, dt.datetime | None]:
    """(state, reason, when next) of one outcome."""
    match one.outcome.verdict:
        case Verdict.SENT:
            return MessageState.SENT, MessageReason.NONE, None
        case Verdict.UNKNOWN:
            return MessageState.UNKNOWN, MessageReason.NO_REPLY, None
        case Verdict.BAD_ADDRESS:
            return MessageState.FAILED, MessageReason.BAD_ADDRESS, None
        case Verdict.REFUSED:
            return MessageState.FAILED, MessageReason.REFUSED, None
        case Verdict.RETRY:
            due = next_attempt(one.attempts, now)
            if due is None:
                return MessageState.FAILED, MessageReason.GAVE_UP, None
            return MessageState.RETRY, MessageReason.NONE, due
        case Verdict.UNTOUCHED:
            state = MessageState.PLANNED if one.attempts == 1 else MessageState.RETRY
            return state, MessageReason.NONE, None
