"""The tier that accounts stand on, set for many at once."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection

_SET = """
    UPDATE programs_account a SET tier_key = g.tier
    FROM unnest(%s::bigint[], %s::text[]) AS g(account, tier) WHERE a.id = g.account
"""


def set_tiers(tiers: Mapping[int, str]) -> None:
    """{account: tier key}; the caller holds the accounts' locks and notes the standings."""
    if tiers:
        with connection.cursor() as cursor:
            cursor.execute(_SET, [list(tiers), list(tiers.values())])
