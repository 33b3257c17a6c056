"""Holds, coupons, adjustments, transfers and points given back against what they moved (I1, I2, I6)."""

from __future__ import annotations

from loyalty_site.ground.queries.verify import Check
from programs.queries.verify.scopes import moved

CHECKS = [
    Check(
        "I2",
        "what is held of an account and of its lots is what its open holds keep",
        f"""
        SELECT a.id, a.held, coalesce(h.points, 0), coalesce(l.held, 0) FROM programs_account a
        LEFT JOIN (SELECT account_id, sum(points) AS points FROM programs_hold WHERE state = 'open' GROUP BY 1) h
               ON h.account_id = a.id
        LEFT JOIN (SELECT account_id, sum(held) AS held FROM programs_lot WHERE held > 0 GROUP BY 1) l
               ON l.account_id = a.id
        WHERE {moved("a.id")} AND (a.held <> coalesce(h.points, 0) OR a.held <> coalesce(l.held, 0))
        """,
        f"SELECT count(*) FROM programs_account WHERE {moved('id')}",
    ),
    Check(
        "I2",
        "a committed hold has the sale that took its points",
        """
        SELECT h.id, h.purchase_id, h.points, p.points_redeemed FROM programs_hold h
        LEFT JOIN programs_purchase p ON p.id = h.purchase_id
        WHERE h.state = 'committed' AND (p.id IS NULL OR p.kind <> 'sale' OR p.points_redeemed <> h.points)
        """,
        "SELECT count(*) FROM programs_hold WHERE state = 'committed'",
    ),
    Check(
        "I2",
        "a coupon's uses left are its uses in all less those that stand",
        """
        SELECT c.id, c.uses_total, c.uses_left, count(u.id) FROM programs_coupon c
        LEFT JOIN programs_couponuse u ON u.coupon_id = c.id AND u.state <> 'freed'
        GROUP BY c.id HAVING c.uses_left <> c.uses_total - count(u.id)
        """,
        "SELECT count(*) FROM programs_coupon",
    ),
    Check(
        "I1",
        "points moved within a household arrived whole, in lots that cite those they left",
        """
        SELECT coalesce(o.lot_id, i.lot_id), o.amount, i.amount
        FROM (SELECT lot_id, sum(amount) AS amount FROM programs_posting WHERE to_bucket = 'transfer' GROUP BY lot_id) o
        FULL JOIN (
            SELECT l.cites_id AS lot_id, sum(g.amount) AS amount FROM programs_posting g
            LEFT JOIN programs_lot l ON l.id = g.lot_id WHERE g.from_bucket = 'transfer' GROUP BY l.cites_id
        ) i ON i.lot_id = o.lot_id
        WHERE o.amount IS DISTINCT FROM i.amount
        """,
        "SELECT count(*) FROM programs_posting WHERE 'transfer' IN (from_bucket, to_bucket)",
    ),
    Check(
        "I1",
        "what merged members owed is owed by their survivors, and nothing hangs between the accounts",
        """
        SELECT t.program_id, sum(g.amount * ((g.to_bucket = 'clearing')::int - (g.from_bucket = 'clearing')::int))
        FROM programs_posting g JOIN programs_ledgertransaction t ON t.id = g.transaction_id
        WHERE 'clearing' IN (g.from_bucket, g.to_bucket) GROUP BY t.program_id
        HAVING sum(g.amount * ((g.to_bucket = 'clearing')::int - (g.from_bucket = 'clearing')::int)) <> 0
        """,
        "SELECT count(*) FROM programs_posting WHERE 'clearing' IN (from_bucket, to_bucket)",
    ),
    Check(
        "I1",
        "every movement of a merge says which merge, and no other does",
        """
        SELECT t.id, t.kind, t.merge_id FROM programs_ledgertransaction t
        WHERE (t.kind = 'merge') <> (t.merge_id IS NOT NULL)
        """,
        "SELECT count(*) FROM programs_ledgertransaction WHERE kind = 'merge'",
    ),
    Check(
        "I1",
        "an adjustment moved the points it says, once it was done and not before",
        f"""
        SELECT a.id, a.state, a.points, coalesce(g.amount, 0) FROM programs_adjustment a LEFT JOIN (
            SELECT t.adjustment_id,
                   sum(g.amount * ((from_bucket IN ('adjusted', 'burnt'))::int - (to_bucket = 'adjusted')::int)) AS amount
            FROM programs_ledgertransaction t JOIN programs_posting g ON g.transaction_id = t.id
            WHERE t.adjustment_id IS NOT NULL GROUP BY t.adjustment_id
        ) g ON g.adjustment_id = a.id
        WHERE {moved("a.account_id")} AND coalesce(g.amount, 0) <> CASE WHEN a.state = 'posted' THEN a.points ELSE 0 END
        """,
        "SELECT count(*) FROM programs_adjustment",
    ),
    Check(
        "I6",
        "no lot was reinstated more than had burnt of it",
        """
        SELECT i.lot_id, coalesce(o.amount, 0), i.amount FROM (
            SELECT l.cites_id AS lot_id, sum(g.amount) AS amount FROM programs_posting g
            JOIN programs_lot l ON l.id = g.lot_id WHERE g.from_bucket = 'burnt' GROUP BY l.cites_id
        ) i LEFT JOIN (
            SELECT lot_id, sum(amount) AS amount FROM programs_posting WHERE to_bucket = 'burnt' GROUP BY lot_id
        ) o ON o.lot_id = i.lot_id
        WHERE i.lot_id IS NULL OR i.amount > coalesce(o.amount, 0)
        """,
        "SELECT count(*) FROM programs_posting WHERE from_bucket = 'burnt'",
    ),
]
