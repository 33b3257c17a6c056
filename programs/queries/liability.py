"""What the shop owes in points: by the month in which they burn, and what stands beside them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import Sum

from programs.models import Account, Program
from programs.queries.burning import BURNS_AT, CALENDARS
from programs.queries.standing import money_of, version_at
from programs.rules.dates import last_day
from programs.rules.documents import compile_document

# Moments first and months in Python: a million lots burn on some hundred midnights.
_BY_MOMENT = f"""
    SELECT burns_at, sum(remaining)::bigint FROM (
        SELECT {BURNS_AT} AS burns_at, l.remaining
        FROM programs_lot l JOIN programs_account a ON a.id = l.account_id
        LEFT JOIN {CALENDARS} c ON c.program_id = a.program_id
        WHERE a.program_id = %(program)s AND l.remaining > 0
    ) AS lots GROUP BY burns_at
"""


@dataclass(frozen=True, slots=True)
class MonthPoints:
    """`points` (minor) whose last day lies in the month that begins on `starts_on`; None: they never burn."""

    starts_on: dt.date | None
    points: int
    worth: int


@dataclass(frozen=True, slots=True)
class Liability:
    """Minor points and what they would pay, in minor money. `total` = `available` + `pending` + `held` = the months' sum.

    `debt` is what members owe; it is paid out of what they earn and lowers nothing here.
    """

    months: tuple[MonthPoints, ...]
    available: int
    pending: int
    held: int
    debt: int
    total: int
    worth: int


def liability(program: Program, *, now: dt.datetime) -> Liability:
    """What members of a programme hold as of now, by the month in which it burns if nobody spends any.

    The end of a pause counts as the day of burning where it comes first. Two statements.
    """
    version = version_at(program.pk, now)
    compiled = compile_document(version.document) if version else None
    by_month: dict[dt.date | None, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BY_MOMENT, {"program": program.pk, "now": now})
        for moment, points in cursor.fetchall():
            month = last_day(moment, program.time_zone).replace(day=1) if moment else None
            by_month[month] = by_month.get(month, 0) + points
    sums = Account.objects.filter(program=program).aggregate(
        available=Sum("available", default=0),
        pending=Sum("pending", default=0),
        held=Sum("held", default=0),
        debt=Sum("debt", default=0),
    )
    dated = sorted(month for month in by_month if month is not None)
    order: list[dt.date | None] = [*dated, *([None] if None in by_month else [])]
    total = sum(by_month.values())
    return Liability(
        months=tuple(MonthPoints(month, by_month[month], money_of(compiled, by_month[month])) for month in order),
        available=int(sums["available"]),
        pending=int(sums["pending"]),
        held=int(sums["held"]),
        debt=int(sums["debt"]),
        total=total,
        worth=money_of(compiled, total),
    )
