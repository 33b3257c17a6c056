"""Points that burnt and were not given back: what can be reinstated."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

LOTS_SHOWN = 20

# Given back already is what the lots that cite the burnt one took out of the bucket again.
_BURNT = """
    SELECT * FROM (
        SELECT l.id, l.earned_at, l.expires_at,
               coalesce((SELECT sum(g.amount) FROM programs_posting g
                         WHERE g.lot_id = l.id AND g.to_bucket = 'burnt'), 0)::bigint
               - coalesce((SELECT sum(g.amount) FROM programs_lot a JOIN programs_posting g ON g.lot_id = a.id
                           WHERE a.cites_id = l.id AND g.from_bucket = 'burnt'), 0)::bigint AS points
        FROM programs_lot l WHERE {where}
    ) AS lots WHERE points > 0 ORDER BY expires_at DESC NULLS LAST, id DESC LIMIT %s
"""
_OF_LOT = _BURNT.format(where="l.id = %s")
_OF_ACCOUNT = _BURNT.format(where="l.account_id = %s AND l.remaining < l.granted")


@dataclass(frozen=True, slots=True)
class BurntLot:
    """What of one lot burnt and can be given back, in minor points."""

    lot_id: int
    earned_at: dt.datetime
    burnt_at: dt.datetime | None
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
