"""Undoing an applied import: people as they were, points taken back, 500 rows a transaction.

A person is undone whole or not at all. Whoever has been touched since stays as they are, and the row says why.
A killed worker repeats at most the chunk it was in; what was undone is marked with it and never done again.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import JobProgress, enqueue_job, record_audit
from members.queries.pictures import Picture, pictures_of
from members.services import Step, lock_people, remove_people, restore_people, reverse_claims, take_keys_back
from programs.errors import ImportForgotten, ImportWrongState
from programs.models import ImportBatch, ImportRow, ImportState, RowOutcome, UndoOutcome
from programs.queries.undoing import own_accounts, points_of, reasons_of_accounts, reasons_of_known, reasons_of_new
from programs.services import ledger
from programs.services.accounts import close_accounts
from programs.services.importing.before import visits_of
from programs.services.importing.consents import CONSENTS, steps_of
from programs.services.importing.tiers import TIER, take_tiers_back, tier_accounts

CHUNK_ROWS = 500
_GONE = {UndoOutcome.ERASED, UndoOutcome.MERGED}
_TAKEN = [RowOutcome.CREATE, RowOutcome.UPDATE]


@dataclass(slots=True)
class _Person:
    """Everything the batch did to one person, over all of its rows."""

    member_id: int
    rows: list[ImportRow] = field(default_factory=list)
    accounts: list[int] = field(default_factory=list)
    reason: str = ""

    @property
    def is_new(self) -> bool:
        return any(row.outcome == RowOutcome.CREATE for row in self.rows)

    @property
    def images(self) -> list[dict[str, Any]]:
        """In the order in which the file changed them."""
        return [row.values["before"] for row in self.rows if row.values.get("before")]

    @property
    def applied_at(self) -> dt.datetime:
        return max(row.applied_at for row in self.rows if row.applied_at)

    def first_of(self, name: str) -> dict[str, Any]:
        """Columns as they were before the first row."""
        found: dict[str, Any] = {}
        for image in reversed(self.images):
            found |= image[name]
        return found

    def last_of(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for image in self.images:
            found |= image[name]
        return found

    @property
    def keys(self) -> list[tuple[int, str, str]]:
        return [(self.member_id, kind, value) for image in self.images for kind, value in image["keys"]]

    @property
    def steps(self) -> list[Step]:
        """What the batch did to their consents, to be taken back. Of somebody who stays as they are only what it raised:
        a consent without a ground goes, whatever they did since."""
        is_going = not self.reason
        kept = [] if self.reason == UndoOutcome.ERASED else [row.values.get("consents", []) for row in self.rows]
        return [step for step in steps_of(self.member_id, kept) if is_going or step.is_raise]


@transaction.atomic
def start_undo(batch_id: int, *, actor: Principal, now: dt.datetime, in_background: bool = True) -> ImportBatch:
    """Begin to undo an applied import, or try again those who had to stay.

    Raises ImportWrongState, or ImportForgotten once what the rows had changed is no longer kept.
    """
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("program").get(pk=batch_id)
    kept = batch.rows.exclude(undo__in=["", UndoOutcome.UNDONE])
    is_again = batch.state == ImportState.UNDONE and kept.exists()
    if batch.state != ImportState.DONE and not is_again:
        raise ImportWrongState(state=batch.get_state_display())
    applied = batch.rows.filter(applied_at__isnull=False)
    if applied.exists() and not applied.exclude(values={}).exists():
        raise ImportForgotten
    kept.update(undo="")
    batch.state = ImportState.UNDOING
    batch.reading = {**batch.reading, "undo_line": 0, "undo_rows": batch.totals.get("undone", 0)}
    if in_background:
        total = batch.totals.get("created", 0) + batch.totals.get("updated", 0)
        batch.job = enqueue_job(kind="programs.undo_import", payload={"batch_id": batch.pk}, now=now, total_count=total)
    batch.save(update_fields=["state", "reading", "job"])
    record_audit(
        actor=actor,
        action="undo_import",
        target="programs.importbatch",
        target_id=batch.pk,
        now=now,
        details={"created": batch.totals.get("created"), "changed": batch.totals.get("changed"), "again": is_again},
    )
    return batch


def run_chunk(*, batch_id: int, now: dt.datetime) -> JobProgress:
    """Undo the next rows of a batch. Progress is counted in rows."""
    with transaction.atomic():
        progress = _run(batch_id, now)
        failpoint("undo.chunk.before_commit")
    failpoint("undo.chunk.after_commit")
    return progress


def _run(batch_id: int, now: dt.datetime) -> JobProgress:
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("program").get(pk=batch_id)
    total = batch.totals.get("created", 0) + batch.totals.get("updated", 0)
    if batch.state != ImportState.UNDOING:
        return JobProgress(total, total, is_finished=True)
    rows = list(_rows_of(batch).filter(undo="", line__gt=batch.reading["undo_line"]).order_by("line")[:CHUNK_ROWS])
    people = _people_of(batch, rows)
    taken = _undo(batch, people, now)
    done = batch.reading["undo_rows"] + sum(len(person.rows) for person in people)
    batch.reading = {
        **batch.reading,
        "undo_rows": done,
        "undo_line": rows[-1].line if rows else batch.reading["undo_line"],
        "undo_points": batch.reading.get("undo_points", 0) + taken,
    }
    is_finished = len(rows) < CHUNK_ROWS
    if is_finished:
        batch.state, batch.undone_at = ImportState.UNDONE, now
        batch.totals = {**batch.totals, **_outcome(batch)}
    batch.save(update_fields=["reading", "state", "undone_at", "totals"])
    return JobProgress(done, total, is_finished=is_finished)


def _rows_of(batch: ImportBatch) -> Any:  # a queryset
    return batch.rows.filter(applied_at__isnull=False, outcome__in=_TAKEN)


def _outcome(batch: ImportBatch) -> dict[str, Any]:
    """For the result: rows taken back, people removed, restored and left as they are, points taken back."""
    kept = batch.rows.exclude(undo__in=["", UndoOutcome.UNDONE])
    undone = batch.rows.filter(undo=UndoOutcome.UNDONE)
    return {
        "undone": undone.count(),
        "removed": undone.filter(outcome=RowOutcome.CREATE).count(),
        "restored": undone.filter(member__isnull=False).exclude(values__changed=[]).values("member").distinct().count(),
        "kept": kept.values("member").distinct().count(),
        "points_taken_back": points_of(batch, batch.reading.get("undo_points", 0)),
    }


def _people_of(batch: ImportBatch, rows: Iterable[ImportRow]) -> list[_Person]:
    """The people of these rows, each with all of their rows of the batch."""
    people: dict[int, _Person] = {}
    ids = sorted({row.member_id for row in rows if row.member_id})
    for row in _rows_of(batch).filter(member__in=ids, undo="").order_by("line"):
        people.setdefault(row.member_id, _Person(row.member_id)).rows.append(row)
    return list(people.values())


def _undo(batch: ImportBatch, people: list[_Person], now: dt.datetime) -> int:
    """Take these people back as far as nothing happened since; the points taken back, in minor points."""
    strange = _find_accounts(batch, people)
    # Accounts before people, as a sale has it.
    ledger.lock_and_roll(sorted({account for person in people for account in person.accounts}), now=now)
    lock_people([person.member_id for person in people])
    pictures = pictures_of([person.member_id for person in people])
    _find_reasons(batch, people, pictures, strange)
    going = [person for person in people if not person.reason]
    taken = ledger.post_undoing(
        sorted({account for person in going for account in person.accounts}),
        batch_id=batch.pk,
        active_at=_activity(going),
        actor_label=f"import {batch.pk}",
        now=now,
    )
    take_tiers_back({key: way for person in going for key, way in tier_accounts(person.rows).items()}, now)
    reverse_claims([step for person in people for step in person.steps], label=f"import {batch.pk}", now=now)
    known = [person for person in going if not person.is_new]
    take_keys_back([key for person in known for key in person.keys], now=now)
    restore_people({one.member_id: pictures[one.member_id] | one.first_of("fields") for one in known if one.images})
    _mark(people)
    _remove(batch, [person for person in going if person.is_new], now)
    return sum(taken.values())


def _find_accounts(batch: ImportBatch, people: list[_Person]) -> set[int]:
    """Note the accounts of each; the ones of new people on which something else than the import moved points."""
    owned = own_accounts([person.member_id for person in people if person.is_new], batch_id=batch.pk)
    strange = set()
    for person in people:
        named = {image["account"][0] for image in person.images if image["account"]}
        person.accounts = sorted(named | set(tier_accounts(person.rows)))
        for account_id, is_strange in owned.get(person.member_id, []):
            person.accounts.append(account_id)
            strange |= {account_id} if is_strange else set()
    return strange


def _find_reasons(batch: ImportBatch, people: list[_Person], pictures: dict[int, Picture], strange: set[int]) -> None:
    moved = reasons_of_accounts([account for person in people for account in person.accounts], batch_id=batch.pk)
    new = reasons_of_new({person.member_id: person.applied_at for person in people if person.is_new})
    known = reasons_of_known({person.member_id: person.applied_at for person in people if not person.is_new})
    visits = visits_of([person.member_id for person in people])
    for person in people:
        of_account = next((moved[account] for account in person.accounts if account in moved), "")
        if person.is_new:
            of_account = of_account or ("moved" if strange & set(person.accounts) else "")
            reason = new.get(person.member_id, "")
            person.reason = reason if reason in _GONE else of_account or reason
        else:
            person.reason = _reason_of_known(person, pictures[person.member_id], visits) or of_account
            person.reason = known.get(person.member_id, "") if _counts(person, known) else person.reason


def _counts(person: _Person, known: dict[int, str]) -> bool:
    """A card lost or found since matters only where the import itself gave them one."""
    reason = known.get(person.member_id, "")
    return reason in _GONE or (reason == UndoOutcome.KEYS and bool(person.keys))


def _reason_of_known(person: _Person, now_stored: Picture, visits: dict[int, list[int]]) -> str:
    changed = any(set(row.changed) - {CONSENTS, TIER} for row in person.rows)
    if changed and not person.images:
        return UndoOutcome.NO_PICTURE
    after = person.last_of("after")
    if any(now_stored[name] != value for name, value in after.items()):
        return UndoOutcome.EDITED
    if person.images and visits.get(person.member_id) != person.images[-1]["visits"]:
        return UndoOutcome.BOUGHT
    return ""


def _activity(people: list[_Person]) -> dict[int, dt.datetime | None]:
    """{account of a known person: when it was last active before the first row of the file}."""
    found: dict[int, dt.datetime | None] = {}
    for person in people:
        for image in person.images:
            if image["account"] and not person.is_new:
                account_id, _opened, active = image["account"]
                found.setdefault(account_id, dt.datetime.fromisoformat(active) if active else None)
    return found


def _mark(people: list[_Person]) -> None:
    by_outcome: dict[str, list[int]] = defaultdict(list)
    for person in people:
        by_outcome[person.reason or UndoOutcome.UNDONE] += [row.pk for row in person.rows]
    for outcome, ids in by_outcome.items():
        ImportRow.objects.filter(pk__in=ids).update(undo=outcome)


def _remove(batch: ImportBatch, people: list[_Person], now: dt.datetime) -> None:
    close_accounts([account for person in people for account in person.accounts], now=now)
    ids = [person.member_id for person in people]
    ImportRow.objects.filter(batch=batch, member__in=ids).update(member=None)
    remove_people(ids, now=now)
