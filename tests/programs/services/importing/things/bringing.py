"""Files of things taken through the import as the worker takes them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from loyalty_site.ground.policy import system
from programs.models import ImportBatch
from programs.services.importing import UploadOrder, confirm_import, start_check, start_undo, upload_file
from programs.services.importing.kinds import apply_chunk, check_chunk, undo_chunk

ACTOR = system("tests")
NOW = dt.datetime(2026, 1, 15, 9, tzinfo=dt.UTC)


def finish(step: Any, batch: ImportBatch, now: dt.datetime = NOW) -> ImportBatch:
    while not step(batch_id=batch.pk, now=now).is_finished:
        pass
    return ImportBatch.objects.get(pk=batch.pk)


def check(kind: str, content: str | bytes, **options: Any) -> ImportBatch:
    """Upload and check; nothing is applied."""
    blocks = [content if isinstance(content, bytes) else content.encode()]
    order = UploadOrder(file_name="x.csv", blocks=blocks, default_region="", kind=kind, **options)
    batch = upload_file(order, actor=ACTOR, now=NOW)
    assert batch.file_error == ""
    start_check(batch.pk, now=NOW, in_background=False)
    return finish(check_chunk, batch)


def apply(batch: ImportBatch) -> ImportBatch:
    confirm_import(batch.pk, actor=ACTOR, now=NOW, in_background=False)
    return finish(apply_chunk, batch)


def bring(kind: str, content: str | bytes, **options: Any) -> ImportBatch:
    """An applied import."""
    return apply(check(kind, content, **options))


def undo(batch: ImportBatch) -> ImportBatch:
    start_undo(batch.pk, actor=ACTOR, now=NOW + dt.timedelta(hours=1), in_background=False)
    return finish(undo_chunk, batch, NOW + dt.timedelta(hours=1))


def outcomes(batch: ImportBatch) -> list[tuple[int, str, str]]:
    """[(line, outcome, reason)]"""
    return list(batch.rows.order_by("line").values_list("line", "outcome", "reason"))
