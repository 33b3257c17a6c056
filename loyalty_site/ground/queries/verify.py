"""Checking invariants: each one query that returns its violations. The apps bring their checks, `manage.py verify` prints all.

Each recomputes from the append-only rows what the caches say; nothing is repaired silently.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

# (how many things were looked at, the first violations)
type Looked = tuple[int, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Check:
    """One statement of an invariant: `sql` returns a row per violation (its first column names the culprit),
    `counted` says how many things were looked at.

    Both may read %(since)s, a moment or NULL: then only what changed since is looked at. What one statement cannot
    say is a function `find` of that moment and of how many violations are wanted.
    """

    invariant: str
    what: str
    sql: str = ""
    counted: str = ""
    find: Callable[[dt.datetime | None, int], Looked] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: how many things were looked at, and the first violations."""

    check: Check
    looked_at: int
    violations: list[tuple[Any, ...]]


def all_checks() -> list[Check]:
    """The checks of every app, by the number of their invariant: settings.VERIFIERS names their lists, since the
    ground knows no app."""
    checks = [check for path in settings.VERIFIERS for check in import_string(path)]
    return sorted(checks, key=lambda check: int(check.invariant[1:]))


def run_checks(
    checks: Sequence[Check],
    *,
    since: dt.datetime | None = None,
    limit: int = 20,
    report: Callable[[Finding], None] | None = None,
) -> list[Finding]:
    """Run the checks; each finding holds at most `limit` violations. `report` hears each as it comes.

    `since` leaves out rows that have not changed since then, where a check can tell.
    """
    findings = []
    with _whole_tables():
        for check in checks:
            looked_at, violations = check.find(since, limit) if check.find else _ask(check, since, limit)
            finding = Finding(check, looked_at, violations)
            findings.append(finding)
            if report is not None:
                report(finding)
    return findings


@contextmanager
def _whole_tables() -> Iterator[None]:
    """The checks read tables from end to end. Right after a large import the planner still believes them empty, and
    its nested loops over what is not empty would take hours."""
    with connection.cursor() as cursor:
        cursor.execute("SET enable_nestloop = off")
        yield
        cursor.execute("RESET enable_nestloop")


def _ask(check: Check, since: dt.datetime | None, limit: int) -> Looked:
    with connection.cursor() as cursor:
        cursor.execute(check.counted, {"since": since})
        looked_at = cursor.fetchone()[0]
        cursor.execute(f"SELECT * FROM ({check.sql}) AS violations LIMIT %(limit)s", {"since": since, "limit": limit})
        return looked_at, cursor.fetchall()
