"""Looking for people who are in the base twice, a chunk of members at a time, and what a person decides about a pair.

Nothing is ever merged here: pairs are proposed, with the reasons.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools

from django.db import IntegrityError, transaction
from django.db.models import Q

from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from loyalty_site.ground.services.jobs import JobProgress, enqueue_job
from members.errors import PairDecided, PairNotFound
from members.models import DuplicateKey, DuplicatePair, DuplicateScan, PairState
from members.queries.duplicates import (
    changed_members,
    members_by_key,
    pairs_among,
    people_to_compare,
    shares_of_words,
)
from members.rules.duplicates import Verdict, blocking_keys, compare

CHUNK = 500
# A change may be stamped before and committed after a scan has passed by.
_OVERLAP = dt.timedelta(hours=1)


@transaction.atomic
def request_scan(*, now: dt.datetime, everybody: bool = False) -> DuplicateScan:
    """Look for duplicates soon: of those who changed since the last search, or of all. One that waits is joined."""
    running = DuplicateScan.objects.filter(finished_at__isnull=True).first()
    if running is not None:
        return running
    last = DuplicateScan.objects.filter(finished_at__isnull=False).order_by("-started_at").first()
    since = None if everybody or last is None else last.started_at - _OVERLAP
    try:
        with transaction.atomic():
            scan = DuplicateScan.objects.create(since=since, started_at=now)
    except IntegrityError:  # somebody asked at the same moment
        return DuplicateScan.objects.get(finished_at__isnull=True)
    enqueue_job(kind="members.find_duplicates", payload={"scan": scan.pk}, now=now)
    return scan


@transaction.atomic
def scan_chunk(*, scan: int, now: dt.datetime) -> JobProgress:
    """Compare the next CHUNK changed members with everybody who shares a key with them. Safe to repeat."""
    state = DuplicateScan.objects.select_for_update().filter(pk=scan, finished_at__isnull=True).first()
    if state is None:
        return JobProgress(0, None, is_finished=True)
    if not state.cursor:
        state.shares = shares_of_words()
    changed = changed_members(since=state.since, after=state.cursor, limit=CHUNK)
    if changed:
        state.found += _look_at(changed, state.shares, now)
        state.looked_at += len(changed)
        state.cursor = changed[-1]
    if len(changed) < CHUNK:
        # The words of people's names go with the work: somebody among them may ask to be forgotten.
        state.finished_at, state.shares = now, {}
    state.save()
    return JobProgress(state.looked_at, None, is_finished=state.finished_at is not None)


def _look_at(changed: list[int], shares: dict[str, float], now: dt.datetime) -> int:
    people = people_to_compare(changed)
    keys = {member_id: {_number(key) for key in blocking_keys(person)} for member_id, person in people.items()}
    DuplicateKey.objects.filter(member__in=changed).delete()
    DuplicateKey.objects.bulk_create(
        DuplicateKey(member_id=member_id, key=key) for member_id, numbers in keys.items() for key in numbers
    )
    pairs = pairs_among(members_by_key(set(itertools.chain(*keys.values()))), set(people))
    people |= people_to_compare({member_id for pair in pairs for member_id in pair} - people.keys())
    found = [
        (pair, verdict)
        for pair in sorted(pairs)
        if pair[0] in people and pair[1] in people
        for verdict in [compare(people[pair[0]], people[pair[1]], shares=shares)]
        if verdict.is_probable
    ]
    _propose(found, changed, now)
    return len(found)


def _propose(found: list[tuple[tuple[int, int], Verdict]], changed: list[int], now: dt.datetime) -> None:
    """What was decided stays; what speaks for nobody any more is withdrawn."""
    kept = [pair for pair, _verdict in found]
    stale = DuplicatePair.objects.filter(Q(first__in=changed) | Q(second__in=changed), state=PairState.PROPOSED)
    gone = [row.pk for row in stale.only("first_id", "second_id") if (row.first_id, row.second_id) not in set(kept)]
    DuplicatePair.objects.filter(pk__in=gone).delete()
    DuplicatePair.objects.bulk_create(
        (
            DuplicatePair(
                first_id=first, second_id=second, score=verdict.score, reasons=list(verdict.reasons), found_at=now
            )
            for (first, second), verdict in found
        ),
        update_conflicts=True,
        unique_fields=["first", "second"],
        update_fields=["score", "reasons"],
    )


@transaction.atomic
def keep_apart(*, pair_id: int, actor: Principal, now: dt.datetime) -> DuplicatePair:
    """These are two people; they are not proposed again. Raises PairNotFound, PairDecided."""
    pair = DuplicatePair.objects.select_for_update().filter(pk=pair_id).first()
    if pair is None:
        raise PairNotFound
    if pair.state != PairState.PROPOSED:
        raise PairDecided
    pair.state, pair.decided_at, pair.decided_by = PairState.APART, now, actor.label[:150]
    pair.save(update_fields=["state", "decided_at", "decided_by"])
    record_audit(
        actor=actor,
        action="keep_apart",
        target="members.duplicatepair",
        target_id=pair.pk,
        now=now,
        details={"first": pair.first_id, "second": pair.second_id},
    )
    return pair


def _number(key: str) -> int:
    """A key as 64 bits with a sign, as PostgreSQL's bigint holds them."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), signed=True)
