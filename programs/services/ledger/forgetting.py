"""Burning all that an account has left, whatever its day, because its owner is forgotten."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from programs.models import Bucket, TransactionKind
from programs.services.ledger.locking import Locked
from programs.services.ledger.posting import Movement, Take, post
from programs.services.ledger.rolling import note_due

_LEFT = """
    SELECT id, remaining - held, is_pending FROM programs_lot
    WHERE account_id = %s AND remaining > 0 AND remaining > held ORDER BY expires_at, id
"""


def burn_rest(account: Locked, *, now: dt.datetime, actor_label: str) -> int:
    """Burn everything that is not held in a locked account brought up to date; the minor points burnt.

    A frozen account stays as it is: its books do not add up, and nothing is posted from them.
    """
    if account.frozen_at is not None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, [account.id])
        takes = [
            Take(left, Bucket.PENDING if is_pending else Bucket.AVAILABLE, Bucket.BURNT, lot_id)
            for lot_id, left, is_pending in cursor.fetchall()
        ]
    if takes:
        post(account, [Movement(TransactionKind.EXPIRE, takes)], now=now, actor_label=actor_label)
        note_due(account)
    return sum(take.amount for take in takes)
