"""The invariants of mailings, for `manage.py verify`."""

from __future__ import annotations

from loyalty_site.ground.queries.verify import Check

_MESSAGES = """
    SELECT r.id, r.state, r.planned_count, r.fed_count, count(m.id) AS messages,
           count(m.id) FILTER (WHERE m.state IN ('planned', 'retry', 'claimed')) AS waiting,
           count(m.id) FILTER (WHERE m.state = 'handed') AS in_hand
    FROM campaigns_run r LEFT JOIN members_message m ON m.source = 'campaign' AND m.source_group = r.id
    GROUP BY r.id
"""
_RUNS = "SELECT count(*) FROM campaigns_run"
_FROZEN = "SELECT count(*) FROM campaigns_run WHERE frozen_at IS NOT NULL"

CHECKS = [
    Check(
        "I7",
        "a run that is done has planned = sent + failed + suppressed + unknown + cancelled",
        f"""
        SELECT id, planned_count, messages, waiting, in_hand FROM ({_MESSAGES}) AS run
        WHERE state = 'done' AND (messages <> planned_count OR waiting > 0 OR in_hand > 0)
        """,
        "SELECT count(*) FROM campaigns_run WHERE state = 'done'",
    ),
    Check(
        "I7",
        "a run has as many messages as it has planned, and a cancelled one has none that waits",
        f"""
        SELECT id, fed_count, messages, waiting FROM ({_MESSAGES}) AS run
        WHERE messages <> fed_count OR fed_count > planned_count OR (state = 'cancelled' AND waiting > 0)
        """,
        _RUNS,
    ),
    Check(
        "I7",
        "a run says how many people it lists",
        """
        SELECT r.id, r.planned_count, r.holdout_count, r.excluded_count
        FROM campaigns_run r LEFT JOIN campaigns_recipient p ON p.run_id = r.id
        WHERE r.frozen_at IS NOT NULL GROUP BY r.id
        HAVING count(p.id) FILTER (WHERE p.standing = 'treat') <> r.planned_count
            OR count(p.id) FILTER (WHERE p.standing = 'holdout') <> r.holdout_count
            OR count(p.id) FILTER (WHERE p.standing = 'excluded') <> r.excluded_count
        """,
        _FROZEN,
    ),
    Check(
        "I7",
        "a message of a run is one of a person whom the run writes to",
        """
        SELECT m.id, m.source_id FROM members_message m
        LEFT JOIN campaigns_recipient p ON p.id = m.source_id AND p.run_id = m.source_group
            AND p.member_id = m.member_id AND p.channel = m.channel AND p.standing = 'treat'
        WHERE m.source = 'campaign' AND p.id IS NULL
        """,
        "SELECT count(*) FROM members_message WHERE source = 'campaign'",
    ),
]
