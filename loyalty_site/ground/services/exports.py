"""Files of lists: asked for with a reason, written in chunks by a job, fetched with an audit row, deleted after days.

A chunk appends to the file and notes how long it is in the same transaction; a worker that died in between left bytes
that nobody noted, which the next one cuts off.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import shutil
import uuid
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language_info

from loyalty_site.ground.errors import ExportGone, ExportReasonMissing, ExportTooLong
from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.models import ExportFile, ExportFormat, ExportState
from loyalty_site.ground.policy import Kind, Principal
from loyalty_site.ground.rules.tables import (
    MARK,
    SHEET_PATH,
    SHEET_ROWS_MAX,
    SHEET_TAIL,
    WORKBOOK_PARTS,
    Cell,
    csv_row,
    sheet_head,
    sheet_row,
)
from loyalty_site.ground.services.audit import record_audit
from loyalty_site.ground.services.jobs import enqueue_job

KEPT = dt.timedelta(days=3)
REASON_LEAST = 5
_RESOURCE = "ground.exportfile"


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """`resource` as the policy names it, `query` the list page's own query string, `expected` how many rows it shows."""

    resource: str
    query: str
    format: str
    reason: str
    expected: int
    created_by_id: int
    language: str = ""


@transaction.atomic
def order_export(order: ExportOrder, *, actor: Principal, now: dt.datetime) -> ExportFile:
    """Ask for a file of a list. Raises ExportReasonMissing, and ExportTooLong where a workbook cannot hold the rows."""
    if len(order.reason.strip()) < REASON_LEAST:
        raise ExportReasonMissing
    if order.format == ExportFormat.XLSX and order.expected >= SHEET_ROWS_MAX:
        raise ExportTooLong(rows=SHEET_ROWS_MAX - 1)
    export = ExportFile.objects.create(
        resource=order.resource,
        query=order.query,
        format=order.format,
        reason=order.reason.strip()[:300],
        principal=_to_json(actor),
        language=order.language,
        file=f"exports/{uuid.uuid4().hex}",
        created_by_id=order.created_by_id,
        created_at=now,
    )
    export.job = enqueue_job(
        kind="ground.export", payload={"export_id": export.pk}, now=now, total_count=order.expected
    )
    export.save(update_fields=["job"])
    record_audit(
        actor=actor,
        action="export",
        target=order.resource,
        target_id=export.pk,
        now=now,
        reason=export.reason,
        # The names of the filters; what was searched for may be a person's name or phone.
        details={"rows": order.expected, "format": order.format, "filtered": bool(order.query)},
    )
    return export


def _to_json(actor: Principal) -> dict[str, Any]:
    stores = None if actor.store_ids is None else sorted(actor.store_ids)
    return {"kind": actor.kind.value, "id": actor.id, "label": actor.label, "role": actor.role, "store_ids": stores}


def principal_of_export(export: ExportFile) -> Principal:
    """Whoever asked, with the rights they had then."""
    known = export.principal
    stores = None if known["store_ids"] is None else frozenset(known["store_ids"])
    return Principal(Kind(known["kind"]), known["id"], known["label"], known["role"], store_ids=stores)


def path_of_export(export: ExportFile) -> Path:
    """The finished file."""
    return Path(settings.MEDIA_ROOT) / str(export.file)


def append_rows(export: ExportFile, headings: Sequence[str], rows: Sequence[tuple[int, Sequence[Cell]]]) -> None:
    """Write the next rows, (primary key, cells), behind what is noted as written. Inside the caller's transaction."""
    path = path_of_export(export).with_suffix(".part")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    is_csv = export.format == ExportFormat.CSV
    write = csv_row if is_csv else sheet_row
    with path.open("ab") as target:
        path.chmod(0o600)
        target.truncate(export.byte_count)
        if not export.byte_count:
            head = "\ufeff" if is_csv else sheet_head(is_rtl=get_language_info(export.language or "en")["bidi"])
            target.write(head.encode() + write([MARK, *headings]).encode())
        for _pk, cells in rows:
            target.write(write(["", *cells]).encode("utf-8", errors="replace"))
        target.flush()
        os.fsync(target.fileno())
        export.byte_count = target.tell()
    export.row_count += len(rows)
    export.last_pk = rows[-1][0] if rows else export.last_pk
    export.save(update_fields=["byte_count", "row_count", "last_pk"])
    failpoint("export.chunk.before_commit")


def finish_export(export: ExportFile, *, now: dt.datetime) -> None:
    """Make the file what it is to be, and let it be fetched for some days. Repeating does no harm."""
    part, path = path_of_export(export).with_suffix(".part"), path_of_export(export)
    if export.format == ExportFormat.CSV:
        shutil.copyfile(part, path)
    else:
        with part.open("rb") as source:
            _pack(source, path)
    path.chmod(0o600)
    export.state, export.ready_at, export.expires_at = ExportState.READY, now, now + KEPT
    export.byte_count = path.stat().st_size
    export.save(update_fields=["state", "ready_at", "expires_at", "byte_count"])
    transaction.on_commit(lambda: part.unlink(missing_ok=True))


def workbook_of(rows: Iterable[Sequence[Cell]], *, is_rtl: bool) -> bytes:
    """A small table as a workbook, made in memory."""
    sheet = sheet_head(is_rtl=is_rtl) + "".join(map(sheet_row, rows))
    made = io.BytesIO()
    _pack(io.BytesIO(sheet.encode("utf-8", errors="replace")), made)
    return made.getvalue()


def _pack(source: IO[bytes], target: Path | IO[bytes]) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in WORKBOOK_PARTS.items():
            book.writestr(name, text)
        with book.open(SHEET_PATH, "w", force_zip64=True) as sheet:
            shutil.copyfileobj(source, sheet)
            sheet.write(SHEET_TAIL.encode())


def refuse_export(export: ExportFile) -> None:
    """Whoever asked has not the right any more: nothing is written, and what was is gone."""
    _remove(export)
    export.state = ExportState.REFUSED
    export.save(update_fields=["state"])


@transaction.atomic
def take_export(export: ExportFile, *, actor: Principal, now: dt.datetime) -> Path:
    """The file for fetching, noted in the audit. Raises ExportGone when it is not there (yet, or any more)."""
    if export.state != ExportState.READY or (export.expires_at and export.expires_at <= now):
        raise ExportGone
    record_audit(
        actor=actor,
        action="download_export",
        target=export.resource,
        target_id=export.pk,
        now=now,
        reason=export.reason,
        details={"rows": export.row_count, "format": export.format},
    )
    return path_of_export(export)


def forget_old_exports(*, now: dt.datetime) -> int:
    """Delete the files whose days are over; how many."""
    old = list(ExportFile.objects.filter(state=ExportState.READY, expires_at__lte=now))
    for export in old:
        _remove(export)
        export.state = ExportState.EXPIRED
        export.save(update_fields=["state"])
    return len(old)


def forget_exports(texts: Sequence[str]) -> int:
    """Delete every file of a list that is there or being written, because somebody in them is erased; how many.

    What was searched for, and the reason, go where they name one of `texts` (lower case). Joins the caller's
    transaction; waits for the chunk in hand.
    """
    there = ExportFile.objects.filter(state__in=[ExportState.READY, ExportState.WRITING])
    gone = list(there.select_for_update().order_by("pk"))
    for export in gone:
        transaction.on_commit(partial(_remove, export))
    ExportFile.objects.filter(pk__in=[export.pk for export in gone]).update(state=ExportState.EXPIRED)
    for export in ExportFile.objects.exclude(query="", reason=""):
        if any(text in unquote_plus(export.query).lower() for text in texts):
            ExportFile.objects.filter(pk=export.pk).update(query="")
        if any(text in export.reason.lower() for text in texts):
            ExportFile.objects.filter(pk=export.pk).update(reason="")
    return len(gone)


def _remove(export: ExportFile) -> None:
    path_of_export(export).unlink(missing_ok=True)
    path_of_export(export).with_suffix(".part").unlink(missing_ok=True)
