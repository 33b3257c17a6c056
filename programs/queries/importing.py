"""What an import did or would do: counts, rows in words of the report, and files that were here before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from programs.models import ImportBatch, ImportKind, ImportRow, ImportState
from programs.rules.importing.headings import CONSENT_FIELDS, REFUSALS
from programs.rules.importing.plan import Plan
from programs.rules.importing.rows import meanings

_COUNT = """
    SELECT count(*) FILTER (WHERE outcome <> 'skip'),
           count(*) FILTER (WHERE outcome = 'create'),
           count(*) FILTER (WHERE outcome = 'update'),
           count(*) FILTER (WHERE outcome = 'unchanged'),
           count(*) FILTER (WHERE outcome = 'reject'),
           count(*) FILTER (WHERE warnings <> '[]'::jsonb),
           count(*) FILTER (WHERE outcome = 'skip'),
           count(*) FILTER (WHERE outcome = 'update' AND coalesce(values->'changed', values->'given', '[]') <> '[]'),
           coalesce(sum((values->'opening'->>1)::numeric) FILTER (WHERE values->'opening'->>0 = 'add'), 0)
    FROM programs_importrow WHERE batch_id = %s
"""
_CONSENTS = """
    SELECT c->>2, count(*) FROM programs_importrow r, jsonb_array_elements(r.values->'consents') AS c
    WHERE r.batch_id = %s GROUP BY 1
"""
_NAMES = (
    *("data_rows", "created", "updated", "unchanged", "rejected", "rows_with_warnings"),
    *("skipped", "changed", "points_added"),
)
REPORT_TOTALS = _NAMES[:6]


def count_outcomes(batch_id: int) -> dict[str, Any]:
    """How many rows do what. `data_rows` = created + updated + unchanged + rejected; `changed` are the updates
    that change something, `known` all other rows of known people; `points_added` is a decimal text; `consents` {verdict: how many}
    where the file has a column about them."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [batch_id])
        counts = dict(zip(_NAMES, cursor.fetchone(), strict=True))
    counts["known"] = counts["updated"] - counts["changed"] + counts["unchanged"]
    mapping = ImportBatch.objects.values_list("mapping", flat=True).get(pk=batch_id)
    if any(meaning in CONSENT_FIELDS or meaning in REFUSALS for _header, meaning in mapping):
        with connection.cursor() as cursor:
            cursor.execute(_CONSENTS, [batch_id])
            counts["consents"] = dict(cursor.fetchall())
    return counts | {"points_added": format(counts["points_added"], "f")}


def report_rows(batch: ImportBatch) -> Iterator[dict[str, Any]]:
    """Every row of the batch as the report shows it, in the file's order, streamed."""
    fields = Plan.from_json(batch.reading["plan"]).fields if batch.reading.get("plan") else ()
    shown = meanings(fields) if batch.kind == ImportKind.CUSTOMERS else [name for name in fields if name]
    for row in batch.rows.order_by("line").iterator(chunk_size=2000):
        values: dict[str, Any] = {}
        if row.outcome in {"create", "update", "unchanged"}:
            values = {name: row.state.get(name) for name in shown}
            if row.same_as:
                values["same_as_line"] = row.same_as
        yield {
            "line": row.line,
            "outcome": row.outcome,
            "reason": row.reason or None,
            "values": values,
            "warnings": row.warnings,
        }


def applied_before(batch: ImportBatch) -> ImportBatch | None:
    """The newest import that applied this very file, or None."""
    same = ImportBatch.objects.filter(kind=batch.kind, file_hash=batch.file_hash, state=ImportState.DONE)
    same = same.exclude(pk=batch.pk)
    return same.order_by("-applied_at").first()


def meaning_before(
    kind: str, headers: tuple[str, ...], *, known: frozenset[str] | None = None
) -> tuple[str, ...] | None:
    """What these very headings meant in the newest import of this kind whose meaning a person (or a map) settled."""
    settled = (ImportState.CHECKED, ImportState.APPLYING, ImportState.DONE)
    found = ImportBatch.objects.filter(kind=kind, state__in=settled, reading__plan__headers=list(headers))
    plan = found.order_by("-id").values_list("reading__plan", flat=True).first()
    if plan is None:
        return None
    # A field that the company has given up since means nothing any more.
    return tuple(meaning if known is None or meaning in known else "" for meaning in plan["fields"])


def ways_before(kind: str, headers: tuple[str, ...]) -> tuple[dict[int, str], dict[int, str]]:
    """({column: order}, {column: separator}) that a person chose for these very headings in the newest such import."""
    settled = (ImportState.CHECKED, ImportState.APPLYING, ImportState.DONE)
    found = ImportBatch.objects.filter(kind=kind, state__in=settled, reading__plan__headers=list(headers)).order_by(
        "-id"
    )
    data = found.values_list("reading__plan", flat=True).first()
    if data is None:
        return {}, {}
    plan = Plan.from_json(data)
    orders = {column: plan.orders[column] for column in plan.chosen if column in plan.orders}
    return orders, {column: plan.separators[column] for column in plan.chosen if column in plan.separators}


_REASONS = """
    SELECT reason, count(*) FROM programs_importrow WHERE batch_id = %s AND outcome = 'reject'
    GROUP BY reason ORDER BY count(*) DESC, reason LIMIT 5
"""


def reasons_of_rejection(batch: ImportBatch) -> list[tuple[str, int]]:
    """[(reason, rows)], the five most frequent first."""
    if not batch.totals.get("rejected"):
        return []
    with connection.cursor() as cursor:
        cursor.execute(_REASONS, [batch.pk])
        return list(cursor.fetchall())


def rejected_rows(batch: ImportBatch) -> Iterator[ImportRow]:
    """The rows that were not taken, streamed in the file's order."""
    return batch.rows.filter(outcome="reject").order_by("line").iterator(chunk_size=2000)


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """Rows of one kind after a line; `next_after` is the line to go on from, None at the end."""

    which: str
    rows: list[ImportRow]
    after: int
    next_after: int | None


PAGE_ROWS = 50


def preview_rows(batch: ImportBatch, *, which: str, after: int) -> PreviewPage:
    """The next rows of the kind `which`: create, changed, known, reject, warnings, skip, or "" for all."""
    kinds = {
        "create": Q(outcome="create"),
        "changed": Q(outcome="update") & ~Q(values__changed=[]),
        "known": Q(outcome="unchanged") | Q(outcome="update", values__changed=[]),
        "reject": Q(outcome="reject"),
        "warnings": ~Q(warnings=[]),
        "skip": Q(outcome="skip"),
    }
    which = which if which in kinds else ""
    rows = (
        batch.rows.filter(kinds.get(which, Q()), line__gt=after)
        .select_related("member")
        .order_by("line")[: PAGE_ROWS + 1]
    )
    found = list(rows)
    more = len(found) > PAGE_ROWS
    return PreviewPage(which, found[:PAGE_ROWS], after, found[PAGE_ROWS - 1].line if more else None)
