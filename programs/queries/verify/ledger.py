"""Balances, lots and receipts against the postings (I1, I2, I4, I6)."""

from __future__ import annotations

from loyalty_site.ground.queries.verify import Check
from programs.queries.verify.scopes import lately, moved

_BUCKETS = f"""
    SELECT account_id, bucket, sum(amount) AS amount FROM (
        SELECT account_id, to_bucket AS bucket, amount FROM programs_posting WHERE {moved("account_id")}
        UNION ALL
        SELECT account_id, from_bucket, -amount FROM programs_posting WHERE {moved("account_id")}
    ) AS side GROUP BY account_id, bucket
"""
_ACCOUNTS = f"SELECT count(*) FROM programs_account WHERE {moved('id')}"
_LOTS = f"SELECT count(*) FROM programs_lot WHERE {moved('account_id')}"
_SALES = f"SELECT count(*) FROM programs_purchase WHERE kind = 'sale' AND {lately('posted_at')}"
_RETURNED = f"SELECT count(*) FROM programs_purchase WHERE kind = 'return' AND {lately('posted_at')}"

CHECKS = [
    Check(
        "I1",
        "every balance equals the sum of its postings",
        f"""
        WITH sums AS ({_BUCKETS})
        SELECT a.id, a.pending, a.available, a.held, a.debt FROM programs_account a
        LEFT JOIN sums p ON p.account_id = a.id AND p.bucket = 'pending'
        LEFT JOIN sums v ON v.account_id = a.id AND v.bucket = 'available'
        LEFT JOIN sums h ON h.account_id = a.id AND h.bucket = 'held'
        LEFT JOIN sums d ON d.account_id = a.id AND d.bucket = 'debt'
        WHERE {moved("a.id")}
          AND (a.pending <> coalesce(p.amount, 0) OR a.available <> coalesce(v.amount, 0)
               OR a.held <> coalesce(h.amount, 0) OR a.debt <> -coalesce(d.amount, 0))
        """,
        _ACCOUNTS,
    ),
    Check(
        "I1",
        "all buckets of a programme together sum to zero",
        f"""
        WITH sums AS ({_BUCKETS})
        SELECT a.program_id, sum(s.amount) FROM sums s JOIN programs_account a ON a.id = s.account_id
        GROUP BY a.program_id HAVING sum(s.amount) <> 0
        """,
        "SELECT count(*) FROM programs_program",
    ),
    Check(
        "I1",
        "a posting and its transaction are of one programme, and every transaction has postings",
        f"""
        SELECT t.id FROM programs_ledgertransaction t
        LEFT JOIN programs_posting g ON g.transaction_id = t.id
        LEFT JOIN programs_account a ON a.id = g.account_id
        WHERE {lately("t.posted_at")} AND (g.id IS NULL OR a.program_id <> t.program_id)
        """,
        f"SELECT count(*) FROM programs_ledgertransaction WHERE {lately('posted_at')}",
    ),
    Check(
        "I1",
        "no points are spendable while points are owed",
        "SELECT id, available, debt FROM programs_account WHERE available > 0 AND debt > 0",
        _ACCOUNTS,
    ),
    Check(
        "I2",
        "what is left of a lot is what was granted less what left it",
        f"""
        SELECT l.id, l.remaining, coalesce(s.amount, 0), l.granted, coalesce(s.granted, 0), l.held FROM programs_lot l
        LEFT JOIN (
            SELECT lot_id,
                   sum(amount * ((to_bucket IN ('pending', 'available', 'held'))::int
                                 - (from_bucket IN ('pending', 'available', 'held'))::int)) AS amount,
                   (array_agg(amount ORDER BY id))[1] AS granted,
                   sum(amount * ((to_bucket = 'held')::int - (from_bucket = 'held')::int)) AS held
            FROM programs_posting WHERE lot_id IS NOT NULL AND {moved("account_id")} GROUP BY lot_id
        ) s ON s.lot_id = l.id
        WHERE {moved("l.account_id")}
          AND (l.remaining <> coalesce(s.amount, 0) OR l.granted <> coalesce(s.granted, 0)
               OR l.held <> coalesce(s.held, 0))
        """,
        _LOTS,
    ),
    Check(
        "I2",
        "what the lots of an account hold is what it can spend, now or later",
        f"""
        SELECT a.id, a.pending, a.available + a.held, sum(l.remaining) FILTER (WHERE l.is_pending),
               sum(l.remaining) FILTER (WHERE NOT l.is_pending)
        FROM programs_account a LEFT JOIN programs_lot l ON l.account_id = a.id
        WHERE {moved("a.id")} GROUP BY a.id
        HAVING a.pending <> coalesce(sum(l.remaining) FILTER (WHERE l.is_pending), 0)
            OR a.available + a.held <> coalesce(sum(l.remaining) FILTER (WHERE NOT l.is_pending), 0)
        """,
        _ACCOUNTS,
    ),
    Check(
        "I2",
        "what a receipt says was redeemed is what its postings took from lots, or offline from the store's loss",
        f"""
        SELECT p.id, p.points_redeemed, coalesce(sum(g.amount), 0) FROM programs_purchase p
        LEFT JOIN programs_ledgertransaction t ON t.purchase_id = p.id AND t.kind = 'redeem'
        LEFT JOIN programs_posting g ON g.transaction_id = t.id AND g.to_bucket = 'redeemed'
             AND (g.lot_id IS NOT NULL OR (g.from_bucket = 'written_off' AND p.is_offline))
        WHERE p.kind = 'sale' AND {lately("p.posted_at")}
        GROUP BY p.id HAVING p.points_redeemed <> coalesce(sum(g.amount), 0)
        """,
        _SALES,
    ),
    Check(
        "I2",
        "nothing was redeemed from a lot that had burnt or was not yet spendable",
        f"""
        SELECT g.id, l.id FROM programs_posting g
        JOIN programs_ledgertransaction t ON t.id = g.transaction_id JOIN programs_lot l ON l.id = g.lot_id
        WHERE g.from_bucket = 'available' AND g.to_bucket IN ('redeemed', 'held')
          AND (l.expires_at <= t.occurred_at OR l.activates_at > t.occurred_at)
          AND {lately("t.posted_at")}
        """,
        "SELECT count(*) FROM programs_posting WHERE to_bucket IN ('redeemed', 'held')",
    ),
    Check(
        "I4",
        "one receipt per store, register, number, day and kind",
        f"""
        SELECT store_id, register, receipt_number, business_on, kind, count(*) FROM programs_purchase
        GROUP BY 1, 2, 3, 4, 5 HAVING count(*) > 1 AND {lately("max(posted_at)")}
        """,
        f"SELECT count(*) FROM programs_purchase WHERE {lately('posted_at')}",
    ),
    Check(
        "I4",
        "a key has one stored answer, and every receipt earned and spent once",
        f"""
        SELECT 'key', id, 0 FROM programs_idempotencyrecord WHERE status IS NULL OR body IS NULL
        UNION ALL
        SELECT kind, purchase_id, count(*) FROM programs_ledgertransaction
        WHERE purchase_id IS NOT NULL AND {lately("posted_at")}
        GROUP BY kind, purchase_id HAVING count(*) > 1
        """,
        "SELECT count(*) FROM programs_idempotencyrecord",
    ),
    Check(
        "I4",
        "what a sale earned is the sum of its awards and of the lots of its lines",
        f"""
        SELECT p.id, p.points_earned, coalesce(w.points, 0), coalesce(g.amount, 0) FROM programs_purchase p
        LEFT JOIN (SELECT purchase_id, sum(points) AS points FROM programs_award GROUP BY purchase_id) w
               ON w.purchase_id = p.id
        LEFT JOIN (
            SELECT t.purchase_id, sum(g.amount) AS amount FROM programs_ledgertransaction t
            JOIN programs_posting g ON g.transaction_id = t.id WHERE t.kind = 'earn' AND g.from_bucket = 'issued'
            GROUP BY t.purchase_id
        ) g ON g.purchase_id = p.id
        WHERE p.kind = 'sale' AND {lately("p.posted_at")}
          AND (p.points_earned <> coalesce(w.points, 0) OR p.points_earned <> coalesce(g.amount, 0))
        """,
        _SALES,
    ),
    Check(
        "I4",
        "what a receipt's discounts are is the sum of its awards and of its lines",
        """
        SELECT p.id, p.reward_minor, coalesce(w.money, 0), l.reward FROM programs_purchase p
        LEFT JOIN (SELECT purchase_id, abs(sum(money_minor)) AS money FROM programs_award GROUP BY purchase_id) w
               ON w.purchase_id = p.id
        LEFT JOIN (SELECT purchase_id, sum(reward_minor) AS reward FROM programs_purchaseline GROUP BY purchase_id) l
               ON l.purchase_id = p.id
        WHERE p.reward_minor <> coalesce(w.money, 0) OR p.reward_minor <> coalesce(l.reward, 0)
        """,
        "SELECT count(*) FROM programs_purchase",
    ),
    Check(
        "I6",
        "no line came back more than it was sold",
        """
        SELECT l.id FROM programs_purchaseline l JOIN (
            SELECT original_line_id, sum(quantity) AS quantity, sum(amount_minor) AS amount,
                   sum(points_redeemed) AS redeemed, sum(tender_minor) AS tender, sum(reward_minor) AS reward
            FROM programs_purchaseline WHERE original_line_id IS NOT NULL GROUP BY original_line_id
        ) b ON b.original_line_id = l.id
        WHERE b.quantity > l.quantity OR b.amount > l.amount_minor OR b.redeemed > l.points_redeemed
           OR b.tender > l.tender_minor OR b.reward > l.reward_minor
        """,
        "SELECT count(*) FROM programs_purchaseline WHERE original_line_id IS NOT NULL",
    ),
    Check(
        "I6",
        "no award was taken back more than it gave",
        """
        SELECT a.id, a.points, sum(r.points), a.money_minor, sum(r.money_minor)
        FROM programs_award a JOIN programs_award r ON r.reverses_id = a.id
        GROUP BY a.id HAVING a.points + sum(r.points) < 0 OR a.money_minor + sum(r.money_minor) < 0
        """,
        "SELECT count(*) FROM programs_award WHERE reverses_id IS NOT NULL",
    ),
    Check(
        "I6",
        "no sale gave back more points to a lot than it had taken from it",
        """
        SELECT s.id, w.lot_id, sum(CASE WHEN g.to_bucket = 'redeemed' THEN g.amount ELSE -g.amount END)
        FROM programs_posting g JOIN programs_ledgertransaction t ON t.id = g.transaction_id
        JOIN programs_lot l ON l.id = g.lot_id
        -- Points given back after their day make a new lot, which counts for the one it cites.
        CROSS JOIN LATERAL (SELECT CASE WHEN g.from_bucket = 'redeemed' AND l.cites_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM programs_posting e WHERE e.lot_id = l.id AND e.id < g.id) THEN l.cites_id ELSE l.id END AS lot_id) w
        JOIN programs_purchase p ON p.id = t.purchase_id JOIN programs_purchase s ON s.id = coalesce(p.original_id, p.id)
        WHERE g.to_bucket = 'redeemed' OR g.from_bucket = 'redeemed'
        GROUP BY s.id, w.lot_id
        HAVING sum(CASE WHEN g.to_bucket = 'redeemed' THEN g.amount ELSE -g.amount END) < 0
        """,
        "SELECT count(*) FROM programs_posting WHERE from_bucket = 'redeemed'",
    ),
    Check(
        "I6",
        "what returns took back is what their awards say",
        f"""
        SELECT p.id, p.points_earned, -coalesce(w.points, 0), coalesce(g.amount, 0) FROM programs_purchase p
        LEFT JOIN (SELECT purchase_id, sum(points) AS points FROM programs_award GROUP BY purchase_id) w
               ON w.purchase_id = p.id
        LEFT JOIN (
            SELECT t.purchase_id, sum(g.amount) AS amount FROM programs_ledgertransaction t
            JOIN programs_posting g ON g.transaction_id = t.id WHERE t.kind = 'return' AND g.to_bucket = 'issued'
            GROUP BY t.purchase_id
        ) g ON g.purchase_id = p.id
        WHERE p.kind = 'return' AND {lately("p.posted_at")}
          AND (p.points_earned <> -coalesce(w.points, 0) AND NOT p.without_receipt
               OR p.points_earned <> coalesce(g.amount, 0))
        """,
        _RETURNED,
    ),
]
