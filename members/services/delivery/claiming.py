"""Taking messages for sending. Whether a person may be written to is decided here, at the last moment (R36)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from loyalty_site.ground.failpoints import failpoint
from members.models import REACHED_STATES, ContactBudget, MemberStatus, MessageReason, Purpose
from members.rules.arrays import array_text
from members.services.suppressions import ADDRESS_KINDS, suppressed_among

# Locks the messages and the people: of two claims for one person at once the second passes that person by,
# so each sees what the other claimed when it counts the contact budget. A withdrawal of consent locks the
# person too, and is therefore wholly before a claim or wholly after it.
_LOCK = """
SELECT message.id
FROM members_message message
JOIN members_member person ON person.id = message.member_id
WHERE message.source = %(source)s AND message.source_group = %(group)s
  AND message.state IN ('planned', 'retry') AND message.due_at <= %(now)s
ORDER BY message.due_at, message.id
LIMIT %(limit)s
FOR NO KEY UPDATE OF message, person SKIP LOCKED
"""
# A statement of its own: it must see what was committed while _LOCK waited for its rows.
_JUDGE = """
SELECT message.id, message.source_id, message.member_id, message.purpose, person.name, person.language,
       person.status = %(enrolled)s AS is_member,
       coalesce((SELECT identifier.value FROM members_identifier identifier
                 WHERE identifier.member_id = message.member_id AND identifier.kind = %(kind)s
                   AND identifier.ended_at IS NULL AND NOT identifier.is_blocked
                 ORDER BY identifier.id DESC LIMIT 1), '') AS address,
       EXISTS (SELECT FROM members_currentconsent consent
               WHERE consent.member_id = message.member_id AND consent.purpose = message.purpose
                 AND consent.channel = %(channel)s AND consent.is_granted) AS has_consent,
       {budget} AS is_over_budget
FROM members_message message
JOIN members_member person ON person.id = message.member_id
WHERE message.id = ANY(%(ids)s::bigint[])
ORDER BY message.due_at, message.id
"""
_BUDGET = """(SELECT count(*) FROM members_message other
        WHERE other.member_id = message.member_id AND other.purpose = 'marketing' AND other.id <> message.id
          AND other.claimed_at > %(since_{n})s AND other.state = ANY(%(reached)s::text[]) {channel}) >= %(most_{n})s"""
# The state once more: a second wall, should the locks above ever be lost.
_CLAIM = """
UPDATE members_message SET state = 'claimed', claim_token = %(token)s, claimed_at = %(now)s, handed_at = NULL
WHERE id = ANY(%(ids)s::bigint[]) AND state IN ('planned', 'retry')
RETURNING id
"""
_LEAVE_OUT = """
UPDATE members_message message SET state = 'suppressed', reason = verdict.reason, finished_at = %(now)s
FROM unnest(%(ids)s::bigint[], %(reasons)s::text[]) AS verdict (id, reason)
WHERE message.id = verdict.id
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One message in our hands, with what its renderer needs to begin. `address` is normalised; `language` may be ""."""

    message_id: int
    source_group: int
    source_id: int
    member_id: int
    address: str
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What one claim took, under one token, and how many it left out."""

    token: uuid.UUID
    messages: tuple[Claimed, ...]
    suppressed: int


@transaction.atomic
def claim_messages(*, source: str, group: int, channel: str, limit: int, now: dt.datetime) -> Claim:
    """Take up to `limit` due messages of a group; those who may not be written to are left out, each with its reason.

    Consent, suppression, membership, address and contact budget are all read inside this transaction.
    """
    token = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"source": source, "group": group, "now": now, "limit": limit})
        ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return Claim(token, (), 0)
        budget, values = _budget_sql(channel, now)
        cursor.execute(
            _JUDGE.format(budget=budget),
            {
                "ids": array_text(ids),
                "channel": channel,
                "kind": str(ADDRESS_KINDS.get(channel, "")),  # type: ignore[call-overload]  # Channel is a str
                "enrolled": MemberStatus.ENROLLED.value,
                **values,
            },
        )
        rows = cursor.fetchall()
        failpoint("mail.judged")
        suppressed = suppressed_among(channel=channel, addresses={row[7] for row in rows if row[7]})
        reasons = {row[0]: _reason(row, suppressed) for row in rows}
        taken = [row for row in rows if not reasons[row[0]]]
        left_out = {message_id: reason for message_id, reason in reasons.items() if reason}
        if taken:
            cursor.execute(_CLAIM, {"token": token, "now": now, "ids": array_text(row[0] for row in taken)})
            mine = {row[0] for row in cursor.fetchall()}
            taken = [row for row in taken if row[0] in mine]
        if left_out:
            cursor.execute(
                _LEAVE_OUT, {"now": now, "ids": array_text(left_out), "reasons": array_text(left_out.values())}
            )
    messages = tuple(
        Claimed(
            message_id=row[0],
            source_group=group,
            source_id=row[1],
            member_id=row[2],
            address=row[7],
            name=row[4],
            language=row[5],
        )
        for row in taken
    )
    return Claim(token, messages, len(left_out))


def _budget_sql(channel: str, now: dt.datetime) -> tuple[str, dict[str, Any]]:
    """(SQL that is true when any budget in use is spent, its values)."""
    budgets = list(ContactBudget.objects.filter(is_active=True, channel__in=["", channel]))
    values: dict[str, Any] = {"reached": array_text(str(state) for state in REACHED_STATES)}
    parts = []
    for n, budget in enumerate(budgets):
        narrowed = "AND other.channel = %(channel)s" if budget.channel else ""
        parts.append(_BUDGET.format(n=n, channel=narrowed))
        values |= {f"since_{n}": now - dt.timedelta(days=budget.days), f"most_{n}": budget.messages}
    return f"(message.purpose = 'marketing' AND ({' OR '.join(parts)}))" if parts else "false", values


def _reason(row: Sequence[object], suppressed: set[str]) -> str:
    """Why this one is left out, "" when it may go. Service mails need no consent to advertising."""
    _id, _source, _member, purpose, _name, _language, is_member, address, has_consent, is_over_budget = row
    if not is_member:
        return MessageReason.NOT_MEMBER.value
    if not address:
        return MessageReason.NO_ADDRESS.value
    if address in suppressed:
        return MessageReason.SUPPRESSED.value
    if purpose == Purpose.MARKETING and not has_consent:
        return MessageReason.NO_CONSENT.value
    return MessageReason.OVER_BUDGET.value if is_over_budget else ""


def mark_handed(*, token: uuid.UUID, ids: Sequence[int], now: dt.datetime) -> dict[int, int]:
    """Mark a group as about to be handed over; {message: attempts so far} of those that are still this claim's.

    Whoever was frozen past its lease, paused or cancelled in between gets nothing and must not go on (R32).
    Joins the caller's transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_message SET state = 'handed', handed_at = %(now)s, attempts = attempts + 1 "
            "WHERE id = ANY(%(ids)s::bigint[]) AND claim_token = %(token)s AND state = 'claimed' RETURNING id, attempts",
            {"now": now, "ids": array_text(ids), "token": token},
        )
        return dict(cursor.fetchall())
