"""The steps of an import as a person takes them: upload, say what columns mean, check, apply; or throw it away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction

from loyalty_site.ground.disk import needs_room
from loyalty_site.ground.models import Job
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import enqueue_job, record_audit
from programs.errors import (
    CouponForAnybody,
    CouponSeriesClosed,
    CouponWantsMember,
    ImportColumnMissing,
    ImportProgramMissing,
    ImportSeriesMissing,
    ImportWrongState,
)
from programs.models import CouponSeries, ImportBatch, ImportKey, ImportKind, ImportState, Program, ProgramState
from programs.rules.importing.coupons import MEMBER_KEYS
from programs.rules.importing.kinds import VOCABULARIES
from programs.rules.importing.plan import Plan
from programs.services.importing.files import (
    Look,
    Stored,
    copy_of,
    is_slow_to_read,
    look_at,
    path_of,
    remove_file,
    store_file,
    witnessed,
)
from programs.services.importing.reading import hints_of, note_look, note_plan, read_later

RESOURCE = "programs.importbatch"
POINT_DECIMALS_OF_NEW_PROGRAM = 2


@dataclass(frozen=True, slots=True)
class UploadOrder:
    """What to take in. `mapping` {heading: field} and `sheet` (of a workbook) overrule the guess; `points_mode` is a
    PointsMode value; `consents` as in Meaning; `terms` are what the kind of file wants to be told besides.
    `may_wait`: a large file is read by a worker, not now."""

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
    may_wait: bool = False


def upload_file(order: UploadOrder, *, actor: Principal, now: dt.datetime, note_it: bool = True) -> ImportBatch:
    """Store a file and take a first look. The batch is `uploaded`, or `refused` with its file_error, or `reading`.

    `note_it` False leaves no audit row (a dry run that is thrown away at once). Raises DiskFull; whatever goes wrong,
    no file without an import is left behind.
    """
    stored = store_file(order.blocks)
    try:
        with needs_room():
            return _take_in(order, stored, actor, now, note_it=note_it)
    except BaseException:
        remove_file(stored.name)
        raise


def _take_in(order: UploadOrder, stored: Stored, actor: Principal, now: dt.datetime, *, note_it: bool) -> ImportBatch:
    hints = hints_of(order.kind, order.mapping, region=order.default_region)
    is_later = order.may_wait and not stored.error and is_slow_to_read(stored)
    look = Look(encoding="", error=stored.error)
    if not stored.error and not is_later:
        look = look_at(stored.name, sheet=order.sheet, hints=hints)
    with transaction.atomic():
        batch = ImportBatch(
            kind=order.kind,
            terms=order.terms,
            file_name=order.file_name[-200:],
            file_hash=stored.sha256,
            default_region=order.default_region.upper(),
            program=(order.program or only_program()) if is_of_people(order.kind) else None,
            points_mode=order.points_mode,
            consent_source=order.consents or {},
            created_by_id=order.created_by_id,
            created_at=now,
        )
        batch.file.name = stored.name
        if is_later:
            batch.save()
            read_later(batch, stored.size, now)
        else:
            note_look(batch, look)
            batch.save()
        if note_it:
            record_audit(
                actor=actor,
                action="upload_import",
                target=RESOURCE,
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


def is_of_people(kind: str) -> bool:
    """Do such files bring balances of people, which belong to a programme?"""
    return kind == ImportKind.CUSTOMERS


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
    `terms` are what the kind of file wants to know; `is_rounding` takes points finer than the programme's rounded down."""

    fields: tuple[str, ...]
    default_region: str = ""
    points_mode: str = ""
    program: Program | None = None
    orders: dict[int, str] | None = None
    separators: dict[int, str] | None = None
    consents: dict[str, Any] | None = None
    terms: dict[str, Any] = field(default_factory=dict)
    is_rounding: bool = False


@transaction.atomic
def set_meaning(batch_id: int, meaning: Meaning) -> ImportBatch:
    """Keep what the columns mean. Earlier checking is thrown away; ImportWrongState once it is being applied."""
    batch = _open_batch(batch_id)
    _require_plan(batch)
    plan = replace(Plan.from_json(batch.reading["plan"]), fields=meaning.fields)
    about, orders, separators = VOCABULARIES[batch.kind], meaning.orders or {}, meaning.separators or {}
    chosen = {column for column, way in orders.items() if way and way != plan.orders.get(column, "")}
    chosen |= {column for column, way in separators.items() if way and way != plan.separators.get(column, "")}
    known = {*plan.orders, *plan.separators}
    if any(one in {*about.dates, *about.amounts} and column not in known for column, one in enumerate(plan.fields)):
        # A column that nobody knew before has its days or amounts looked at now.
        before = plan
        plan = witnessed(batch.stored_name, plan, about)
        orders, separators = {**before.orders, **orders}, {**before.separators, **separators}
    plan = replace(
        plan,
        chosen=tuple(sorted({*plan.chosen, *chosen})),
        is_rounding=meaning.is_rounding,
        orders={**plan.orders, **orders},
        separators={**plan.separators, **separators},
    )
    _forget_check(batch)
    note_plan(batch, plan)
    batch.default_region = meaning.default_region.upper()
    batch.points_mode = meaning.points_mode
    batch.terms = meaning.terms
    batch.program = (meaning.program or only_program()) if is_of_people(batch.kind) else None
    batch.consent_source = meaning.consents or {}
    batch.state = ImportState.UPLOADED
    # Only a file without a column of keys gets here with an error, and a person has named one by now.
    batch.file_error, batch.file_error_line = "", None
    batch.save()
    return batch


@transaction.atomic
def read_again(batch_id: int, *, now: dt.datetime, encoding: str = "", sheet: str = "") -> ImportBatch:
    """Read the file in another encoding, chosen by a person who saw wrong letters, or another sheet of a workbook; a
    large one in the worker."""
    batch = _open_batch(batch_id)
    _forget_check(batch)
    stored = Stored(batch.stored_name, batch.file_hash, path_of(batch.stored_name).stat().st_size)
    if is_slow_to_read(stored):
        batch.reading = {"encoding": encoding, "sheet": sheet}
        read_later(batch, stored.size, now)
        return batch
    hints = hints_of(batch.kind, region=batch.default_region)
    note_look(batch, look_at(batch.stored_name, encoding=encoding, sheet=sheet, hints=hints))
    batch.save()
    return batch


@transaction.atomic
def start_check(batch_id: int, *, now: dt.datetime, in_background: bool = True) -> ImportBatch:
    """Begin checking; the worker goes on unless the caller runs the chunks itself.

    Raises ImportProgramMissing, ImportColumnMissing when the rows could not be told apart, ImportSeriesMissing or
    CouponSeriesClosed, CouponWantsMember or CouponForAnybody when codes cannot be loaded into the kind of coupon that was chosen.
    """
    batch = _open_batch(batch_id)
    _require_plan(batch)
    if missing := VOCABULARIES[batch.kind].missing([meaning for _, meaning in batch.mapping]):
        raise ImportColumnMissing(fields=", ".join(missing))
    if batch.kind == ImportKind.COUPONS:
        look_at_series(batch)
    if (
        is_of_people(batch.kind)
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


def look_at_series(batch: ImportBatch) -> None:
    """Refuse codes whose kind of coupon is not chosen or not active; of a personal kind, when no column says whose each
    code is, and of one for anybody, when one does."""
    series = CouponSeries.objects.filter(pk=batch.terms.get("series")).first()
    if series is None:
        raise ImportSeriesMissing
    if not series.is_active:
        raise CouponSeriesClosed(series=series.name)
    is_named = any(meaning in MEMBER_KEYS for _, meaning in batch.mapping)
    if series.is_personal and not is_named:
        raise CouponWantsMember(series=series.name)
    if is_named and not series.is_personal:
        raise CouponForAnybody(series=series.name)


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


def _require_plan(batch: ImportBatch) -> None:
    if not batch.reading.get("plan"):
        raise ImportWrongState(state=batch.get_state_display())


def _forget_check(batch: ImportBatch) -> None:
    batch.rows.all().delete()
    ImportKey.objects.filter(batch_id=batch.pk).delete()
    batch.totals = {}
    batch.reading = {"plan": batch.reading["plan"]} if batch.reading.get("plan") else {}


@transaction.atomic
def note_export(batch: ImportBatch, *, actor: Principal, now: dt.datetime, what: str = "rejected") -> None:
    """Audit that somebody takes rows, which hold people's data, out of the house: those rejected, or those that an
    undoing kept."""
    record_audit(
        actor=actor,
        action=f"export_{what}_rows",
        target=RESOURCE,
        target_id=batch.pk,
        now=now,
        details={"rows": batch.totals.get(what, 0)},
    )
