"""What is stored of people, column by column: for telling what an act changed, and for putting it back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

# No lock by itself: whoever means to write holds the people's rows already (lock_people).
_PICTURES = """
    SELECT m.id, to_jsonb(m) || jsonb_build_object('address', to_jsonb(a) - 'id' - 'member_id')
    FROM members_member m LEFT JOIN members_address a ON a.member_id = m.id
    WHERE m.id = ANY(%s)
"""

type Picture = dict[str, Any]


def pictures_of(member_ids: Sequence[int]) -> dict[int, Picture]:
    """{member id: every column of theirs as JSON, and `address` (None without one)}; who is not there is not in it."""
    if not member_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PICTURES, [list(member_ids)])
        return {
            member_id: json.loads(picture) if isinstance(picture, str) else picture for member_id, picture in cursor
        }
