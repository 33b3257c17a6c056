"""What an installation holds, in an order and a form that two moments can be compared in.

People, ways to find them, what they allow, balances and live lots; and the logs that only grow, row by row. Rows that
an undone import left behind for the ledger's sake are nobody, and an account without anything on it is none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection

from members.services import TAKEN_BACK

_NOBODY = f"(m.status = 'erased' AND m.source = '{TAKEN_BACK}')"
_PARTS = {
    "people": f"""
        SELECT m.public_id::text, to_jsonb(m) - 'id', to_jsonb(a) - 'id' - 'member_id'
        FROM members_member m LEFT JOIN members_address a ON a.member_id = m.id WHERE NOT {_NOBODY}
    """,
    "identifiers": f"""
        SELECT m.public_id::text, i.kind, i.value, i.shown, i.is_blocked, i.created_at::text, i.ended_at::text
        FROM members_identifier i JOIN members_member m ON m.id = i.member_id WHERE NOT {_NOBODY}
    """,
    "consents": f"""
        SELECT m.public_id::text, c.purpose, c.channel, c.is_granted, c.since::text
        FROM members_currentconsent c JOIN members_member m ON m.id = c.member_id WHERE NOT {_NOBODY}
    """,
    "balances": """
        SELECT m.public_id::text, g.code, a.pending, a.available, a.held, a.debt, a.spend_minor, a.tier_key,
               a.active_at::text, a.frozen_at::text
        FROM programs_account a JOIN members_member m ON m.id = a.owner_id JOIN programs_program g ON g.id = a.program_id
        WHERE a.pending + a.available + a.held + a.debt + a.spend_minor > 0 OR a.active_at IS NOT NULL
          AND m.status <> 'erased'
    """,
    "accesses": f"""
        SELECT m.public_id::text, s.account_id, s.may_earn, s.may_spend, s.since::text
        FROM programs_accountaccess s JOIN members_member m ON m.id = s.member_id
        JOIN programs_account a ON a.id = s.account_id
        WHERE s.ended_at IS NULL AND NOT {_NOBODY}
          AND (a.pending + a.available + a.held + a.debt + a.spend_minor > 0 OR a.active_at IS NOT NULL)
    """,
    "lots": """
        SELECT l.account_id, l.id, l.granted, l.remaining, l.held, l.is_pending, l.earned_at::text, l.activates_at::text,
               l.expires_at::text
        FROM programs_lot l WHERE l.remaining > 0
    """,
}
_LOGS = (
    *("programs_ledgertransaction", "programs_posting", "programs_award", "programs_tierstanding"),
    *("members_consent", "ground_audit"),
)


def canonical() -> dict[str, list[Any]]:
    """Everything of the parts above, sorted."""
    return {name: sorted(_rows(statement), key=repr) for name, statement in _PARTS.items()}


def logs() -> dict[str, dict[int, Any]]:
    """{table: {id: row}} of the tables that only grow."""
    return {table: dict(_rows(f"SELECT t.id, to_jsonb(t) FROM {table} t")) for table in _LOGS}


def grown(before: dict[str, dict[int, Any]], after: dict[str, dict[int, Any]]) -> dict[str, list[Any]]:
    """The rows that came to the logs in between; AssertionError when one of before is not as it was."""
    for table, rows in before.items():
        assert {key: after[table][key] for key in rows} == rows, table
    return {table: [row for key, row in rows.items() if key not in before[table]] for table, rows in after.items()}


def _rows(statement: str) -> Iterable[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [tuple(_plain(cell) for cell in row) for row in cursor.fetchall()]


def _plain(cell: Any) -> Any:
    """Django hands jsonb of a raw cursor over as text."""
    return json.loads(cell) if isinstance(cell, str) and cell.startswith("{") else cell
