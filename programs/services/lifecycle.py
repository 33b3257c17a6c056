"""Computing everybody's stage and scores, and changing how they are drawn. The only writer of stages and moves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction

from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import enqueue_job, record_audit
from loyalty_site.ground.services.jobs import JobProgress
from programs.models import LifecycleModel
from programs.queries.lifecycle import classified, rule_values

REFRESH = "programs.refresh_stages"

# One statement: whoever is unchanged is not written, so a usual night costs little more than reading the summary. The
# old stage is joined before the write, because RETURNING cannot tell it.
_REFRESH = """
    WITH changed AS MATERIALIZED (
        SELECT now_.*, old.stage AS old_stage, old.since AS old_since
        FROM ({classified}) AS now_ LEFT JOIN programs_memberstage old ON old.member_id = now_.member_id
        WHERE old.member_id IS NULL OR (old.stage, old.recency, old.frequency, old.money)
              IS DISTINCT FROM (now_.stage, now_.recency, now_.frequency, now_.money)
    ), written AS (
        INSERT INTO programs_memberstage (member_id, stage, since, recency, frequency, money)
        SELECT member_id, stage,
               CASE WHEN old_stage IS NULL THEN first_since WHEN old_stage <> stage THEN %(today)s ELSE old_since END,
               recency, frequency, money
        FROM changed
        ON CONFLICT (member_id) DO UPDATE SET stage = excluded.stage, since = excluded.since,
            recency = excluded.recency, frequency = excluded.frequency, money = excluded.money
    ), moved AS (
        INSERT INTO programs_memberstagechange (member_id, from_stage, to_stage, changed_on, is_redrawn)
        SELECT member_id, old_stage, stage, %(today)s, %(is_redrawn)s FROM changed WHERE old_stage <> stage
        RETURNING 1
    ), gone AS (
        DELETE FROM programs_memberstage s USING members_member m
        WHERE m.id = s.member_id AND m.status <> ALL(%(living)s)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM changed), (SELECT count(*) FROM moved), (SELECT count(*) FROM gone)
"""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Rows written (new or with another stage or score), moves noted, rows of people who are no longer there."""

    written: int
    moved: int
    gone: int


@transaction.atomic
def refresh_stages(*, now: dt.datetime) -> Refreshed:
    """Compute stage and scores of every member as of now, and note who moved. Safe to repeat; one at a time."""
    model = _locked()
    values = {
        **rule_values(model.rules, now=now),
        "is_redrawn": bool(model.computed_at and model.changed_at and model.changed_at > model.computed_at),
    }
    with connection.cursor() as cursor:
        # Hashes and sorts of a million rows, for this statement only.
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(_REFRESH.format(classified=classified(model.rules)), values)
        found = Refreshed(*cursor.fetchone())
        cursor.execute("SET LOCAL work_mem = DEFAULT")
    LifecycleModel.objects.filter(pk=model.pk).update(computed_at=now)
    return found


@transaction.atomic
def redraw_stages(*, now: dt.datetime) -> None:
    """Let everybody's stage be computed soon, because what is known of their past has changed (an import brought or
    took receipts). The moves this makes are marked as redrawn: nobody came or left today."""
    model = _locked()
    LifecycleModel.objects.filter(pk=model.pk).update(changed_at=now)
    enqueue_job(kind=REFRESH, payload={}, now=now)


def refresh_job(*, now: dt.datetime) -> JobProgress:
    """The handler of the job that follows a change of the thresholds: everybody at once."""
    found = refresh_stages(now=now)
    return JobProgress(found.written, found.written, is_finished=True)


@transaction.atomic
def change_lifecycle(*, changed: LifecycleModel, fields: list[str], actor: Principal, now: dt.datetime) -> None:
    """Save the one row (already cleaned), note who changed which `fields`, and let the stages be computed anew.

    The moves this makes are marked as redrawn: they say nothing about the members.
    """
    stored = _locked()
    changed.pk, changed.computed_at, changed.changed_at = stored.pk, stored.computed_at, now
    changed.save()
    record_audit(
        actor=actor,
        action="change",
        target="programs.lifecyclemodel",
        target_id=changed.pk,
        now=now,
        details={"fields": fields},
    )
    enqueue_job(kind=REFRESH, payload={}, now=now)


def _locked() -> LifecycleModel:
    LifecycleModel.objects.get_or_create(pk=1)
    return LifecycleModel.objects.select_for_update().get(pk=1)
