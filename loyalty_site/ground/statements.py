"""Our own statements on the path of a sale, run with as little between us and PostgreSQL as psycopg allows.

A till's request runs the same few statements every time. Through a Django cursor each of them costs as much CPU in this
process as in PostgreSQL: two cursors are built, the text is read for its parameters (every time anew when it is long or
has more than fifty of them), and every number gets a type of its own. A `Statement` is read once, when its module is
imported, and its parameters travel as texts that PostgreSQL reads by the statement's own types.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connections

from loyalty_site.ground.parameters import as_text

_NAMED = re.compile(r"%\((\w+)\)s")


class Statement:
    """SQL with `%(name)s` for each parameter, which may stand several times and then has one type.

    Parameters are as `parameters.as_text` takes them: the statement names the type of each list (`%(ids)s::bigint[]`) and
    of whatever PostgreSQL cannot guess from where it stands. A percent sign stands for itself.
    It runs in Django's transaction, raises Django's errors, and is seen by whoever listens to Django's queries.
    """

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.names = tuple(dict.fromkeys(_NAMED.findall(sql)))
        places = {name: f"${place}" for place, name in enumerate(self.names, start=1)}
        self._numbered = _NAMED.sub(lambda found: places[found[1]], sql).encode()

    def __contains__(self, part: str) -> bool:
        return part in self.sql

    def replace(self, part: str, other: str) -> Statement:
        """The same with `other` in the place of a part of the text, for negative controls. ValueError: it is not there."""
        if part not in self.sql:
            raise ValueError(f"the statement does not say {part!r}")
        return Statement(self.sql.replace(part, other))

    def row(self, parameters: Mapping[str, Any]) -> Any:
        """The first row, or None. KeyError names a parameter that is missing; others are left aside."""
        return self._run(parameters).fetchone()

    def rows(self, parameters: Mapping[str, Any]) -> list[Any]:
        """All rows."""
        return self._run(parameters).fetchall()

    def run(self, parameters: Mapping[str, Any]) -> None:
        """For statements that answer nothing."""
        self._run(parameters)

    def _run(self, parameters: Mapping[str, Any]) -> Any:
        django = connections["default"]
        values = [as_text(parameters[name]) for name in self.names]
        if django.queries_logged or django.execute_wrappers:  # somebody counts or watches
            cursor = django.cursor()
            cursor.execute(self._for_django(), dict(zip(self.names, values, strict=True)))
            return cursor
        django.close_if_health_check_failed()
        django.ensure_connection()
        django.validate_thread_sharing()
        django.validate_no_broken_transaction()
        with django.wrap_database_errors:
            return psycopg.RawCursor(django.connection).execute(self._numbered, values)

    def _for_django(self) -> str:
        """The same for a Django cursor, to which a percent sign means something."""
        return re.sub(r"%(?!\(\w+\)s)", "%%", self.sql)
