"""Taking back what one import booked: the mirror of its postings, for a chunk of accounts in one statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import connection

from programs.models import TransactionKind

# The same lots, the other way round, so an account stands as if the import had not been. A lot that gets points
# again may be past its day: the account is due then, and burns them as it would have. One transaction an account;
# an account that was taken back before (a household's, by another of its people) is left out.
_UNDO = """
    WITH original AS MATERIALIZED (
        SELECT p.account_id, p.lot_id, p.from_bucket, p.to_bucket, p.amount, p.partner_id, t.program_id
        FROM programs_posting p JOIN programs_ledgertransaction t ON t.id = p.transaction_id
        WHERE p.account_id = ANY(%(accounts)s::bigint[]) AND t.import_batch_id = %(batch)s AND t.kind <> %(kind)s
          AND NOT EXISTS (
              SELECT 1 FROM programs_posting u JOIN programs_ledgertransaction v ON v.id = u.transaction_id
              WHERE u.account_id = p.account_id AND v.import_batch_id = %(batch)s AND v.kind = %(kind)s
          )
    ), txs AS MATERIALIZED (
        SELECT account_id, min(program_id) AS program_id, nextval('programs_ledgertransaction_id_seq') AS id
        FROM original GROUP BY account_id
    ), tx AS (
        INSERT INTO programs_ledgertransaction
            (id, program_id, kind, import_batch_id, actor_label, occurred_at, posted_at)
        SELECT id, program_id, %(kind)s, %(batch)s, %(actor)s, %(now)s, now() FROM txs
    ), posted AS (
        INSERT INTO programs_posting (transaction_id, account_id, lot_id, from_bucket, to_bucket, amount, partner_id)
        SELECT txs.id, o.account_id, o.lot_id, o.to_bucket, o.from_bucket, o.amount, o.partner_id
        FROM original o JOIN txs USING (account_id)
    ), changes AS MATERIALIZED (
        SELECT lot_id, sum(amount * ((from_bucket = 'available')::int - (to_bucket = 'available')::int))::bigint AS change
        FROM original WHERE lot_id IS NOT NULL GROUP BY lot_id
    ), lots AS (
        UPDATE programs_lot SET remaining = remaining + change FROM changes WHERE programs_lot.id = changes.lot_id
        RETURNING programs_lot.account_id, CASE WHEN change > 0 THEN expires_at END AS due_at
    ), sums AS MATERIALIZED (
        SELECT account_id,
               sum(amount * ((from_bucket = 'available')::int - (to_bucket = 'available')::int))::bigint AS available,
               sum(amount * ((to_bucket = 'debt')::int - (from_bucket = 'debt')::int))::bigint AS debt
        FROM original GROUP BY account_id
    )
    UPDATE programs_account a
    SET available = a.available + sums.available, debt = a.debt + sums.debt,
        next_due_at = least(a.next_due_at, (SELECT min(due_at) FROM lots WHERE lots.account_id = a.id)),
        active_at = CASE WHEN was.account IS NULL THEN a.active_at ELSE was.active_at END
    FROM sums LEFT JOIN unnest(%(known)s::bigint[], %(active)s::timestamptz[]) AS was(account, active_at)
              ON was.account = sums.account_id
    WHERE a.id = sums.account_id
    RETURNING a.id, -sums.available + sums.debt
"""


def post_undoing(
    account_ids: list[int],
    *,
    batch_id: int,
    active_at: Mapping[int, dt.datetime | None],
    actor_label: str,
    now: dt.datetime,
) -> dict[int, int]:
    """Reverse every posting of an import on these accounts; {account: minor points it has less}, for those that had any.

    The caller holds the locks, has rolled the accounts forward and knows that nothing else moved the lots.
    `active_at` is when each account was last active before the import. IntegrityError when a lot would fall below zero.
    """
    if not account_ids:
        return {}
    parameters: dict[str, Any] = {
        "accounts": account_ids,
        "batch": batch_id,
        "kind": TransactionKind.UNDO.value,
        "actor": actor_label,
        "now": now,
        "known": list(active_at),
        "active": list(active_at.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_UNDO, parameters)
        return dict(cursor.fetchall())
