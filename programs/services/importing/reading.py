"""The first look at an uploaded file, now or in a worker, and what it leaves on the batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

from django.db import transaction

from loyalty_site.ground.services import JobProgress, enqueue_job, keep_job
from loyalty_site.ground.services.clocks import clock_from
from members.services.fields import field_words
from programs.models import ImportBatch, ImportKind, ImportState
from programs.queries.importing import meaning_before, ways_before
from programs.rules.importing.headings import with_own
from programs.rules.importing.kinds import VOCABULARIES
from programs.rules.importing.plan import Hints, Plan
from programs.services.importing.files import Look, look_at, path_of


def hints_of(kind: str, mapping: dict[str, str] | None = None, *, region: str = "") -> Hints:
    """What is known besides a file of a kind; `region` is the country of its people."""
    about = VOCABULARIES[kind]
    if kind == ImportKind.CUSTOMERS:
        about = with_own(about, *field_words())
    return Hints(
        mapping=mapping,
        recall=partial(meaning_before, kind, known=frozenset(about.fields)),
        ways=partial(ways_before, kind),
        about=about,
        region=region.upper(),
    )


def read_later(batch: ImportBatch, size: int, now: dt.datetime) -> None:
    """Have a worker read the stored file of `size` bytes."""
    payload = {"batch_id": batch.pk}
    batch.job = enqueue_job(kind="programs.read_import", payload=payload, now=now, total_count=size)
    batch.state = ImportState.READING
    batch.save()


def read_uploaded(*, batch_id: int, now: dt.datetime) -> JobProgress:
    """The first look at a large file, in the worker: it takes as long as it takes and holds no row meanwhile.

    Progress is counted in bytes of the file. What a killed worker has read is read anew.
    """
    batch = ImportBatch.objects.filter(pk=batch_id).first()
    if batch is None or batch.state != ImportState.READING:
        return JobProgress(1, 1, is_finished=True)
    size = path_of(batch.stored_name).stat().st_size
    look = look_at(
        batch.stored_name,
        encoding=batch.reading.get("encoding", ""),
        sheet=batch.reading.get("sheet", ""),
        hints=hints_of(batch.kind, region=batch.default_region),
        watch=_watch(batch, size, now),
    )
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update(of=("self",)).filter(pk=batch_id).first()
        if batch is not None and batch.state == ImportState.READING:
            batch.reading = {}
            note_look(batch, look)
            batch.save()
    return JobProgress(size, size, is_finished=True)


def _watch(batch: ImportBatch, size: int, now: dt.datetime) -> Callable[[int], None]:
    """Once a second, note how far the reading is; outside of any transaction, so that the page sees it."""
    clock, last = clock_from(now), now

    def watch(done: int) -> None:
        nonlocal last
        if (clock() - last).total_seconds() >= 1:
            last = clock()
            keep_job(batch.job_id or 0, done_count=min(done, size), now=last)

    return watch


def note_look(batch: ImportBatch, look: Look) -> None:
    """Write what a look found on the batch, unsaved."""
    batch.encoding = look.encoding
    batch.file_error, batch.file_error_line = look.error, look.error_line
    # A file without a column of keys may have one that a person knows.
    batch.state = ImportState.REFUSED if look.error and not look.plan else ImportState.UPLOADED
    if look.plan:
        note_plan(batch, look.plan)
    else:
        batch.delimiter = "," if look.error == "empty_file" else ""


def note_plan(batch: ImportBatch, plan: Plan) -> None:
    """Write how the file is read on the batch, unsaved."""
    batch.delimiter = plan.delimiter
    batch.header_line = plan.header_line or None
    batch.mapping = [[header, field] for header, field in zip(plan.headers, plan.fields, strict=True)]
    batch.reading = {"plan": plan.to_json()}
