"""Rolling forward the accounts nobody touches: thousands in one statement, to the same rows that roll_forward writes.

docs/algorithms/expiry.md tells the order; a test runs both on the same accounts and compares.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import batched

from django.db import connection, transaction

from loyalty_site.ground.failpoints import failpoint
from programs.queries.burning import BURNS_AT, CALENDARS, IDLE_END

CHUNK = 5000

_DUE = "SELECT id FROM programs_account WHERE next_due_at <= %s AND frozen_at IS NULL ORDER BY id LIMIT %s"
# A till that has the account rolls it forward itself; we pass it by and meet it again next time.
_LOCK = """
    SELECT id FROM programs_account WHERE id = ANY(%(ids)s::bigint[]) AND next_due_at <= %(now)s AND frozen_at IS NULL
    ORDER BY id FOR UPDATE SKIP LOCKED
"""
# A plan for as many accounts as there are: one made once for any number of them takes each list for ten rows long, and
# reads it to its end for every account.
_PLAN = "SET LOCAL plan_cache_mode = force_custom_plan"
# A statement of its own: it must see what was committed before _LOCK had its rows. Per account, in the order of
# spending: lots become spendable, repay what is owed, and what is left of them burns. Sums are made bigint again at
# once (of bigints PostgreSQL makes numerics, which cost more than all else that is reckoned here), and everything goes
# by rising account, so that neighbours in the tables are written together.
_ROLL = f"""
    WITH lots AS MATERIALIZED (
        SELECT l.id, l.account_id, a.program_id, l.remaining - l.held AS free, l.is_pending, l.activates_at,
               l.is_pending AND l.activates_at <= %(now)s AS activates, {BURNS_AT} AS burns_at,
               CASE WHEN a.debt > 0 AND l.is_pending AND l.activates_at <= %(now)s
                    -- What the lots before it leave of the debt.
                    THEN least(l.remaining - l.held, greatest(0, a.debt - (
                        SELECT coalesce(sum(b.remaining - b.held), 0)::bigint FROM programs_lot b
                        WHERE b.account_id = a.id AND b.remaining > 0 AND b.remaining > b.held
                          AND b.is_pending AND b.activates_at <= %(now)s
                          AND (coalesce(b.expires_at, 'infinity'), b.id) < (coalesce(l.expires_at, 'infinity'), l.id)
                    ))) ELSE 0 END AS repaid
        FROM programs_account a JOIN programs_lot l ON l.account_id = a.id
        LEFT JOIN {CALENDARS} c ON c.program_id = a.program_id
        WHERE a.id = ANY(%(ids)s::bigint[]) AND l.remaining > 0 AND l.remaining > l.held
    ), moved AS NOT MATERIALIZED (
        SELECT lots.*, CASE WHEN burns_at <= %(now)s THEN free - repaid ELSE 0 END AS burnt FROM lots
    ), sums AS MATERIALIZED (
        -- Two movements at most; the number of the first is drawn first.
        SELECT sums.*, CASE WHEN activates THEN nextval('programs_ledgertransaction_id_seq') END AS activate_tx,
               CASE WHEN burnt > 0 THEN nextval('programs_ledgertransaction_id_seq') END AS expire_tx
        FROM (
            SELECT account_id, min(program_id) AS program_id, bool_or(activates) AS activates,
                   sum(burnt)::bigint AS burnt, sum(repaid)::bigint AS repaid,
                   sum(CASE WHEN activates THEN free ELSE 0 END)::bigint AS activated,
                   sum(CASE WHEN is_pending AND NOT activates THEN burnt ELSE 0 END)::bigint AS burnt_pending,
                   min(CASE WHEN free > repaid + burnt
                            THEN least(CASE WHEN is_pending AND NOT activates THEN activates_at END, burns_at)
                       END) AS next_at
            FROM moved GROUP BY account_id ORDER BY account_id
        ) AS sums
    ), tx AS (
        INSERT INTO programs_ledgertransaction (id, program_id, kind, actor_label, occurred_at, posted_at)
        SELECT activate_tx, program_id, 'activate', 'calendar', %(now)s, now() FROM sums WHERE activate_tx IS NOT NULL
        UNION ALL
        SELECT expire_tx, program_id, 'expire', 'calendar', %(now)s, now() FROM sums WHERE expire_tx IS NOT NULL
    ), posted AS (
        INSERT INTO programs_posting (transaction_id, account_id, lot_id, from_bucket, to_bucket, amount)
        SELECT tx, account_id, lot, from_bucket, to_bucket, amount FROM (
            SELECT s.activate_tx AS tx, m.account_id, m.id AS lot, 'pending' AS from_bucket, 'available' AS to_bucket,
                   m.free AS amount
            FROM moved m JOIN sums s ON s.account_id = m.account_id WHERE m.activates
            UNION ALL
            SELECT s.activate_tx, m.account_id, m.id, 'available', 'debt', m.repaid
            FROM moved m JOIN sums s ON s.account_id = m.account_id WHERE m.repaid > 0
            UNION ALL
            SELECT s.expire_tx, m.account_id, m.id,
                   CASE WHEN m.is_pending AND NOT m.activates THEN 'pending' ELSE 'available' END, 'burnt', m.burnt
            FROM moved m JOIN sums s ON s.account_id = m.account_id WHERE m.burnt > 0
        ) AS steps ORDER BY tx
    ), spent AS (
        UPDATE programs_lot l
        SET remaining = l.remaining - m.repaid - m.burnt, is_pending = l.is_pending AND NOT m.activates
        FROM moved m WHERE m.id = l.id AND (m.activates OR m.burnt > 0)
    )
    UPDATE programs_account a
    SET pending = a.pending - coalesce(s.activated + s.burnt_pending, 0),
        available = a.available + coalesce(s.activated - s.repaid - (s.burnt - s.burnt_pending), 0),
        debt = a.debt - coalesce(s.repaid, 0), next_due_at = s.next_at
    FROM unnest(%(ids)s::bigint[]) AS mine (id) LEFT JOIN sums s ON s.account_id = mine.id
    WHERE a.id = mine.id
"""
# Sales move the end of a pause without writing it down, gifts and publications change it: so it is noted here, for
# the accounts that have points and are not due before it anyway.
_PAUSES = f"""
    UPDATE programs_account a SET next_due_at = found.ends_at
    FROM (
        SELECT a.id, (
            SELECT {IDLE_END.format(since="greatest(a.active_at, min(l.earned_at))", months="c.idle_months", zone="c.zone")}
            FROM programs_lot l WHERE l.account_id = a.id AND l.remaining > 0 AND l.remaining > l.held
        ) AS ends_at
        FROM programs_account a JOIN {CALENDARS} c ON c.program_id = a.program_id
        WHERE c.idle_months IS NOT NULL AND (a.available > 0 OR a.pending > 0)
          AND (a.next_due_at IS NULL
               OR a.next_due_at > {IDLE_END.format(since="coalesce(a.active_at, a.opened_at)", months="c.idle_months", zone="c.zone")})
    ) AS found
    WHERE a.id = found.id AND found.ends_at < coalesce(a.next_due_at, 'infinity')
"""


def roll_due_accounts(*, now: dt.datetime, limit: int = 200_000) -> int:
    """Roll forward up to `limit` accounts that are due, thousands in each transaction; returns how many.

    Accounts that others hold at the moment are passed by, so 0 does not mean that nothing is due.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [now, limit])
        due = [row[0] for row in cursor.fetchall()]
    return sum(_roll_chunk(ids, now) for ids in batched(due, CHUNK))


def note_pauses(*, now: dt.datetime) -> int:
    """Where a programme burns points after a pause: note on each account when that would be; how many changed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PAUSES, {"now": now})
        return int(cursor.rowcount)


def _roll_chunk(ids: Sequence[int], now: dt.datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PLAN)
        cursor.execute(_LOCK, {"ids": list(ids), "now": now})
        mine = [row[0] for row in cursor.fetchall()]
        if mine:
            failpoint("roll.after_lock")
            cursor.execute(_ROLL, {"ids": mine, "now": now})
    return len(mine)
