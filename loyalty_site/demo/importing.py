"""The customer base through the product's own door: uploaded, checked, confirmed, and applied by the real worker."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from django.utils import timezone

from loyalty_site.demo.company import ACTOR
from loyalty_site.embedded.processes import EmbeddedError, var_folder
from loyalty_site.ground.models import JobState
from programs.models import ImportBatch, ImportState
from programs.services.importing import UploadOrder, confirm_import, start_check, upload_file

POLL_SECONDS = 0.2
FILE_NAME = "customers (generated).csv"


def bring_in(
    path: Path,
    on_progress: Callable[[int, int | None], None],
    meanwhile: Callable[[], None],
    *,
    file_name: str = FILE_NAME,
) -> str:
    """See the file through to the end, from wherever an earlier run left it; a sentence with its figures.

    Raises EmbeddedError when the file is refused or a job gives up.
    """
    batch = _batch_of(path, file_name)
    while batch.state != ImportState.DONE:
        if batch.state == ImportState.REFUSED:
            raise EmbeddedError(f"the import refused the demonstration's own file: {batch.file_error}")
        if batch.state == ImportState.UPLOADED:
            start_check(batch.pk, now=timezone.now())
        if batch.state == ImportState.CHECKED:
            confirm_import(batch.pk, actor=ACTOR, now=timezone.now())
        _look_at_job(batch, on_progress)
        meanwhile()
        time.sleep(POLL_SECONDS)
        batch = ImportBatch.objects.select_related("job").get(pk=batch.pk)
    totals = batch.totals
    return (
        f"{totals['created']:,} new, {totals['updated']:,} repeated or changed, {totals['rejected']:,} rejected "
        f"of {totals['data_rows']:,} rows"
    )


def is_in(path: Path) -> bool:
    """Has an earlier run brought this very file in?"""
    known = _known(path.read_bytes())
    return known is not None and known.state == ImportState.DONE


def _known(content: bytes) -> ImportBatch | None:
    return ImportBatch.objects.filter(file_hash=hashlib.sha256(content).hexdigest()).select_related("job").first()


def _batch_of(path: Path, file_name: str) -> ImportBatch:
    content = path.read_bytes()
    known = _known(content)
    if known is not None:
        return known
    order = UploadOrder(file_name=file_name, blocks=[content], default_region="US")
    return upload_file(order, actor=ACTOR, now=timezone.now())


def _look_at_job(batch: ImportBatch, on_progress: Callable[[int, int | None], None]) -> None:
    job = batch.job
    if job is None:
        return
    if job.state == JobState.FAILED:
        raise EmbeddedError(f"the import gave up ({job.last_error}). Why is in {var_folder() / 'worker.log'}")
    if batch.state == ImportState.APPLYING:
        on_progress(job.done_count, job.total_count)
