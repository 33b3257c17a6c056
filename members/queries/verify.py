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
]
