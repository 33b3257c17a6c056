"""Sealing closed days: from then on nobody changes a movement of that day without being found out (R11)."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

from programs.models import DailySeal, Program
from programs.queries.seals import day_bounds, digest_of_day, first_day, last_seal

# A movement is dated when its transaction begins; by then every such transaction has long ended or been ended.
_GRACE = dt.timedelta(hours=1)
_ONE_AT_A_TIME = "SELECT pg_try_advisory_xact_lock(hashtext('programs.seals'), %s)"


def seal_closed_days(*, now: dt.datetime) -> int:
    """Seal every closed day of every programme that has none yet, oldest first, also those without a movement.

    Each day is a transaction of its own; while another run seals a programme, this one passes it by.
    """
    count = 0
    for program in Program.objects.order_by("id"):
        while _seal_next(program, now):
            count += 1
    return count


@transaction.atomic
def _seal_next(program: Program, now: dt.datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [program.pk])
        if not cursor.fetchone()[0]:
            return False
    last = last_seal(program.pk)
    day = last.sealed_on + dt.timedelta(days=1) if last else first_day(program)
    if day is None or day_bounds(day, program.time_zone)[1] + _GRACE > now:
        return False
    found = digest_of_day(program, day, previous=last.digest if last else "")
    DailySeal.objects.create(
        program=program,
        sealed_on=day,
        transaction_count=found.transaction_count,
        posting_count=found.posting_count,
        digest=found.digest,
        sealed_at=now,
    )
    return True
