"""Undoing an applied file of things: the new ones gone, the changed ones as they were, some thousand rows a transaction.

Whatever has been changed or used since stays as it is, and its row says why.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.services import JobProgress
from programs.models import ImportBatch, ImportRow, ImportState, RowOutcome, UndoOutcome
from programs.services.importing.things.loader import Loader, Stored

CHUNK_ROWS = 2000


def run_chunk(loader: Loader, *, batch_id: int, now: dt.datetime) -> JobProgress:
    """Undo the next rows of a batch. Progress is counted in rows."""
    with transaction.atomic():
        progress = _run(loader, batch_id, now)
        failpoint("undo.chunk.before_commit")
    failpoint("undo.chunk.after_commit")
    return progress


def _run(loader: Loader, batch_id: int, now: dt.datetime) -> JobProgress:
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    total = batch.totals.get("created", 0) + batch.totals.get("updated", 0)
    if batch.state != ImportState.UNDOING:
        return JobProgress(total, total, is_finished=True)
    todo = batch.rows.filter(applied_at__isnull=False, outcome__in=[RowOutcome.CREATE, RowOutcome.UPDATE], undo="")
    rows = list(todo.filter(line__gt=batch.reading["undo_line"]).order_by("line")[:CHUNK_ROWS])
    _undo(loader, rows)
    done = batch.reading["undo_rows"] + len(rows)
    line = rows[-1].line if rows else batch.reading["undo_line"]
    batch.reading = {**batch.reading, "undo_rows": done, "undo_line": line}
    is_finished = len(rows) < CHUNK_ROWS
    if is_finished:
        loader.tidy(batch)
        batch.state, batch.undone_at = ImportState.UNDONE, now
        batch.totals = {**batch.totals, **_outcome(batch)}
    batch.save(update_fields=["reading", "state", "undone_at", "totals"])
    return JobProgress(done, total, is_finished=is_finished)


def _outcome(batch: ImportBatch) -> dict[str, int]:
    """For the result: rows taken back, things removed, restored and left as they are."""
    undone = batch.rows.filter(undo=UndoOutcome.UNDONE)
    return {
        "undone": undone.count(),
        "removed": undone.filter(outcome=RowOutcome.CREATE).count(),
        "restored": undone.filter(outcome=RowOutcome.UPDATE).count(),
        "kept": batch.rows.exclude(undo__in=["", UndoOutcome.UNDONE]).count(),
    }


def _undo(loader: Loader, rows: Sequence[ImportRow]) -> None:
    there = loader.locked({row.object_id for row in rows if row.object_id})
    new = {row.object_id for row in rows if row.outcome == RowOutcome.CREATE and row.object_id in there}
    used = loader.used({thing: there[thing] for thing in new})
    reasons = {row.pk: _reason(row, there, used) for row in rows}
    going = [row for row in rows if not reasons[row.pk]]
    restored = {
        row.object_id: row.values["before"]["fields"]
        for row in going
        if row.outcome == RowOutcome.UPDATE and row.object_id
    }
    loader.restore(restored)
    loader.remove({row.object_id for row in going if row.outcome == RowOutcome.CREATE and row.object_id})
    by_outcome: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        by_outcome[reasons[row.pk] or UndoOutcome.UNDONE].append(row.pk)
    for outcome, ids in by_outcome.items():
        ImportRow.objects.filter(pk__in=ids).update(undo=outcome)


def _reason(row: ImportRow, there: Mapping[int, Stored], used: Mapping[int, str]) -> str:
    stored = there.get(row.object_id or 0)
    before: dict[str, Any] | None = row.values.get("before")
    if stored is None:
        return UndoOutcome.GONE
    if before is None:
        return UndoOutcome.NO_PICTURE
    if row.outcome == RowOutcome.CREATE and stored.id in used:
        return used[stored.id]
    is_same = all(stored.values[name] == value for name, value in before["after"].items())
    return "" if is_same else UndoOutcome.CHANGED
