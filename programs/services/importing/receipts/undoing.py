"""Undoing an import of receipts: each is taken away whole, and its sums out of the member's summary, some thousand a
transaction.

A receipt that somebody has gone on with since stays, and its rows say why. Returns go before the sales they belong to.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from django.db import transaction

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.services import JobProgress
from programs.models import ImportBatch, ImportRow, ImportState, RowOutcome, UndoOutcome
from programs.queries.history import reasons_to_stay
from programs.services.history import lock_buyers, lock_history, named_history, remove_history
from programs.services.importing.receipts.applying import roots_after
from programs.services.lifecycle import redraw_stages

CHUNK_RECEIPTS = 2000


def run_chunk(*, batch_id: int, now: dt.datetime) -> JobProgress:
    """Undo the next receipts of a batch. Progress is counted in rows."""
    with transaction.atomic():
        progress = _run(batch_id, now)
        failpoint("undo.chunk.before_commit")
    failpoint("undo.chunk.after_commit")
    return progress


def _run(batch_id: int, now: dt.datetime) -> JobProgress:
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    total = batch.totals.get("created", 0)
    if batch.state != ImportState.UNDOING:
        return JobProgress(total, total, is_finished=True)
    # start_undo begins at line 0: first what has no sale of its own.
    is_late = batch.reading.get("undo_is_late", False)
    roots = roots_after(batch, batch.reading["undo_line"], is_applied=True, most=CHUNK_RECEIPTS)
    going = [
        rows
        for root in roots.values()
        if (rows := [row for row in root.rows if row.outcome == RowOutcome.CREATE and row.undo == ""])
        and (is_late or not any(_is_sale(row) for row in rows))
    ]
    _undo(going)
    is_over = len(roots) < CHUNK_RECEIPTS
    is_finished = is_over and is_late
    done = batch.reading["undo_rows"] + sum(map(len, going))
    batch.reading = {
        **batch.reading,
        "undo_rows": done,
        "undo_line": 0 if is_over else max(roots),
        "undo_is_late": (is_late or is_over) and not is_finished,
    }
    if is_finished:
        batch.state, batch.undone_at = ImportState.UNDONE, now
        batch.totals = {**batch.totals, **_outcome(batch)}
        redraw_stages(now=now)
    batch.save(update_fields=["reading", "state", "undone_at", "totals"])
    return JobProgress(done, total, is_finished=is_finished)


def _is_sale(row: ImportRow) -> bool:
    return bool(row.values.get("receipt", {}).get("kind") != "return")


def _undo(receipts: list[list[ImportRow]]) -> None:
    rows = [row for one in receipts for row in one]
    lock_buyers({row.member_id for row in rows if row.member_id})
    ids = {row.object_id for row in rows if row.object_id}
    there = set(lock_history(sorted(ids)))
    told = {row.object_id: (row.member_id, row.applied_at) for row in rows if row.object_id in there and row.applied_at}
    reasons = reasons_to_stay(told) | dict.fromkeys(named_history(sorted(there)), str(UndoOutcome.NAMED))
    going: list[int] = []
    by_outcome: dict[str, list[int]] = defaultdict(list)
    for one in receipts:
        parts = {row.object_id for row in one if row.object_id}
        reason = next((reasons[part] for part in sorted(parts) if part in reasons), "")
        going += [] if reason else sorted(parts & there)
        by_outcome[reason or UndoOutcome.UNDONE] += [row.pk for row in one]
    remove_history(going)
    for outcome, row_ids in by_outcome.items():
        ImportRow.objects.filter(pk__in=row_ids).update(undo=outcome)


def _outcome(batch: ImportBatch) -> dict[str, int]:
    """For the result: rows taken back, receipts removed, rows left as they are."""
    undone = batch.rows.filter(undo=UndoOutcome.UNDONE)
    return {
        "undone": undone.count(),
        "removed": undone.values("object_id").distinct().count(),
        "restored": 0,
        "kept": batch.rows.exclude(undo__in=["", UndoOutcome.UNDONE]).values("object_id").distinct().count(),
    }
