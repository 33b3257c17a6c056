"""Points that burnt and were not given back: what can be reinstated. And when those still there would burn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from programs.queries.burning import BURNS_AT, CALENDARS

LOTS_SHOWN = 20

# Given back already is what the lots that cite the burnt one took out of the bucket again.
_BURNT = """
    SELECT * FROM (
        SELECT l.id, l.earned_at,
               (SELECT max(t.occurred_at) FROM programs_posting g
                JOIN programs_ledgertransaction t ON t.id = g.transaction_id
                WHERE g.lot_id = l.id AND g.to_bucket = 'burnt') AS burnt_at,
               coalesce((SELECT sum(g.amount) FROM programs_posting g
                         WHERE g.lot_id = l.id AND g.to_bucket = 'burnt'), 0)::bigint
               - coalesce((SELECT sum(g.amount) FROM programs_lot a JOIN programs_posting g ON g.lot_id = a.id
                           WHERE a.cites_id = l.id AND g.from_bucket = 'burnt'), 0)::bigint AS points
        FROM programs_lot l WHERE {where}
    ) AS lots WHERE points > 0 ORDER BY burnt_at DESC, id DESC LIMIT %s
"""
_OF_LOT = _BURNT.format(where="l.id = %s")
_OF_ACCOUNT = _BURNT.format(where="l.account_id = %s AND l.remaining < l.granted")


@dataclass(frozen=True, slots=True)
class BurntLot:
    """What of one lot burnt and can be given back, in minor points."""

    lot_id: int
    earned_at: dt.datetime
    burnt_at: dt.datetime
    points: int


def burnt_of_lot(lot_id: int) -> int:
    """Minor points of a lot that burnt and were not given back. The caller who acts on it holds the account's lock."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_LOT, [lot_id, 1])
        row = cursor.fetchone()
    return int(row[3]) if row else 0


def burnt_lots(account_id: int) -> list[BurntLot]:
    """The lots of an account of which something can be reinstated, the last to burn first."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_ACCOUNT, [account_id, LOTS_SHOWN])
        return [BurntLot(*row) for row in cursor.fetchall()]


_BURNING = f"""
    SELECT l.id, {BURNS_AT} FROM programs_lot l JOIN programs_account a ON a.id = l.account_id
    LEFT JOIN {CALENDARS} c ON c.program_id = a.program_id WHERE l.id = ANY(%(lots)s::bigint[])
"""


def burning_moments(lot_ids: Sequence[int], *, now: dt.datetime) -> dict[int, dt.datetime | None]:
    """{lot: the instant it burns as things stand, by its own day or by a pause without a purchase; None: never}."""
    with connection.cursor() as cursor:
        cursor.execute(_BURNING, {"lots": list(lot_ids), "now": now})
        return dict(cursor.fetchall())
