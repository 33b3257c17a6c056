"""What somebody should look at after offline receipts came in: returns that wait for their sale, and points that
the order of arrival has changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from programs.errors import ConflictChanged, ConflictDecided
from programs.models import (
    Account,
    AdjustmentReason,
    ConflictState,
    OfflineBatch,
    OfflineConflict,
    Purchase,
)
from programs.queries.offline import overtaken_accounts, past_of
from programs.queries.windows import windows_in_order
from programs.rules.documents import Compiled
from programs.rules.replaying import Difference, PastReturn, PastSale, TierSet, replay
from programs.services import ledger
from programs.services.adjustments import Wish, adjust
from programs.services.late import stood_at
from programs.services.programs import compiled_version
from programs.services.returns import ReturnedPiece, ReturnOrder, take_back
from programs.services.tills import Till, till_by_terminal

ORDER = "order"
WAITING_MAX = 100
type Event = PastSale | PastReturn | TierSet


def book_waiting(till: Till, *, now: dt.datetime) -> list[str]:
    """Book the returns of this partner whose sale has arrived in the meantime; the public ids of what was booked."""
    done = []
    waiting = OfflineConflict.objects.filter(
        state=ConflictState.OPEN, waiting__isnull=False, batch__terminal__store__partner=till.partner_id
    ).order_by("id")
    for conflict_id in list(waiting.values_list("id", flat=True)[:WAITING_MAX]):
        booked = _book_one_waiting(conflict_id, now=now)
        if booked is not None:
            done.append(booked)
    return done


def _book_one_waiting(conflict_id: int, *, now: dt.datetime) -> str | None:
    with transaction.atomic():
        conflict = (
            OfflineConflict.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("batch")
            .filter(pk=conflict_id, state=ConflictState.OPEN)
            .first()
        )
        till = till_by_terminal(conflict.batch.terminal_id, now=now) if conflict else None
        if conflict is None or till is None:
            return None
        try:
            with transaction.atomic():
                returned = take_back(_waiting_order(till, conflict.waiting or {}), now=now)
        except DomainError:
            return None  # not here yet, or something that a person should look at
        conflict.purchase = Purchase.objects.get(public_id=returned.public_id)
        conflict.waiting = None
        conflict.codes = [code for code in conflict.codes if code != "sale_unknown"]
        if not conflict.codes:
            conflict.codes = ["sale_unknown"]
            conflict.state, conflict.decided_at = ConflictState.CORRECTED, now
        conflict.save()
    return returned.public_id


def _waiting_order(till: Till, kept: dict[str, Any]) -> ReturnOrder:
    return ReturnOrder(
        till=till,
        receipt_number=kept["receipt_number"],
        occurred_at=dt.datetime.fromisoformat(kept["occurred_at"]),
        pieces=tuple(ReturnedPiece(position, Decimal(quantity)) for position, quantity in kept["pieces"]),
        sale_id=kept["sale_id"],
        sale_register=kept["sale_register"],
        sale_number=kept["sale_number"],
        sale_on=dt.date.fromisoformat(kept["sale_on"]) if kept["sale_on"] else None,
        cashier_number=kept["cashier_number"],
        register=kept["register"],
        is_offline=True,
    )


def propose_corrections(batch: OfflineBatch, purchase_ids: Sequence[int], *, now: dt.datetime) -> int:
    """Ask the rules again, in the right order, for every account of which later receipts had been booked before.

    What a decided conflict has settled already is not proposed again. Returns how many accounts differ.
    """
    found = 0
    overtaken = dict(overtaken_accounts(purchase_ids))
    # What is proposed already changes too when goods of those receipts come back.
    proposed = OfflineConflict.objects.filter(
        state=ConflictState.OPEN,
        codes__contains=[ORDER],
        account__in=Purchase.objects.filter(pk__in=purchase_ids).values("account"),
    )
    for account_id in proposed.values_list("account_id", flat=True):
        overtaken.setdefault(account_id, now)
    for account_id, since in sorted(overtaken.items()):
        with transaction.atomic():
            account = ledger.lock_account(account_id)
            found += _propose(batch, account, since, now=now)
    return found


def _propose(batch: OfflineBatch, account: ledger.Locked, since: dt.datetime, *, now: dt.datetime) -> bool:
    open_one = _order_conflicts(account.id).filter(state=ConflictState.OPEN).first()
    if open_one is not None:
        # Receipts that differ already are asked again together with the new ones.
        earlier = Purchase.objects.filter(pk__in=[row["id"] for row in open_one.details[ORDER]["receipts"]])
        since = min([since, *earlier.values_list("occurred_at", flat=True)])
    events = past_of(account.id, since)
    versions = {
        event.version_id: compiled_version(event.version_id)
        for event in events
        if isinstance(event, PastSale | TierSet) and event.version_id
    }
    tier, spend = stood_at(account, since)
    differences = replay(_with_windows(account.id, events, versions), versions, tier=tier, spend=spend)
    settled = _settled(account.id)
    asked = {event.purchase_id for event in events if isinstance(event, PastSale)}
    missing = [
        Difference(pid, "", 0) for pid in settled if pid in asked and pid not in {d.purchase_id for d in differences}
    ]
    points = sum(one.points - settled.get(one.purchase_id, 0) for one in (*differences, *missing))
    return _keep(batch, account, open_one, [*differences, *missing], points)


def _with_windows(account_id: int, events: list[Event], versions: Mapping[int, Compiled]) -> list[Event]:
    """The events, and with each sale whose rules ask what was bought in windows what those hold now."""
    asking = {
        place: (versions[event.version_id].asked.windows, event.basket.at.date(), (event.at, event.purchase_id))
        for place, event in enumerate(events)
        if isinstance(event, PastSale) and event.version_id and versions[event.version_id].asked.windows
    }
    found = dict(zip(asking, windows_in_order(account_id, list(asking.values())), strict=True))
    return [
        replace(event, windows=found[place]) if isinstance(event, PastSale) and place in found else event
        for place, event in enumerate(events)
    ]


def _keep(
    batch: OfflineBatch, account: ledger.Locked, open_one: OfflineConflict | None, found: list[Difference], points: int
) -> bool:
    details = {
        ORDER: {"receipts": [{"id": one.purchase_id, "number": one.number, "points": one.points} for one in found]}
    }
    if open_one is None:
        if points:
            OfflineConflict.objects.create(
                batch=batch, codes=[ORDER], details=details, account_id=account.id, points=points
            )
        return bool(points)
    if points:
        open_one.details, open_one.points = details, points
        open_one.save(update_fields=["details", "points"])
    else:
        open_one.delete()  # what arrived since has put it right by itself
    return bool(points)


def _settled(account_id: int) -> dict[int, int]:
    """What decided conflicts have said of each receipt: {purchase id: minor points}. The last word counts."""
    settled: dict[int, int] = {}
    for conflict in _order_conflicts(account_id).exclude(state=ConflictState.OPEN).order_by("decided_at", "id"):
        settled |= {row["id"]: row["points"] for row in conflict.details[ORDER]["receipts"]}
    return settled


def _order_conflicts(account_id: int) -> QuerySet[OfflineConflict]:
    return OfflineConflict.objects.filter(account=account_id, codes__contains=[ORDER])


def dismiss_conflict(*, conflict: OfflineConflict, note: str, actor: Principal, now: dt.datetime) -> None:
    """Leave it as it is. Raises ConflictDecided when somebody has decided already."""
    with transaction.atomic():
        locked = _lock(conflict)
        _decide(locked, ConflictState.DISMISSED, note, actor, now)


def correct_conflict(*, conflict: OfflineConflict, seen: int, note: str, actor: Principal, now: dt.datetime) -> None:
    """Post the proposed correction. `seen` is the proposal that the person saw, in minor points.

    Raises ConflictDecided, ConflictChanged when goods have come back in the meantime (the new proposal is kept), or a
    refusal of the adjustment.
    """
    with transaction.atomic():
        locked = _lock(conflict)
        if ORDER in locked.codes and locked.account_id is not None:
            _propose(locked.batch, ledger.lock_account(locked.account_id), now, now=now)
            found = OfflineConflict.objects.filter(pk=locked.pk).first()
            locked.points, locked.details = (found.points, found.details) if found else (0, locked.details)
        if locked.points == seen:
            if locked.points and locked.account_id is not None:
                wish = Wish(locked.points, AdjustmentReason.OFFLINE, note)
                locked.adjustment = adjust(locked.account_id, wish, actor=actor, now=now)
            _decide(locked, ConflictState.CORRECTED, note, actor, now)
    if locked.points != seen:
        raise ConflictChanged


def _lock(conflict: OfflineConflict) -> OfflineConflict:
    """The conflict under its lock, and before it its account's: the order of all locks."""
    if conflict.account_id is not None:
        Account.objects.select_for_update().get(pk=conflict.account_id)
    locked = OfflineConflict.objects.select_for_update().filter(pk=conflict.pk).first()
    if locked is None or locked.state != ConflictState.OPEN:
        raise ConflictDecided
    return locked


def _decide(conflict: OfflineConflict, state: ConflictState, note: str, actor: Principal, now: dt.datetime) -> None:
    conflict.state, conflict.note, conflict.decided_at, conflict.decided_by_id = state, note, now, actor.id
    conflict.save()
    record_audit(
        actor=actor,
        action="correct_offline" if state == ConflictState.CORRECTED else "dismiss_offline",
        target="programs.offlineconflict",
        target_id=conflict.pk,
        now=now,
    )
