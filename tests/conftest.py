"""Set-up of the whole suite: a real PostgreSQL, embedded unless DATABASE_URL names one."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """The test runner empties tables by TRUNCATE, which the append-only triggers refuse to everybody else."""
    connection.settings_dict["OPTIONS"]["options"] += " -c regulars.allow_truncate=on"


@pytest.fixture
def now() -> dt.datetime:
    """A fixed moment: services take the time, so tests need not wait for it."""
    return dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
