"""Opening balances of an import, set-based: a thousand people cost a handful of statements."""

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


# Locks in the order of ids, like everybody else; one transaction, lot and posting per account. What an
# account owes is repaid out of its new lot.
_ADD = """
    WITH given AS (
        SELECT g.account, g.points, g.earned_at, g.expires_at, least(a.debt, g.points) AS repaid,
               nextval('programs_ledgertransaction_id_seq') AS tx, nextval('programs_lot_id_seq') AS lot
        FROM unnest(%(accounts)s::bigint[], %(points)s::bigint[], %(earned)s::timestamptz[], %(expires)s::timestamptz[])
             AS g(account, points, earned_at, expires_at)
        JOIN programs_account a ON a.id = g.account
    ), tx AS (
        INSERT INTO programs_ledgertransaction
            (id, program_id, kind, purchase_id, import_batch_id, actor_label, occurred_at, posted_at)
        SELECT tx, %(program)s, %(kind)s, NULL, %(batch)s, %(actor)s, %(now)s, now() FROM given
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


def post_openings(
    *, program: Program, openings: Sequence[Opening], batch_id: int, actor_label: str, now: dt.datetime
) -> None:
    """Book the balances of one chunk of an import; one account at most once per call.

    `set` compares with the spendable balance after rolling forward: what is missing is granted, what is
    too much is taken from the lots that burn first; both as adjustments that cite the batch.
    """
    _lock([opening.account_id for opening in openings])
    added = [opening for opening in openings if opening.mode == "add" and opening.points > 0]
    _grant(program, added, TransactionKind.OPENING, Bucket.ISSUED, batch_id, actor_label, now)
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
    _grant(program, missing, TransactionKind.ADJUST, Bucket.ADJUSTED, batch_id, actor_label, now)


def _lock(account_ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM programs_account WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [account_ids])


def _grant(
    program: Program,
    openings: Sequence[Opening],
    kind: TransactionKind,
    source: Bucket,
    batch_id: int,
    actor_label: str,
    now: dt.datetime,
) -> None:
    if not openings:
        return
    parameters: dict[str, Any] = {
        "accounts": [opening.account_id for opening in openings],
        "points": [opening.points for opening in openings],
        "earned": [opening.earned_at for opening in openings],
        "expires": [opening.expires_at for opening in openings],
        "program": program.pk,
        "kind": kind.value,
        "source": source.value,
        "batch": batch_id,
        "actor": actor_label,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ADD, parameters)
