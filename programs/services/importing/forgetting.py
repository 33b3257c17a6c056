"""Taking one person out of the files that were loaded: staged rows, keys, and the files themselves."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence

from django.db import connection, transaction
from django.db.models import Q

from programs.models import AdjustmentBatch, ImportBatch, ImportKey, ImportRow, ImportState, RowOutcome
from programs.services.importing.batches import discard_import
from programs.services.importing.files import remove_file
from programs.services.importing.retention import forget_strays
from programs.services.importing.searching import file_names

ERASED = "erased"
DIGITS_MIN = 7
# A file that no import names yet may be one that is being taken in this moment.
IN_HAND = dt.timedelta(hours=1)
_APPLIED = (ImportState.APPLYING, ImportState.DONE, ImportState.UNDOING, ImportState.UNDONE)

# Rows that came to nobody, those of people whom an undoing took away, and those about other things than people carry no
# member: found by the person's own keys, however they are spelled.
_STRAYS = """
    SELECT id FROM programs_importrow
    WHERE member_id IS NULL AND raw <> '[]'::jsonb AND (
        outcome IN ('reject', 'skip') OR undo = 'undone'
        OR batch_id IN (SELECT id FROM programs_importbatch WHERE kind <> 'customers')
    ) AND (
        lower(raw::text) LIKE ANY(%(texts)s::text[]) OR regexp_replace(raw::text, '[^0-9]', '', 'g') LIKE ANY(%(digits)s::text[]))
"""


def forget_in_imports(
    member_id: int,
    keys: Sequence[tuple[str, str]],
    name: str,
    *,
    earlier: Mapping[int, Collection[tuple[str, str]]],
    now: dt.datetime,
) -> int:
    """Empty every staged row about a person with these (kind, value) keys and this name, and throw away the files that
    had one, whether somebody has checked them or not. `earlier` had some of the keys before them.

    Applied rows keep their line and outcome. A file that was not applied yet is thrown away whole: nobody could say
    any more what it would do. Returns how many rows were emptied. Joins the caller's transaction.
    """
    lines = _staged_lines(keys)
    about = Q(member=member_id)
    for batch_id, line in lines:
        about |= Q(batch=batch_id, line=line) | Q(batch=batch_id, same_as=line)
    texts = [value.lower() for _kind, value in keys]
    if " " in name:  # one word alone is many people
        texts.append(name.lower())
    digits = _digits(keys)
    ids = [
        *ImportRow.objects.filter(about).values_list("pk", flat=True),
        *_strays(texts, digits),
        *_rows_of_earlier(earlier),
    ]
    batch_ids = set(ImportRow.objects.filter(pk__in=ids).values_list("batch_id", flat=True))
    batch_ids |= {batch_id for batch_id, _line in lines}
    batch_ids |= set(_named_in_files(texts, digits, besides=batch_ids))
    for batch in ImportBatch.objects.filter(pk__in=batch_ids).order_by("pk"):
        if batch.state in _APPLIED:
            forget_file(batch)
        else:
            discard_import(batch.pk)
    forget_strays(now - IN_HAND)
    # What was not applied yet must not be: the person said no.
    todo = ImportRow.objects.filter(pk__in=ids, applied_at__isnull=True)
    todo.update(outcome=RowOutcome.REJECT, reason=ERASED, member=None)
    ImportKey.objects.filter(_naming(keys) | Q(member=member_id)).delete()
    emptied = ImportRow.objects.filter(pk__in=ids).update(raw=[], values={}, warnings=[])
    _forget_titles(texts, digits)
    _forget_in_lists(texts, digits)
    return emptied


def _rows_of_earlier(earlier: Mapping[int, Collection[tuple[str, str]]]) -> list[int]:
    """Rows about people who had one of the keys before, that name it."""
    rows = ImportRow.objects.filter(member__in=earlier).exclude(values={})
    return [
        row.pk
        for row in rows.iterator(chunk_size=500)
        if any((key[0], key[1]) in earlier[row.member_id or 0] for key in row.values.get("keys", ()))
    ]


def _named_in_files(texts: Sequence[str], digits: Sequence[str], *, besides: Collection[int]) -> list[int]:
    """Imports whose kept file names the person where no row says so: not checked yet, another sheet, a cut cell."""
    kept = ImportBatch.objects.exclude(file="").exclude(pk__in=besides).order_by("pk")
    return [batch.pk for batch in kept if file_names(batch.stored_name, texts, digits)]


def _forget_titles(texts: Sequence[str], digits: Sequence[str]) -> None:
    """People call a file after the person in it."""
    for batch_id, title in ImportBatch.objects.values_list("pk", "file_name"):
        if _names(title.lower(), texts, digits):
            ImportBatch.objects.filter(pk=batch_id).update(file_name=f"#{batch_id}")


def _staged_lines(keys: Sequence[tuple[str, str]]) -> list[tuple[int, int]]:
    """[(batch, line)] of files in work that name one of the keys."""
    return list(ImportKey.objects.filter(_naming(keys)).values_list("batch_id", "line"))


def _naming(keys: Sequence[tuple[str, str]]) -> Q:
    named = Q(kind__in=[])
    for kind, value in keys:
        named |= Q(kind=kind, value=value)
    return named


def _strays(texts: Sequence[str], digits: Sequence[str]) -> list[int]:
    patterns = {"texts": [f"%{_plain(text)}%" for text in texts], "digits": [f"%{number}%" for number in digits]}
    with connection.cursor() as cursor:
        cursor.execute(_STRAYS, patterns)
        return [row[0] for row in cursor.fetchall()]


def _digits(keys: Sequence[tuple[str, str]]) -> list[str]:
    """Phones (without their country's digits) and cards, however somebody spaced them."""
    bare = [re.sub(r"\D", "", value) for kind, value in keys if kind in {"phone", "card"}]
    return [number[-10:] for number in bare if len(number) >= DIGITS_MIN]


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def forget_file(batch: ImportBatch) -> None:
    """The table that was uploaded; what came of it stays in the rows of everybody else."""
    name = batch.stored_name
    if not name:
        return
    ImportBatch.objects.filter(pk=batch.pk).update(file="")
    transaction.on_commit(lambda: remove_file(name))


def _forget_in_lists(texts: Sequence[str], digits: Sequence[str]) -> None:
    """Lines of lists of adjustments that were not understood are kept as they were typed."""
    for batch in AdjustmentBatch.objects.exclude(unreadable=[]):
        kept = [
            {**one, "text": ""} if _names(str(one.get("text", "")).lower(), texts, digits) else one
            for one in batch.unreadable
        ]
        if kept != batch.unreadable:
            AdjustmentBatch.objects.filter(pk=batch.pk).update(unreadable=kept)


def _names(line: str, texts: Sequence[str], digits: Sequence[str]) -> bool:
    bare = re.sub(r"\D", "", line)
    return any(text in line for text in texts) or any(number in bare for number in digits)
