"""The usual row of a chunk, somebody new whom no other row of it names, applied without passing through Python.

The rows go from the staging table to the tables of people, accounts and points by one statement a table. Whoever is
known already, or is named twice, is left to the path that looks at each (apply.py).
"""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, connection, transaction

from members.services import load_arrivals
from programs.models import ImportBatch, ImportState, Program
from programs.rules.dates import Expiry
from programs.services.accounts import give_access_to_arrivals
from programs.services.ledger import open_arrivals

_TABLE = """
    CREATE TEMP TABLE arrivals (
        row_id bigint, member_id bigint, account_id bigint, points bigint, name text, search_name text, language text,
        sex text, birth_date text, joined_on date, source text, note text, city text, street text, postcode text,
        keys jsonb
    )
"""
# Only a row that the check found plain (rows.py: PLAIN_FIELDS) carries `search`.
_GATHER = """
    INSERT INTO arrivals
    SELECT row.id, nextval('members_member_id_seq'),
           CASE WHEN %(program)s::bigint IS NOT NULL THEN nextval('programs_account_id_seq') END,
           row.points, g.name, row.values->>'search', g.language, g.sex, g.birth_date, g.joined_on, g.source, g.note,
           g.city, g.street, g.postcode, row.values->'keys'
    FROM (
        SELECT r.id, r.values, (r.values->'opening'->>1)::numeric * %(factor)s::numeric AS points FROM programs_importrow r
        WHERE r.batch_id = %(batch)s AND r.line > %(after)s AND r.line <= %(last)s AND r.applied_at IS NULL
          AND r.outcome = 'create'
          AND r.values ? 'search' AND NOT EXISTS (
            SELECT FROM programs_importrow other
            WHERE other.batch_id = %(batch)s AND other.same_as = r.line AND other.line <= %(last)s
          )
        ORDER BY r.line
    ) AS row, jsonb_to_record(row.values->'given') AS g(
        name text, language text, sex text, birth_date text, joined_on date, source text, note text, city text,
        street text, postcode text)
    WHERE row.points IS NULL OR row.points = trunc(row.points)
"""
_NEXT = """
    SELECT line, outcome = 'create' AND values ? 'search' FROM programs_importrow
    WHERE batch_id = %s AND line > %s AND applied_at IS NULL ORDER BY line LIMIT %s
"""
_DONE = """
    UPDATE programs_importrow r SET applied_at = %s, member_id = a.member_id FROM arrivals a WHERE r.id = a.row_id
"""


def next_lines(batch: ImportBatch, *, after: int, most: int, stretch: int) -> list[int]:
    """The lines of the next `most` rows to be applied, which are behind line `after`; up to `stretch` times as many while
    those, `most` by `most`, are nothing but plain new people whom no row before them names."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [batch.pk, after, most * stretch])
        found = cursor.fetchall()
    end = most
    while end < len(found) and all(is_plain for _line, is_plain in found[: end + most]):
        end += most
    return [line for line, _is_plain in found[:end]]


def apply_arrivals(batch: ImportBatch, *, after: int, last_line: int, now: dt.datetime) -> bool:
    """Apply the plain new people behind line `after` up to `last_line`, as far as nobody has one of their keys by now.
    Was that so?

    When somebody of them enrolled elsewhere since the check, or this very file came before, all are left to the path
    that finds out who.
    """
    same = ImportBatch.objects.filter(file_hash=batch.file_hash).exclude(pk=batch.pk)
    if same.filter(
        state__in=[ImportState.APPLYING, ImportState.DONE, ImportState.UNDOING, ImportState.UNDONE]
    ).exists():
        return False
    try:
        with transaction.atomic():
            _apply(batch, after, last_line, now)
    except IntegrityError:
        return False
    return True


def _apply(batch: ImportBatch, after: int, last_line: int, now: dt.datetime) -> None:
    program = batch.program
    with connection.cursor() as cursor:
        cursor.execute(_TABLE)
        cursor.execute(
            _GATHER,
            {
                "batch": batch.pk,
                "program": program.pk if program else None,
                "factor": 10**program.point_decimals if program else 1,
                "after": after,
                "last": last_line,
            },
        )
        if cursor.rowcount:
            load_arrivals(source="import", now=now)
            if program:
                _book(batch, program, now)
            cursor.execute(_DONE, [now])
        cursor.execute("DROP TABLE arrivals")


def _book(batch: ImportBatch, program: Program, now: dt.datetime) -> None:
    expires_at = burns_at(batch, now)
    open_arrivals(program=program, batch_id=batch.pk, expires_at=expires_at, actor_label=f"import {batch.pk}", now=now)
    give_access_to_arrivals(program_id=program.pk, now=now)


def burns_at(batch: ImportBatch, now: dt.datetime) -> dt.datetime | None:
    """When points that come with this file burn; None: never, or it has no programme."""
    program = batch.program
    if program is None:
        return None
    life = Expiry(program.expiry_kind, program.expiry_months, program.expiry_days, program.expiry_years)
    return life.burns_at(now, program.time_zone)
