"""Counting what rules have given: the only writer of counters.

Who sells holds the account's lock, so what is counted for a member stands still; what all members share does not. So it is
counted with a condition (`amount + n <= most`), before anything else of the sale is written: where somebody was faster,
the rules are asked again with what is left. Locks come after those of accounts, lots and coupons, by id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from django.db import connection

from loyalty_site.ground.failpoints import failpoint
from programs.models import RuleCounter
from programs.queries.counters import Whose, counters_of, said
from programs.rules.counted import Counted
from programs.rules.documents import Compiled

# How often the rules are asked again because others were faster, before a sale does without what all share.
TRIES = 3

_WANTED = """
    unnest(%(keys)s::text[], %(members)s::bigint[], %(periods)s::date[], %(amounts)s::bigint[], %(mosts)s::bigint[])
        AS w(key, member_id, period_on, n, most)
"""
_OPEN = f"""
    INSERT INTO programs_rulecounter (program_id, key, member_id, period_on, amount)
    SELECT %(program)s, key, member_id, period_on, 0 FROM {_WANTED} ORDER BY key, member_id, period_on
    ON CONFLICT DO NOTHING
"""
# All or nothing: locked by id, looked at as they are under the lock, and then moved.
_COUNT = f"""
    WITH locked AS MATERIALIZED (
        SELECT c.id, c.amount, w.n, w.most FROM programs_rulecounter c
        JOIN {_WANTED} ON c.program_id = %(program)s AND c.key = w.key AND c.member_id IS NOT DISTINCT FROM w.member_id
             AND c.period_on IS NOT DISTINCT FROM w.period_on
        ORDER BY c.id FOR UPDATE OF c
    ), allowed AS (
        SELECT count(*) = cardinality(%(keys)s::text[]) AND bool_and(n <= 0 OR most IS NULL OR amount + n <= most) AS are_all
        FROM locked
    )
    UPDATE programs_rulecounter c SET amount = c.amount + l.n FROM locked l, allowed
    WHERE c.id = l.id AND allowed.are_all AND (l.n <= 0 OR l.most IS NULL OR c.amount + l.n <= l.most)
"""


def count(counted: Sequence[Counted], whose: Whose) -> bool:
    """Move the counters, all of them or none; False when a limit has no room left for it."""
    if not counted:
        return True
    parameters = _parameters(counted, whose)
    failpoint("counters.before_count")
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, parameters)
        if cursor.rowcount == len(counted):
            return True
        # The first of a member, or of a month; or the limit.
        cursor.execute(_OPEN, parameters)
        cursor.execute(_COUNT, parameters)
        return bool(cursor.rowcount == len(counted))


def uncount(counted: Sequence[Counted], whose: Whose) -> None:
    """Take back what `count` moved."""
    back = [Counted(one.key, one.of_member, one.on, -one.amount) for one in counted]
    count(back, whose)


_OF_HOLD = """
    SELECT v.program_id, coalesce(m.survivor_id, m.id), h.created_at FROM programs_hold h
    JOIN programs_programversion v ON v.id = h.version_id JOIN members_member m ON m.id = h.member_id WHERE h.id = %s
"""


_OF_MEMBERS = said(receipts="p.member_id = ANY(%(members)s)", holds="coalesce(m.survivor_id, m.id) = ANY(%(members)s)")
_RECOUNT = f"""
    INSERT INTO programs_rulecounter (program_id, key, member_id, period_on, amount)
    SELECT program_id, key, member_id, period_on, sum(amount) FROM ({_OF_MEMBERS}) AS said
    WHERE member_id = ANY(%(members)s) GROUP BY 1, 2, 3, 4
"""


def uncount_hold(hold_id: int, stored: Sequence[Mapping[str, Any]]) -> None:
    """Take back what a hold had counted that ends without a sale."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_HOLD, [hold_id])
        whose = Whose(*cursor.fetchone())
    uncount([Counted.from_json(one) for one in stored], whose)


def recount(member_ids: Sequence[int]) -> None:
    """Count anew what receipts and open holds of these members say, because receipts have changed hands. Their accounts are
    locked."""
    members = {"members": list(member_ids)}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM programs_rulecounter WHERE member_id = ANY(%(members)s)", members)
        cursor.execute(_RECOUNT, members)


def forget_counters(member_id: int) -> None:
    """What limits and cards knew of somebody who is forgotten."""
    RuleCounter.objects.filter(member=member_id).delete()


class Asked(Protocol):
    """The rules have been asked; this is what it counts."""

    @property
    def counted(self) -> tuple[Counted, ...]: ...


def count_asked[A: Asked](asked: A, again: Callable[[dict[str, int]], A], version: Compiled, whose: Whose) -> A:
    """Count what came of asking the rules; where a limit that all share has moved meanwhile, ask `again` with the counters
    as they are now, and in the end as if nothing were left of it. What was counted then."""
    for attempt in range(TRIES + 1):
        if count(asked.counted, whose):
            return asked
        known = counters_of(version, whose)
        if attempt + 1 == TRIES:
            for rule in version.counting:
                known |= {limit.key: max(limit.most, known[limit.key]) for limit in rule.limits if limit.key}
        asked = again(known)
    raise RuntimeError("nothing was left of the limits, and still something was counted")


def _parameters(counted: Sequence[Counted], whose: Whose) -> dict[str, Any]:
    return {
        "program": whose.program_id,
        "keys": [one.key for one in counted],
        "members": [whose.member_id if one.of_member else None for one in counted],
        "periods": [one.on for one in counted],
        "amounts": [one.amount for one in counted],
        "mosts": [one.most for one in counted],
    }
