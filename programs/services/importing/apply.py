"""Applying a checked file: a thousand rows per transaction (more where all are plain new people), people, points and
the mark "done" together.

A killed worker repeats at most the chunk it was in, and a chunk that was committed is never done again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection, transaction

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.rules.money import to_minor
from loyalty_site.ground.services import JobProgress
from members.queries.duplicates import survivors_of
from members.services import PersonLoad, load_people
from members.services.fields import CUSTOM, FieldReader
from programs.models import ImportBatch, ImportKey, ImportRow, ImportState, Program
from programs.queries.importing import count_outcomes
from programs.services.accounts import open_accounts
from programs.services.importing.arrivals import apply_arrivals, burns_at, next_lines
from programs.services.importing.before import images, look_before
from programs.services.importing.consents import book_consents
from programs.services.importing.known import Known, load_known
from programs.services.importing.tiers import book_tiers
from programs.services.ledger import Opening, post_openings

CHUNK_ROWS = 1000
# So many times longer a chunk is where it holds nobody but plain new people: it locks nobody whom a till may serve.
_STRETCH = 5
_DONE = """
    UPDATE programs_importrow r SET applied_at = %(now)s, member_id = g.member, outcome = g.outcome,
        values = CASE WHEN g.before IS NULL THEN r.values
                      ELSE r.values || jsonb_build_object('before', g.before::jsonb) END
    FROM unnest(%(ids)s::bigint[], %(members)s::bigint[], %(outcomes)s::text[], %(befores)s::text[])
         AS g(id, member, outcome, before)
    WHERE r.id = g.id
"""
_ROOTS = (
    "SELECT line, member_id FROM programs_importrow WHERE batch_id = %s AND line = ANY(%s) AND member_id IS NOT NULL"
)


@dataclass(slots=True)
class _Person:
    """Everything that the rows of one chunk say of one person."""

    load: PersonLoad
    opening: tuple[str, Decimal] | None = None
    is_new: bool = False
    keys_seen: set[tuple[str, str]] = field(default_factory=set)


def run_chunk(*, batch_id: int, now: dt.datetime) -> JobProgress:
    """Apply the next rows of a confirmed batch. Progress is counted in rows.

    Raises IntegrityError when somebody enrolled one of these people in the same instant; a repeat finds them.
    """
    with transaction.atomic():
        progress = _run(batch_id, now)
        failpoint("import.chunk.before_commit")
    failpoint("import.chunk.after_commit")
    return progress


def _run(batch_id: int, now: dt.datetime) -> JobProgress:
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("program").get(pk=batch_id)
    total = batch.totals.get("data_rows", 0) + batch.totals.get("skipped", 0)
    if batch.state != ImportState.APPLYING:
        return JobProgress(total, total, is_finished=True)
    # Every row up to this line is done: whoever looked for those that are not would pass the done ones again and again.
    after = batch.reading.get("applied_line", 0)
    todo = batch.rows.filter(line__gt=after, applied_at__isnull=True).order_by("line")
    lines = next_lines(batch, after=after, most=CHUNK_ROWS, stretch=_STRETCH)
    is_finished = len(lines) < CHUNK_ROWS
    if lines:
        if not apply_arrivals(batch, after=after, last_line=lines[-1], now=now):
            lines = lines[:CHUNK_ROWS]
        _apply_rows(batch, list(todo.filter(line__lte=lines[-1])), now)
        after = lines[-1]
    done = batch.reading.get("applied", 0) + len(lines)
    batch.reading = {**batch.reading, "applied": done, "applied_line": after}
    if is_finished:
        batch.state, batch.applied_at = ImportState.DONE, now
        batch.totals = count_outcomes(batch.pk)
        ImportKey.objects.filter(batch_id=batch.pk).delete()
    batch.save(update_fields=["reading", "state", "applied_at", "totals"])
    return JobProgress(done, total, is_finished=is_finished)


def _apply_rows(batch: ImportBatch, rows: Sequence[ImportRow], now: dt.datetime) -> None:
    if not rows:
        return
    people: dict[str, _Person] = {}
    tokens = _collect(batch, rows, people)
    before = look_before([load.member_id for load in _loads(people) if load.member_id], batch.program_id)
    load_people(people=_loads(people), source="import", now=now)
    members = [people[tokens[row.pk]].load.member_id if row.pk in tokens else row.member_id for row in rows]
    raised = book_tiers(batch, rows, members, now)
    moved = _book(batch, batch.program, list(people.values()), now) if batch.program else {}
    keys = {load.member_id or 0: [(kind, value) for kind, value, _ in load.keys] for load in _loads(people)}
    befores = images(before, keys=keys, accounts=raised | moved)
    book_consents(batch, rows, members, now)
    with connection.cursor() as cursor:
        cursor.execute(
            _DONE,
            {
                "now": now,
                "ids": [row.pk for row in rows],
                "members": members,
                "outcomes": [row.outcome for row in rows],
                # Beside the first row of each person that did something: an undo looks at no other.
                "befores": [
                    json.dumps(befores.pop(member)) if row.pk in tokens and member in befores else None
                    for row, member in zip(rows, members, strict=True)
                ],
            },
        )


def _loads(people: Mapping[str, _Person]) -> list[PersonLoad]:
    return [person.load for person in people.values()]


def _collect(batch: ImportBatch, rows: Sequence[ImportRow], people: dict[str, _Person]) -> dict[int, str]:
    """Gather what rows say, person by person, into `people`; {row id: token}.

    Looks again who has which key now: since the check somebody may have enrolled at a till, or the same file may
    have been applied from another window.
    """
    taking = [row for row in rows if row.outcome in {"create", "update"}]
    keys = [(kind, value) for row in taking for kind, value, _ in row.values["keys"]]
    known = load_known(batch, keys, [row.line for row in taking], point_decimals=0)
    carried = {key for key, holder in known.owners.items() if holder[0] == "m"}
    roots = _root_members(batch, [row.same_as for row in taking if row.same_as])
    # Whoever was merged since the check is somebody else by now.
    survivors = survivors_of({row.member_id for row in taking if row.member_id} | set(roots.values()))
    tokens: dict[int, str] = {}
    reader = FieldReader() if any(meaning.startswith(CUSTOM) for _, meaning in batch.mapping) else None
    for row in taking:
        if before := known.repeat_of(row.line, row.values["given"]):
            row.outcome, row.member_id = "unchanged", None if before.is_erased else before.member_id
            continue
        token = _token(row, known, roots, survivors)
        if row.outcome == "create" and token[0] == "m":
            _turn_into_update(row, batch.points_mode)
        tokens[row.pk] = token
        member_id = int(token[1:]) if token[0] == "m" else None
        person = people.setdefault(token, _Person(PersonLoad(member_id), is_new=member_id is None))
        _add(person, row, carried)
        if reader:
            changed = {name: row.values["given"][name] for name in row.changed if name.startswith(CUSTOM)}
            person.load.custom |= reader.custom_values(changed)
    return tokens


def _token(row: ImportRow, known: Known, roots: dict[int, int], survivors: Mapping[int, int]) -> str:
    member_id = row.member_id or (roots.get(row.same_as) if row.same_as else None)
    if member_id:
        return f"m{survivors.get(member_id, member_id)}"
    owners = (known.owners.get((kind, value), "") for kind, value, _ in row.values["keys"])
    return next((owner for owner in owners if owner.startswith("m")), f"l{row.same_as or row.line}")


def _turn_into_update(row: ImportRow, points_mode: str) -> None:
    """The person is known by now: their balance moves only when the import was asked to move known balances."""
    row.outcome = "update"
    opening = row.values["opening"]
    row.values["opening"] = [points_mode, opening[1]] if opening and points_mode in {"add", "set"} else None


def _root_members(batch: ImportBatch, lines: Sequence[int]) -> dict[int, int]:
    if not lines:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ROOTS, [batch.pk, list(lines)])
        return dict(cursor.fetchall())


def _add(person: _Person, row: ImportRow, carried: set[tuple[str, str]]) -> None:
    given, changed = row.values["given"], set(row.changed)
    person.load.values |= {name: value for name, value in given.items() if name in changed}
    for kind, value, shown in row.values["keys"]:
        if (kind, value) not in carried and (kind, value) not in person.keys_seen:
            person.keys_seen.add((kind, value))
            person.load.keys.append((kind, value, shown))
    opening = row.values["opening"]
    if not opening:
        return
    mode, points = opening[0], Decimal(opening[1])
    if mode == "add" and person.opening:
        person.opening = (person.opening[0], person.opening[1] + points)
    else:
        # A new account is empty: setting it is opening it.
        person.opening = ("add" if person.is_new else mode, points)


def _book(batch: ImportBatch, program: Program, people: Sequence[_Person], now: dt.datetime) -> dict[int, int]:
    """Open accounts for the new people and for balances, and book the balances as lots with dates.

    {member id: account} of those whose balance the file named.
    """
    wanted = [person for person in people if person.is_new or person.opening]
    ids = [person.load.member_id for person in wanted if person.load.member_id]
    accounts = open_accounts(program_id=program.pk, member_ids=ids, now=now)
    burns = burns_at(batch, now)
    by_account: dict[int, Opening] = {}
    booked: dict[int, int] = {}
    for person in wanted:
        if not person.opening or person.load.member_id is None:
            continue
        account = booked[person.load.member_id] = accounts[person.load.member_id]
        mode, points = person.opening[0], to_minor(person.opening[1], program.point_decimals)
        before = by_account.get(account)
        if before and mode == "add":
            mode, points = before.mode, before.points + points
        by_account[account] = Opening(account, points, now, burns, mode)
    if by_account:
        post_openings(
            program=program,
            openings=list(by_account.values()),
            batch_id=batch.pk,
            actor_label=f"import {batch.pk}",
            now=now,
        )
    return booked
