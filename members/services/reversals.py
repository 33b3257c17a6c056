"""Taking back what an import said of consents: each act by a row of its own, and never a yes over a no given since.

Inside the caller's transaction, which holds the members' rows.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from members.models import Consent, ConsentAction, Merge, Purpose
from members.services.copying import copy_rows, next_ids
from members.services.delivery.planning import recall_messages
from members.services.evidence import METHOD, addresses_by_channel, current_of, set_current
from members.services.suppressions import last_refusals

_FORGET = "DELETE FROM members_currentconsent WHERE consent_id = ANY(%s)"
# What members.services.merging wrote as the proof of a yes that it took over.
_COPIES = """
    SELECT n.member_id, n.purpose, n.channel, n.consent_id
    FROM unnest(%s::bigint[], %s::bigint[]) AS g(consent, member)
    JOIN members_merge m ON m.merged_id = g.member
    JOIN members_currentconsent n ON n.member_id = m.survivor_id AND n.is_granted
    JOIN members_consent c ON c.id = n.consent_id AND c.method = 'merge'
     AND c.proof = 'merge ' || m.id || ', consent ' || g.consent
"""


@dataclass(frozen=True, slots=True)
class Step:
    """An act of an import to be taken back: raise or lower, and since when it had been granted before (Done)."""

    member_id: int
    purpose: str
    channel: str
    consent_id: int
    is_raise: bool
    granted_since: dt.datetime | None = None


def reverse_claims(steps: Sequence[Step], *, label: str, now: dt.datetime) -> int:
    """Take back what an import said, each by a row of its own; how many. What somebody said since stays as it is, and
    nobody who has refused since is opted in again. A yes goes with the copies of it that merges made."""
    steps = [*steps, *_copies_of([step for step in steps if step.is_raise])]
    current = current_of({step.member_id for step in steps})
    ours = [
        step
        for step in steps
        if (found := current.get((step.member_id, step.purpose, step.channel))) and found[2] == step.consent_id
    ]
    lowered = [step for step in ours if not step.is_raise and step.granted_since]
    refused = _refused_since(lowered) if lowered else set()
    ours = [step for step in ours if step not in refused]
    ids = dict(zip([step.consent_id for step in ours], next_ids(Consent, len(ours)), strict=True))
    rows = [
        (
            *(ids[step.consent_id], step.member_id, step.purpose, step.channel),
            ConsentAction.GRANTED.value if step.granted_since else ConsentAction.REVERSED.value,
            *("", METHOD, f"{label} undone, consent {step.consent_id}", label, now),
        )
        for step in ours
    ]
    columns = ("id", "member_id", "purpose", "channel", "action", "language", "method", "proof", "actor_label")
    copy_rows(Consent, (*columns, "given_at"), rows)
    set_current(
        [
            (step.member_id, step.purpose, step.channel, True, step.granted_since, ids[step.consent_id])
            for step in ours
            if step.granted_since
        ]
    )
    gone = [step.consent_id for step in ours if not step.granted_since]
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [gone])
    for step in ours:
        if step.is_raise and step.purpose == Purpose.MARKETING:
            recall_messages(member_id=step.member_id, channel=step.channel)
    return len(ours)


def _copies_of(raised: Sequence[Step]) -> list[Step]:
    """What survivors allow for no other reason than one of these, however long the chain of merges."""
    copies: list[Step] = []
    while raised:
        with connection.cursor() as cursor:
            cursor.execute(_COPIES, [[step.consent_id for step in raised], [step.member_id for step in raised]])
            found = cursor.fetchall()
        raised = [
            Step(member_id, purpose, channel, consent_id, is_raise=True)
            for member_id, purpose, channel, consent_id in found
        ]
        copies += raised
    return copies


def _refused_since(steps: Sequence[Step]) -> set[Step]:
    """Those whose person has refused since the import spoke for them. What they had refused before, they had refused
    before the import too; but of somebody whose record was merged into theirs since, any no is news."""
    members = {step.member_id for step in steps}
    said = dict(Consent.objects.filter(pk__in=[step.consent_id for step in steps]).values_list("pk", "given_at"))
    joined: dict[int, list[tuple[int, dt.datetime]]] = defaultdict(list)
    merges = Merge.objects.filter(survivor__in=members, undone_at__isnull=True)
    for survivor_id, merged_id, merged_at in merges.values_list("survivor_id", "merged_id", "merged_at"):
        joined[survivor_id].append((merged_id, merged_at))
    theirs = current_of({merged_id for others in joined.values() for merged_id, _at in others})
    stored = addresses_by_channel(members)
    refusals = {
        channel: last_refusals(channel=channel, addresses={key: stored.get((key, channel), []) for key in members})
        for channel in {step.channel for step in steps if step.channel}
    }
    refused = set()
    for step in steps:
        others = [merged_id for merged_id, at in joined[step.member_id] if at >= said[step.consent_id]]
        answers = [theirs.get((merged_id, step.purpose, step.channel)) for merged_id in others]
        last_no = refusals[step.channel].get(step.member_id) if step.channel else None
        if any(answer and not answer[0] for answer in answers) or (
            last_no and (others or last_no >= said[step.consent_id])
        ):
            refused.add(step)
    return refused
