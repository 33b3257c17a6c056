"""The rows that the fraud rules judge, each pattern in one set-based statement over a window of days.

The statements leave out what cannot matter; programs/rules/fraud.py decides. Every row names the receipts that are its
evidence, the newest EVIDENCE of them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection

from programs.rules import fraud as rules

EVIDENCE = 20

type Row = dict[str, Any]

_EVIDENCE = f"(array_agg(p.id ORDER BY p.occurred_at DESC))[1:{EVIDENCE}] AS purchases"

_OWN = f"""
    SELECT c.id AS cashier_id, c.store_id, p.member_id, count(*) AS receipts, {_EVIDENCE}
    FROM programs_purchase p JOIN programs_cashier c ON c.id = p.cashier_id
    WHERE p.kind = 'sale' AND p.posted_at >= %(since)s AND p.posted_at < %(until)s AND c.member_id IS NOT NULL
      AND (p.member_id = c.member_id
           OR EXISTS (SELECT FROM programs_accountaccess a
                      WHERE a.member_id = c.member_id AND a.account_id = p.account_id AND a.ended_at IS NULL))
    GROUP BY 1, 2, 3
"""
_PAIRS = f"""
    WITH days AS (
        SELECT p.store_id, p.cashier_id, p.member_id, p.business_on, count(*) AS receipts
        FROM programs_purchase p
        WHERE p.kind = 'sale' AND p.business_on >= %(first_day)s AND p.member_id IS NOT NULL AND NOT p.is_void
          AND p.import_batch_id IS NULL
        GROUP BY 1, 2, 3, 4
    ), pairs AS (
        SELECT store_id, cashier_id, member_id, sum(receipts) AS receipts,
               count(*) FILTER (WHERE receipts >= %(day_receipts)s) AS busy_days,
               sum(sum(receipts)) OVER (PARTITION BY store_id, member_id) AS member_receipts
        FROM days GROUP BY 1, 2, 3
    )
    SELECT q.store_id, q.cashier_id, q.member_id, q.receipts, q.busy_days, q.member_receipts, {_EVIDENCE}
    FROM pairs q
    JOIN programs_purchase p ON p.cashier_id = q.cashier_id AND p.member_id = q.member_id AND p.kind = 'sale'
        AND p.business_on >= %(first_day)s
    WHERE q.cashier_id IS NOT NULL AND q.receipts >= %(pair_receipts)s
    GROUP BY 1, 2, 3, 4, 5, 6
"""
_MINUTES = f"""
    SELECT p.store_id, p.terminal_id, (array_agg(p.cashier_id))[1] AS cashier_id, date_trunc('minute', p.occurred_at) AS at,
           count(DISTINCT p.member_id) AS members, {_EVIDENCE}
    FROM programs_purchase p
    WHERE p.kind = 'sale' AND p.business_on >= %(first_day)s AND p.member_id IS NOT NULL AND p.terminal_id IS NOT NULL
    GROUP BY p.store_id, p.terminal_id, date_trunc('minute', p.occurred_at)
    HAVING count(DISTINCT p.member_id) >= %(minute_members)s
"""
# Late although the till was connected: it booked something else at once in between.
_LATE = f"""
    SELECT p.member_id, min(p.store_id) AS store_id, count(*) AS receipts, count(DISTINCT p.store_id) AS stores, {_EVIDENCE}
    FROM programs_purchase p
    WHERE p.kind = 'sale' AND p.business_on >= %(first_day)s AND p.member_id IS NOT NULL AND NOT p.is_offline
      AND p.posted_at - p.occurred_at > %(late)s
      AND EXISTS (SELECT FROM programs_purchase o
                  WHERE o.terminal_id = p.terminal_id AND o.business_on >= %(first_day)s
                    AND o.posted_at - o.occurred_at <= interval '10 minutes'
                    AND o.occurred_at > p.occurred_at AND o.occurred_at < p.posted_at)
    GROUP BY p.member_id HAVING count(*) >= %(late_receipts)s
"""
_BURSTS = f"""
    SELECT p.member_id, p.store_id, p.terminal_id, p.business_on, array_agg(p.occurred_at ORDER BY p.occurred_at) AS moments,
           sum(p.total_minor) AS total_minor, {_EVIDENCE}
    FROM programs_purchase p
    WHERE p.kind = 'sale' AND p.business_on >= %(first_day)s AND p.member_id IS NOT NULL AND NOT p.is_void
      AND p.import_batch_id IS NULL
    GROUP BY 1, 2, 3, 4 HAVING count(*) >= %(split_receipts)s
"""
_SPENT_RETURNS = f"""
    SELECT p.member_id, min(p.store_id) AS store_id, count(*) AS returns, sum(p.points_earned) AS points, {_EVIDENCE}
    FROM programs_purchase p JOIN programs_purchase o ON o.id = p.original_id
    WHERE p.kind = 'return' AND p.business_on >= %(first_day)s AND p.member_id IS NOT NULL AND p.points_earned > 0
      AND NOT o.is_void
      AND EXISTS (SELECT FROM programs_purchase s
                  WHERE s.account_id = p.account_id AND s.member_id = p.member_id AND s.kind = 'sale' AND s.points_redeemed > 0
                    AND s.occurred_at > o.occurred_at AND s.occurred_at < p.occurred_at)
    GROUP BY p.member_id HAVING count(*) >= %(spent_returns)s
"""
_GATHERINGS = f"""
    WITH accounts AS (
        SELECT p.account_id, min(p.member_id) AS member_id, count(*) AS receipts, sum(p.points_earned) AS earned,
               sum(p.points_redeemed) AS spent
        FROM programs_purchase p
        WHERE p.kind = 'sale' AND p.business_on >= %(first_day)s AND p.account_id IS NOT NULL AND NOT p.is_void
        GROUP BY 1
    ), half AS (
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY earned) AS median FROM accounts WHERE earned > 0
    )
    SELECT a.account_id, a.member_id, a.receipts, a.earned, a.spent, half.median, {_EVIDENCE}
    FROM accounts a CROSS JOIN half
    JOIN programs_purchase p ON p.account_id = a.account_id AND p.member_id IS NOT NULL AND p.kind = 'sale'
        AND p.business_on >= %(first_day)s
    WHERE a.receipts >= %(park_receipts)s AND a.spent = 0
    GROUP BY 1, 2, 3, 4, 5, 6
"""
_SWEEPS = """
    SELECT p.id AS purchase_id, p.member_id, p.store_id, p.terminal_id, p.cashier_id, p.occurred_at,
           p.points_redeemed AS spent, (p.facts->>'available')::bigint AS available, max(i.created_at) AS changed_at,
           ARRAY[p.id] AS purchases
    FROM programs_purchase p
    JOIN members_identifier i ON i.member_id = p.member_id AND i.kind IN ('phone', 'email')
        AND i.created_at <= p.occurred_at AND i.created_at >= p.occurred_at - %(sweep_within)s
        AND EXISTS (SELECT FROM members_identifier o
                    WHERE o.member_id = i.member_id AND o.kind = i.kind AND o.id <> i.id AND o.ended_at IS NOT NULL)
    WHERE p.kind = 'sale' AND p.business_on >= %(first_day)s AND p.points_redeemed > 0
    GROUP BY p.id
"""
_STATEMENTS = {
    "own": _OWN,
    "pairs": _PAIRS,
    "minutes": _MINUTES,
    "late": _LATE,
    "bursts": _BURSTS,
    "spent_returns": _SPENT_RETURNS,
    "gatherings": _GATHERINGS,
    "sweeps": _SWEEPS,
}


def suspicious_rows(pattern: str, *, now: dt.datetime) -> list[Row]:
    """The rows of one pattern (a key of _STATEMENTS) in the window that ends at `now`."""
    since = now - rules.WINDOW
    values: dict[str, Any] = {
        "since": since,
        "until": now,
        "first_day": since.date(),
        "day_receipts": rules.PAIR_DAY_RECEIPTS,
        "pair_receipts": rules.PAIR_RECEIPTS,
        "minute_members": rules.MINUTE_MEMBERS,
        "late": rules.LATE,
        "late_receipts": rules.LATE_RECEIPTS,
        "split_receipts": rules.SPLIT_RECEIPTS,
        "spent_returns": rules.SPENT_RETURNS,
        "park_receipts": rules.PARK_RECEIPTS,
        "sweep_within": rules.SWEEP_WITHIN,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS[pattern], values)
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
