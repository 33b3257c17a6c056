"""Applying a checked file of things: a thousand rows per transaction, the things and the mark "done" together.

A killed worker repeats at most the chunk it was in, and a chunk that was committed is never done again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.services import JobProgress
from programs.models import ImportBatch, ImportKey, ImportRow, ImportState
from programs.queries.importing import count_outcomes
from programs.rules.importing.things import against_fixed, changes
from programs.services.importing.things.checking import is_repeat, repeats_of
from programs.services.importing.things.loader import Loader, Stored, Write

CHUNK_ROWS = 1000
_DONE = """
    UPDATE programs_importrow r SET applied_at = %(now)s, object_id = g.object, member_id = g.member,
        outcome = g.outcome, reason = g.reason,
        values = CASE WHEN g.before IS NULL THEN r.values
                      ELSE r.values || jsonb_build_object('before', g.before::jsonb) END
    FROM unnest(%(ids)s::bigint[], %(objects)s::bigint[], %(members)s::bigint[], %(outcomes)s::text[], %(reasons)s::text[], %(befores)s::text[])
         AS g(id, object, member, outcome, reason, before)
    WHERE r.id = g.id
"""


def run_chunk(loader: Loader, *, batch_id: int, now: dt.datetime) -> JobProgress:
    """Apply the next rows of a confirmed batch. Progress is counted in rows.

    Raises IntegrityError when somebody made one of these things in the same instant; a repeat finds them.
    """
    with transaction.atomic():
        progress = _run(loader, batch_id, now)
        failpoint("import.chunk.before_commit")
    failpoint("import.chunk.after_commit")
    return progress


def _run(loader: Loader, batch_id: int, now: dt.datetime) -> JobProgress:
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    total = batch.totals.get("data_rows", 0) + batch.totals.get("skipped", 0)
    if batch.state != ImportState.APPLYING:
        return JobProgress(total, total, is_finished=True)
    after = batch.reading.get("applied_line", 0)
    rows = list(batch.rows.filter(line__gt=after, applied_at__isnull=True).order_by("line")[:CHUNK_ROWS])
    _apply_rows(loader, batch, rows, now)
    done = batch.reading.get("applied", 0) + len(rows)
    batch.reading = {**batch.reading, "applied": done, "applied_line": rows[-1].line if rows else after}
    is_finished = len(rows) < CHUNK_ROWS
    if is_finished:
        batch.state, batch.applied_at = ImportState.DONE, now
        batch.totals = count_outcomes(batch.pk)
        ImportKey.objects.filter(batch_id=batch.pk).delete()
    batch.save(update_fields=["reading", "state", "applied_at", "totals"])
    return JobProgress(done, total, is_finished=is_finished)


def _apply_rows(loader: Loader, batch: ImportBatch, rows: Sequence[ImportRow], now: dt.datetime) -> None:
    loader.settle([row for row in rows if row.outcome in {"create", "update"}])
    taking = [row for row in rows if row.outcome in {"create", "update"}]
    stored = loader.find(batch, {_key(row) for row in taking}, is_locked=True)
    refusals = loader.refusals(batch, {_key(row) for row in taking})
    repeats = repeats_of(batch, [row.line for row in taking])
    writes: dict[int, Write] = {}
    for row in taking:
        if reason := refusals.get(_key(row)):
            row.outcome, row.reason = "reject", reason
            continue
        # Applied from another window since the check: its thing is there already.
        again = is_repeat(repeats, row.line, row.values["given"])
        write = _write_of(loader, row, stored.get(_key(row)), is_again=again)
        if write:
            writes[row.pk] = write
    loader.write(batch, list(writes.values()), now)
    befores = _befores(loader, batch, rows, writes, stored)
    with connection.cursor() as cursor:
        cursor.execute(
            _DONE,
            {
                "now": now,
                "ids": [row.pk for row in rows],
                "objects": [writes[row.pk].id if row.pk in writes else row.object_id for row in rows],
                "members": [row.member_id for row in rows],
                "outcomes": [row.outcome for row in rows],
                "reasons": [row.reason for row in rows],
                "befores": [json.dumps(befores[row.pk]) if row.pk in befores else None for row in rows],
            },
        )


def _key(row: ImportRow) -> str:
    key: str = row.values["keys"][0][1]
    return key


def _write_of(loader: Loader, row: ImportRow, stored: Stored | None, *, is_again: bool) -> Write | None:
    """What a row still has to do now, and its outcome if that is another than the check said."""
    given: dict[str, str] = row.values["given"]
    if stored is None:
        if any(name not in given for name in loader.needs):
            row.outcome, row.reason = "reject", "gone_since_checked"
            return None
        row.outcome = "create"
        return Write(_key(row), None, given)
    if reason := against_fixed(given, stored.values, loader.fixed):
        row.outcome, row.reason = "reject", reason
        return None
    row.object_id = stored.id
    announced = set(given) if row.outcome == "create" else set(row.changed)
    changed = () if is_again else tuple(name for name in changes(given, stored.values) if name in announced)
    row.outcome = "update" if changed else "unchanged"
    return Write(_key(row), stored.id, {name: given[name] for name in changed}) if changed else None


def _befores(
    loader: Loader,
    batch: ImportBatch,
    rows: Sequence[ImportRow],
    writes: dict[int, Write],
    stored: dict[str, Stored],
) -> dict[int, dict[str, Any]]:
    """{row: {"fields": as they were, "after": as they are now}} of what the rows wrote, for undoing it."""
    after = loader.find(batch, {write.key for write in writes.values()})
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        if write := writes.get(row.pk):
            now_there, was = after[write.key].values, stored.get(write.key)
            written = now_there if was is None else {name: now_there[name] for name in write.values}
            found[row.pk] = {"fields": {name: was.values[name] for name in written} if was else {}, "after": written}
    return found
