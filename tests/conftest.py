"""Set-up of the whole suite: a real PostgreSQL, embedded unless DATABASE_URL names one."""

from __future__ import annotations

import datetime as dt
import os

# Before Django reads its settings: tests empty tables by TRUNCATE, and never touch the demo's data.
os.environ["REGULARS_ALLOW_TRUNCATE"] = "tests"

import pytest


@pytest.fixture
def now() -> dt.datetime:
    """A fixed moment: services take the time, so tests need not wait for it."""
    return dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
