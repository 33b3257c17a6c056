"""Applying a checked file of receipts: whole receipts, some hundred a transaction, sales before the returns of other rows.

A killed worker repeats at most the chunk it was in, and a chunk that was committed is never done again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.services import JobProgress
from programs.models import ImportBatch, ImportKey, ImportRow, ImportState
from programs.queries.history import Sought, find_originals
from programs.rules.importing.receipts import match_back
from programs.services.history import PastLine, PastReceipt, lock_buyers, write_history
from programs.services.importing.receipts.checking import totals_of
from programs.services.importing.receipts.known import House, booked
from programs.services.lifecycle import redraw_stages

CHUNK_RECEIPTS = 500
_DONE = """
    UPDATE programs_importrow r SET applied_at = %(now)s, object_id = g.object, member_id = g.member, outcome = g.outcome,
        reason = g.reason,
        warnings = CASE WHEN g.warning = '' THEN r.warnings ELSE r.warnings || jsonb_build_array(g.warning) END
    FROM unnest(%(ids)s::bigint[], %(objects)s::bigint[], %(members)s::bigint[], %(outcomes)s::text[],
                %(reasons)s::text[], %(warnings)s::text[]) AS g(id, object, member, outcome, reason, warning)
    WHERE r.id = g.id
"""
# Bought by somebody else since the check? An article's name is told by its first row in the file.
_PRODUCTS = """
    INSERT INTO programs_product (sku, name)
    SELECT DISTINCT ON (sku) sku, name FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS g(sku, name, n)
    ORDER BY sku, n ON CONFLICT (sku) DO NOTHING
"""


@dataclass(slots=True)
class Part:
    """The rows of one receipt of the file that are one receipt here: what was sold, or what came back."""

    rows: list[ImportRow]
    receipt: PastReceipt
    original: str
    purchase_id: int | None = None
    warning: str = ""


@dataclass(slots=True)
class _Root:
    """All rows of one receipt of the file."""

    rows: list[ImportRow] = field(default_factory=list)

    def of(self, kind: str) -> list[ImportRow]:
        """Those that are to be written, of one kind."""
        return [row for row in self.rows if row.outcome == "create" and row.values["receipt"]["kind"] == kind]


def run_chunk(*, batch_id: int, now: dt.datetime) -> JobProgress:
    """Apply the next receipts of a confirmed batch. Progress is counted in rows."""
    with transaction.atomic():
        progress = _run(batch_id, now)
        failpoint("import.chunk.before_commit")
    failpoint("import.chunk.after_commit")
    return progress


def _run(batch_id: int, now: dt.datetime) -> JobProgress:
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    total = batch.totals.get("data_rows", 0) + batch.totals.get("skipped", 0)
    if batch.state != ImportState.APPLYING:
        return JobProgress(total, total, is_finished=True)
    is_late = batch.reading.get("is_late", False)
    after = batch.reading.get("root", 0)
    roots = roots_after(batch, after, is_applied=False, most=CHUNK_RECEIPTS)
    # A file that is sorted by article has its returns anywhere: those without a sale of their own come last.
    taking = [root for root in roots.values() if is_late or root.of("sale") or not root.of("return")]
    _apply(batch, taking, now)
    done = batch.reading.get("applied", 0) + sum(len(root.rows) for root in taking)
    is_over = len(roots) < CHUNK_RECEIPTS
    is_finished = is_over and is_late
    batch.reading = {
        **batch.reading,
        "applied": done,
        "root": 0 if is_over else max(roots),
        "is_late": is_late or is_over,
    }
    if is_finished:
        batch.state, batch.applied_at = ImportState.DONE, now
        batch.totals = totals_of(batch.pk)
        ImportKey.objects.filter(batch_id=batch.pk).delete()
        redraw_stages(now=now)
    batch.save(update_fields=["reading", "state", "applied_at", "totals"])
    return JobProgress(done, total, is_finished=is_finished)


def roots_after(batch: ImportBatch, line: int, *, is_applied: bool, most: int) -> dict[int, _Root]:
    """{first row: the receipt of the file with all of its rows}, the next `most` of them after a line."""
    everything = batch.rows.filter(applied_at__isnull=not is_applied).defer("raw", "warnings")
    rows = everything.filter(line__gt=line)
    first = list(rows.filter(same_as__isnull=True).order_by("line")[:most])
    roots = {row.line: _Root([row]) for row in first}
    more = everything.filter(same_as__in=list(roots))
    for row in more.order_by("line"):
        assert row.same_as is not None
        roots[row.same_as].rows.append(row)
    return roots


def _apply(batch: ImportBatch, roots: Sequence[_Root], now: dt.datetime) -> None:
    rows = [row for root in roots for row in root.rows]
    buyers = lock_buyers({row.member_id for row in rows if row.member_id})
    for row in rows:
        if row.outcome == "create" and row.member_id and buyers.get(row.member_id) is None:
            row.outcome, row.reason = "reject", "erased"
        elif row.member_id:
            row.member_id = buyers.get(row.member_id) or row.member_id
    if batch.terms.get("products") == "create":
        _make_products(rows)
    currency = House().currency
    sales = [_part(root.of("sale"), currency) for root in roots if root.of("sale")]
    returns = [_part(root.of("return"), currency) for root in roots if root.of("return")]
    _write(batch, sales)
    _link(returns)
    _write(batch, returns)
    for part in (*sales, *returns):
        _note(part)
    warnings = {row.pk: part.warning for part in (*sales, *returns) for row in part.rows}
    with connection.cursor() as cursor:
        cursor.execute(
            _DONE,
            {
                "now": now,
                "ids": [row.pk for row in rows],
                "objects": [row.object_id for row in rows],
                "members": [row.member_id for row in rows],
                "outcomes": [row.outcome for row in rows],
                "reasons": [row.reason for row in rows],
                "warnings": [warnings.get(row.pk, "") for row in rows],
            },
        )


def _make_products(rows: Iterable[ImportRow]) -> None:
    wanted = [row.values["receipt"] for row in rows if row.outcome == "create" and row.values["receipt"]["sku"]]
    with connection.cursor() as cursor:
        cursor.execute(_PRODUCTS, [[one["sku"] for one in wanted], [one["name"] or one["sku"] for one in wanted]])


def _part(rows: list[ImportRow], currency: str) -> Part:
    first: Mapping[str, Any] = rows[0].values["receipt"]
    said = [row.values["receipt"] for row in rows]
    receipt = PastReceipt(
        kind=first["kind"],
        store_id=first["store"],
        register=first["register"],
        number=first["number"],
        business_on=dt.date.fromisoformat(first["on"]),
        occurred_at=dt.datetime.fromisoformat(first["at"]),
        member_id=rows[0].member_id,
        currency=currency,
        total=sum(one["amount"] for one in said),
        discount=sum(one["discount"] for one in said),
        lines=tuple(
            PastLine(one["sku"], Decimal(one["quantity"]), one["amount"], one["discount"])
            for one in said
            # A row without an article says what the whole receipt came to, and nothing of its lines.
            if one["sku"]
        ),
    )
    return Part(rows, receipt, original=first["original"] or first["number"])


def _write(batch: ImportBatch, parts: Sequence[Part]) -> None:
    ids = write_history([part.receipt for part in parts], batch_id=batch.pk)
    for part, purchase_id in zip(parts, ids, strict=True):
        part.purchase_id = purchase_id


def _note(part: Part) -> None:
    """What became of the rows; a receipt that somebody booked since the check stays theirs."""
    there = None
    if part.purchase_id is None:
        one = part.receipt
        key = (one.store_id, one.register, one.number, one.business_on.isoformat(), one.kind)
        there = booked([key]).get(key)
    for row in part.rows:
        row.object_id = part.purchase_id or there
        if part.purchase_id is None:
            row.outcome = "unchanged"


def _link(parts: Sequence[Part]) -> None:
    """Find the sales whose goods came back. Where they do not fit, the return stands by itself, as one without receipt."""
    sought = [
        Sought(
            part.receipt.store_id,
            part.receipt.register,
            part.original,
            part.receipt.business_on,
            part.receipt.member_id,
        )
        for part in parts
    ]
    found = find_originals(sought)
    for n, part in enumerate(parts):
        sale = found.get(n)
        back = [(line.sku, line.quantity, line.amount) for line in part.receipt.lines]
        lines = match_back(sale.lines, back) if sale is not None and sale.left >= part.receipt.total else None
        if sale is None or lines is None:
            part.warning = "return_without_sale"
            continue
        receipt = part.receipt
        sale.take(
            receipt.total,
            ((line_id, line.quantity, line.amount) for line_id, line in zip(lines, receipt.lines, strict=True)),
        )
        part.receipt = replace(
            receipt,
            original=sale.purchase_id,
            member_id=receipt.member_id or sale.member_id,
            lines=tuple(
                replace(line, original_line=line_id) for line_id, line in zip(lines, receipt.lines, strict=True)
            ),
        )
