"""What takes one line of a list back: the adjustment that reverses it, and points given back to their own lots."""

from __future__ import annotations

import datetime as dt

from programs.models import Adjustment, AdjustmentState, Bucket, Posting, TransactionKind
from programs.services import ledger


def reversal_of(row: Adjustment, points: int, *, kept: str, actor_id: int | None, now: dt.datetime) -> Adjustment:
    """The unsaved adjustment that reverses `points` (minor, positive) of a line; the rest is named as its problem: `kept`,
    or partly_`kept`.

    With 0 points it moves nothing and stands there as failed, so that the line is not tried again.
    """
    sign = -1 if row.points > 0 else 1
    return Adjustment(
        account_id=row.account_id,
        batch_id=row.batch_id,
        line=row.line,
        points=sign * (points or abs(row.points)),
        reason=row.reason,
        state=AdjustmentState.POSTED if points else AdjustmentState.FAILED,
        problem="" if points == abs(row.points) else f"partly_{kept}" if points else kept,
        reverses=row,
        requested_by_id=actor_id,
        requested_at=now,
    )


def give_back(row: Adjustment, *, actor_id: int | None, actor_label: str, now: dt.datetime) -> None:
    """Put what a line took back into its lots with their days; what would have burnt since stays away.

    The caller holds the account's lock and has rolled it forward. What is owed by now is repaid first.
    """
    account = ledger.lock_account(row.account_id)
    went = Posting.objects.filter(transaction__adjustment=row, to_bucket=Bucket.ADJUSTED).select_related("lot")
    takes, owed, returned = [], account.debt, 0
    for posting in went.order_by("id"):
        if posting.lot is None or (posting.lot.expires_at is not None and posting.lot.expires_at <= now):
            continue
        takes.append(ledger.Take(posting.amount, Bucket.ADJUSTED, Bucket.AVAILABLE, posting.lot_id))
        returned += posting.amount
        repaid = min(owed, posting.amount)
        if repaid:
            takes.append(ledger.Take(repaid, Bucket.AVAILABLE, Bucket.DEBT, posting.lot_id))
            owed -= repaid
    reversal = reversal_of(row, returned, kept="burnt", actor_id=actor_id, now=now)
    reversal.save()
    movement = ledger.Movement(TransactionKind.CORRECT, takes)
    if takes:
        ledger.post(account, [movement], now=now, adjustment_id=reversal.pk, actor_label=actor_label)
        ledger.note_due(account)
