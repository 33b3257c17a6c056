"""The invariants of points and of what proves them, for `manage.py verify`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from loyalty_site.ground.queries.verify import Check, Finding, run_checks
from programs.queries.verify.acts import CHECKS as ACTS
from programs.queries.verify.counters import CHECKS as COUNTERS
from programs.queries.verify.ledger import CHECKS as LEDGER
from programs.queries.verify.moves import CHECKS as MOVES
from programs.queries.verify.presenting import CHECKS as PRESENTING
from programs.queries.verify.proof import CHECKS as PROOF
from programs.queries.verify.receipts import CHECKS as RECEIPTS

CHECKS: list[Check] = [*LEDGER, *RECEIPTS, *COUNTERS, *MOVES, *ACTS, *PRESENTING, *PROOF]


def verify(
    *, since: dt.datetime | None = None, limit: int = 20, report: Callable[[Finding], None] | None = None
) -> list[Finding]:
    """Check the points alone; see loyalty_site.ground.queries.verify.run_checks."""
    return run_checks(CHECKS, since=since, limit=limit, report=report)
