"""What rules have counted against the receipts and open holds that moved it."""

from __future__ import annotations

from loyalty_site.ground.queries.verify import Check
from programs.queries.counters import said
from programs.queries.verify.scopes import lately

# A member who is forgotten has no counters any more; what they held on a card is nobody's.
CHECKS = [
    Check(
        "I2",
        "what limits and stamp cards have counted is what receipts and open holds say",
        f"""
        SELECT c.id, s.program_id, s.key, s.member_id, s.period_on, c.amount, s.amount FROM programs_rulecounter c
        FULL JOIN (SELECT program_id, key, member_id, period_on, sum(amount) AS amount FROM ({said()}) AS said
                   GROUP BY 1, 2, 3, 4) s
          ON s.program_id = c.program_id AND s.key = c.key AND coalesce(s.member_id, 0) = coalesce(c.member_id, 0)
             AND coalesce(s.period_on, '-infinity') = coalesce(c.period_on, '-infinity')
        WHERE coalesce(c.amount, 0) <> coalesce(s.amount, 0)
          AND NOT EXISTS (SELECT FROM members_member m WHERE m.id = s.member_id AND m.status = 'erased')
        """,
        "SELECT count(*) FROM programs_rulecounter",
    ),
    Check(
        "I6",
        "no benefit was taken back that was not given",
        f"""
        SELECT coalesce(p.original_id, p.id), b.rule_key, b.kind, sum(b.times) FROM programs_benefit b
        JOIN programs_purchase p ON p.id = b.purchase_id
        GROUP BY 1, 2, 3 HAVING sum(b.times) < 0 AND {lately("max(p.posted_at)")}
        """,
        "SELECT count(*) FROM programs_benefit",
    ),
]
