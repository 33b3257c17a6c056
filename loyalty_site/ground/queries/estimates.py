"""How many rows a query would give, as PostgreSQL's planner expects without running it."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet


def expected_rows(rows: QuerySet[Any, Any]) -> int:
    """How many of `rows` the planner expects; 0 of a query that cannot give any."""
    try:
        said = rows.order_by().explain(format="json")
    except EmptyResultSet:
        return 0
    if not said:  # Django knows by itself that there is nothing, and asks nobody
        return 0
    plan = json.loads(said)
    return int(plan[0]["Plan"]["Plan Rows"])
