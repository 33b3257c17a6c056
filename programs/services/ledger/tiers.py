"""The tier that accounts stand on and the least that a hand has set, written for many at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import connection

_LOCK = "SELECT id FROM programs_account WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_SET = """
    UPDATE programs_account a SET tier_key = g.tier
    FROM unnest(%s::bigint[], %s::text[]) AS g(account, tier) WHERE a.id = g.account
"""
_STAND = """
    UPDATE programs_account a SET tier_key = g.tier, tier_below_on = g.below
    FROM unnest(%s::bigint[], %s::text[], %s::date[]) AS g(account, tier, below) WHERE a.id = g.account
"""


def lock_for_tiers(account_ids: Sequence[int]) -> None:
    """Lock many accounts in one statement, by rising id, whose tiers alone are going to be set."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(account_ids)])


def set_tiers(tiers: Mapping[int, str]) -> None:
    """{account: tier key}; the caller holds the accounts' locks and notes the standings."""
    if tiers:
        with connection.cursor() as cursor:
            cursor.execute(_SET, [list(tiers), list(tiers.values())])


def set_standings(found: Mapping[int, tuple[str, dt.date | None]]) -> None:
    """{account: (tier key, the first day on which it was not reached any more)}; locks and standings as above."""
    if found:
        with connection.cursor() as cursor:
            tiers, below = zip(*found.values(), strict=True)
            cursor.execute(_STAND, [list(found), list(tiers), list(below)])


def set_floor(account_id: int, tier_key: str) -> None:
    """The least tier of one account, "" for none; the caller holds its lock."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE programs_account SET tier_floor = %s WHERE id = %s", [tier_key, account_id])
