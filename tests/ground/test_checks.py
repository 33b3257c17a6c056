"""Start-up checks: a server that forgets is refused (T4)."""

from __future__ import annotations

import pytest
from django.db import connection

from loyalty_site.ground.checks import check_database


@pytest.fixture
def safe(db: None) -> None:
    """As an installation has it; the suite's own connections do not wait for the disk."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")


def test_a_safe_server_passes(safe: None):
    assert check_database(databases=["default"]) == []


def test_a_server_that_acknowledges_too_early_is_refused(safe: None, note_trials):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    assert [message.id for message in check_database(databases=["default"])] == ["regulars.E002"]
    note_trials("T4", 1)


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_does_not_write_through_is_refused(safe: None, setting: str, note_trials):
    """These cannot be switched in a session, so the server is asked under another name for its settings."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT context FROM pg_settings WHERE name = %s", [setting])
        assert cursor.fetchone()[0] == "sighup"

    def shown(execute, sql, params, many, context):
        return execute("SELECT 'off'" if sql == f"SHOW {setting}" else sql, params, many, context)

    with connection.execute_wrapper(shown):
        assert [message.id for message in check_database(databases=["default"])] == ["regulars.E001"]
    note_trials("T4", 1)


def test_a_database_that_cannot_search_names_is_refused(safe: None):
    def deaf(execute, sql, params, many, context):
        return execute(sql.replace("show_trgm('Иванов')", "ARRAY[]::text[]"), params, many, context)

    with connection.execute_wrapper(deaf):
        assert [message.id for message in check_database(databases=["default"])] == ["regulars.E003"]
