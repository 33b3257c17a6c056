"""Balances of an import and points changed by a list, set-based: a thousand people cost a handful of statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from programs.models import Bucket, Program, TransactionKind
from programs.services.ledger.locking import lock_account
from programs.services.ledger.lots import take_from_lots
from programs.services.ledger.posting import Movement, post
from programs.services.ledger.rolling import roll_forward


@dataclass(frozen=True, slots=True)
class Opening:
    """A balance from a customer file, in minor points. `mode` add: a new lot; set: the balance becomes this."""

    account_id: int
    points: int
    earned_at: dt.datetime
    expires_at: dt.datetime | None
    mode: str = "add"


@dataclass(frozen=True, slots=True)
class Given:
    """Points that a list gives to one account: a lot of its own, in minor points, citing its adjustment."""

    account_id: int
    points: int
    expires_at: dt.datetime | None
    adjustment_id: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Spendable points of one lot that a list takes back, in minor points, citing their adjustment."""

    account_id: int
    lot_id: int
    points: int
    adjustment_id: int


# Holds are brought up to date with the account, so one with something held is asked too.
_DUE = "SELECT id FROM programs_account WHERE id = ANY(%s) AND (next_due_at <= %s OR held > 0) ORDER BY id"
# Locks in the order of ids, like everybody else; one transaction, lot and posting per account. What an
# account owes is repaid out of its new lot.
_ADD = """
    WITH given AS (
        SELECT g.account, g.points, g.earned_at, g.expires_at, g.adjustment, least(a.debt, g.points) AS repaid,
               nextval('programs_ledgertransaction_id_seq') AS tx, nextval('programs_lot_id_seq') AS lot
        FROM unnest(%(accounts)s::bigint[], %(points)s::bigint[], %(earned)s::timestamptz[],
                    %(expires)s::timestamptz[], %(adjustments)s::bigint[])
             AS g(account, points, earned_at, expires_at, adjustment)
        JOIN programs_account a ON a.id = g.account
    ), tx AS (
        INSERT INTO programs_ledgertransaction
            (id, program_id, kind, import_batch_id, adjustment_id, actor_label, occurred_at, posted_at)
        SELECT tx, %(program)s, %(kind)s, %(batch)s, adjustment, %(actor)s, %(now)s, now() FROM given
    ), lots AS (
        INSERT INTO programs_lot (id, account_id, granted, remaining, is_pending, earned_at, expires_at)
        SELECT lot, account, points, points - repaid, false, earned_at, expires_at FROM given
    ), posted AS (
        INSERT INTO programs_posting (transaction_id, account_id, lot_id, from_bucket, to_bucket, amount)
        SELECT tx, account, lot, %(source)s, 'available', points FROM given
        UNION ALL
        SELECT tx, account, lot, 'available', 'debt', repaid FROM given WHERE repaid > 0
    )
    UPDATE programs_account a
    SET available = available + points - repaid, debt = debt - repaid, next_due_at = least(a.next_due_at, expires_at),
        -- A balance brought along counts as activity: a pause is reckoned from here.
        active_at = greatest(a.active_at, earned_at)
    FROM given WHERE a.id = given.account
"""

# One transaction an adjustment, one posting a lot. The WHERE of nothing but ids: the caller holds the locks and has
# just read what is free; the database's CHECKs stand behind.
_TAKE = """
    WITH given AS (
        SELECT * FROM unnest(%(accounts)s::bigint[], %(lots)s::bigint[], %(points)s::bigint[],
                             %(adjustments)s::bigint[]) AS g(account, lot, points, adjustment)
    ), tx AS (
        INSERT INTO programs_ledgertransaction
            (program_id, kind, adjustment_id, actor_label, occurred_at, posted_at)
        SELECT DISTINCT %(program)s, %(kind)s, adjustment, %(actor)s, %(now)s::timestamptz, now() FROM given
        RETURNING id, adjustment_id
    ), spent AS (
        UPDATE programs_lot SET remaining = remaining - points FROM given WHERE programs_lot.id = given.lot
    ), posted AS (
        INSERT INTO programs_posting (transaction_id, account_id, lot_id, from_bucket, to_bucket, amount)
        SELECT tx.id, account, lot, 'available', 'adjusted', points
        FROM given JOIN tx ON tx.adjustment_id = given.adjustment
    )
    UPDATE programs_account SET available = available - sums.points
    FROM (SELECT account, sum(points) AS points FROM given GROUP BY account) AS sums
    WHERE programs_account.id = sums.account
"""


def post_openings(
    *, program: Program, openings: Sequence[Opening], batch_id: int, actor_label: str, now: dt.datetime
) -> None:
    """Book the balances of one chunk of an import; one account at most once per call.

    `set` compares with the spendable balance after rolling forward: what is missing is granted, what is
    too much is taken from the lots that burn first; both as adjustments that cite the batch.
    """
    _lock([opening.account_id for opening in openings])
    added = [opening for opening in openings if opening.mode == "add" and opening.points > 0]
    _grant(_Booking(program.pk, TransactionKind.OPENING, Bucket.ISSUED, actor_label, now, batch_id), added)
    missing = []
    for opening in openings:
        if opening.mode == "set":
            account = lock_account(opening.account_id)
            roll_forward(account, now=now)
            difference = opening.points - (account.available - account.debt)
            if difference > 0:
                missing.append(Opening(opening.account_id, difference, opening.earned_at, opening.expires_at))
            if difference < 0:
                takes = take_from_lots(account, min(-difference, account.available), Bucket.ADJUSTED)
                movement = Movement(TransactionKind.ADJUST, takes)
                post(account, [movement], now=now, import_batch_id=batch_id, actor_label=actor_label)
    _grant(_Booking(program.pk, TransactionKind.ADJUST, Bucket.ADJUSTED, actor_label, now, batch_id), missing)


def post_given(program_id: int, given: Sequence[Given], *, actor_label: str, now: dt.datetime) -> None:
    """Give the points of one chunk of a list; the caller holds the accounts' locks. Debt is repaid first."""
    booking = _Booking(program_id, TransactionKind.CORRECT, Bucket.ADJUSTED, actor_label, now)
    rows = [Opening(one.account_id, one.points, now, one.expires_at) for one in given]
    _grant(booking, rows, [one.adjustment_id for one in given])


def post_taken(program_id: int, taken: Sequence[Taken], *, actor_label: str, now: dt.datetime) -> None:
    """Take spendable points of lots in one chunk of a list; the caller holds the accounts' locks and knows what is free.

    IntegrityError when a lot or a balance would fall below zero.
    """
    if not taken:
        return
    parameters: dict[str, Any] = {
        "accounts": [one.account_id for one in taken],
        "lots": [one.lot_id for one in taken],
        "points": [one.points for one in taken],
        "adjustments": [one.adjustment_id for one in taken],
        "program": program_id,
        "kind": TransactionKind.CORRECT.value,
        "actor": actor_label,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, parameters)


def lock_and_roll(account_ids: Sequence[int], *, now: dt.datetime) -> None:
    """Lock many accounts in one statement, by rising id, and bring those up to date of which something is due."""
    _lock(sorted(account_ids))
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [list(account_ids), now])
        due = [account_id for (account_id,) in cursor.fetchall()]
    for account_id in due:
        roll_forward(lock_account(account_id), now=now)


def _lock(account_ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM programs_account WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [account_ids])


@dataclass(frozen=True, slots=True)
class _Booking:
    """What the rows of one statement share."""

    program_id: int
    kind: TransactionKind
    source: Bucket
    actor_label: str
    now: dt.datetime
    batch_id: int | None = None


def _grant(booking: _Booking, openings: Sequence[Opening], adjustment_ids: Sequence[int] = ()) -> None:
    if not openings:
        return
    parameters: dict[str, Any] = {
        "accounts": [opening.account_id for opening in openings],
        "points": [opening.points for opening in openings],
        "earned": [opening.earned_at for opening in openings],
        "expires": [opening.expires_at for opening in openings],
        "adjustments": list(adjustment_ids) or [None] * len(openings),
        "program": booking.program_id,
        "kind": booking.kind.value,
        "source": booking.source.value,
        "batch": booking.batch_id,
        "actor": booking.actor_label,
        "now": booking.now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ADD, parameters)
