"""Merging two members and undoing it: each app does its part, in one transaction.

Accounts are locked first, then the two people, as everybody does. Feedback and campaigns have no part: answers and
mails keep the name under which they came, and a mail that waits for a merged member is not sent.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping

import psycopg
from django.db import OperationalError, connection, transaction

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from members.errors import MergeSamePerson
from members.models import Merge, PairState
from members.services.merging import decide_pair, lock_merge, lock_two, merge_people, unmerge_people
from programs.services.ledger import lock_accounts
from programs.services.merging import lock_pairs, merge_shopper, unmerge_shopper

TRIES = 4


def merge_members(
    survivor_id: int, merged_id: int, *, choices: Mapping[str, str] | None = None, actor: Principal, now: dt.datetime
) -> Merge:
    """Make `merged_id` one with `survivor_id`, who stays. `choices` say of which of the two a field is taken.

    Raises MergeSamePerson, MergeGone, MergeHouseholds, MergeShared or AccountFrozen; nothing is changed then. Waits
    for sales in flight; a deadlock with one is repeated.
    """
    if survivor_id == merged_id:
        raise MergeSamePerson
    return _patiently(lambda: _merge(survivor_id, merged_id, choices or {}, actor, now))


@transaction.atomic
def _merge(survivor_id: int, merged_id: int, choices: Mapping[str, str], actor: Principal, now: dt.datetime) -> Merge:
    pairs = lock_pairs(survivor_id=survivor_id, merged_id=merged_id, now=now)
    failpoint("merge.after_locks")
    lock_two(survivor_id, merged_id)
    merge = merge_people(survivor_id=survivor_id, merged_id=merged_id, choices=choices, actor=actor, now=now)
    merge.parts = {"programs": merge_shopper(merge, pairs, actor=actor, now=now)}
    merge.save(update_fields=["parts"])
    decide_pair(survivor_id, merged_id, state=PairState.MERGED, actor=actor, now=now)
    failpoint("merge.before_commit")
    record_audit(
        actor=actor,
        action="merge",
        target="members.member",
        target_id=survivor_id,
        now=now,
        details={
            "merged": merged_id,
            "merge": merge.pk,
            "points": sum(row["points"] for row in merge.parts["programs"]["accounts"]),
            "fields": [field for field, whose in merge.choices.items() if whose == "merged"],
        },
    )
    return merge


def undo_merge(merge_id: int, *, actor: Principal, now: dt.datetime) -> Merge:
    """Make two members of one again; `left` of the answer lists what could not be returned.

    Raises MergeUndone, MergeNotLast or MergeGone; nothing is changed then.
    """
    return _patiently(lambda: _undo(merge_id, actor, now))


@transaction.atomic
def _undo(merge_id: int, actor: Principal, now: dt.datetime) -> Merge:
    merge = Merge.objects.get(pk=merge_id)
    if merge.undone_at is None:
        # Accounts before people; whether it may be undone at all is asked under the locks of both.
        lock_merge_accounts(merge)
    merge = lock_merge(merge_id)
    # People first: what an open hold has counted is then counted for whoever placed it.
    people = unmerge_people(merge, actor=actor, now=now)
    merge.left = [*unmerge_shopper(merge, merge.parts["programs"], actor=actor, now=now), *people]
    merge.undone_at, merge.undone_by = now, actor.label[:150]
    merge.save(update_fields=["left", "undone_at", "undone_by"])
    record_audit(
        actor=actor,
        action="undo_merge",
        target="members.member",
        target_id=merge.survivor_id,
        now=now,
        details={"merged": merge.merged_id, "merge": merge.pk, "left": [row["what"] for row in merge.left]},
    )
    return merge


def lock_merge_accounts(merge: Merge) -> None:
    """All accounts that a merge joined, by rising id."""
    from_parts = merge.parts.get("programs", {}).get("accounts", [])
    lock_accounts([account for row in from_parts for account in (row["closing"], row["staying"])])


def _patiently[T](deed: Callable[[], T]) -> T:
    """A deadlock leaves nothing behind, so the whole deed is tried again."""
    for attempt in range(1, TRIES + 1):
        try:
            return deed()
        except OperationalError as error:
            is_deadlock = isinstance(error.__cause__, psycopg.errors.DeadlockDetected)
            if attempt == TRIES or not is_deadlock or connection.in_atomic_block:
                raise
            time.sleep(0.05 * attempt)
    raise AssertionError
