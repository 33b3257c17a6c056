"""Receipts, answers, imports and privileged acts: what was acknowledged is there, and what was done has its proof."""

from __future__ import annotations

from loyalty_site.ground.queries.verify import Check
from programs.queries.verify.scopes import lately

_ANSWERS = f"""
    SELECT id, terminal_id, endpoint, body::jsonb AS body FROM programs_idempotencyrecord
    WHERE endpoint IN ('sales', 'returns') AND status = 201 AND {lately("created_at")}
"""
_RETURNS = f"""
    FROM programs_purchase r JOIN programs_purchase o ON o.id = r.original_id
    WHERE {lately("r.posted_at")}
"""
_AUDITED = """EXISTS (
    SELECT FROM ground_audit u WHERE u.object_type = '{target}' AND u.object_id = {id}::text AND u.action IN ({acts})
)"""


def _audited(target: str, id_column: str, *acts: str) -> str:
    return _AUDITED.format(target=target, id=id_column, acts=", ".join(f"'{act}'" for act in acts))


CHECKS = [
    Check(
        "I3",
        "no balance, and no part of a lot, is below zero",
        """
        SELECT 'account', id FROM programs_account WHERE least(pending, available, held, debt) < 0
        UNION ALL
        SELECT 'lot', id FROM programs_lot WHERE remaining < 0 OR held < 0 OR held > remaining OR remaining > granted
        """,
        "SELECT count(*) FROM programs_account",
    ),
    Check(
        "I3",
        "at no moment was more spent than there was: what was missing stands as debt",
        """
        WITH changed AS (
            SELECT DISTINCT g.account_id FROM programs_posting g
            JOIN programs_ledgertransaction t ON t.id = g.transaction_id
            WHERE %(since)s::timestamptz IS NULL OR t.posted_at >= %(since)s
        ), moved AS (
            SELECT g.account_id, g.transaction_id, b.bucket, sum(b.amount) AS amount
            FROM programs_posting g
            CROSS JOIN LATERAL (VALUES (g.to_bucket, g.amount), (g.from_bucket, -g.amount)) AS b (bucket, amount)
            WHERE b.bucket IN ('pending', 'available', 'held')
              AND (%(since)s::timestamptz IS NULL OR g.account_id IN (SELECT account_id FROM changed))
            GROUP BY 1, 2, 3
        )
        SELECT account_id, transaction_id, bucket, left_over FROM (
            SELECT account_id, transaction_id, bucket,
                   sum(amount) OVER (PARTITION BY account_id, bucket ORDER BY transaction_id) AS left_over
            FROM moved
        ) AS running WHERE left_over < 0
        """,
        "SELECT count(*) FROM programs_ledgertransaction",
    ),
    Check(
        "I5",
        "every receipt that a till was told of is there, with what it was told",
        f"""
        SELECT a.id, a.endpoint, a.body->>'sale' FROM ({_ANSWERS}) AS a
        LEFT JOIN programs_purchase p
               ON p.public_id = (CASE a.endpoint WHEN 'sales' THEN a.body->>'sale' ELSE a.body->>'id' END)::uuid
        WHERE p.id IS NULL OR p.terminal_id IS DISTINCT FROM a.terminal_id
           OR p.kind <> CASE a.endpoint WHEN 'sales' THEN 'sale' ELSE 'return' END
           OR p.business_on <> (a.body->>'business_on')::date
        """,
        f"SELECT count(*) FROM ({_ANSWERS}) AS answers",
    ),
    Check(
        "I10",
        "goods came back to a store of the partner who had sold them",
        f"""
        SELECT found.id FROM (
            SELECT r.id, r.store_id AS here, o.store_id AS there {_RETURNS}
        ) AS found
        JOIN programs_store here ON here.id = found.here JOIN programs_store there ON there.id = found.there
        WHERE here.partner_id <> there.partner_id
        """,
        f"SELECT count(*) {_RETURNS}",
    ),
    Check(
        "I10",
        "a receipt was booked by a terminal of its own partner",
        f"""
        SELECT p.id, p.terminal_id FROM programs_purchase p JOIN programs_store s ON s.id = p.store_id
        JOIN programs_terminal t ON t.id = p.terminal_id JOIN programs_store home ON home.id = t.store_id
        WHERE home.partner_id <> s.partner_id AND {lately("p.posted_at")}
        """,
        f"SELECT count(*) FROM programs_purchase p WHERE p.terminal_id IS NOT NULL AND {lately('p.posted_at')}",
    ),
    Check(
        "I11",
        "the rows of an import are those that it counted, each with its outcome, and a refused one says why",
        f"""
        SELECT b.id, b.totals, count(r.id) FROM programs_importbatch b LEFT JOIN programs_importrow r ON r.batch_id = b.id
        WHERE b.state IN ('checked', 'applying', 'done') AND {lately("b.created_at")}
        GROUP BY b.id
        HAVING count(r.id) FILTER (WHERE r.outcome <> 'skip') <> (b.totals->>'data_rows')::bigint
            OR count(r.id) FILTER (WHERE r.outcome = 'reject' AND r.reason = '') > 0
            OR (b.state = 'done' AND count(r.id) FILTER (WHERE r.applied_at IS NULL AND r.outcome IN ('create', 'update')) > 0)
        """,
        f"SELECT count(*) FROM programs_importbatch b WHERE {lately('b.created_at')}",
    ),
    Check(
        "I15",
        "every published version, applied import, adjustment and terminal let in or thrown out has its row in the audit",
        f"""
        SELECT 'version', v.id FROM programs_programversion v
        WHERE {lately("v.published_at")} AND NOT EXISTS (
            SELECT FROM ground_audit u WHERE u.object_type = 'programs.program' AND u.object_id = v.program_id::text
              AND u.action = 'publish' AND (u.details->>'version')::int = v.number)
        UNION ALL
        SELECT 'import', b.id FROM programs_importbatch b
        WHERE b.state IN ('applying', 'done') AND b.totals <> '{{}}' AND {lately("b.created_at")}
          AND NOT {_audited("programs.importbatch", "b.id", "apply_import")}
        UNION ALL
        SELECT 'adjustment', j.id FROM programs_adjustment j
        WHERE j.batch_id IS NULL AND j.requested_by_id IS NOT NULL AND {lately("j.requested_at")}
          AND NOT EXISTS (SELECT FROM ground_audit u WHERE u.object_type = 'programs.adjustment'
                          AND u.object_id = j.id::text)
        UNION ALL
        SELECT 'list of adjustments', j.id FROM programs_adjustmentbatch j
        WHERE {lately("j.requested_at")}
          AND NOT EXISTS (SELECT FROM ground_audit u WHERE u.object_type = 'programs.adjustmentbatch'
                          AND u.object_id = j.id::text)
        UNION ALL
        SELECT 'terminal', t.id FROM programs_terminal t
        WHERE t.token_hash IS NOT NULL AND t.last_seen_at IS NOT NULL AND NOT {_audited("programs.terminal", "t.id", "enrol")}
        """,
        f"""
        SELECT (SELECT count(*) FROM programs_programversion v WHERE {lately("v.published_at")})
             + (SELECT count(*) FROM programs_importbatch b WHERE {lately("b.created_at")})
             + (SELECT count(*) FROM programs_adjustment j WHERE {lately("j.requested_at")})
             + (SELECT count(*) FROM programs_terminal)
        """,
    ),
]
