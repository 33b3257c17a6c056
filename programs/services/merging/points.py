"""Points of a merged member: they move, lot by lot, to the survivor's account of the programme, and so does what is owed.

The old account stays, because its receipts and postings hang on it. Whatever still comes to it (a return, a hold that
ends) is handed on by `settle`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from members.errors import MergeGone
from members.models import Merge
from programs.errors import AccountFrozen, MergeShared
from programs.models import Account, AccountAccess, Bucket, Program, ProgramState, TransactionKind
from programs.services import ledger
from programs.services.accounts import open_accounts

_FREE = """
    SELECT id, remaining - held, is_pending, activates_at, expires_at FROM programs_lot
    WHERE account_id = %s AND remaining > 0 AND remaining > held ORDER BY expires_at, id
"""
# What a merge brought to one account and is still there, also when a later merge took it away and an undo returned it:
# then the lot cites a lot that cites the one that came.
_CAME = """
    WITH RECURSIVE way AS (
        SELECT l.id AS lot, l.id AS step, l.cites_id, l.account_id FROM programs_lot l
        WHERE l.account_id = %(staying)s AND l.remaining > 0 AND l.remaining > l.held
        UNION
        SELECT way.lot, c.id, c.cites_id, c.account_id FROM way JOIN programs_lot c ON c.id = way.cites_id
    )
    SELECT l.id, l.remaining - l.held, l.is_pending, l.activates_at, l.expires_at
    FROM programs_lot l LEFT JOIN programs_lot origin ON origin.id = l.cites_id
    WHERE l.id IN (
        SELECT way.lot FROM way JOIN programs_posting g ON g.lot_id = way.step AND g.from_bucket = 'transfer'
        JOIN programs_ledgertransaction t ON t.id = g.transaction_id
        WHERE way.account_id = %(staying)s AND t.merge_id = %(merge)s)
    ORDER BY origin.purchase_line_id = ANY(%(lines)s::bigint[]) DESC NULLS LAST, l.expires_at, l.id
"""
_CLOSED = """
    SELECT a.id FROM programs_account a WHERE a.successor_id IS NOT NULL AND a.frozen_at IS NULL
    AND (a.available > 0 OR a.pending > 0 OR a.debt > 0 OR a.spend_minor <> 0) ORDER BY a.id
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """The account of the one who is merged and the survivor's in the same programme, both locked and up to date."""

    closing: ledger.Locked
    staying: ledger.Locked


@dataclass(frozen=True, slots=True)
class _Lot:
    id: int
    free: int
    is_pending: bool
    activates_at: dt.datetime | None
    expires_at: dt.datetime | None


def lock_pairs(*, survivor_id: int, merged_id: int, now: dt.datetime) -> list[Pair]:
    """Open what is missing, lock all accounts of both by rising id, roll them forward.

    Raises MergeShared where somebody else shares an account with one of the two, AccountFrozen.
    """
    programs = set(Account.objects.filter(owner=merged_id).values_list("program_id", flat=True))
    # Also where neither has one yet: a sale that is under way then finds the account closed, not missing.
    programs |= set(Program.objects.filter(state=ProgramState.ACTIVE).values_list("pk", flat=True))
    for program_id in sorted(programs):
        open_accounts(program_id=program_id, member_ids=[survivor_id, merged_id], now=now)
    owned = {
        (row.owner_id, row.program_id): row.pk
        for row in Account.objects.filter(owner__in=[survivor_id, merged_id], program__in=programs)
    }
    locked = ledger.lock_accounts(owned.values())
    _refuse_shared(survivor_id, merged_id, list(owned.values()))
    pairs = []
    for program_id in sorted(programs):
        closing, staying = owned.get((merged_id, program_id)), owned.get((survivor_id, program_id))
        if closing is None:
            continue
        if staying is None:
            raise MergeShared
        pairs.append(Pair(locked[closing], locked[staying]))
    for account_id in sorted(locked):
        if locked[account_id].frozen_at is not None:
            raise AccountFrozen
        ledger.roll_forward(locked[account_id], now=now)
    return pairs


def _refuse_shared(survivor_id: int, merged_id: int, account_ids: Sequence[int]) -> None:
    """Whose points they would be, a merge cannot know: the sharing is ended by a person first."""
    two = [survivor_id, merged_id]
    live = AccountAccess.objects.filter(ended_at__isnull=True)
    lent = live.filter(account__owner=merged_id).exclude(member__in=two)
    borrowed = live.filter(member__in=two).exclude(account__owner__in=two)
    if (
        lent.exists()
        or borrowed.exists()
        or Account.objects.filter(pk__in=account_ids, successor__isnull=False).exists()
    ):
        raise MergeShared


def settle(closing: ledger.Locked, staying: ledger.Locked, *, merge_id: int, now: dt.datetime, actor_label: str) -> int:
    """Hand all that is free on a closed account on to its successor: lots with their days, debt, spend. Both locked.

    Returns the minor points that moved.
    """
    lots = _lots(_FREE, [closing.id])
    takes = [ledger.Take(lot.free, _bucket(lot), Bucket.TRANSFER, lot.id) for lot in lots]
    owed, spend = closing.debt, closing.spend
    if owed:
        takes.append(ledger.Take(owed, Bucket.CLEARING, Bucket.DEBT))
    if not takes and not spend:
        return 0
    tell = {"now": now, "merge_id": merge_id, "actor_label": actor_label}
    ledger.post(closing, [ledger.Movement(TransactionKind.MERGE, takes)], spend_change=-spend, **tell)  # type: ignore[arg-type]
    _take_over(staying, lots, owed, spend, merge_id=merge_id, now=now, actor_label=actor_label)
    ledger.note_due(closing)
    ledger.note_due(staying)
    return sum(lot.free for lot in lots)


def _take_over(
    staying: ledger.Locked,
    lots: Sequence[_Lot],
    owed: int,
    spend: int,
    *,
    merge_id: int,
    now: dt.datetime,
    actor_label: str,
) -> None:
    paid = min(owed, staying.available)
    takes = ledger.take_from_lots(staying, paid, Bucket.CLEARING)
    if owed > paid:
        takes.append(ledger.Take(owed - paid, Bucket.DEBT, Bucket.CLEARING))
    movement = ledger.Movement(TransactionKind.MERGE, takes, _grants(lots))
    ledger.post(staying, [movement], spend_change=spend, now=now, merge_id=merge_id, actor_label=actor_label)


def take_points(pair: Pair, *, merge_id: int, now: dt.datetime, actor_label: str) -> dict[str, int]:
    """Move everything of a pair; what moved, in minor units, for the way back."""
    closing = pair.closing
    figures = {"owed": closing.debt, "spend": closing.spend}
    points = settle(closing, pair.staying, merge_id=merge_id, now=now, actor_label=actor_label)
    return {"closing": closing.id, "staying": pair.staying.id, "points": points, **figures}


def bring_back(
    pair: Pair, points: int, *, lines: Sequence[int], merge_id: int, now: dt.datetime, actor_label: str
) -> int:
    """Fetch up to `points` minor points that had moved to the survivor, those of the receipt lines `lines` first, then
    any others of the survivor's, so that goods sold before a merge come back as they would have. How many came."""
    staying = pair.staying
    came = _lots(_CAME, {"staying": staying.id, "merge": merge_id, "lines": list(lines)})
    rest = [lot for lot in _lots(_FREE, [staying.id]) if lot.id not in {one.id for one in came}]
    return _move_back(pair, _first([*came, *rest], points), merge_id=merge_id, now=now, actor_label=actor_label)


def return_points(pair: Pair, figures: dict[str, int], *, merge_id: int, now: dt.datetime, actor_label: str) -> int:
    """Give back what came with the merge and is unspent, and what is still owed of the debt that came; what of the
    points is gone. `pair.closing` is the account that opens again."""
    closing, staying = pair.closing, pair.staying
    came = _lots(_CAME, {"staying": staying.id, "merge": merge_id, "lines": []})
    back = _first(came, sum(lot.free for lot in came))
    returned = _move_back(pair, back, merge_id=merge_id, now=now, actor_label=actor_label)
    owed = min(figures["owed"], staying.debt)
    spend = min(figures["spend"], max(0, staying.spend))
    if owed or spend:
        forgiven = [ledger.Take(owed, Bucket.CLEARING, Bucket.DEBT)] if owed else []
        tell = {"now": now, "merge_id": merge_id, "actor_label": actor_label}
        ledger.post(staying, [ledger.Movement(TransactionKind.MERGE, forgiven)], spend_change=-spend, **tell)  # type: ignore[arg-type]
        paid = min(owed, closing.available)
        takes = ledger.take_from_lots(closing, paid, Bucket.CLEARING)
        if owed > paid:
            takes.append(ledger.Take(owed - paid, Bucket.DEBT, Bucket.CLEARING))
        ledger.post(closing, [ledger.Movement(TransactionKind.MERGE, takes)], spend_change=spend, **tell)  # type: ignore[arg-type]
    ledger.note_due(closing)
    ledger.note_due(staying)
    return max(0, figures["points"] - returned)


def _move_back(pair: Pair, lots: Sequence[_Lot], *, merge_id: int, now: dt.datetime, actor_label: str) -> int:
    if not lots:
        return 0
    takes = [ledger.Take(lot.free, _bucket(lot), Bucket.TRANSFER, lot.id) for lot in lots]
    tell = {"now": now, "merge_id": merge_id, "actor_label": actor_label}
    ledger.post(pair.staying, [ledger.Movement(TransactionKind.MERGE, takes)], **tell)  # type: ignore[arg-type]
    ledger.post(pair.closing, [ledger.Movement(TransactionKind.MERGE, grants=_grants(lots))], **tell)  # type: ignore[arg-type]
    return sum(lot.free for lot in lots)


def open_closed(account_id: int, points: int, line_ids: Sequence[int], *, now: dt.datetime) -> Pair:
    """For a return of what a merged member bought: their account, with as much on it as will be taken back."""
    pair = lock_successor(account_id, now=now)
    if pair is None:
        raise MergeGone
    bring_back(pair, points, lines=line_ids, merge_id=merge_of(account_id), now=now, actor_label="merge")
    return pair


def close_again(pair: Pair, *, now: dt.datetime, actor_label: str) -> None:
    """What is left on it after the return, and what it came to owe, is the survivor's."""
    settle(pair.closing, pair.staying, merge_id=merge_of(pair.closing.id), now=now, actor_label=actor_label)


def settle_closed(*, now: dt.datetime) -> int:
    """Hand on whatever came to the accounts of merged members since (a hold that ended, an adjustment); how many."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSED)
        ids = [account_id for (account_id,) in cursor.fetchall()]
    for account_id in ids:
        with transaction.atomic():
            pair = lock_successor(account_id, now=now)
            if pair is not None:
                settle(pair.closing, pair.staying, merge_id=merge_of(pair.closing.id), now=now, actor_label="merge")
    return len(ids)


def lock_successor(account_id: int, *, now: dt.datetime) -> Pair | None:
    """A closed account and the one at the end of its chain, locked by rising id and up to date; None: it is open."""
    chain = [account_id]
    while (following := Account.objects.values_list("successor_id", flat=True).get(pk=chain[-1])) is not None:
        chain.append(following)
    locked = ledger.lock_accounts([account_id, chain[-1]])
    if locked[account_id].successor_id is None or account_id == chain[-1]:
        return None
    if locked[chain[-1]].successor_id is not None:
        raise MergeGone  # merged once more in this very moment; asking again helps
    for one in sorted(locked):
        ledger.roll_forward(locked[one], now=now)
    return Pair(locked[account_id], locked[chain[-1]])


def merge_of(account_id: int) -> int:
    """The live merge that closed an account."""
    owner = Account.objects.values_list("owner_id", flat=True).get(pk=account_id)
    return Merge.objects.values_list("pk", flat=True).get(merged=owner, undone_at__isnull=True)


def _lots(statement: str, parameters: list[int] | dict[str, int | list[int]]) -> list[_Lot]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [_Lot(*row) for row in cursor.fetchall()]


def _first(lots: Sequence[_Lot], points: int) -> list[_Lot]:
    """As many of the lots, the last of them in part, as hold `points`."""
    found = []
    for lot in lots:
        part = min(lot.free, points)
        if part <= 0:
            break
        found.append(_Lot(lot.id, part, lot.is_pending, lot.activates_at, lot.expires_at))
        points -= part
    return found


def _bucket(lot: _Lot) -> Bucket:
    return Bucket.PENDING if lot.is_pending else Bucket.AVAILABLE


def _grants(lots: Sequence[_Lot]) -> list[ledger.Grant]:
    """Each lot arrives as one that cites it, spendable and burning on the same days."""
    return [
        ledger.Grant(
            lot.free,
            lot.activates_at if lot.is_pending else None,
            lot.expires_at,
            source=Bucket.TRANSFER,
            cites_id=lot.id,
        )
        for lot in lots
    ]
