"""When points burn: each lot on its own day, or all of them after too long a pause.

The end of a pause belongs to the account and moves with every purchase, so it is no column of a lot: these
fragments compute the moment a lot burns wherever a statement asks for it. rules/dates.py says the same in Python.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from loyalty_site.ground.statements import Statement

# The calendar of each programme: what the version valid at %(now)s says. A programme without one has none.
CALENDARS = """(
    SELECT DISTINCT ON (v.program_id) v.program_id, v.document->>'time_zone' AS zone,
           (v.document->>'idle_months')::int AS idle_months
    FROM programs_programversion v WHERE v.effective_from <= %(now)s
    ORDER BY v.program_id, v.effective_from DESC, v.number DESC
)"""
# The moment a pause that began at {since} ends: midnight after the day so many months later. NULL without a rule.
IDLE_END = """((({since} AT TIME ZONE {zone})::date + make_interval(months => {months}))::date + 1)::timestamp
    AT TIME ZONE {zone}"""
# The moment a lot `l` of account `a` with calendar `c` burns; NULL: never. A lot that came after the last purchase
# (a gift, points given back) has its own time from its own day. Said apart for programmes without the rule: PostgreSQL would reckon in time zones for nothing.
BURNS_AT = "CASE WHEN c.idle_months IS NULL THEN l.expires_at ELSE least(l.expires_at, {}) END".format(
    IDLE_END.format(since="greatest(a.active_at, l.earned_at)", months="c.idle_months", zone="c.zone")
)
SHOWN_DAYS = 3


@dataclass(frozen=True, slots=True)
class BurnDay:
    """`points` (minor) whose last day is `on`, by the programme's calendar."""

    on: dt.date
    points: int


# As JSON in one column, so that a statement which reads an account anyway brings its calendar along.
CALENDAR_JSON = f"""(
    SELECT coalesce(json_agg(json_build_array(day, points) ORDER BY day), '[]') FROM (
        SELECT day, sum(free)::bigint AS points FROM (
            SELECT l.remaining - l.held AS free, {BURNS_AT} AS burns_at,
                   (({BURNS_AT} - interval '1 microsecond') AT TIME ZONE coalesce(c.zone, 'UTC'))::date AS day
            FROM programs_lot l WHERE l.account_id = a.id AND l.remaining > 0 AND l.remaining > l.held
        ) AS lots WHERE burns_at > %(now)s GROUP BY day ORDER BY day LIMIT {SHOWN_DAYS}
    ) AS days
)"""
_CALENDAR = f"""
    SELECT a.id, {CALENDAR_JSON}
    FROM programs_account a LEFT JOIN {CALENDARS} c ON c.program_id = a.program_id
    WHERE a.id = {{accounts}}
"""
_OF_ONE = Statement(_CALENDAR.format(accounts="%(account)s"))
_OF_MANY = Statement(_CALENDAR.format(accounts="ANY(%(accounts)s::bigint[])"))


def burn_calendar(account_ids: Sequence[int], *, now: dt.datetime) -> dict[int, tuple[BurnDay, ...]]:
    """The next days on which points of each account burn, soonest first, in one statement.

    Held points are left out: they do not burn while they are held.
    """
    if len(account_ids) == 1:  # by itself, because the plan for an array of unknown length is made anew every time
        found = _OF_ONE.rows({"account": account_ids[0], "now": now})
    else:
        found = _OF_MANY.rows({"accounts": list(account_ids), "now": now})
    return {account: burn_days(days) for account, days in found}


def burn_days(raw: Sequence[tuple[str, int]]) -> tuple[BurnDay, ...]:
    """What CALENDAR_JSON brought."""
    return tuple(BurnDay(dt.date.fromisoformat(day), points) for day, points in raw)
