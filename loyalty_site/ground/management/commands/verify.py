"""`manage.py verify`: recompute what balances, receipts and mailings say from the append-only rows, for every app."""

from __future__ import annotations

import datetime as dt
import sys
from itertools import groupby
from typing import Any, override

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from loyalty_site.ground.queries.verify import Finding, all_checks, run_checks


class Command(BaseCommand):
    help = (
        "Check the invariants of points, receipts, proofs and mailings. One line each, every violation below its line, "
        "exit code 1 on any; -v 2 prints every single check."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since", metavar="DATE", help="look only at what changed since this day (UTC), such as 2026-03-10"
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        since = _moment(options["since"])
        with transaction.atomic():
            # One snapshot for all checks: sales that commit meanwhile must not look like violations.
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            violated = False
            for invariant, checks in groupby(all_checks(), key=lambda check: check.invariant):
                findings = run_checks(list(checks), since=since)
                violated |= any(finding.violations for finding in findings)
                self._print(invariant, findings, in_detail=options["verbosity"] > 1)
        if violated:
            sys.exit(1)

    def _print(self, invariant: str, findings: list[Finding], *, in_detail: bool) -> None:
        first, *others = [finding.check.what for finding in findings]
        what = f"{first} (and {len(others)} more)" if others else first
        looked_at = sum(finding.looked_at for finding in findings)
        self.stdout.write(f"{invariant} {what}: {looked_at} looked at, {_count(findings)}")
        for finding in findings:
            if in_detail or finding.violations:
                check = finding.check
                self.stdout.write(
                    f"   {check.invariant} {check.what}: {finding.looked_at} looked at, {_count([finding])}"
                )
            for row in finding.violations:
                self.stdout.write(f"      {row}")


def _count(findings: list[Finding]) -> str:
    count = sum(len(finding.violations) for finding in findings)
    return f"{count}+ violations" if count else "0 violations"


def _moment(day: str | None) -> dt.datetime | None:
    if day is None:
        return None
    try:
        return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), dt.UTC)
    except ValueError as error:
        raise CommandError("--since: write a day as 2026-03-10") from error
