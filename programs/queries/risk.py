"""What makes a spending risky, read in one statement and only when a limit asks for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

# A contact was changed when a new phone or e-mail stands where another one of its kind has ended: a second phone of a
# new member is no change.
_STANDING = """
    SELECT NOT EXISTS (SELECT FROM programs_purchase WHERE member_id = %(member)s AND points_redeemed > 0)
           AND NOT EXISTS (SELECT FROM programs_purchase WHERE presented_by_id = %(member)s AND points_redeemed > 0),
           EXISTS (SELECT FROM programs_spendingpin WHERE member_id = %(member)s),
           EXISTS (SELECT FROM members_identifier WHERE member_id = %(member)s AND kind = 'email'
                   AND ended_at IS NULL AND NOT is_blocked),
           max(i.created_at), max(i.created_at) FILTER (WHERE i.kind = 'email')
    FROM members_identifier i
    WHERE i.member_id = %(member)s AND i.kind IN ('phone', 'email') AND i.ended_at IS NULL
      AND EXISTS (SELECT FROM members_identifier o
                  WHERE o.member_id = i.member_id AND o.kind = i.kind AND o.ended_at IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class MemberStanding:
    """`contact_changed_at`, `email_changed_at`: when a new one last took the place of another; None: never."""

    never_spent: bool
    has_pin: bool
    has_email: bool
    contact_changed_at: dt.datetime | None
    email_changed_at: dt.datetime | None


def member_standing(member_id: int) -> MemberStanding:
    """How well a member is known, before points are spent."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, {"member": member_id})
        return MemberStanding(*cursor.fetchone())
