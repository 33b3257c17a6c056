"""Receipts against what is kept of them: the members' purchase summaries, and history that imports brought."""

from __future__ import annotations

from loyalty_site.ground.queries.verify import Check
from programs.queries.verify.scopes import lately

# First and last are bounds and not equations: of a till whose clock ran ahead the summary has the moment of booking,
# which offline receipts do not keep.
_SUMS = f"""
    SELECT p.member_id, greatest(count(*) FILTER (WHERE p.kind = 'sale') - count(*) FILTER (WHERE p.is_void), 0) AS sales,
           sum((p.total_minor - p.reward_minor) * CASE p.kind WHEN 'sale' THEN 1 ELSE -1 END) AS spend,
           coalesce(sum(p.total_minor - p.reward_minor) FILTER (WHERE p.kind = 'return'), 0) AS returned,
           min(p.occurred_at) FILTER (WHERE p.kind = 'sale') AS first_at,
           max(p.occurred_at) FILTER (WHERE p.kind = 'sale') AS last_at,
           bool_or(p.kind = 'sale' AND (p.is_offline OR p.occurred_at > p.posted_at)) AS is_ahead
    FROM programs_purchase p WHERE p.member_id IS NOT NULL
      AND (%(since)s::timestamptz IS NULL OR p.member_id IN (
          SELECT x.member_id FROM programs_purchase x WHERE {lately("x.posted_at")}))
    GROUP BY p.member_id
"""

CHECKS = [
    Check(
        "I2",
        "what a purchase summary says is what the member's receipts add up to",
        f"""
        SELECT coalesce(s.member_id, r.member_id), s.purchase_count, r.sales, s.spend_minor, r.spend, s.returned_minor, r.returned,
               s.first_at, r.first_at, s.last_at, r.last_at
        FROM programs_purchasesummary s FULL JOIN ({_SUMS}) r ON r.member_id = s.member_id
        WHERE (%(since)s::timestamptz IS NULL OR r.member_id IS NOT NULL)
          AND (s.member_id IS NULL OR s.purchase_count <> coalesce(r.sales, 0) OR s.spend_minor <> coalesce(r.spend, 0)
               OR s.returned_minor <> coalesce(r.returned, 0) OR (s.first_at IS NULL) <> (r.first_at IS NULL)
               OR (s.last_at IS NULL) <> (r.last_at IS NULL) OR s.first_at > r.first_at OR s.last_at > r.last_at
               OR NOT coalesce(r.is_ahead, false) AND (s.first_at < r.first_at OR s.last_at < r.last_at))
        """,
        "SELECT count(*) FROM programs_purchasesummary",
    ),
    Check(
        "I11",
        "the receipts that an import brought are those that its rows name",
        f"""
        SELECT coalesce(p.import_batch_id, r.batch_id), p.id, r.object_id
        FROM (SELECT id, import_batch_id FROM programs_purchase
              WHERE import_batch_id IS NOT NULL AND {lately("posted_at")}) p
        FULL JOIN (
            SELECT DISTINCT w.batch_id, w.object_id FROM programs_importrow w
            JOIN programs_importbatch b ON b.id = w.batch_id
            WHERE b.kind = 'receipts' AND w.outcome = 'create' AND w.applied_at IS NOT NULL AND w.undo <> 'undone'
              AND {lately("w.applied_at")}
        ) r ON r.object_id = p.id AND r.batch_id = p.import_batch_id
        WHERE p.id IS NULL OR r.object_id IS NULL
        """,
        f"SELECT count(*) FROM programs_purchase WHERE import_batch_id IS NOT NULL AND {lately('posted_at')}",
    ),
]
