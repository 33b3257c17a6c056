"""Points of one account changed by a person: at once up to a limit, above it after a second person's yes.

The limit is the programme's `adjust_limit`. It counts for one adjustment, and for everything the same person has
changed alone since midnight in the programme's zone, so that ten small ones do not stand in for a large one.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Abs

from loyalty_site.ground.errors import ForbiddenByPolicy
from loyalty_site.ground.models import User
from loyalty_site.ground.policy import ADMINISTRATOR, Principal
from loyalty_site.ground.rules.money import from_minor
from loyalty_site.ground.services import record_audit
from programs.errors import (
    AccountFrozen,
    AdjustmentDecided,
    AdjustmentNothing,
    AdjustmentTooMuch,
    BurningDayPast,
    ReinstateTooMuch,
    SecondPersonNeeded,
)
from programs.models import (
    WITHDRAWN,
    Adjustment,
    AdjustmentBatch,
    AdjustmentState,
    BatchState,
    Bucket,
    Lot,
    Program,
    TransactionKind,
)
from programs.queries.burnt import burnt_of_lot
from programs.rules.dates import Expiry, midnight_after
from programs.services import ledger

_RESOURCE = "programs.adjustment"
_RUNNING_LISTS = (BatchState.APPLYING, BatchState.PAUSED, BatchState.DONE, BatchState.REVERSING, BatchState.REVERSED)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for. `points` in minor points, negative to take; `expires_at` None: by the programme's rule.

    `reason` is an AdjustmentReason; the note stays on the adjustment and never enters the ledger. The same `key` twice
    is one wish: the second time brings the adjustment of the first.
    """

    points: int
    reason: str
    note: str = ""
    expires_at: dt.datetime | None = None
    key: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a wish would do: the spendable and the owed minor points before and after, and whether it would wait.

    `burns_at` is when the new points would burn; None: never, or points are taken.
    """

    before: int
    after: int
    owed_before: int
    owed_after: int
    waits: bool
    burns_at: dt.datetime | None


def preview(account_id: int, wish: Wish, *, lot_id: int | None = None, actor: Principal, now: dt.datetime) -> Preview:
    """What `adjust` (or `reinstate`, with its lot) would do, without doing it. Raises the same refusals."""
    with transaction.atomic():
        before = _locked(account_id, now)
        if lot_id is None:
            adjustment = adjust(account_id, wish, actor=actor, now=now)
        else:
            adjustment = reinstate(lot_id, wish, reason=wish.reason, actor=actor, now=now)
        burns = None
        if wish.points > 0:
            burns = wish.expires_at or life_of_points(Program.objects.get(pk=before.program_id), now)
        transaction.set_rollback(True)
    repaid = min(before.debt, max(wish.points, 0))
    after = before.available + wish.points - repaid
    is_waiting = adjustment.state == AdjustmentState.WAITING
    return Preview(before.available, after, before.debt, before.debt - repaid, is_waiting, burns)


@transaction.atomic
def adjust(account_id: int, wish: Wish, *, actor: Principal, now: dt.datetime) -> Adjustment:
    """Add or take points: posted at once, or waiting when a second person is needed.

    Taking begins with the lots that burn soonest. Raises AdjustmentNothing, AdjustmentTooMuch (a balance never goes
    below zero by hand), AccountFrozen or BurningDayPast.
    """
    if not wish.points:
        raise AdjustmentNothing
    account = _locked(account_id, now)
    asked = _asked_before(wish)
    if asked is not None:
        return asked
    _check_takable(account, wish.points)
    return _ask(account, wish, None, actor=actor, now=now)


@transaction.atomic
def reinstate(lot_id: int, wish: Wish | None, *, reason: str, actor: Principal, now: dt.datetime) -> Adjustment:
    """Give burnt points of one lot again: a new lot that cites it, posted at once or waiting for a second person.

    `wish` None gives all that burnt of it and was not given back. Raises ReinstateTooMuch above that.
    """
    lot = Lot.objects.get(pk=lot_id)
    account = _locked(lot.account_id, now)
    asked = _asked_before(wish) if wish else None
    if asked is not None:
        return asked
    left = burnt_of_lot(lot.pk)
    wish = wish or Wish(left, reason)
    if wish.points <= 0 or wish.points > left:
        raise ReinstateTooMuch(left=_shown(left, account.program_id))
    return _ask(account, wish, lot.pk, actor=actor, now=now)


@transaction.atomic
def approve_adjustment(adjustment_id: int, *, actor: Principal, now: dt.datetime) -> Adjustment:
    """The second person's yes: post it now. Raises SecondPersonNeeded, AdjustmentDecided, or what `adjust` raises."""
    account = _locked(Adjustment.objects.get(pk=adjustment_id).account_id, now)
    adjustment = _waiting(adjustment_id, actor)
    if adjustment.lot_id is not None:
        left = burnt_of_lot(adjustment.lot_id)
        if adjustment.points > left:
            raise ReinstateTooMuch(left=_shown(left, account.program_id))
    _check_takable(account, adjustment.points)
    _decide(adjustment, AdjustmentState.POSTED, actor=actor, now=now)
    _post(account, adjustment, actor=actor, now=now)
    _audit(adjustment, "approve", actor=actor, now=now)
    return adjustment


@transaction.atomic
def refuse_adjustment(adjustment_id: int, *, actor: Principal, now: dt.datetime) -> Adjustment:
    """The second person's no: nothing moves. Raises SecondPersonNeeded or AdjustmentDecided."""
    adjustment = _waiting(adjustment_id, actor)
    _decide(adjustment, AdjustmentState.REFUSED, actor=actor, now=now)
    _audit(adjustment, "refuse", actor=actor, now=now)
    return adjustment


@transaction.atomic
def withdraw_adjustment(adjustment_id: int, *, actor: Principal, now: dt.datetime) -> Adjustment:
    """Take a wish back that still waits: nothing moves. For whoever asked for it, and for administrators.

    Raises AdjustmentDecided, and ForbiddenByPolicy for everybody else.
    """
    adjustment = _still_waiting(adjustment_id)
    is_own = actor.id is not None and actor.id == adjustment.requested_by_id
    if not is_own and actor.role != ADMINISTRATOR:
        raise ForbiddenByPolicy
    adjustment.state, adjustment.problem, adjustment.decided_at = AdjustmentState.REFUSED, WITHDRAWN, now
    # Who asked decides nothing: the column is for a second person.
    adjustment.decided_by_id = None if is_own else actor.id
    adjustment.save(update_fields=["state", "problem", "decided_by", "decided_at"])
    _audit(adjustment, "cancel", actor=actor, now=now)
    return adjustment


def needs_second_person(program: Program, points: int, *, actor: Principal, now: dt.datetime) -> bool:
    """Whether `points` (minor, absolute) need another person's yes, alone or with what `actor` changed alone today.

    Takes the person's row lock, so that two windows of one browser cannot both pass below the limit.
    """
    limit = program.adjust_limit.scaleb(program.point_decimals)
    return points > limit or points + _alone_today(program, actor, now) > limit


def _alone_today(program: Program, actor: Principal, now: dt.datetime) -> int:
    if actor.id is None:
        return 0
    # NO KEY: rows that merely name the person are not held up by this.
    User.objects.select_for_update(no_key=True).get(pk=actor.id)
    zone = ZoneInfo(program.time_zone)
    midnight = dt.datetime.combine(now.astimezone(zone).date(), dt.time(), zone)
    alone = Adjustment.objects.filter(requested_by=actor.id, decided_by__isnull=True, requested_at__gte=midnight)
    mine = alone.filter(account__program=program, batch__isnull=True, state=AdjustmentState.POSTED)
    lists = AdjustmentBatch.objects.filter(
        program=program,
        requested_by=actor.id,
        decided_by__isnull=True,
        requested_at__gte=midnight,
        state__in=_RUNNING_LISTS,
    )
    listed = Adjustment.objects.filter(batch__in=lists, reverses__isnull=True)
    size = Sum(Abs("points"))
    return sum(int(rows.aggregate(size=size)["size"] or 0) for rows in (mine, listed))


def _locked(account_id: int, now: dt.datetime) -> ledger.Locked:
    account = ledger.lock_account(account_id)
    ledger.roll_forward(account, now=now)
    return account


def _asked_before(wish: Wish) -> Adjustment | None:
    return Adjustment.objects.filter(request_key=wish.key).first() if wish.key else None


def _check_takable(account: ledger.Locked, points: int) -> None:
    # Whose books do not add up earns on, and nothing is taken until somebody has looked.
    if points < 0 and account.frozen_at is not None:
        raise AccountFrozen
    if -points > account.available:
        raise AdjustmentTooMuch(available=_shown(account.available, account.program_id))


def _shown(points: int, program_id: int) -> str:
    decimals = Program.objects.values_list("point_decimals", flat=True).get(pk=program_id)
    return str(from_minor(points, decimals))


def _ask(account: ledger.Locked, wish: Wish, lot_id: int | None, *, actor: Principal, now: dt.datetime) -> Adjustment:
    program = Program.objects.get(pk=account.program_id)
    if wish.points > 0 and wish.expires_at is not None and wish.expires_at <= now:
        raise BurningDayPast
    waits = needs_second_person(program, abs(wish.points), actor=actor, now=now)
    adjustment = Adjustment.objects.create(
        account_id=account.id,
        points=wish.points,
        reason=wish.reason,
        note=wish.note,
        lot_id=lot_id,
        request_key=wish.key,
        expires_at=wish.expires_at if wish.points > 0 else None,
        state=AdjustmentState.WAITING if waits else AdjustmentState.POSTED,
        requested_by_id=actor.id,
        requested_at=now,
    )
    if not waits:
        _post(account, adjustment, actor=actor, now=now)
    _audit(adjustment, "ask" if waits else "adjust", actor=actor, now=now)
    return adjustment


def _still_waiting(adjustment_id: int) -> Adjustment:
    adjustment = Adjustment.objects.select_for_update(of=("self",)).get(pk=adjustment_id, batch__isnull=True)
    if adjustment.state != AdjustmentState.WAITING:
        raise AdjustmentDecided(state=adjustment.state_in_words)
    return adjustment


def _waiting(adjustment_id: int, actor: Principal) -> Adjustment:
    adjustment = _still_waiting(adjustment_id)
    if actor.id is None or actor.id == adjustment.requested_by_id:
        raise SecondPersonNeeded
    return adjustment


def _decide(adjustment: Adjustment, state: AdjustmentState, *, actor: Principal, now: dt.datetime) -> None:
    adjustment.state, adjustment.decided_by_id, adjustment.decided_at = state, actor.id, now
    adjustment.save(update_fields=["state", "decided_by", "decided_at"])


def _post(account: ledger.Locked, adjustment: Adjustment, *, actor: Principal, now: dt.datetime) -> None:
    if adjustment.points < 0:
        takes = ledger.take_from_lots(account, -adjustment.points, Bucket.ADJUSTED)
        movement = ledger.Movement(TransactionKind.CORRECT, takes)
    else:
        expires_at = adjustment.expires_at or life_of_points(Program.objects.get(pk=account.program_id), now)
        if expires_at is not None and expires_at <= now:
            raise BurningDayPast
        is_again = adjustment.lot_id is not None
        grant = ledger.Grant(
            adjustment.points,
            activates_at=None,
            expires_at=expires_at,
            source=Bucket.BURNT if is_again else Bucket.ADJUSTED,
            cites_id=adjustment.lot_id,
        )
        kind = TransactionKind.REINSTATE if is_again else TransactionKind.CORRECT
        movement = ledger.Movement(kind, grants=[grant])
    ledger.post(account, [movement], now=now, adjustment_id=adjustment.pk, actor_label=actor.label)


def life_of_points(program: Program, now: dt.datetime) -> dt.datetime | None:
    """When points given now burn by the programme's rule; None: never."""
    life = Expiry(program.expiry_kind, program.expiry_months, program.expiry_days, program.expiry_years)
    return life.burns_at(now, program.time_zone)


def end_of_day(day: dt.date, program: Program) -> dt.datetime:
    """The instant at which points burn whose last day is `day`."""
    return midnight_after(day, program.time_zone)


def _audit(adjustment: Adjustment, action: str, *, actor: Principal, now: dt.datetime) -> None:
    record_audit(
        actor=actor,
        action=action,
        target=_RESOURCE,
        target_id=adjustment.pk,
        now=now,
        reason=adjustment.reason,
        details={"account": adjustment.account_id, "points": adjustment.points, "lot": adjustment.lot_id},
    )
