"""The steps of an import as a person takes them: upload, say what columns mean, check, apply; or throw it away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.db import transaction

from loyalty_site.ground.models import Company, Job
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import enqueue_job, record_audit
from members.services.fields import field_words
from programs.errors import ImportColumnMissing, ImportProgramMissing, ImportWrongState
from programs.models import ImportBatch, ImportKey, ImportKind, ImportState, Program, ProgramState
from programs.queries.importing import meaning_before
from programs.rules.importing.headings import with_own
from programs.rules.importing.kinds import VOCABULARIES
from programs.rules.importing.plan import Hints, Plan
from programs.services.importing.files import Look, copy_of, look_at, remove_file, store_file, witnessed

_RESOURCE = "programs.importbatch"
POINT_DECIMALS_OF_NEW_PROGRAM = 2


@dataclass(frozen=True, slots=True)
class UploadOrder:
    """What to take in. `mapping` {heading: field} and `sheet` (of a workbook) overrule the guess; `points_mode` is a
    PointsMode value; `consents` as in Meaning; `terms` are what the kind of file wants to be told besides."""

    file_name: str
    blocks: Iterable[bytes]
    default_region: str
    program: Program | None = None
    points_mode: str = ""
    mapping: dict[str, str] | None = None
    consents: dict[str, Any] | None = None
    created_by_id: int | None = None
    sheet: str = ""
    kind: str = ImportKind.CUSTOMERS
    terms: dict[str, Any] = field(default_factory=dict)


def upload_file(order: UploadOrder, *, actor: Principal, now: dt.datetime, note_it: bool = True) -> ImportBatch:
    """Store a file and take a first look. The batch is `uploaded`, or `refused` with its file_error.

    `note_it` False leaves no audit row (a dry run that is thrown away at once).
    """
    stored = store_file(order.blocks)
    hints = _hints(order.kind, order.mapping)
    look = (
        Look(encoding="", error=stored.error) if stored.error else look_at(stored.name, sheet=order.sheet, hints=hints)
    )
    with transaction.atomic():
        batch = ImportBatch(
            kind=order.kind,
            terms=order.terms,
            file_name=order.file_name[-200:],
            file_hash=stored.sha256,
            default_region=order.default_region.upper(),
            program=(order.program or only_program()) if _is_of_people(order.kind) else None,
            points_mode=order.points_mode,
            consent_source=order.consents or {},
            created_by_id=order.created_by_id,
            created_at=now,
        )
        batch.file.name = stored.name
        _note_look(batch, look)
        batch.save()
        if note_it:
            record_audit(
                actor=actor,
                action="upload_import",
                target=_RESOURCE,
                target_id=batch.pk,
                now=now,
                details={
                    "kind": order.kind,
                    "bytes": stored.size,
                    "sha256": stored.sha256,
                    "file_error": batch.file_error,
                },
            )
    return batch


def _hints(kind: str, mapping: dict[str, str] | None = None) -> Hints:
    about = VOCABULARIES[kind]
    if _is_of_people(kind):
        about = with_own(about, *field_words())
    return Hints(mapping=mapping, recall=partial(meaning_before, kind, known=frozenset(about.fields)), about=about)


def _is_of_people(kind: str) -> bool:
    return kind == ImportKind.CUSTOMERS


def _note_look(batch: ImportBatch, look: Look) -> None:
    batch.encoding = look.encoding
    batch.file_error, batch.file_error_line = look.error, look.error_line
    batch.state = ImportState.REFUSED if look.error else ImportState.UPLOADED
    if look.plan:
        _note_plan(batch, look.plan)
    else:
        batch.delimiter = "," if look.error == "empty_file" else ""


def _note_plan(batch: ImportBatch, plan: Plan) -> None:
    batch.delimiter = plan.delimiter
    batch.header_line = plan.header_line or None
    batch.mapping = [[header, field] for header, field in zip(plan.headers, plan.fields, strict=True)]
    batch.reading = {"plan": plan.to_json()}


def only_program() -> Program | None:
    """The programme that need not be named: the only one, or the only active one."""
    programs = list(Program.objects.exclude(state=ProgramState.CLOSED)[:50])
    active = [program for program in programs if program.state == ProgramState.ACTIVE]
    return programs[0] if len(programs) == 1 else active[0] if len(active) == 1 else None


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a person decided in the second step. `fields` is by column ("" ignored); `orders` {column: dmy | mdy} and
    `separators` {column: "," | "."} answer what the file left open; `consents` declares where the file's consents come
    from: {"place", "by": who collected them, "channels": what a yes is about, "wording": id of the words or None};
    `terms` are what the kind of file wants to know."""

    fields: tuple[str, ...]
    default_region: str = ""
    points_mode: str = ""
    program: Program | None = None
    orders: dict[int, str] | None = None
    separators: dict[int, str] | None = None
    consents: dict[str, Any] | None = None
    terms: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def set_meaning(batch_id: int, meaning: Meaning) -> ImportBatch:
    """Keep what the columns mean. Earlier checking is thrown away; ImportWrongState once it is being applied."""
    batch = _open_batch(batch_id)
    plan = replace(Plan.from_json(batch.reading["plan"]), fields=meaning.fields)
    if not _is_of_people(batch.kind):
        # A column that nobody knew before has its days or amounts looked at now.
        plan = witnessed(batch.stored_name, plan, VOCABULARIES[batch.kind])
    plan = replace(
        plan,
        orders={**plan.orders, **(meaning.orders or {})},
        separators={**plan.separators, **(meaning.separators or {})},
    )
    _forget_check(batch)
    _note_plan(batch, plan)
    batch.default_region = meaning.default_region.upper()
    batch.points_mode = meaning.points_mode
    batch.terms = meaning.terms
    batch.program = (meaning.program or only_program()) if _is_of_people(batch.kind) else None
    batch.consent_source = meaning.consents or {}
    batch.state = ImportState.UPLOADED
    batch.save()
    return batch


@transaction.atomic
def read_again(batch_id: int, *, encoding: str = "", sheet: str = "") -> ImportBatch:
    """Read the file in another encoding, chosen by a person who saw wrong letters, or another sheet of a workbook."""
    batch = _open_batch(batch_id)
    _forget_check(batch)
    _note_look(batch, look_at(batch.stored_name, encoding=encoding, sheet=sheet, hints=_hints(batch.kind)))
    batch.save()
    return batch


@transaction.atomic
def start_check(batch_id: int, *, now: dt.datetime, in_background: bool = True) -> ImportBatch:
    """Begin checking; the worker goes on unless the caller runs the chunks itself.

    Raises ImportProgramMissing, or ImportColumnMissing when the rows could not be told apart.
    """
    batch = _open_batch(batch_id)
    if missing := VOCABULARIES[batch.kind].missing([meaning for _, meaning in batch.mapping]):
        raise ImportColumnMissing(fields=", ".join(missing))
    if (
        _is_of_people(batch.kind)
        and batch.program is None
        and Program.objects.exists()
        and "points" in dict(map(reversed, batch.mapping))
    ):
        raise ImportProgramMissing
    _forget_check(batch)
    batch.state = ImportState.CHECKING
    if in_background:
        total = copy_of(batch.stored_name).stat().st_size
        batch.job = enqueue_job(
            kind="programs.check_import", payload={"batch_id": batch.pk}, now=now, total_count=total
        )
    batch.save()
    return batch


@transaction.atomic
def confirm_import(batch_id: int, *, actor: Principal, now: dt.datetime, in_background: bool = True) -> ImportBatch:
    """Let a checked batch be applied. Without any programme, one called Points is drafted to hold the balances."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("program").get(pk=batch_id)
    if batch.state != ImportState.CHECKED:
        raise ImportWrongState(state=batch.get_state_display())
    made_program = False
    if _is_of_people(batch.kind) and batch.program is None and batch.points_mode != "ignore" and _has_points(batch):
        # Another file may have brought the programme meanwhile.
        made_program = not Program.objects.exists()
        batch.program = _points_program() if made_program else only_program()
        if batch.program is None or batch.program.point_decimals != POINT_DECIMALS_OF_NEW_PROGRAM:
            raise ImportProgramMissing
    if made_program and batch.program:
        batch.reading = {**batch.reading, "made_program": batch.program.code}
    batch.state = ImportState.APPLYING
    if in_background:
        rows = batch.totals["data_rows"] + batch.totals["skipped"]
        batch.job = enqueue_job(kind="programs.apply_import", payload={"batch_id": batch.pk}, now=now, total_count=rows)
    batch.save()
    record_audit(
        actor=actor,
        action="apply_import",
        target=_RESOURCE,
        target_id=batch.pk,
        now=now,
        details={"kind": batch.kind, **batch.totals, "program": batch.program_id, "made_program": made_program},
    )
    return batch


def _has_points(batch: ImportBatch) -> bool:
    return any(meaning == "points" for _, meaning in batch.mapping)


def _points_program() -> Program:
    company = Company.objects.first()
    return Program.objects.create(
        name="Points",
        code="points",
        currency=company.currency if company else "USD",
        currency_exponent=company.currency_exponent if company else 2,
        time_zone=company.time_zone if company else "UTC",
        point_decimals=POINT_DECIMALS_OF_NEW_PROGRAM,
    )


@transaction.atomic
def discard_import(batch_id: int) -> None:
    """Forget a batch that was not applied, with its rows and its file. Raises ImportWrongState otherwise."""
    batch = _open_batch(batch_id)
    name, job_id = batch.stored_name, batch.job_id
    _forget_check(batch)
    batch.delete()
    if job_id:
        Job.objects.filter(pk=job_id).delete()
    transaction.on_commit(lambda: remove_file(name))


def _open_batch(batch_id: int) -> ImportBatch:
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("program").get(pk=batch_id)
    if batch.state in {ImportState.APPLYING, ImportState.DONE, ImportState.UNDOING, ImportState.UNDONE}:
        raise ImportWrongState(state=batch.get_state_display())
    return batch


def _forget_check(batch: ImportBatch) -> None:
    batch.rows.all().delete()
    ImportKey.objects.filter(batch=batch).delete()
    batch.totals = {}
    batch.reading = {"plan": batch.reading["plan"]} if batch.reading else {}


@transaction.atomic
def note_export(batch: ImportBatch, *, actor: Principal, now: dt.datetime, what: str = "rejected") -> None:
    """Audit that somebody takes rows, which hold people's data, out of the house: those rejected, or those that an
    undoing kept."""
    record_audit(
        actor=actor,
        action=f"export_{what}_rows",
        target=_RESOURCE,
        target_id=batch.pk,
        now=now,
        details={"rows": batch.totals.get(what, 0)},
    )
