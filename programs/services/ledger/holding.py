"""Points set aside: taken lot by lot when a hold is placed, and given back when it is released or times out."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from loyalty_site.ground.services import count_less
from programs.models import Bucket, Hold, HoldState, TransactionKind
from programs.services import counters, coupons
from programs.services.ledger.locking import Locked
from programs.services.ledger.posting import Movement, Take, post

_DUE = """
    SELECT id FROM programs_hold WHERE account_id = %s AND state = 'open' AND expires_at <= %s ORDER BY id FOR UPDATE
"""
# Not by the postings: those written by one statement have their numbers in any order.
_LOTS = """
    SELECT g.lot_id, g.amount FROM programs_posting g JOIN programs_ledgertransaction t ON t.id = g.transaction_id
    JOIN programs_lot l ON l.id = g.lot_id
    WHERE t.hold_id = %s AND g.to_bucket = 'held' ORDER BY l.expires_at, l.id
"""


def held_lots(hold_id: int) -> list[tuple[int, int]]:
    """[(lot id, minor points)] that an open hold keeps, in the order of spending."""
    with connection.cursor() as cursor:
        cursor.execute(_LOTS, [hold_id])
        return [(lot, amount) for lot, amount in cursor.fetchall()]


def release_due(account: Locked, *, now: dt.datetime) -> bool:
    """Let every hold of a locked account end whose time is over; True when there was one."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [account.id, now])
        due = [row[0] for row in cursor.fetchall()]
    for hold_id in due:
        end_hold(account, hold_id, state=HoldState.EXPIRED, now=now, actor_label="calendar")
    return bool(due)


def end_hold(account: Locked | None, hold_id: int, *, state: HoldState, now: dt.datetime, actor_label: str) -> int:
    """Close an open hold, locked by the caller, without a sale; the minor points that came back.

    They come back to their lots; what the account owes by now is repaid out of them at once. The caller rolls the
    account forward afterwards: lots whose day has passed meanwhile burn then.
    """
    hold = Hold.objects.only("order").get(pk=hold_id)
    Hold.objects.filter(pk=hold_id, state=HoldState.OPEN).update(state=state, ended_at=now)
    takes = []
    owed = account.debt if account else 0
    lots = held_lots(hold_id) if account else []
    for lot_id, points in lots:
        takes.append(Take(points, Bucket.HELD, Bucket.AVAILABLE, lot_id))
        repaid = min(owed, points)
        if repaid:
            takes.append(Take(repaid, Bucket.AVAILABLE, Bucket.DEBT, lot_id))
            owed -= repaid
    if account is not None and takes:
        movement = Movement(TransactionKind.RELEASE, takes)
        post(account, [movement], now=now, hold_id=hold_id, actor_label=actor_label)
    coupons.free_of_hold(hold_id)
    if hold.order.get("counts"):
        counters.uncount_hold(hold_id, hold.order["counts"])
    # What it had counted as spent in the member's day was not spent.
    for name, whose, began, by in hold.order.get("counted", ()):
        count_less(name=name, subject=whose, window_at=dt.datetime.fromisoformat(began), by=by)
    return sum(points for _, points in lots)
