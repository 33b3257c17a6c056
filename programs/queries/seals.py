"""The digest of one closed day of one programme, computed from the rows alone (R11)."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import connection

from programs.models import DailySeal, Program

_BLOCK = 5000
# One line a row, as PostgreSQL writes a composite value: every column, nothing in quotes of our own, moments in
# microseconds since 1970 because a session's time zone must not change them. What a later release added stands behind
# the row and only where it is filled in, so that older days keep their digest. Movements by id, each before its postings.
_ROWS = """
    SELECT posting, line FROM (
        SELECT t.id AS tx, 0 AS posting, ROW(
            t.id, t.kind, t.purchase_id, t.import_batch_id, t.hold_id, t.adjustment_id, t.actor_label,
            (extract(epoch FROM t.occurred_at) * 1000000)::bigint, (extract(epoch FROM t.posted_at) * 1000000)::bigint
        )::text || coalesce(' merge ' || t.merge_id, '') AS line
        FROM programs_ledgertransaction t WHERE t.program_id = %(program)s AND t.posted_at >= %(from)s AND t.posted_at < %(to)s
        UNION ALL
        SELECT t.id, g.id, ROW(
            g.id, g.transaction_id, g.account_id, g.lot_id, g.from_bucket, g.to_bucket, g.amount, g.partner_id
        )::text
        FROM programs_ledgertransaction t JOIN programs_posting g ON g.transaction_id = t.id
        WHERE t.program_id = %(program)s AND t.posted_at >= %(from)s AND t.posted_at < %(to)s
    ) AS rows ORDER BY tx, posting
"""


@dataclass(frozen=True, slots=True)
class DayDigest:
    """What a day's rows come to."""

    transaction_count: int
    posting_count: int
    digest: str


def day_bounds(day: dt.date, zone: str) -> tuple[dt.datetime, dt.datetime]:
    """The instants at which a day begins and ends in a zone."""
    tz = ZoneInfo(zone)
    return (
        dt.datetime.combine(day, dt.time(), tz).astimezone(dt.UTC),
        dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tz).astimezone(dt.UTC),
    )


def digest_of_day(program: Program, day: dt.date, *, previous: str) -> DayDigest:
    """SHA-256 over the seal before (`previous`, "" for the first), the programme, the day and all its rows."""
    starts_at, ends_at = day_bounds(day, program.time_zone)
    hasher = hashlib.sha256(f"{previous}\n{program.pk} {day.isoformat()}\n".encode())
    transactions = postings = 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(_ROWS, {"program": program.pk, "from": starts_at, "to": ends_at})
        while block := cursor.fetchmany(_BLOCK):
            for posting, line in block:
                hasher.update(line.encode() + b"\n")
                transactions += posting == 0
                postings += posting != 0
    return DayDigest(transactions, postings, hasher.hexdigest())


def last_seal(program_id: int) -> DailySeal | None:
    """The newest seal of a programme."""
    return DailySeal.objects.filter(program=program_id).order_by("-sealed_on").first()


def first_day(program: Program) -> dt.date | None:
    """The day of a programme's first movement; None while there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (min(posted_at) AT TIME ZONE %s)::date FROM programs_ledgertransaction WHERE program_id = %s",
            [program.time_zone, program.pk],
        )
        day: dt.date | None = cursor.fetchone()[0]
        return day
