"""Accounts of people who come from a file, opened with the balance that the file gives them."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from programs.models import Bucket, Program, TransactionKind

# Nobody else can know these accounts, so none is locked, and none has debts to repay. One transaction, lot and posting each.
_OPEN = """
    WITH given AS MATERIALIZED (
        SELECT account_id, member_id, points FROM arrivals ORDER BY member_id
    ), granted AS MATERIALIZED (
        SELECT account_id, points, nextval('programs_ledgertransaction_id_seq') AS tx,
               nextval('programs_lot_id_seq') AS lot
        FROM given WHERE points > 0
    ), accounts AS (
        INSERT INTO programs_account (id, program_id, owner_id, available, opened_at, active_at, next_due_at)
        SELECT account_id, %(program)s, member_id, coalesce(points, 0), %(now)s,
               CASE WHEN points > 0 THEN %(now)s::timestamptz END,
               CASE WHEN points > 0 THEN %(expires)s::timestamptz END
        FROM given
    ), tx AS (
        INSERT INTO programs_ledgertransaction
            (id, program_id, kind, import_batch_id, actor_label, occurred_at, posted_at)
        SELECT tx, %(program)s, %(kind)s, %(batch)s, %(actor)s, %(now)s, now() FROM granted
    ), lots AS (
        INSERT INTO programs_lot (id, account_id, granted, remaining, is_pending, earned_at, expires_at)
        SELECT lot, account_id, points, points, false, %(now)s, %(expires)s FROM granted
    )
    INSERT INTO programs_posting (transaction_id, account_id, lot_id, from_bucket, to_bucket, amount)
    SELECT tx, account_id, lot, %(source)s, 'available', points FROM granted
"""


def open_arrivals(
    *, program: Program, batch_id: int, expires_at: dt.datetime | None, actor_label: str, now: dt.datetime
) -> None:
    """Open an account for everybody in the temporary table `arrivals`, with their opening balance as a lot.

    Its columns: member_id, new; account_id (from the sequence of the accounts); points, minor, NULL or 0 for none.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN,
            {
                "program": program.pk,
                "batch": batch_id,
                "kind": TransactionKind.OPENING.value,
                "source": Bucket.ISSUED.value,
                "expires": expires_at,
                "actor": actor_label,
                "now": now,
            },
        )
