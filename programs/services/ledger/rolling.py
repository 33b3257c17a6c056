"""Bringing accounts up to date: points whose day has come become spendable, points past theirs burn.

Every operation rolls its own account forward first, so a nightly job that runs late is harmless.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

from programs.models import Account, Bucket, TransactionKind
from programs.services.ledger.holding import release_due
from programs.services.ledger.locking import Locked, lock_account
from programs.services.ledger.posting import Movement, Take, post

_DUE = """
    SELECT id, remaining - held, is_pending, activates_at, expires_at
    FROM programs_lot
    WHERE account_id = %s AND remaining > held AND (expires_at <= %s OR (is_pending AND activates_at <= %s))
    ORDER BY expires_at, id
"""
_NEXT = """
    UPDATE programs_account SET next_due_at = (
        SELECT min(least(CASE WHEN is_pending THEN activates_at END, expires_at))
        FROM programs_lot WHERE account_id = %(account)s AND remaining > held
    ) WHERE id = %(account)s RETURNING next_due_at
"""


def roll_forward(account: Locked, *, now: dt.datetime) -> None:
    """Post the due activations and burnings of a locked account, after ending its holds whose time is over.

    Costs nothing before `next_due_at` for an account that holds nothing.
    """
    if account.held and release_due(account, now=now):
        note_due(account)
    if account.next_due_at is None or account.next_due_at > now:
        return
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [account.id, now, now])
        due = cursor.fetchall()
    activated, burnt = [], []
    owed = account.debt
    for lot_id, remaining, is_pending, activates_at, expires_at in due:
        left = remaining
        if is_pending and activates_at <= now:
            activated.append(Take(left, Bucket.PENDING, Bucket.AVAILABLE, lot_id))
            repaid = min(owed, left)
            if repaid:
                activated.append(Take(repaid, Bucket.AVAILABLE, Bucket.DEBT, lot_id))
                owed -= repaid
                left -= repaid
        if expires_at is not None and expires_at <= now and left:
            burnt.append(Take(left, Bucket.AVAILABLE, Bucket.BURNT, lot_id))
    if activated or burnt:
        movements = [Movement(TransactionKind.ACTIVATE, activated), Movement(TransactionKind.EXPIRE, burnt)]
        post(account, movements, now=now, actor_label="calendar")
    note_due(account)


def note_due(account: Locked) -> None:
    """Compute afresh when something of a locked account is due next; after lots were emptied or filled again."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"account": account.id})
        account.next_due_at = cursor.fetchone()[0]


def roll_due_accounts(*, now: dt.datetime, limit: int = 500) -> int:
    """Roll forward up to `limit` accounts that are due, each in its own transaction; returns how many."""
    ids = list(
        Account.objects.filter(next_due_at__lte=now).order_by("next_due_at").values_list("id", flat=True)[:limit]
    )
    for account_id in ids:
        with transaction.atomic():
            roll_forward(lock_account(account_id), now=now)
    return len(ids)
