"""Forgetting a person: what members knows of them goes, and what proves how we dealt with them stays (R54).

Kept: the row itself without anything that says who it was (the ledger and receipts point at it), the log of consents,
and the keyed hashes of the addresses, so that no file brings them back into a mailing.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest

from loyalty_site.ground.policy import Principal
from members.errors import MemberNotFound
from members.models import (
    IN_HAND_STATES,
    WAITING_STATES,
    Address,
    ConsentAction,
    CurrentConsent,
    DuplicateKey,
    DuplicatePair,
    DuplicateScan,
    EndedAs,
    Identifier,
    Member,
    MemberStatus,
    Merge,
    Message,
    MessageReason,
    MessageState,
    PairState,
    Relation,
    Suppression,
)
from members.queries.identifiers import last_keys_of
from members.services.companies import forget_companies
from members.services.consents import record_consent
from members.services.evidence import forget_evidence
from members.services.households import remove_from_household
from members.services.notices import forget_notices
from members.services.segments import leave_segments
from members.services.suppressions import suppress_erased


def lock_living(member_id: int) -> Member:
    """The member's row, locked until the transaction ends, so that no receipt names them meanwhile.

    Raises MemberNotFound for nobody and for the erased.
    """
    found = Member.objects.select_for_update().filter(pk=member_id).exclude(status=MemberStatus.ERASED).first()
    if found is None:
        raise MemberNotFound
    return found


@transaction.atomic
def forget_person(member_id: int, *, actor: Principal, now: dt.datetime) -> dict[str, int]:
    """Empty everything that says who a member was; {what: how many} were. Joins the caller's transaction.

    Raises MemberNotFound for nobody and for the erased.
    """
    member = lock_living(member_id)
    # First: what a merged record does from here on is no longer its survivor's, also the end of what it allowed.
    merged = Member.objects.filter(pk=member_id, status=MemberStatus.MERGED)
    merged.update(status=MemberStatus.ERASED, survivor=None)
    for one in CurrentConsent.objects.filter(member=member, is_granted=True).order_by("purpose", "channel"):
        record_consent(
            member=member,
            purpose=one.purpose,
            channel=one.channel,
            action=ConsentAction.WITHDRAWN,
            method="erasure",
            proof="",
            actor=actor,
            now=now,
        )
    counts = {
        "messages": _cancel_messages(member_id, now),
        "identifiers": _forget_identifiers(member_id, now),
        "addresses": Address.objects.filter(member=member).delete()[0],
    }
    if Relation.objects.filter(Q(head=member) | Q(other=member), ended_at__isnull=True).exists():
        remove_from_household(member_id=member_id, actor=actor, now=now)
    counts["contacts"] = forget_companies(member_id, now=now)
    counts["segments"] = leave_segments(member_id)
    counts["notices"] = forget_notices(member_id)
    _forget_duplicates(member_id)
    forget_evidence([member_id])
    Member.objects.filter(pk=member_id).update(
        status=MemberStatus.ERASED,
        survivor=None,
        name="",
        search_name="",
        language="",
        sex="",
        birth_year=None,
        birth_month=None,
        birth_day=None,
        joined_on=None,
        source="",
        note="",
        social_status="",
        interests=[],
        cares_about=[],
        preferred_channel="",
        came_by="",
        wallet_share="",
        custom={},
        updated_at=now,
    )
    return counts


def _cancel_messages(member_id: int, now: dt.datetime) -> int:
    """What is being handed over this moment cannot be called back; it is told apart by its state."""
    rows = Message.objects.filter(member=member_id)
    Message.objects.filter(pk__in=rows.exclude(detail="")).exclude(state__in=IN_HAND_STATES).update(detail="")
    waiting = rows.filter(state__in=[*WAITING_STATES, MessageState.CLAIMED])
    return waiting.update(
        state=MessageState.CANCELLED, reason=MessageReason.NOT_MEMBER, claim_token=None, finished_at=now
    )


def _forget_duplicates(member_id: int) -> None:
    """Who they may have been twice, and what a merge would need to be undone: it quotes them."""
    pairs = DuplicatePair.objects.filter(Q(first=member_id) | Q(second=member_id))
    pairs.filter(state=PairState.PROPOSED).delete()
    DuplicateKey.objects.filter(member=member_id).delete()
    Merge.objects.filter(Q(survivor=member_id) | Q(merged=member_id)).update(before={}, choices={})
    # Searches that ended before an ending one threw its words away.
    DuplicateScan.objects.filter(finished_at__isnull=False).exclude(shares={}).update(shares={})


def _forget_identifiers(member_id: int, now: dt.datetime) -> int:
    """Remembered as hashes first, also those of long ago: an old file would bring them back. One that is somebody
    else's by now is only emptied."""
    rows = list(Identifier.objects.filter(member=member_id).order_by("id"))
    left = set(last_keys_of(member_id))
    for kind, value in sorted(left):
        suppress_erased(kind=kind, value=value, now=now)
    # A hash that names its member would lead back to the receipts.
    Suppression.objects.filter(member=member_id).update(member=None)
    # Who had a number of theirs before keeps that there was one.
    before = Identifier.objects.filter(value__in=[value for _kind, value in left], ended_at__isnull=False)
    others = [row for row in before.exclude(member=member_id) if (row.kind, row.value) in left]
    # Cards of others in their hands end with them; who carried theirs is not told any more.
    carried = Identifier.objects.filter(lent_to=member_id)
    carried.filter(ended_at__isnull=True).update(ended_at=Greatest("created_at", now), ended_as=EndedAs.WITHDRAWN)
    carried.update(lent_to=None)
    # Not deleted: receipts say which of them was shown.
    for row in [*rows, *others]:
        Identifier.objects.filter(pk=row.pk).update(
            value=f"erased {row.pk}",
            shown="",
            is_blocked=True,
            lent_to=None,
            ended_at=Coalesce("ended_at", Greatest("created_at", now)),
        )
    return len(rows)
