"""Paging through tables with millions of rows: count a little, then believe the planner."""

from __future__ import annotations

import json
from typing import override

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

COUNT_AT_MOST = 10_000


class EstimatingPaginator(Paginator):
    """Counts up to COUNT_AT_MOST rows exactly; above that it takes PostgreSQL's own estimate of the same query.

    A full count of ten million receipts would cost seconds for a number nobody reads to its last digit.
    """

    template_name = "unfold/helpers/pagination_default.html"

    @override
    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        counted = rows.order_by()[: COUNT_AT_MOST + 1].count()
        if counted <= COUNT_AT_MOST:
            return counted
        plan = json.loads(rows.order_by().explain(format="json"))
        return max(counted, int(plan[0]["Plan"]["Plan Rows"]))
