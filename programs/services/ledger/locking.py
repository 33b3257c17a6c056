"""The row lock that serialises everything about one account."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection


@dataclass(slots=True)
class Locked:
    """An account under our lock. Balances in minor points; `post` keeps them current."""

    id: int
    program_id: int
    pending: int
    available: int
    held: int
    debt: int
    spend: int
    tier_key: str
    next_due_at: dt.datetime | None
    frozen_at: dt.datetime | None = None


_LOCK = """
    SELECT id, program_id, pending, available, held, debt, spend_minor, tier_key, next_due_at, frozen_at
    FROM programs_account WHERE id = %s FOR UPDATE
"""


def lock_account(account_id: int) -> Locked:
    """Lock one account until the transaction ends; waits for whoever holds it (up to lock_timeout)."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [account_id])
        return Locked(*cursor.fetchone())
