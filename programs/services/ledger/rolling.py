"""Bringing one account up to date: points whose day has come become spendable, points past theirs burn.

Every operation rolls its own account forward first, so a nightly job that runs late is harmless. sweeping.py
does the same for thousands of accounts in one statement.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection

from programs.models import Bucket, TransactionKind
from programs.queries.burning import BURNS_AT, CALENDARS
from programs.services.ledger.holding import release_due
from programs.services.ledger.locking import Locked
from programs.services.ledger.posting import Movement, Take, post

# remaining > 0 again, because only that lets the index of lots with something left be used.
_DUE = f"""
    SELECT * FROM (
        SELECT l.id, l.remaining - l.held, l.is_pending AND l.activates_at <= %(now)s AS activates, l.is_pending,
               coalesce({BURNS_AT} <= %(now)s, false) AS burns
        FROM programs_lot l JOIN programs_account a ON a.id = l.account_id
        LEFT JOIN {CALENDARS} c ON c.program_id = a.program_id
        WHERE l.account_id = %(account)s AND l.remaining > 0 AND l.remaining > l.held
        ORDER BY l.expires_at, l.id
    ) AS lots WHERE activates OR burns
"""
_NEXT = """
    UPDATE programs_account SET next_due_at = (
        SELECT min(least(CASE WHEN is_pending THEN activates_at END, expires_at))
        FROM programs_lot WHERE account_id = %(account)s AND remaining > 0 AND remaining > held
    ) WHERE id = %(account)s RETURNING next_due_at
"""
_NEXT_WITH_PAUSE = f"""
    UPDATE programs_account SET next_due_at = (
        SELECT min(least(CASE WHEN l.is_pending THEN l.activates_at END, {BURNS_AT}))
        FROM programs_lot l JOIN programs_account a ON a.id = l.account_id
        LEFT JOIN {CALENDARS} c ON c.program_id = a.program_id
        WHERE l.account_id = %(account)s AND l.remaining > 0 AND l.remaining > l.held
    ) WHERE id = %(account)s RETURNING next_due_at
"""


def roll_forward(account: Locked, *, now: dt.datetime) -> None:
    """Post the due activations and burnings of a locked account, after ending its holds whose time is over.

    Costs nothing before `next_due_at` for an account that holds nothing. A frozen account stays as it is until
    somebody has looked.
    """
    if account.held and release_due(account, now=now):
        note_due(account, now=now)
    if account.next_due_at is None or account.next_due_at > now or account.frozen_at is not None:
        return
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"account": account.id, "now": now})
        due = cursor.fetchall()
    activated, burnt = [], []
    owed = account.debt
    for lot_id, free, activates, is_pending, burns in due:
        left = free
        if activates:
            activated.append(Take(left, Bucket.PENDING, Bucket.AVAILABLE, lot_id))
            repaid = min(owed, left)
            if repaid:
                activated.append(Take(repaid, Bucket.AVAILABLE, Bucket.DEBT, lot_id))
                owed -= repaid
                left -= repaid
        if burns and left:
            # A lot may burn before it ever became spendable.
            source = Bucket.PENDING if is_pending and not activates else Bucket.AVAILABLE
            burnt.append(Take(left, source, Bucket.BURNT, lot_id))
    if activated or burnt:
        movements = [Movement(TransactionKind.ACTIVATE, activated), Movement(TransactionKind.EXPIRE, burnt)]
        post(account, movements, now=now, actor_label="calendar")
    note_due(account, now=now)


def note_due(account: Locked, *, now: dt.datetime | None = None) -> None:
    """Compute afresh when something of a locked account is due next; after lots were emptied or filled again.

    With `now` the end of a pause is reckoned in at once; without, the next sweep does it (see note_pauses).
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT if now is None else _NEXT_WITH_PAUSE, {"account": account.id, "now": now})
        account.next_due_at = cursor.fetchone()[0]
