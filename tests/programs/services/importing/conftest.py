"""A file read as the import reads it, as far as no database is needed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

import pytest

from programs.rules.importing.records import read_records
from programs.rules.importing.rows import Understood, understand
from programs.rules.importing.usual import UsualReader
from programs.services.importing.check import READERS
from programs.services.importing.files import Look, look_at, read_lines, store_file

TODAY = dt.date(2026, 1, 15)


@dataclass
class Reading:
    look: Look
    rows: dict[int, Understood] = field(default_factory=dict)

    def given(self, line):
        """What a row says, and what is odd about it."""
        row = self.rows[line]
        return (row.given, row.warnings) if not row.outcome else (row.outcome, row.reason)


def assert_read_alike(usual, row):
    """What was read at once is what is read at length."""
    assert usual is None or replace(usual, is_usual=False) == row


@pytest.fixture
def read(settings, tmp_path):
    """read(bytes or text) -> Reading, rows by line."""
    settings.MEDIA_ROOT = tmp_path

    def run(content, *, region="RU", **options):
        stored = store_file([content if isinstance(content, bytes) else content.encode()])
        look = look_at(stored.name, **options)
        reading = Reading(look)
        if plan := look.plan:
            usual = UsualReader(plan, READERS, region=region, today=TODAY)
            for record in read_records(read_lines(stored.name), plan.delimiter, is_wrapped=plan.is_wrapped):
                if record.line > plan.last_head_line:
                    row = understand(record, plan, READERS, region=region, point_decimals=2, today=TODAY)
                    assert_read_alike(usual.read(record), row)
                    if row.outcome != "blank":
                        reading.rows[record.line] = row
        return reading

    return run
