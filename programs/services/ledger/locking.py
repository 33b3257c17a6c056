"""The row lock that serialises everything about one account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.statements import Statement


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
    successor_id: int | None = None  # whoever owned it was merged: this account has its points now


_LOCK = Statement("""
    SELECT id, program_id, pending, available, held, debt, spend_minor, tier_key, next_due_at, frozen_at,
           successor_id
    FROM programs_account WHERE id = %(id)s FOR UPDATE
""")


def lock_account(account_id: int) -> Locked:
    """Lock one account until the transaction ends; waits for whoever holds it (up to lock_timeout)."""
    return Locked(*_LOCK.row({"id": account_id}))


def lock_order(account_ids: Iterable[int]) -> list[int]:
    """The one order in which accounts are locked: two who want the same two never wait for each other."""
    return sorted(set(account_ids))


def lock_accounts(account_ids: Iterable[int]) -> dict[int, Locked]:
    """Lock several accounts, always by rising id; {id: account}."""
    locked = {}
    for account_id in lock_order(account_ids):
        locked[account_id] = lock_account(account_id)
        failpoint("accounts.between_locks")
    return locked
