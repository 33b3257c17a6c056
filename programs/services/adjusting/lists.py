"""The steps of a list as people take them: read it, ask for it, decide it, stop it, take it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice

from django.db import transaction

from loyalty_site.ground.errors import ForbiddenByPolicy
from loyalty_site.ground.models import JobState
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import enqueue_job, pause_job, record_audit, resume_job
from programs.errors import BurningDayPast, ListEmpty, ListTooLong, ListWrongState, SecondPersonNeeded
from programs.models import Adjustment, AdjustmentBatch, AdjustmentState, BatchState, Program
from programs.queries.adjusting import list_totals
from programs.rules.adjusting import read_lines
from programs.rules.importing.encodings import encoding_of_head, encoding_of_lines
from programs.services.adjusting.people import find_people
from programs.services.adjustments import needs_second_person

LIST_LINES_MAX = 100_000
_RESOURCE = "programs.adjustmentbatch"


@dataclass(frozen=True, slots=True)
class ListOrder:
    """What somebody uploaded or pasted. `text` is lines "identifier;points"; `region` is the country of bare phones."""

    program: Program
    name: str
    text: str
    reason: str
    region: str
    note: str = ""
    expires_at: dt.datetime | None = None


def text_of_file(content: bytes) -> str:
    """The text of an uploaded list in whatever encoding a spreadsheet wrote it."""
    encoding = encoding_of_head(content[:8192])
    if not encoding:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            encoding = encoding_of_lines(b"\n".join(line for line in content.splitlines() if not line.isascii()))
    return content.decode(encoding, errors="replace")


@transaction.atomic
def draft_list(order: ListOrder, *, actor: Principal, now: dt.datetime) -> AdjustmentBatch:
    """Read a list and find its people; nothing moves. The draft is looked at, then asked for or thrown away.

    Raises ListTooLong, ListEmpty when nobody was found, BurningDayPast; a list is always a person's.
    """
    if actor.id is None:
        raise ForbiddenByPolicy
    if order.expires_at is not None and order.expires_at <= now:
        raise BurningDayPast
    lines = list(islice(read_lines(order.text, point_decimals=order.program.point_decimals), LIST_LINES_MAX + 1))
    if len(lines) > LIST_LINES_MAX:
        raise ListTooLong(most=LIST_LINES_MAX)
    found, unreadable = find_people(order.program, lines, region=order.region, now=now)
    if not found:
        raise ListEmpty
    batch = AdjustmentBatch.objects.create(
        program=order.program,
        name=order.name,
        reason=order.reason,
        note=order.note,
        expires_at=order.expires_at,
        unreadable=unreadable,
        requested_by_id=actor.id,
        requested_at=now,
    )
    Adjustment.objects.bulk_create(
        (
            Adjustment(
                account_id=one.account_id,
                batch=batch,
                line=one.line.number,
                points=one.line.points,
                reason=order.reason,
                expires_at=order.expires_at if one.line.points > 0 else None,
                requested_by_id=actor.id,
                requested_at=now,
            )
            for one in found
        ),
        batch_size=2000,
    )
    _audit(batch, "draft_list", actor=actor, now=now, lines=len(lines), people=len(found))
    return batch


@transaction.atomic
def ask_list(batch_id: int, *, actor: Principal, now: dt.datetime) -> AdjustmentBatch:
    """Let a draft go: it is applied by the worker, or waits for a second person when its total is above the limit."""
    batch = _locked(batch_id, {BatchState.DRAFT})
    _check_day(batch, now)
    totals = list_totals(batch)
    # Whoever lets it go answers for it, also when somebody else had read it in.
    batch.requested_by_id, batch.requested_at = _somebody(actor, batch), now
    Adjustment.objects.filter(batch=batch).update(requested_by=batch.requested_by_id, requested_at=now)
    if needs_second_person(batch.program, totals.given + totals.taken, actor=actor, now=now):
        batch.state = BatchState.WAITING
        batch.save(update_fields=["state", "requested_by", "requested_at"])
        _audit(batch, "ask", actor=actor, now=now, given=totals.given, taken=totals.taken)
    else:
        _start(batch, "programs.apply_adjustments", BatchState.APPLYING, totals.people, now)
        _audit(batch, "apply_list", actor=actor, now=now, given=totals.given, taken=totals.taken)
    return batch


@transaction.atomic
def would_wait(batch_id: int, *, actor: Principal, now: dt.datetime) -> bool:
    """Whether `ask_list` by this person would make the list wait for another."""
    batch = AdjustmentBatch.objects.select_related("program").get(pk=batch_id)
    totals = list_totals(batch)
    return needs_second_person(batch.program, totals.given + totals.taken, actor=actor, now=now)


def _somebody(actor: Principal, batch: AdjustmentBatch) -> int:
    return actor.id if actor.id is not None else batch.requested_by_id


@transaction.atomic
def approve_list(batch_id: int, *, actor: Principal, now: dt.datetime) -> AdjustmentBatch:
    """The second person's yes: the worker begins. Raises SecondPersonNeeded or ListWrongState."""
    batch = _decided(batch_id, actor, now)
    _check_day(batch, now)
    Adjustment.objects.filter(batch=batch).update(decided_by=actor.id, decided_at=now)
    totals = list_totals(batch)
    _start(batch, "programs.apply_adjustments", BatchState.APPLYING, totals.people, now)
    _audit(batch, "approve", actor=actor, now=now, given=totals.given, taken=totals.taken)
    return batch


@transaction.atomic
def refuse_list(batch_id: int, *, actor: Principal, now: dt.datetime) -> AdjustmentBatch:
    """The second person's no: nothing moves, the list is kept to be read."""
    batch = _decided(batch_id, actor, now)
    batch.state = BatchState.REFUSED
    batch.save(update_fields=["state", "decided_by", "decided_at"])
    Adjustment.objects.filter(batch=batch).update(state=AdjustmentState.REFUSED)
    _audit(batch, "refuse", actor=actor, now=now)
    return batch


@transaction.atomic
def discard_list(batch_id: int, *, actor: Principal, now: dt.datetime) -> None:
    """Forget a draft that nobody asked for, with its lines."""
    batch = _locked(batch_id, {BatchState.DRAFT})
    _audit(batch, "discard_list", actor=actor, now=now)
    Adjustment.objects.filter(batch=batch).delete()
    batch.delete()


@transaction.atomic
def pause_list(batch_id: int, *, actor: Principal, now: dt.datetime) -> AdjustmentBatch:
    """Stop the worker after the chunk in hand, or let it go on where it was."""
    batch = _locked(batch_id, {BatchState.APPLYING, BatchState.REVERSING})
    if batch.job is not None:
        if batch.job.state in {JobState.PAUSED, JobState.FAILED}:
            resume_job(batch.job.pk, now=now)
            _audit(batch, "resume", actor=actor, now=now)
        elif pause_job(batch.job.pk):
            _audit(batch, "pause", actor=actor, now=now)
    return batch


@transaction.atomic
def reverse_list(batch_id: int, *, actor: Principal, now: dt.datetime) -> AdjustmentBatch:
    """Begin to take a whole list back: what is unspent of each line's points, each by an adjustment that reverses it."""
    batch = _locked(batch_id, {BatchState.DONE})
    rows = Adjustment.objects.filter(batch=batch, state=AdjustmentState.POSTED, reverses__isnull=True).count()
    _start(batch, "programs.reverse_adjustments", BatchState.REVERSING, rows, now, actor_id=actor.id)
    _audit(batch, "reverse_list", actor=actor, now=now, people=rows)
    return batch


def _locked(batch_id: int, states: Collection[BatchState]) -> AdjustmentBatch:
    rows = AdjustmentBatch.objects.select_for_update(of=("self",)).select_related("program", "job")
    batch = rows.get(pk=batch_id)
    if batch.state not in states:
        raise ListWrongState(state=batch.get_state_display())
    return batch


def _check_day(batch: AdjustmentBatch, now: dt.datetime) -> None:
    """The day on which the points burn may have passed while the list waited."""
    if batch.expires_at is not None and batch.expires_at <= now:
        raise BurningDayPast


def _decided(batch_id: int, actor: Principal, now: dt.datetime) -> AdjustmentBatch:
    batch = _locked(batch_id, {BatchState.WAITING})
    if actor.id is None or actor.id == batch.requested_by_id:
        raise SecondPersonNeeded
    batch.decided_by_id, batch.decided_at = actor.id, now
    return batch


def _start(
    batch: AdjustmentBatch, kind: str, state: BatchState, rows: int, now: dt.datetime, *, actor_id: int | None = None
) -> None:
    payload = {"batch_id": batch.pk} | ({"actor_id": actor_id} if actor_id is not None else {})
    batch.state = state
    batch.job = enqueue_job(kind=kind, payload=payload, now=now, total_count=rows)
    batch.save()


def _audit(batch: AdjustmentBatch, action: str, *, actor: Principal, now: dt.datetime, **details: int) -> None:
    record_audit(
        actor=actor,
        action=action,
        target=_RESOURCE,
        target_id=batch.pk,
        now=now,
        reason=batch.reason,
        details={"program": batch.program_id, **details},
    )
