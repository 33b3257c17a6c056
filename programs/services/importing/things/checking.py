"""The preview of a file of things: every record staged with what it would do, chunk by chunk."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.db import connection, transaction

from loyalty_site.ground.services import JobProgress
from programs.models import ImportBatch, ImportState
from programs.queries.importing import count_outcomes
from programs.rules.importing.deciding import Decision
from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record, read_records
from programs.rules.importing.rows import Understood
from programs.rules.importing.things import Earlier, decide_thing
from programs.services.importing.check import RAW_CELL_MAX, REJECTED_CELL_MAX, next_records
from programs.services.importing.files import copy_of, read_lines
from programs.services.importing.things.loader import Loader, Stored

_COPY = (
    "COPY programs_importrow (batch_id, line, raw, values, outcome, reason, warnings, member_id, object_id, same_as) "
    "FROM STDIN"
)
_KEYS = """
    INSERT INTO programs_importkey (batch_id, kind, value, line)
    SELECT %s, * FROM unnest(%s::text[], %s::text[], %s::int[]) ON CONFLICT DO NOTHING
"""
_EARLIER = """
    SELECT k.value, k.line, r.values->'given' FROM programs_importkey k
    JOIN programs_importrow r ON r.batch_id = k.batch_id AND r.line = k.line
    WHERE k.batch_id = %s AND k.kind = %s AND k.value = ANY(%s)
"""
# Rows of this very file that were applied before under the same terms: doing them again does nothing.
_REPEATS = """
    SELECT r.line, r.values->'given' FROM programs_importrow r
    JOIN programs_importbatch b ON b.id = r.batch_id
    WHERE b.file_hash = %(hash)s AND b.id <> %(batch)s AND b.kind = %(kind)s AND b.terms = %(terms)s::jsonb
      AND r.applied_at IS NOT NULL AND r.undo <> 'undone' AND r.line = ANY(%(lines)s) AND r.object_id IS NOT NULL
"""


def run_chunk(loader: Loader, *, batch_id: int, now: dt.datetime) -> JobProgress:
    """Check the next records of a batch. Progress is counted in bytes of the file."""
    with transaction.atomic():
        return _run(loader, batch_id, now)


def _run(loader: Loader, batch_id: int, now: dt.datetime) -> JobProgress:
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    if batch.state != ImportState.CHECKING:
        return JobProgress(0, 0, is_finished=True)
    size = copy_of(batch.stored_name).stat().st_size
    plan = Plan.from_json(batch.reading["plan"])
    at = batch.reading.get("at") or {"offset": 0, "line": 1}
    lines = read_lines(batch.stored_name, offset=at["offset"], number=at["line"])
    records, last, is_finished = next_records(read_records(lines, plan.delimiter, is_wrapped=plan.is_wrapped))
    if last:
        _stage(loader, batch, plan, [record for record in records if record.line > plan.last_head_line], now)
        at = {"offset": last.end, "line": last.last_line + 1}
    batch.reading = {**batch.reading, "at": at}
    if is_finished:
        batch.state = ImportState.CHECKED
        batch.totals = count_outcomes(batch.pk)
    batch.save(update_fields=["reading", "state", "totals"])
    return JobProgress(at["offset"], size, is_finished=is_finished)


def _stage(loader: Loader, batch: ImportBatch, plan: Plan, records: Sequence[Record], now: dt.datetime) -> None:
    read = [(record, loader.read(record, plan, batch)) for record in records]
    rows = [(record, row) for record, row in read if row.outcome != "blank"]
    loader.look_up(batch, [row for _, row in rows if not row.outcome], now)
    kind, keys = _keys_of(row for _, row in rows)
    refusals = loader.refusals(batch, keys)
    for _, row in rows:
        if not row.outcome and (reason := refusals.get(row.keys[0][1])):
            row.refuse(reason)
    stored = loader.find(batch, keys)
    earlier = earlier_rows(batch, kind, keys)
    repeats = repeats_of(batch, [record.line for record, _ in rows])
    first_lines: dict[tuple[str, str], int] = {}
    with connection.cursor() as cursor:
        with cursor.copy(_COPY) as copy:
            for record, row in rows:
                key = row.keys[0][1] if not row.outcome else ""
                decision = decide_thing(
                    row,
                    stored[key].values if key in stored else None,
                    needs=loader.needs,
                    fixed=loader.fixed,
                    earlier=earlier.get(key),
                    is_repeat=is_repeat(repeats, record.line, row.given),
                )
                same_as = earlier[key].line if key in earlier else None
                if key and key not in earlier and decision.outcome != "reject":
                    earlier[key] = Earlier(record.line, dict(row.given))
                    of_one = (named[:2] for named in row.keys if named[0] in {kind, loader.shared})
                    first_lines |= {named: record.line for named in of_one if named not in first_lines}
                copy.write_row(_staged(batch, plan, record, row, decision, stored.get(key), same_as))
        if first_lines:
            kinds, values = zip(*first_lines, strict=True)
            cursor.execute(_KEYS, [batch.pk, list(kinds), list(values), list(first_lines.values())])


def _keys_of(rows: Iterator[Understood]) -> tuple[str, list[str]]:
    """(kind of key, its values)."""
    pairs = [row.keys[0][:2] for row in rows if not row.outcome]
    return (pairs[0][0] if pairs else ""), sorted({value for _, value in pairs})


def earlier_rows(batch: ImportBatch, kind: str, keys: Collection[str]) -> dict[str, Earlier]:
    """What earlier chunks of this file said of the things that have these keys."""
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_EARLIER, [batch.pk, kind, list(keys)])
        return {value: Earlier(line, _json(given)) for value, line, given in cursor.fetchall()}


def repeats_of(batch: ImportBatch, lines: Sequence[int]) -> dict[int, dict[str, str] | None]:
    """{line: the row's values when this very file was applied before, None once they are no longer kept}."""
    if not lines:
        return {}
    terms = json.dumps(batch.terms)
    values: dict[str, Any] = {
        "hash": batch.file_hash,
        "batch": batch.pk,
        "kind": batch.kind,
        "terms": terms,
        "lines": list(lines),
    }
    with connection.cursor() as cursor:
        cursor.execute(_REPEATS, values)
        return {line: _json(given) for line, given in cursor.fetchall()}


def is_repeat(repeats: dict[int, dict[str, str] | None], line: int, given: dict[str, str]) -> bool:
    """Was this row of this very file applied before? Without its values the line decides: rather not than twice."""
    return line in repeats and repeats[line] in (None, given)


def _json(value: Any) -> Any:
    """Django hands jsonb of a raw cursor over as text."""
    return json.loads(value) if isinstance(value, str) else value


def _staged(
    batch: ImportBatch,
    plan: Plan,
    record: Record,
    row: Understood,
    decision: Decision,
    stored: Stored | None,
    same_as: int | None,
) -> tuple[object, ...]:
    values = decision.to_json(row.given) | {"keys": [list(key) for key in row.keys]}
    most = REJECTED_CELL_MAX if decision.outcome == "reject" else RAW_CELL_MAX
    # What is ignored of a good row is not kept: a list of codes may name people.
    kept = {column for column, meaning in enumerate(plan.fields) if meaning or decision.outcome == "reject"}
    raw = [
        cell[:most].replace("\x00", "") if column in kept or column >= len(plan.fields) else ""
        for column, cell in enumerate(record.cells[:RAW_CELL_MAX])
    ]
    member_id = row.given.get("member") if decision.outcome != "reject" else None
    if decision.reason == "erased":
        # Nothing of somebody who was forgotten is stored again, not even to say why the row is refused.
        raw = []
    return (
        *(batch.pk, record.line, json.dumps(raw, ensure_ascii=False), json.dumps(values, ensure_ascii=False)),
        *(decision.outcome, decision.reason, json.dumps(list(dict.fromkeys(row.warnings)))),
        *(member_id, stored.id if stored and decision.outcome in {"update", "unchanged"} else None, same_as),
    )
