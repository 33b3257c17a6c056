"""Taking one person out of the files that were loaded: staged rows, keys, and the files themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Q

from programs.models import AdjustmentBatch, ImportBatch, ImportKey, ImportRow, ImportState, RowOutcome
from programs.services.importing.batches import discard_import
from programs.services.importing.files import remove_file

ERASED = "erased"
DIGITS_MIN = 7
_APPLIED = (ImportState.APPLYING, ImportState.DONE)

# Rows that came to nobody carry no member: found by the person's own keys, however they are spelled.
_STRAYS = """
    SELECT id FROM programs_importrow
    WHERE member_id IS NULL AND outcome IN ('reject', 'skip') AND raw <> '[]'::jsonb AND (
        lower(raw::text) LIKE ANY(%(texts)s::text[]) OR regexp_replace(raw::text, '[^0-9]', '', 'g') LIKE ANY(%(digits)s::text[]))
"""


def forget_in_imports(member_id: int, keys: Sequence[tuple[str, str]]) -> int:
    """Empty every staged row about a person with these (kind, value) keys, and throw away the files that had one.

    Applied rows keep their line and outcome. A file that was not applied yet is thrown away whole: nobody could say
    any more what it would do. Returns how many rows were emptied. Joins the caller's transaction.
    """
    lines = _staged_lines(keys)
    about = Q(member=member_id)
    for batch_id, line in lines:
        about |= Q(batch=batch_id, line=line) | Q(batch=batch_id, same_as=line)
    ids = [*ImportRow.objects.filter(about).values_list("pk", flat=True), *_strays(keys)]
    batch_ids = set(ImportRow.objects.filter(pk__in=ids).values_list("batch_id", flat=True))
    batch_ids |= {batch_id for batch_id, _line in lines}
    for batch in ImportBatch.objects.filter(pk__in=batch_ids).order_by("pk"):
        if batch.state in _APPLIED:
            _forget_file(batch)
        else:
            discard_import(batch.pk)
    # What was not applied yet must not be: the person said no.
    todo = ImportRow.objects.filter(pk__in=ids, applied_at__isnull=True)
    todo.update(outcome=RowOutcome.REJECT, reason=ERASED, member=None)
    ImportKey.objects.filter(Q(member=member_id) | Q(pk__in=_key_ids(keys))).delete()
    emptied = ImportRow.objects.filter(pk__in=ids).update(raw=[], values={}, warnings=[])
    _forget_in_lists(keys)
    return emptied


def _staged_lines(keys: Sequence[tuple[str, str]]) -> list[tuple[int, int]]:
    """[(batch, line)] of files in work that name one of the keys."""
    return list(ImportKey.objects.filter(pk__in=_key_ids(keys)).values_list("batch_id", "line"))


def _key_ids(keys: Sequence[tuple[str, str]]) -> list[int]:
    named = Q(pk__in=[])
    for kind, value in keys:
        named |= Q(kind=kind, value=value)
    return list(ImportKey.objects.filter(named).values_list("pk", flat=True))


def _strays(keys: Sequence[tuple[str, str]]) -> list[int]:
    texts, digits = _patterns(keys)
    if not texts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_STRAYS, {"texts": texts, "digits": digits})
        return [row[0] for row in cursor.fetchall()]


def _patterns(keys: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """LIKE patterns of the keys as text, and of their digits alone (a phone without its country's)."""
    texts = [f"%{_plain(value.lower())}%" for _kind, value in keys]
    bare = [re.sub(r"\D", "", value) for kind, value in keys if kind in {"phone", "card"}]
    return texts, [f"%{number[-10:]}%" for number in bare if len(number) >= DIGITS_MIN]


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _forget_file(batch: ImportBatch) -> None:
    """The table that was uploaded; what came of it stays in the rows of everybody else."""
    name = batch.stored_name
    if not name:
        return
    ImportBatch.objects.filter(pk=batch.pk).update(file="")
    transaction.on_commit(lambda: remove_file(name))


def _forget_in_lists(keys: Sequence[tuple[str, str]]) -> None:
    """Lines of lists of adjustments that were not understood are kept as they were typed."""
    values = [value.lower() for _kind, value in keys]
    numbers = [pattern.strip("%") for pattern in _patterns(keys)[1]]
    for batch in AdjustmentBatch.objects.exclude(unreadable=[]):
        kept = [
            {**one, "text": ""} if _names(str(one.get("text", "")).lower(), values, numbers) else one
            for one in batch.unreadable
        ]
        if kept != batch.unreadable:
            AdjustmentBatch.objects.filter(pk=batch.pk).update(unreadable=kept)


def _names(text: str, values: Sequence[str], numbers: Sequence[str]) -> bool:
    digits = re.sub(r"\D", "", text)
    return any(value in text for value in values) or any(number in digits for number in numbers)
