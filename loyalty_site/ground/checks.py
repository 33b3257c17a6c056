"""What a database must be like before we put anybody's points into it; asked by `migrate` at every start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

_DURABLE = {"fsync": "on", "full_page_writes": "on"}


@register(Tags.database)
def check_database(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Refuse a server that may forget what it has acknowledged, or that cannot search names."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            for setting, wanted in _DURABLE.items():
                cursor.execute(f"SHOW {setting}")
                if cursor.fetchone()[0] != wanted:
                    found.append(_unsafe(setting, wanted, "E001"))
            cursor.execute("SHOW synchronous_commit")
            if cursor.fetchone()[0] == "off":
                found.append(_unsafe("synchronous_commit", "on", "E002"))
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
            if cursor.fetchone():  # before the first migration there is nothing to ask
                cursor.execute("SELECT cardinality(show_trgm('Иванов')) = 0")
                if cursor.fetchone()[0]:
                    found.append(_deaf())
    return found


def _unsafe(setting: str, wanted: str, number: str) -> Error:
    return Error(
        f"PostgreSQL runs without {setting}={wanted}: a power cut would lose sales that tills were told are booked.",
        hint=f"Set {setting} = {wanted} in postgresql.conf and restart the server.",
        id=f"regulars.{number}",
    )


def _deaf() -> Error:
    return Error(
        "The database's character class knows no letters outside ASCII, so names could not be searched.",
        hint="Create the database with LC_CTYPE C.UTF-8 (or a UTF-8 locale of your language) and load it again.",
        id="regulars.E003",
    )
