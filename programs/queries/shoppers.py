"""Finding the person at the till, with all that a sale needs to know, in one statement."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class MemberKey:
    """How the till names a member: an identifier's kind and normalised value, or kind 'id' and the public id."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Shopper:
    """A member as the till may know them. `program_id` and `version_id` are those valid at the receipt's time."""

    member_id: int
    public_id: str
    name: str
    status: str
    identifier_id: int | None
    is_blocked: bool
    program_id: int | None
    account_id: int | None
    version_id: int | None
    may_spend: bool = True  # False: on somebody else's account, to earn only


_SELECT = """
    SELECT m.id, m.public_id::text, m.name, m.status, {identifier}, {blocked}, p.id, x.account_id,
           (SELECT v.id FROM programs_programversion v WHERE v.program_id = p.id AND v.effective_from <= %s
            ORDER BY v.effective_from DESC, v.number DESC LIMIT 1),
           coalesce(x.may_spend, true)
    FROM {source}
    LEFT JOIN programs_program p ON p.state = 'active'
    LEFT JOIN programs_accountaccess x ON x.member_id = m.id AND x.program_id = p.id AND x.ended_at IS NULL
    WHERE {where} AND m.status <> 'erased'
"""
_BY_IDENTIFIER = _SELECT.format(
    identifier="i.id",
    blocked="i.is_blocked",
    source="members_identifier i JOIN members_member m ON m.id = i.member_id",
    where="i.kind = %s AND i.value = %s AND i.ended_at IS NULL",
)
_BY_ID = _SELECT.format(
    identifier="NULL::bigint", blocked="false", source="members_member m", where="m.public_id = %s::uuid"
)


def find_shopper(key: MemberKey, *, at: dt.datetime) -> Shopper | None:
    """The member of `key`, or None. One statement; takes no lock."""
    with connection.cursor() as cursor:
        if key.kind == "id":
            cursor.execute(_BY_ID, [at, key.value])
        else:
            cursor.execute(_BY_IDENTIFIER, [at, key.kind, key.value])
        row = cursor.fetchone()
    return Shopper(*row) if row else None
