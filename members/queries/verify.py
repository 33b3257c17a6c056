"""The invariants of reaching people, for `manage.py verify`."""

from __future__ import annotations

from loyalty_site.ground.queries.verify import Check

_CLAIMED = """
    SELECT m.id, m.member_id, m.channel, m.claimed_at FROM members_message m
    WHERE m.purpose = 'marketing' AND m.claimed_at IS NOT NULL
      AND m.state IN ('handed', 'sent', 'unknown', 'failed', 'bounced', 'complained')
"""
_COUNTED = f"SELECT count(*) FROM ({_CLAIMED}) AS claimed"

CHECKS = [
    Check(
        "I8",
        "whoever was written to had a consent for it when the message was taken",
        # The log says what held at a moment; the newest row of then counts.
        f"""
        SELECT claimed.id, claimed.member_id FROM ({_CLAIMED}) AS claimed
        WHERE coalesce((
            SELECT c.action FROM members_consent c
            WHERE c.member_id = claimed.member_id AND c.purpose = 'marketing' AND c.channel = claimed.channel
              AND c.given_at <= claimed.claimed_at
            ORDER BY c.id DESC LIMIT 1
        ), '') <> 'granted'
        """,
        _COUNTED,
    ),
    Check(
        "I8",
        "nobody was written to at a suppressed address",
        # Which address a suppression means is kept as a hash only, so one that is older than an address that the
        # person got later is not held against that one.
        f"""
        SELECT claimed.id, s.id FROM ({_CLAIMED}) AS claimed
        JOIN members_suppression s ON s.member_id = claimed.member_id AND s.channel = claimed.channel
            AND s.since < claimed.claimed_at AND (s.lifted_at IS NULL OR s.lifted_at > claimed.claimed_at)
        WHERE NOT EXISTS (
            SELECT 1 FROM members_identifier i
            WHERE i.member_id = claimed.member_id AND i.created_at > s.since AND i.created_at <= claimed.claimed_at
              AND i.kind = CASE s.channel WHEN 'email' THEN 'email' ELSE 'phone' END
        )
        """,
        _COUNTED,
    ),
    Check(
        "I15",
        "every merge of two members, and every undoing of one, has its row in the audit",
        """
        SELECT g.id, g.survivor_id FROM members_merge g
        WHERE NOT EXISTS (
            SELECT FROM ground_audit u WHERE u.object_type = 'members.member' AND u.object_id = g.survivor_id::text
              AND u.action = 'merge' AND (u.details->>'merge')::bigint = g.id)
        OR g.undone_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM ground_audit u WHERE u.object_type = 'members.member' AND u.object_id = g.survivor_id::text
              AND u.action = 'undo_merge' AND (u.details->>'merge')::bigint = g.id)
        """,
        "SELECT count(*) FROM members_merge",
    ),
    Check(
        "I15",
        "a merged member leads to a living survivor, and by one live merge",
        """
        SELECT m.id, m.survivor_id FROM members_member m LEFT JOIN members_member s ON s.id = m.survivor_id
        WHERE m.status = 'merged' AND (s.status = 'merged' OR (
            SELECT count(*) FROM members_merge g WHERE g.merged_id = m.id AND g.undone_at IS NULL) <> 1)
        """,
        "SELECT count(*) FROM members_member WHERE status = 'merged'",
    ),
]
