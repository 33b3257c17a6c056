"""Which mailings meant a person, as the person may read it."""

from __future__ import annotations

from typing import Any

from campaigns.models import Recipient


def mailings_of(member_id: int) -> dict[str, Any]:
    """Every mailing that a member was meant by, and whether they were written to; plain values for JSON."""
    rows = Recipient.objects.filter(member=member_id).select_related("run__campaign").order_by("id")
    return {
        "mailings": [
            {
                "name": row.run.campaign.name,
                "channel": row.channel,
                "standing": row.standing,
                "why_left_out": row.reason,
                "at": row.run.started_at.isoformat() if row.run.started_at else None,
            }
            for row in rows
        ]
    }
