"""Paging through tables with millions of rows: count a little, believe the planner, and read only the rows shown."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any, override

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList

from loyalty_site.ground.queries.estimates import expected_rows

COUNT_AT_MOST = 10_000


class EstimatingPaginator(Paginator):
    """Believes PostgreSQL's own estimate of the query when it is above COUNT_AT_MOST, else counts up to so many and one.

    A full count of ten million receipts would cost seconds for a number nobody reads to its last digit. The pages end
    after COUNT_AT_MOST rows for the same reason: to reach the rows of a far page PostgreSQL reads all before it, and
    whoever looks for one of them narrows the list down instead.
    """

    template_name = "ground/pages_of_many.html"
    # What whoever made the list has found already: how many (above COUNT_AT_MOST: about how many), and the keys of all of
    # them in the order of the list.
    known_count: int | None = None
    known_keys: Sequence[int] | None = None
    is_expected = False  # the count is what somebody expects and not what was counted

    @override
    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        if self.known_count is not None:
            self.is_expected = self.known_count > COUNT_AT_MOST
            return self.known_count
        expected = expected_rows(_without_what_is_shown(rows))
        if expected > COUNT_AT_MOST and _is_listing(rows):
            self.is_expected = True
            return expected
        counted, self.known_keys = _count_some(rows)
        self.is_expected = counted > COUNT_AT_MOST
        return counted if counted <= COUNT_AT_MOST else max(counted, expected)

    @override
    @cached_property
    def num_pages(self) -> int:
        all_pages: int = super().num_pages
        return min(all_pages, ceil(COUNT_AT_MOST / self.per_page))

    @override
    def page(self, number: int | str) -> Page:
        """First the keys of the page, then its rows: what a row shows is not read for the rows before the page."""
        number = self.validate_number(number)
        rows = self.object_list
        if not isinstance(rows, QuerySet) or not _is_listing(rows):
            return super().page(number)
        first = (number - 1) * self.per_page
        part = slice(first, first + self.per_page)
        keys = list(rows.values_list("pk", flat=True)[part]) if self.known_keys is None else self.known_keys[part]
        if len(keys) < self.per_page and (keys or not first):
            self.count, self.is_expected = first + len(keys), False  # the list ends here, whatever was expected
        return Page(rows.filter(pk__in=keys) if keys else rows.none(), number, self)

    def whole(self) -> Any:
        """All rows, for a list that shows them on one page."""
        rows = self.object_list
        if self.known_keys is None or not isinstance(rows, QuerySet):
            return rows
        return rows.filter(pk__in=self.known_keys) if self.known_keys else rows.none()


class BigChangeList(ChangeList):
    """A list that asks for its rows by what counting them has found."""

    result_count: int
    multi_page: bool

    @override
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        found: int = self.paginator.count
        if self.result_count != found:
            self.result_count = found
            self.multi_page = found > self.list_per_page
            return
        on_one_page = not self.multi_page or (self.show_all and self.can_show_all)
        if on_one_page and isinstance(self.paginator, EstimatingPaginator):
            self.result_list = self.paginator.whole()

    @property
    def expected_count(self) -> int:
        """Two digits of a number that nobody counted, such as 120000 for 121522; 0 where the rows were counted."""
        if not getattr(self.paginator, "is_expected", False):
            return 0
        return round(self.result_count, 2 - len(str(self.result_count)))

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than pages lead to."""
        return bool(self.multi_page and self.paginator.count > self.paginator.num_pages * self.paginator.per_page)


def _is_listing(rows: QuerySet) -> bool:
    """Rows of the model itself, each once."""
    return not (rows.query.values_select or rows.query.distinct or rows.query.combinator or rows.query.is_sliced)


def _without_what_is_shown(rows: QuerySet) -> QuerySet:
    return rows.order_by().values("pk") if _is_listing(rows) else rows.order_by()


def _count_some(rows: QuerySet) -> tuple[int, list[int] | None]:
    """How many, up to one more than COUNT_AT_MOST; and of a list that is ordered by its key, the keys in that order.

    Without what a row only shows; and materialized, so that the planner takes the cheapest way to all of them: of a
    limited part it would hope to meet enough of them soon, and read the whole table.
    """
    is_listing = _is_listing(rows)
    plain = _without_what_is_shown(rows)
    try:
        sql, parameters = plain.query.sql_with_params()
    except EmptyResultSet:
        return 0, []
    order = _order_by_key(rows) if is_listing else ""
    what = f"array_agg(key ORDER BY key {order})" if order else "NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH found{' (key)' if is_listing else ''} AS MATERIALIZED ({sql}) SELECT count(*), {what} "  # noqa: S608
            f"FROM (SELECT{' key' if is_listing else ''} FROM found LIMIT {COUNT_AT_MOST + 1}) AS few",
            parameters,
        )
        counted, keys = cursor.fetchone()
    if not counted:
        return 0, []
    return int(counted), keys if keys and counted <= COUNT_AT_MOST else None


def _order_by_key(rows: QuerySet) -> str:
    """DESC or ASC of rows that are ordered by their numbers alone, else ""."""
    key = rows.model._meta.pk
    if key is None or "AutoField" not in key.get_internal_type() or len(rows.query.order_by) != 1:
        return ""
    return {"-pk": "DESC", f"-{key.name}": "DESC", "pk": "ASC", key.name: "ASC"}.get(str(rows.query.order_by[0]), "")
