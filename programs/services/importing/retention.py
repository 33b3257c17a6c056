"""What imports keep for some time only. Each part does one bite of at most `limit` rows, in the caller's transaction."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from programs.models import ImportBatch, ImportRow, ImportState
from programs.services.importing.batches import discard_import
from programs.services.importing.files import remove_file

_IN_WORK = (ImportState.READING, ImportState.CHECKING, ImportState.APPLYING, ImportState.UNDOING)


def forget_files(*, before: dt.datetime, limit: int) -> int:
    """Throw away the files of imports that were applied or refused before, whole imports that nobody went on with
    since, and files that belong to no import."""
    kept = ImportBatch.objects.filter(created_at__lt=before).exclude(state__in=_IN_WORK)
    over = kept.filter(Q(applied_at__lt=before) | Q(state=ImportState.REFUSED)).exclude(file="")
    done = 0
    for batch in over.order_by("pk")[:limit]:
        name = batch.stored_name
        ImportBatch.objects.filter(pk=batch.pk).update(file="")
        transaction.on_commit(partial(remove_file, name))
        done += 1
    left = kept.filter(state__in=[ImportState.UPLOADED, ImportState.CHECKED], applied_at__isnull=True)
    for batch in left.order_by("pk")[: limit - done]:
        discard_import(batch.pk)
        done += 1
    return done + forget_strays(before)


def forget_strays(before: dt.datetime) -> int:
    """A process that died between its commit and the deletion leaves a file that no import names."""
    folder = Path(settings.MEDIA_ROOT) / "imports"
    known = set(ImportBatch.objects.exclude(file="").values_list("file", flat=True))
    done = 0
    for path in folder.glob("*") if folder.exists() else ():
        name = f"imports/{path.name.removesuffix('.utf8')}"
        # A part is of a reading that was killed: none lasts so long.
        if (name not in known or path.suffix == ".part") and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            done += 1
    return done


def forget_rows(*, before: dt.datetime, limit: int) -> int:
    """Empty the rows of imports that were applied before: line, outcome, reason and person stay, what it said goes."""
    rows = ImportRow.objects.filter(batch__applied_at__lt=before).exclude(raw=[], values={})
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
    return ImportRow.objects.filter(pk__in=ids).update(raw=[], values={}, warnings=[])
