"""What rules have counted against the receipts and open holds that moved it."""

from __future__ import annotations

from loyalty_site.ground.queries.verify import Check

# A member who is forgotten has no counters any more; what they held on a card is nobody's.
_SAID = """
    SELECT v.program_id, c.key, CASE WHEN c.member THEN p.member_id END AS member_id, c."on" AS period_on, c.amount
    FROM programs_purchase p JOIN programs_programversion v ON v.id = p.version_id,
         jsonb_to_recordset(p.facts -> 'counts') AS c(key text, member boolean, "on" date, amount bigint)
    WHERE p.facts ? 'counts'
    UNION ALL
    SELECT v.program_id, c.key, CASE WHEN c.member THEN coalesce(m.survivor_id, m.id) END, c."on", c.amount
    FROM programs_hold h JOIN programs_programversion v ON v.id = h.version_id
    JOIN members_member m ON m.id = h.member_id,
         jsonb_to_recordset(h.order -> 'counts') AS c(key text, member boolean, "on" date, amount bigint)
    WHERE h.state = 'open' AND jsonb_array_length(coalesce(h.order -> 'counts', '[]')) > 0
"""

CHECKS = [
    Check(
        "I2",
        "what limits and stamp cards have counted is what receipts and open holds say",
        f"""
        SELECT c.id, s.program_id, s.key, s.member_id, s.period_on, c.amount, s.amount FROM programs_rulecounter c
        FULL JOIN (SELECT program_id, key, member_id, period_on, sum(amount) AS amount FROM ({_SAID}) AS said
                   GROUP BY 1, 2, 3, 4) s
          ON s.program_id = c.program_id AND s.key = c.key AND coalesce(s.member_id, 0) = coalesce(c.member_id, 0)
             AND coalesce(s.period_on, '-infinity') = coalesce(c.period_on, '-infinity')
        WHERE coalesce(c.amount, 0) <> coalesce(s.amount, 0)
          AND NOT EXISTS (SELECT FROM members_member m WHERE m.id = s.member_id AND m.status = 'erased')
        """,
        "SELECT count(*) FROM programs_rulecounter",
    ),
]
