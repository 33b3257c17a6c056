"""Files out: rows of ours as CSV, streamed, with no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

from django.utils.translation import gettext

from programs.models import ImportBatch
from programs.queries.importing import rejected_rows
from programs.queries.undoing import all_kept_rows
from programs.rules.importing.cells import safe_cell

_BLOCK_CHARS = 1024 * 1024


def kept_lines(batch: ImportBatch) -> Iterator[str]:
    """The people whom undoing left as they are, in the file's own columns, with line, name and reason."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    headers = [header for header, _field in batch.mapping]
    yield "\ufeff"
    writer.writerow([safe_cell(text) for text in [*headers, gettext("line"), gettext("name"), gettext("why")]])
    for row in all_kept_rows(batch):
        cells = [*row.raw, *[""] * (len(headers) - len(row.raw))]
        name = row.member.name if row.member else ""
        writer.writerow([safe_cell(text) for text in [*cells, str(row.line), name, row.get_undo_display()]])
        if buffer.tell() > _BLOCK_CHARS:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def rejected_lines(batch: ImportBatch, *, in_words: Callable[[str], str]) -> Iterator[str]:
    """The rows of a batch that were not taken, in the file's own columns, with line and reason; UTF-8 with a BOM,
    which spreadsheets need. `in_words` turns a reason's code into a sentence."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    headers = [header for header, _field in batch.mapping]
    yield "\ufeff"
    writer.writerow([safe_cell(text) for text in [*headers, gettext("line"), gettext("why")]])
    for row in rejected_rows(batch):
        cells = [*row.raw, *[""] * (len(headers) - len(row.raw))]
        writer.writerow([safe_cell(text) for text in [*cells, str(row.line), in_words(row.reason)]])
        if buffer.tell() > _BLOCK_CHARS:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
