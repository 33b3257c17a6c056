"""Looking for somebody in every table, file, log and queue: what must not be found after an erasure (T60)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection

from loyalty_site.embedded import processes

# Whole rows as text, so that no column, no JSON and no array is forgotten; tables that do not exist yet are found too.
_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    ORDER BY 1, 2
"""


def in_tables(pattern: str) -> dict[str, list[str]]:
    """{table: up to three of its rows} in which a regular expression, case aside, is found."""
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        for schema, table in cursor.fetchall():
            # Names of tables, read from the catalogue a line above.
            cursor.execute(f'SELECT t::text FROM "{schema}"."{table}" t WHERE t::text ~* %s LIMIT 3', [pattern])
            rows = [row[0][:300] for row in cursor.fetchall()]
            if rows:
                found[table] = rows
    return found


def in_files(pattern: str, *folders: Path) -> list[str]:
    """Files whose name or content (as UTF-8, or as UTF-16) has it."""
    wanted = re.compile(pattern, re.IGNORECASE)
    found = []
    for path in (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()):
        content = path.read_bytes()
        texts = (content.decode("utf-8", "replace"), content.decode("utf-16-le", "replace"), path.name)
        if any(wanted.search(text) for text in texts):
            found.append(str(path))
    return found


def in_logs(pattern: str) -> list[str]:
    """The servers' own logs beside the data."""
    wanted = re.compile(pattern, re.IGNORECASE)
    logs = sorted(processes.var_folder().glob("*.log"))
    return [str(log) for log in logs if wanted.search(log.read_text(errors="replace"))]


def in_queue(pattern: str) -> list[str]:
    """Keys of the broker whose content has it."""
    if not settings.CELERY_BROKER_URL.startswith("redis+socket://"):
        return []
    wanted = re.compile(pattern, re.IGNORECASE)
    broker = redis.Redis(unix_socket_path=settings.CELERY_BROKER_URL.removeprefix("redis+socket://"))
    try:
        return [
            str(key) for key in _keys(broker) if wanted.search((broker.dump(key) or b"").decode("utf-8", "replace"))
        ]
    finally:
        broker.close()


def _keys(broker: redis.Redis) -> Iterable[bytes]:
    return list(broker.scan_iter())
