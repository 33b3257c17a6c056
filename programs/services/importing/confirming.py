"""Saying yes to a checked import: from here on the worker writes."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from loyalty_site.ground.models import Company
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import enqueue_job, record_audit
from programs.errors import ImportProgramMissing, ImportWrongState
from programs.models import ImportBatch, ImportKind, ImportState, Program
from programs.services.importing.batches import (
    POINT_DECIMALS_OF_NEW_PROGRAM,
    RESOURCE,
    is_of_people,
    look_at_series,
    only_program,
)


@transaction.atomic
def confirm_import(batch_id: int, *, actor: Principal, now: dt.datetime, in_background: bool = True) -> ImportBatch:
    """Let a checked batch be applied. Without any programme, one called Points is drafted to hold the balances."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("program").get(pk=batch_id)
    if batch.state != ImportState.CHECKED:
        raise ImportWrongState(state=batch.get_state_display())
    if batch.kind == ImportKind.COUPONS:
        look_at_series(batch)
    made_program = False
    if is_of_people(batch.kind) and batch.program is None and batch.points_mode != "ignore" and _has_points(batch):
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
        target=RESOURCE,
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
