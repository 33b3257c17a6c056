"""What a member can spend right now, for a look-up: read without a lock, due points already counted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from loyalty_site.ground.rules.money import round_minor
from programs.queries.burning import BURNS_AT, CALENDAR_JSON, CALENDARS, BurnDay, burn_days
from programs.queries.climbing import NOT_CLIMBED, Climbed, climbed_of
from programs.queries.counters import Whose, counters_of
from programs.queries.shoppers import Shopper
from programs.rules.stamps import StampsHeld, has_cards, stamps_held
from programs.services.programs import compiled_version


@dataclass(frozen=True, slots=True)
class CurrentBalance:
    """Minor points and minor money; `spend` is what the account has accumulated, `burns` are the next days on which points burn."""

    available: int
    worth_minor: int
    point_decimals: int
    currency_exponent: int
    tier_key: str
    tier_name: str
    burns: tuple[BurnDay, ...] = ()
    stamps: tuple[StampsHeld, ...] = ()
    climbed: Climbed = NOT_CLIMBED
    spend: int = 0
    debt: int = 0


# The stored balance, unless something has come due since: then what rolling forward would leave.
_BALANCE = f"""
    SELECT a.tier_key, a.spend_minor, CASE WHEN a.frozen_at IS NULL THEN a.available ELSE 0 END, a.debt, a.next_due_at <= %(now)s AND a.frozen_at IS NULL,
           CASE WHEN a.next_due_at <= %(now)s THEN (
               SELECT coalesce(sum(l.remaining - l.held), 0)::bigint FROM programs_lot l
               WHERE l.account_id = a.id AND l.remaining > 0 AND l.remaining > l.held
                 AND (NOT l.is_pending OR l.activates_at <= %(now)s) AND coalesce({BURNS_AT} > %(now)s, true)
           ) END, {CALENDAR_JSON}
    FROM programs_account a LEFT JOIN {CALENDARS} c ON c.program_id = a.program_id WHERE a.id = %(account)s
"""


def current_balance(shopper: Shopper, *, now: dt.datetime) -> CurrentBalance:
    """The spendable points of a member and what they pay; zeros for one without an account."""
    stamps = stamps_of_member(shopper, now=now)
    if shopper.account_id is None:
        return CurrentBalance(0, 0, 0, 2, "", "", stamps=stamps)
    with connection.cursor() as cursor:
        cursor.execute(_BALANCE, {"account": shopper.account_id, "now": now})
        tier_key, spend, available, debt, is_due, rolled, days = cursor.fetchone()
    if is_due:
        available = max(0, rolled - debt)
    if shopper.version_id is None:
        return CurrentBalance(available, 0, 0, 2, tier_key, tier_key, burn_days(days))
    version = compiled_version(shopper.version_id)
    return CurrentBalance(
        available=available,
        worth_minor=round_minor(available * version.point_value, "down"),
        point_decimals=version.point_decimals,
        currency_exponent=version.currency_exponent,
        tier_key=tier_key,
        tier_name=version.tier_name(tier_key),
        burns=burn_days(days),
        stamps=stamps,
        climbed=climbed_of(shopper.account_id, version, spend=spend, tier=tier_key, now=now),
        spend=spend,
        debt=debt,
    )


def stamps_of_member(shopper: Shopper, *, now: dt.datetime) -> tuple[StampsHeld, ...]:
    """The stamps on the cards of the running programme; no statement where it has none."""
    if shopper.program_id is None or shopper.version_id is None:
        return ()
    version = compiled_version(shopper.version_id)
    if not has_cards(version):
        return ()
    return stamps_held(version, counters_of(version, Whose(shopper.program_id, shopper.member_id, now)))
