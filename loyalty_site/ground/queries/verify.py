"""Checking invariants: each one query that returns its violations. The apps bring their checks, `manage.py verify` prints all.

Each recomputes from the append-only rows what the caches say; nothing is repaired silently.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Check:
    """One statement of an invariant: `sql` returns a row per violation (its first column names the culprit),
    `counted` says how many things were looked at."""

    invariant: str
    what: str
    sql: str
    counted: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: how many things were looked at, and the first violations."""

    check: Check
    looked_at: int
    violations: list[tuple[Any, ...]]


def all_checks() -> list[Check]:
    """The checks of every app: settings.VERIFIERS names their lists, since the ground knows no app."""
    return [check for path in settings.VERIFIERS for check in import_string(path)]


def run_checks(
    checks: Sequence[Check], *, limit: int = 20, report: Callable[[Finding], None] | None = None
) -> list[Finding]:
    """Run the checks; each finding holds at most `limit` violations. `report` hears each as it comes."""
    findings = []
    with connection.cursor() as cursor:
        for check in checks:
            cursor.execute(check.counted)
            looked_at = cursor.fetchone()[0]
            cursor.execute(f"SELECT * FROM ({check.sql}) AS violations LIMIT %s", [limit])
            finding = Finding(check, looked_at, cursor.fetchall())
            findings.append(finding)
            if report is not None:
                report(finding)
    return findings
