"""What a warning of burning points says, read at the moment it is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from programs.queries.burning import BURNS_AT, CALENDARS, BurnDay

# Lots that were spent or have a later day by now are left out: a purchase in the meantime ends a pause.
_SAID = f"""
    SELECT notice, point_decimals, available, program, day, sum(free)::bigint FROM (
        SELECT w.notice, p.point_decimals, p.name AS program, a.available, l.remaining - l.held AS free,
               (({BURNS_AT} - interval '1 microsecond') AT TIME ZONE coalesce(c.zone, 'UTC'))::date AS day
        FROM programs_burnwarning w JOIN programs_lot l ON l.id = w.lot_id JOIN programs_account a ON a.id = l.account_id
        JOIN programs_program p ON p.id = a.program_id LEFT JOIN {CALENDARS} c ON c.program_id = a.program_id
        WHERE w.notice = ANY(%(notices)s::bigint[]) AND l.remaining > l.held
          AND {BURNS_AT} > %(now)s AND {BURNS_AT} <= w.expires_at
    ) AS lots GROUP BY 1, 2, 3, 4, 5 ORDER BY notice, program, day
"""


@dataclass(frozen=True, slots=True)
class Warned:
    """Of one programme: what burns on which days, and what the member has there. Minor points."""

    program: str
    point_decimals: int
    balance: int
    days: tuple[BurnDay, ...]

    @property
    def points(self) -> int:
        return sum(day.points for day in self.days)


def warned_of(notices: Sequence[int], *, now: dt.datetime) -> dict[int, Warned]:
    """{notice: what still burns}; a notice of which nothing is left is missing. One statement."""
    found: dict[int, Warned] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SAID, {"notices": list(notices), "now": now})
        for notice, decimals, available, program, day, points in cursor.fetchall():
            before = found[notice].days if notice in found else ()
            found[notice] = Warned(program, decimals, available, (*before, BurnDay(day, points)))
    return found
