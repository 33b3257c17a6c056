"""Files out: rows of ours as CSV, streamed, with no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

from django.utils.translation import gettext

from programs.models import ImportBatch, ImportRow
from programs.queries.importing import rejected_rows
from programs.queries.undoing import all_kept_rows
from programs.rules.importing.cells import safe_cell
from programs.rules.importing.headings import OUR_MARK, is_ours

_BLOCK_CHARS = 1024 * 1024


def kept_lines(batch: ImportBatch, *, named: Callable[[ImportRow], str]) -> Iterator[str]:
    """What undoing left as it is, in the file's own columns, after line, name (`named`) and reason."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    headers = [header for header, _field in batch.mapping if not is_ours(header)]
    ours = len(batch.mapping) - len(headers)
    yield "\ufeff"
    marks = [f"{OUR_MARK} {text}" for text in (gettext("line"), gettext("name"), gettext("why"))]
    writer.writerow([safe_cell(text) for text in [*marks, *headers]])
    for row in all_kept_rows(batch):
        cells = [str(row.line), named(row), row.get_undo_display(), *row.raw[ours:]]
        writer.writerow([safe_cell(text) for text in cells])
        if buffer.tell() > _BLOCK_CHARS:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def rejected_lines(batch: ImportBatch, *, in_words: Callable[[str], str]) -> Iterator[str]:
    """The rows of a batch that were not taken, in the file's own columns and separator, after two of ours with the line
    and the reason; UTF-8 with a BOM, which spreadsheets need. `in_words` turns a reason's code into a sentence.

    Ours come first, so that a row with too many cells stays readable, and their mark is how the mended file is known
    when it comes back: its columns mean what they meant, and what `safe_cell` put before a cell is taken off again.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=batch.delimiter or ",")
    headers = [header for header, _field in batch.mapping if not is_ours(header)]
    ours = len(batch.mapping) - len(headers)
    yield "\ufeff"
    marks = [f"{OUR_MARK} {text}" for text in (gettext("line"), gettext("why"))]
    writer.writerow([safe_cell(text) for text in [*marks, *headers]])
    for row in rejected_rows(batch):
        cells = [str(row.line), in_words(row.reason), *row.raw[ours:]]
        writer.writerow([safe_cell(text.replace("\u2028", "\n")) for text in cells])
        if buffer.tell() > _BLOCK_CHARS:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
