"""`manage.py verify`: recompute what balances, receipts and mailings say from the append-only rows, for every app."""

from __future__ import annotations

import sys
from typing import Any, override

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from loyalty_site.ground.queries.verify import Finding, all_checks, run_checks


class Command(BaseCommand):
    help = "Check the invariants of points and mailings; one line each, exit code 1 on any violation."

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            # One snapshot for all checks: sales that commit meanwhile must not look like violations.
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            findings = run_checks(all_checks(), report=self._print)
        if any(finding.violations for finding in findings):
            sys.exit(1)

    def _print(self, finding: Finding) -> None:
        state = f"{len(finding.violations)}+ violations" if finding.violations else "0 violations"
        self.stdout.write(f"{finding.check.invariant} {finding.check.what}: {finding.looked_at} looked at, {state}")
        for row in finding.violations:
            self.stdout.write(f"   {row}")
