"""What a member can spend right now, for a look-up: read without a lock, due points already counted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from loyalty_site.ground.rules.money import round_minor
from programs.queries.shoppers import Shopper
from programs.services.programs import compiled_version


@dataclass(frozen=True, slots=True)
class CurrentBalance:
    """Minor points and minor money."""

    available: int
    worth_minor: int
    point_decimals: int
    currency_exponent: int
    tier_key: str
    tier_name: str


# The stored balance, unless something has come due since: then what rolling forward would leave.
_BALANCE = """
    SELECT a.tier_key, a.available, a.debt, a.next_due_at <= %(now)s,
           CASE WHEN a.next_due_at <= %(now)s THEN (
               SELECT coalesce(sum(remaining - held), 0)::bigint FROM programs_lot
               WHERE account_id = a.id AND remaining > held AND (NOT is_pending OR activates_at <= %(now)s)
                 AND (expires_at IS NULL OR expires_at > %(now)s)
           ) END
    FROM programs_account a WHERE a.id = %(account)s
"""


def current_balance(shopper: Shopper, *, now: dt.datetime) -> CurrentBalance:
    """The spendable points of a member and what they pay; zeros for one without an account."""
    if shopper.account_id is None:
        return CurrentBalance(0, 0, 0, 2, "", "")
    with connection.cursor() as cursor:
        cursor.execute(_BALANCE, {"account": shopper.account_id, "now": now})
        tier_key, available, debt, is_due, rolled = cursor.fetchone()
    if is_due:
        available = max(0, rolled - debt)
    if shopper.version_id is None:
        return CurrentBalance(available, 0, 0, 2, tier_key, tier_key)
    version = compiled_version(shopper.version_id)
    return CurrentBalance(
        available=available,
        worth_minor=round_minor(available * version.point_value, "down"),
        point_decimals=version.point_decimals,
        currency_exponent=version.currency_exponent,
        tier_key=tier_key,
        tier_name=version.tier_name(tier_key),
    )
