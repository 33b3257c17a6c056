"""The worker's part of a list: applying it and taking it back, a chunk a transaction.

Each line is done together with its mark, so a killed worker repeats at most the chunk it was in, and no line twice.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Case, Value, When

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.services import JobProgress
from programs.models import Account, Adjustment, AdjustmentBatch, AdjustmentState, BatchState
from programs.services import ledger
from programs.services.adjusting.reversals import give_back, reversal_of
from programs.services.adjustments import life_of_points

CHUNK_ROWS = 500

# What each line of a chunk takes from which lots, soonest to burn first, as ledger.take_from_lots would; lines that
# want more than there is take nothing.
_TAKES = """
    SELECT adjustment, account, lot, least(free, wanted - before)::bigint FROM (
        SELECT g.adjustment, g.account, l.id AS lot, g.wanted, l.remaining - l.held AS free,
               sum(l.remaining - l.held) OVER (PARTITION BY g.account ORDER BY l.expires_at, l.id)
               - (l.remaining - l.held) AS before
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS g(adjustment, account, wanted)
        JOIN programs_account a ON a.id = g.account AND a.available >= g.wanted AND a.frozen_at IS NULL
        JOIN programs_lot l ON l.account_id = g.account AND l.remaining > l.held AND NOT l.is_pending
    ) AS ordered WHERE before < wanted
"""
# The lot that a line's points became, and what of it is still free.
_LOTS = """
    SELECT t.adjustment_id, g.account_id, l.id, l.remaining - l.held
    FROM programs_ledgertransaction t
    JOIN programs_posting g ON g.transaction_id = t.id AND g.from_bucket = 'adjusted'
    JOIN programs_lot l ON l.id = g.lot_id
    WHERE t.adjustment_id = ANY(%s)
"""


def apply_chunk(*, batch_id: int, now: dt.datetime) -> JobProgress:
    """Post the next lines of a list. Progress is counted in lines; a line whose person has too little fails alone."""
    with transaction.atomic():
        progress = _apply(_locked(batch_id), now)
        failpoint("adjusting.chunk.before_commit")
    failpoint("adjusting.chunk.after_commit")
    return progress


def reverse_chunk(*, batch_id: int, now: dt.datetime, actor_id: int | None = None) -> JobProgress:
    """Take the next lines of a list back. What is spent or burnt stays and is noted on the line's reversal."""
    with transaction.atomic():
        progress = _reverse(_locked(batch_id), now, actor_id)
        failpoint("reversing.chunk.before_commit")
    failpoint("reversing.chunk.after_commit")
    return progress


def _locked(batch_id: int) -> AdjustmentBatch:
    return AdjustmentBatch.objects.select_for_update(of=("self",)).select_related("program").get(pk=batch_id)


def _apply(batch: AdjustmentBatch, now: dt.datetime) -> JobProgress:
    lines = Adjustment.objects.filter(batch=batch, reverses__isnull=True)
    total = lines.count()
    if batch.state != BatchState.APPLYING:
        return JobProgress(total, total, is_finished=True)
    waiting = lines.filter(state=AdjustmentState.WAITING)
    rows = list(waiting.order_by("id")[:CHUNK_ROWS])
    ledger.lock_and_roll([row.account_id for row in rows], now=now)
    burns = batch.expires_at or life_of_points(batch.program, now)
    given = [ledger.Given(row.account_id, row.points, burns, row.pk) for row in rows if row.points > 0]
    ledger.post_given(batch.program_id, given, actor_label=_label(batch), now=now)
    taken = _takes([row for row in rows if row.points < 0])
    ledger.post_taken(batch.program_id, taken, actor_label=_label(batch), now=now)
    done = {one.adjustment_id for one in given} | {one.adjustment_id for one in taken}
    Adjustment.objects.filter(pk__in=done).update(state=AdjustmentState.POSTED)
    failed = [row.pk for row in rows if row.pk not in done]
    frozen = _frozen(rows)
    problem = Case(When(account__in=frozen, then=Value("frozen")), default=Value("too_few"))
    Adjustment.objects.filter(pk__in=failed).update(state=AdjustmentState.FAILED, problem=problem)
    left = waiting.count()
    if not left:
        batch.state = BatchState.DONE
        batch.save(update_fields=["state"])
    return JobProgress(total - left, total, is_finished=not left)


def _frozen(rows: Sequence[Adjustment]) -> set[int]:
    """Accounts whose books do not add up: nothing is taken from them."""
    ids = [row.account_id for row in rows]
    return set(Account.objects.filter(pk__in=ids, frozen_at__isnull=False).values_list("pk", flat=True))


def _takes(rows: Sequence[Adjustment]) -> list[ledger.Taken]:
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKES, [[row.pk for row in rows], [row.account_id for row in rows], [-row.points for row in rows]]
        )
        return [ledger.Taken(account, lot, points, adjustment) for adjustment, account, lot, points in cursor]


def _reverse(batch: AdjustmentBatch, now: dt.datetime, actor_id: int | None) -> JobProgress:
    posted = Adjustment.objects.filter(batch=batch, reverses__isnull=True, state=AdjustmentState.POSTED)
    total = posted.count()
    if batch.state != BatchState.REVERSING:
        return JobProgress(total, total, is_finished=True)
    waiting = posted.filter(reversed_by__isnull=True)
    rows = list(waiting.order_by("id")[:CHUNK_ROWS])
    ledger.lock_and_roll([row.account_id for row in rows], now=now)
    _take_back([row for row in rows if row.points > 0], batch, now, actor_id)
    for row in rows:
        if row.points < 0:
            give_back(row, actor_id=actor_id, actor_label=_label(batch), now=now)
    left = waiting.count()
    if not left:
        batch.state = BatchState.REVERSED
        batch.save(update_fields=["state"])
    return JobProgress(total - left, total, is_finished=not left)


def _take_back(rows: Sequence[Adjustment], batch: AdjustmentBatch, now: dt.datetime, actor_id: int | None) -> None:
    free: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    frozen = _frozen(rows)
    with connection.cursor() as cursor:
        cursor.execute(_LOTS, [[row.pk for row in rows]])
        for adjustment_id, account_id, lot_id, points in cursor:
            if points and account_id not in frozen:
                free[adjustment_id].append((account_id, lot_id, points))
    reversals = Adjustment.objects.bulk_create(
        reversal_of(
            row,
            sum(points for *_, points in free[row.pk]),
            kept="frozen" if row.account_id in frozen else "spent",
            actor_id=actor_id,
            now=now,
        )
        for row in rows
    )
    taken = [
        ledger.Taken(account_id, lot_id, points, reversal.pk)
        for row, reversal in zip(rows, reversals, strict=True)
        for account_id, lot_id, points in free[row.pk]
    ]
    ledger.post_taken(batch.program_id, taken, actor_label=_label(batch), now=now)


def _label(batch: AdjustmentBatch) -> str:
    return f"list {batch.pk}"
