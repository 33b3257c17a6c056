"""Files of things whose worker dies or is paused between and within chunks."""

from __future__ import annotations

import pytest

from loyalty_site.ground.failpoints import FailpointError, arm
from loyalty_site.ground.services import claim_due_jobs, claim_job, pause_job, resume_job, run_claimed_job
from programs.models import ImportBatch, ImportState, Product
from programs.services.importing import confirm_import, start_undo
from programs.services.importing.kinds import apply_chunk, undo_chunk
from programs.services.importing.things import applying, undoing
from tests.programs.services.importing.things.bringing import ACTOR, NOW, check

pytestmark = pytest.mark.django_db(transaction=True)
FILE = "sku,name,category\n" + "".join(f"S{number},Name {number},C{number % 3}\n" for number in range(10))


@pytest.fixture(autouse=True)
def small_chunks(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(applying, "CHUNK_ROWS", 3)
    monkeypatch.setattr(undoing, "CHUNK_ROWS", 3)
    yield
    arm("")


def finish(step, batch, point, note_trials):
    """Run chunks while each second one dies at `point`; how often it did."""
    arm(f"{point}:raise:2")
    died = 0
    while True:
        try:
            if step(batch_id=batch.pk, now=NOW).is_finished:
                break
        except FailpointError:
            died += 1
            arm(f"{point}:raise:2")
    arm("")
    note_trials("T5", died)
    assert died


@pytest.mark.parametrize("moment", ["before_commit", "after_commit"])
def test_a_chunk_that_dies_is_done_once(moment, note_trials):
    batch = check("products", FILE)
    confirm_import(batch.pk, actor=ACTOR, now=NOW, in_background=False)
    finish(apply_chunk, batch, f"import.chunk.{moment}", note_trials)
    batch.refresh_from_db()
    assert (batch.state, batch.totals["created"], Product.objects.count()) == (ImportState.DONE, 10, 10)
    start_undo(batch.pk, actor=ACTOR, now=NOW, in_background=False)
    finish(undo_chunk, batch, f"undo.chunk.{moment}", note_trials)
    batch.refresh_from_db()
    assert (batch.state, batch.totals["removed"], Product.objects.count()) == (ImportState.UNDONE, 10, 0)


def test_paused_and_gone_on():
    batch = check("products", FILE)
    job = confirm_import(batch.pk, actor=ACTOR, now=NOW).job
    [job_id] = claim_due_jobs(now=NOW)
    token = claim_job(job_id, now=NOW)
    apply_chunk(batch_id=batch.pk, now=NOW)
    assert pause_job(job.pk)
    run_claimed_job(job_id, token, clock=lambda: NOW)  # its claim is gone: it does nothing
    assert Product.objects.count() == 3
    assert resume_job(job.pk, now=NOW)
    for job_id in claim_due_jobs(now=NOW):
        run_claimed_job(job_id, claim_job(job_id, now=NOW), clock=lambda: NOW)
    assert ImportBatch.objects.get(pk=batch.pk).state == ImportState.DONE
    assert Product.objects.count() == 10
