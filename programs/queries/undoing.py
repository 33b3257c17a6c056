"""Undoing an import: what it would take back, and who has to stay as they are because of what happened since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from loyalty_site.ground.rules.money import from_minor
from programs.models import ImportBatch, ImportRow, UndoOutcome

PAGE_ROWS = 50

# Of people whom the file brought, anything at all is a reason: they would be nobody again.
_NEW = """
    SELECT g.member, CASE
        WHEN m.status IN ('erased', 'merged') THEN m.status
        WHEN EXISTS (SELECT 1 FROM programs_purchase p WHERE p.member_id = m.id) THEN 'bought'
        WHEN NOT EXISTS (SELECT 1 FROM members_identifier i WHERE i.member_id = m.id AND i.ended_at IS NULL) THEN 'merged'
        WHEN EXISTS (
            SELECT 1 FROM members_identifier i WHERE i.member_id = m.id
            AND (i.ended_at IS NOT NULL OR i.is_blocked OR i.created_at > g.applied OR i.created_at < m.created_at)
        ) THEN 'keys'
        WHEN EXISTS (SELECT 1 FROM members_relation r WHERE r.head_id = m.id OR r.other_id = m.id)
            OR EXISTS (
                SELECT 1 FROM programs_accountaccess s JOIN programs_account a ON a.id = s.account_id
                WHERE (a.owner_id = m.id) <> (s.member_id = m.id) AND m.id IN (a.owner_id, s.member_id)
            ) THEN 'household'
        WHEN EXISTS (
            SELECT 1 FROM members_consent c WHERE c.member_id = m.id AND c.action <> 'reversed'
            AND (c.method <> 'import' OR c.given_at > g.applied)
        ) THEN 'consent'
        WHEN m.updated_at > g.applied THEN 'edited'
        ELSE '' END
    FROM unnest(%(members)s::bigint[], %(applied)s::timestamptz[]) AS g(member, applied)
    JOIN members_member m ON m.id = g.member
"""
# Of people known before, only what the file itself changed: the columns are compared by the caller.
_KNOWN = """
    SELECT g.member, CASE
        WHEN m.status IN ('erased', 'merged') THEN m.status
        WHEN EXISTS (
            SELECT 1 FROM members_identifier i
            WHERE i.member_id = m.id AND (i.created_at > g.applied OR i.ended_at > g.applied)
        ) THEN 'keys'
        ELSE '' END
    FROM unnest(%(members)s::bigint[], %(applied)s::timestamptz[]) AS g(member, applied)
    JOIN members_member m ON m.id = g.member
"""
# What happened on an account since the import booked there; other lots may burn or become spendable meanwhile.
_MOVED = """
    WITH ours AS MATERIALIZED (
        SELECT p.account_id, p.lot_id, t.id FROM programs_posting p
        JOIN programs_ledgertransaction t ON t.id = p.transaction_id
        WHERE p.account_id = ANY(%(accounts)s::bigint[]) AND t.import_batch_id = %(batch)s AND t.kind <> 'undo'
    ), since AS MATERIALIZED (
        SELECT account_id, min(id) AS first FROM ours GROUP BY account_id
    )
    SELECT s.account_id, CASE
        WHEN bool_or(t.kind IN ('redeem', 'hold')) THEN 'spent'
        WHEN bool_or(t.purchase_id IS NOT NULL) THEN 'bought'
        WHEN bool_or(t.kind <> 'expire') THEN 'moved'
        ELSE 'burnt' END
    FROM since s JOIN programs_posting p ON p.account_id = s.account_id AND p.transaction_id > s.first
    JOIN programs_ledgertransaction t ON t.id = p.transaction_id
    WHERE t.import_batch_id IS DISTINCT FROM %(batch)s
      AND (t.kind NOT IN ('expire', 'activate') OR p.lot_id IN (SELECT lot_id FROM ours))
    GROUP BY s.account_id
"""
_OWN_ACCOUNTS = """
    SELECT a.owner_id, a.id, EXISTS (
        SELECT 1 FROM programs_posting p JOIN programs_ledgertransaction t ON t.id = p.transaction_id
        WHERE p.account_id = a.id AND t.import_batch_id IS DISTINCT FROM %(batch)s
    ) FROM programs_account a WHERE a.owner_id = ANY(%(members)s::bigint[])
"""
# People may have several rows; a thing has one.
_STAKES = """
    SELECT count(DISTINCT r.member_id) FILTER (WHERE r.object_id IS NULL) + count(r.object_id),
           count(DISTINCT r.member_id) FILTER (WHERE r.outcome = 'create' AND r.object_id IS NULL)
           + count(r.object_id) FILTER (WHERE r.outcome = 'create')
    FROM programs_importrow r
    WHERE r.batch_id = %(batch)s AND r.applied_at IS NOT NULL AND r.undo <> 'undone'
      AND r.outcome IN ('create', 'update')
      AND (r.outcome = 'create' OR coalesce(r.values->'changed', r.values->'given', '[]') <> '[]')
"""
_POINTS = """
    SELECT coalesce(sum(p.amount) FILTER (WHERE p.from_bucket IN ('issued', 'adjusted')), 0),
           coalesce(sum(p.amount) FILTER (WHERE p.to_bucket IN ('issued', 'adjusted')), 0)
    FROM programs_ledgertransaction t JOIN programs_posting p ON p.transaction_id = t.id
    WHERE t.import_batch_id = %(batch)s
"""


@dataclass(frozen=True, slots=True)
class Stakes:
    """What undoing is about: people (or things) to be taken back, new ones among them, and points (a decimal text) to be taken."""

    people: int
    new_people: int
    points: str

    @property
    def known_people(self) -> int:
        """Those who were there before the import."""
        return self.people - self.new_people


def stakes_of(batch: ImportBatch) -> Stakes:
    """Count it afresh: a batch may have been undone in part."""
    with connection.cursor() as cursor:
        cursor.execute(_STAKES, {"batch": batch.pk})
        people, new_people = cursor.fetchone()
        cursor.execute(_POINTS, {"batch": batch.pk})
        given, taken = cursor.fetchone()
    return Stakes(people, new_people, points_of(batch, given - taken))


def stakes_of_totals(batch: ImportBatch) -> Stakes:
    """The same from the import's own totals, for a page that must not count a million rows; `set` points left out."""
    new_people = batch.totals.get("created", 0)
    return Stakes(new_people + batch.totals.get("changed", 0), new_people, batch.totals.get("points_added", "0"))


def points_of(batch: ImportBatch, minor: int) -> str:
    """Minor points of the batch's programme as a decimal text without empty decimals."""
    value = from_minor(minor, batch.program.point_decimals) if batch.program else 0
    return format(value, "f").rstrip("0").rstrip(".") if "." in format(value, "f") else str(value)


def reasons_of_new(applied: Mapping[int, dt.datetime]) -> dict[int, str]:
    """{member id: why a person whom the import brought must stay}; `applied` is when their last row was."""
    return _reasons(_NEW, applied)


def reasons_of_known(applied: Mapping[int, dt.datetime]) -> dict[int, str]:
    """{member id: why a person who was known before must stay as they are}, as far as columns do not tell."""
    return _reasons(_KNOWN, applied)


def _reasons(statement: str, applied: Mapping[int, dt.datetime]) -> dict[int, str]:
    if not applied:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(statement, {"members": list(applied), "applied": list(applied.values())})
        return {member_id: reason for member_id, reason in cursor.fetchall() if reason}


def reasons_of_accounts(account_ids: list[int], *, batch_id: int) -> dict[int, str]:
    """{account: why the points that the import booked on it cannot be taken back}."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, {"accounts": account_ids, "batch": batch_id})
        return dict(cursor.fetchall())


def own_accounts(member_ids: list[int], *, batch_id: int) -> dict[int, list[tuple[int, bool]]]:
    """{member id: [(account they own, whether anything but the import moved points on it)]}."""
    found: dict[int, list[tuple[int, bool]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_OWN_ACCOUNTS, {"members": member_ids, "batch": batch_id})
        for member_id, account_id, is_strange in cursor.fetchall():
            found.setdefault(member_id, []).append((account_id, is_strange))
    return found


def kept_rows(batch: ImportBatch, *, after: int = 0) -> tuple[list[ImportRow], int | None]:
    """A page of the rows that undoing left as they are, and the line to go on from (None at the end)."""
    rows = list(_kept(batch).filter(line__gt=after)[: PAGE_ROWS + 1])
    return rows[:PAGE_ROWS], rows[PAGE_ROWS - 1].line if len(rows) > PAGE_ROWS else None


def all_kept_rows(batch: ImportBatch) -> Iterator[ImportRow]:
    """All of them, streamed."""
    return _kept(batch).iterator(chunk_size=2000)


def _kept(batch: ImportBatch) -> QuerySet[ImportRow]:
    left = batch.rows.exclude(undo__in=["", UndoOutcome.UNDONE])
    return left.select_related("member").order_by("line")
