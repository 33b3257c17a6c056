"""Lists of adjustments: what each would do, did, and could not do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Abs

from loyalty_site.ground.rules.money import round_minor
from programs.models import Adjustment, AdjustmentBatch, AdjustmentState, BatchState, Program
from programs.queries.standing import version_at
from programs.rules.documents import compile_document

ROWS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ListTotals:
    """Of the found lines: people, minor points given and taken (both positive), and how each line ended.

    `lacking` are lines that want to take more than the person can spend now. `returned` and `kept` are what a taking
    back brought and could not bring, in minor points.
    """

    people: int
    given: int
    taken: int
    posted: int
    failed: int
    lacking: int
    returned: int
    kept: int


def list_totals(batch: AdjustmentBatch) -> ListTotals:
    """The sums of a list, in two statements."""
    rows = Adjustment.objects.filter(batch=batch, reverses__isnull=True)
    taking = Q(points__lt=0)
    sums = rows.aggregate(
        people=Count("id"),
        given=Sum("points", filter=~taking),
        taken=Sum("points", filter=taking),
        posted=Count("id", filter=Q(state=AdjustmentState.POSTED)),
        failed=Count("id", filter=Q(state=AdjustmentState.FAILED)),
        lacking=Count("id", filter=Q(state=AdjustmentState.WAITING) & taking & Q(account__available__lt=-F("points"))),
    )
    back = Adjustment.objects.filter(batch=batch, reverses__isnull=False).aggregate(
        returned=Sum(Abs("points"), filter=Q(state=AdjustmentState.POSTED)), wanted=Sum(Abs("reverses__points"))
    )
    returned, wanted = back["returned"] or 0, back["wanted"] or 0
    return ListTotals(
        people=sums["people"],
        given=sums["given"] or 0,
        taken=-(sums["taken"] or 0),
        posted=sums["posted"],
        failed=sums["failed"],
        lacking=sums["lacking"],
        returned=returned,
        kept=wanted - returned,
    )


def cost_of_points(program: Program, points: int, *, now: dt.datetime) -> int:
    """What minor points pay for at a till, in minor money: by the published rules, else by the draft."""
    version = version_at(program.pk, now)
    if version is not None:
        return round_minor(points * compile_document(version.document).point_value, "half_up")
    per_point = program.point_value.scaleb(program.currency_exponent - program.point_decimals)
    return round_minor(points * per_point, "half_up")


def list_rows(batch: AdjustmentBatch, *, which: str, after: int) -> tuple[list[Adjustment], int | None]:
    """(the next ROWS_SHOWN lines after line `after`, the line to go on from or None). `which`: failed, kept or "" for all."""
    rows: QuerySet[Any] = Adjustment.objects.filter(batch=batch, reverses__isnull=True, line__gt=after)
    if which == "failed":
        rows = rows.filter(state=AdjustmentState.FAILED)
    if which == "kept":
        rows = rows.filter(reversed_by__isnull=False).exclude(reversed_by__problem="")
    found = list(rows.select_related("account__owner", "reversed_by").order_by("line")[: ROWS_SHOWN + 1])
    more = len(found) > ROWS_SHOWN
    return found[:ROWS_SHOWN], found[ROWS_SHOWN - 1].line if more else None


def waiting_decisions(*, not_by: int | None) -> tuple[int, int]:
    """(adjustments, lists) that wait for a second person other than `not_by`, who asked for their own."""
    alone = Adjustment.objects.filter(batch__isnull=True, state=AdjustmentState.WAITING).exclude(requested_by=not_by)
    lists = AdjustmentBatch.objects.filter(state=BatchState.WAITING).exclude(requested_by=not_by)
    return alone.count(), lists.count()
