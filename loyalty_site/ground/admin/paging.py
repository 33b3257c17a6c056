"""Paging through tables with millions of rows: count a little, then believe the planner."""

from __future__ import annotations

import json
from typing import override

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import cached_property

COUNT_AT_MOST = 10_000


class EstimatingPaginator(Paginator):
    """Counts up to COUNT_AT_MOST rows exactly; above that it takes PostgreSQL's own estimate of the same query.

    A full count of ten million receipts would cost seconds for a number nobody reads to its last digit.
    """

    template_name = "unfold/helpers/pagination_default.html"
    # What whoever made the list has counted already; one more than COUNT_AT_MOST stands for anything above it.
    known_count: int | None = None

    @override
    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        counted = _count_some(rows) if self.known_count is None else self.known_count
        if counted <= COUNT_AT_MOST:
            return counted
        plan = json.loads(rows.order_by().explain(format="json"))
        return max(counted, int(plan[0]["Plan"]["Plan Rows"]))


def _count_some(rows: QuerySet) -> int:
    """Up to one more than COUNT_AT_MOST. Without what a row only shows; and materialized, so that the planner takes the
    cheapest way to all of them: of a limited part it would hope to meet enough of them soon, and read the whole table."""
    plain = rows.order_by() if rows.query.values_select or rows.query.distinct else rows.order_by().values("pk")
    try:
        sql, parameters = plain.query.sql_with_params()
    except EmptyResultSet:
        return 0
    few = f"SELECT FROM found LIMIT {COUNT_AT_MOST + 1}"
    with connection.cursor() as cursor:
        cursor.execute(f"WITH found AS MATERIALIZED ({sql}) SELECT count(*) FROM ({few}) AS few", parameters)  # noqa: S608
        return int(cursor.fetchone()[0])
