"""A worker killed by kill -9 while it tries a draft on the past: its chunk is played again or not, no receipt counts twice, the
bar never shows more than was played, and the result is the one of a trial that nobody disturbed."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db.models import Sum

from loyalty_site.ground.models import Job, JobState
from loyalty_site.ground.policy import system
from loyalty_site.ground.services import claim_due_jobs, claim_job, run_claimed_job
from loyalty_site.ground.services.jobs import LEASE
from members.services import PersonLoad, load_people
from programs.models import ImportBatch, Program, ReplayPart, ReplayRun
from programs.services import replays
from programs.services.history import PastLine, PastReceipt, write_history
from programs.services.replays import start_replay
from tests.faults.forked import run_forked
from tests.programs.past import draft_program, run_jobs
from tests.programs.shop import NOW, open_shop

pytestmark = pytest.mark.django_db(transaction=True)
KILLED = -9
PEOPLE, EACH, KINDS = 60, 4, 7


@pytest.fixture
def draft() -> Program:
    """A draft whose answers depend on what came before, and EACH receipts of two lines for each of PEOPLE people."""
    shop = open_shop()
    ids = load_people(people=[PersonLoad(None, {"name": f"Old {n}"}) for n in range(PEOPLE)], source="tests", now=NOW)
    batch = ImportBatch.objects.create(kind="receipts", file="past.csv", file_name="past.csv", file_hash="0" * 64)
    receipts = [
        PastReceipt(
            kind="sale",
            store_id=shop.terminal.store_id,
            register="1",
            number=str(number),
            business_on=at.date(),
            occurred_at=at,
            member_id=member,
            currency="USD",
            total=3000 + 100 * (number % KINDS),
            lines=(PastLine("A", Decimal(1), 1000), PastLine("B", Decimal(2), 2000 + 100 * (number % KINDS))),
        )
        for number, member in enumerate(ids * EACH)
        for at in [NOW - dt.timedelta(days=100) + dt.timedelta(hours=7 * number)]
    ]
    write_history(receipts, batch_id=batch.pk)
    return draft_program()


def ask(draft: Program) -> ReplayRun:
    return start_replay(program=draft, from_on=None, actor=system("tests"), now=NOW)


def test_killed_at_random_chunks_and_gone_on(
    draft: Program,
    monkeypatch: pytest.MonkeyPatch,
    trials: Callable[[int, int], int],
    note_trials: Callable[[str, int], None],
):
    undisturbed = run_jobs(ask(draft), NOW)
    monkeypatch.setattr(replays, "CHUNK_RECEIPTS", trials(10 * EACH, EACH))
    chance = random.Random(31)
    wanted = trials(3, 40)
    run, now = ask(draft), NOW

    def work() -> None:
        for job_id in claim_due_jobs(now=now):
            token = claim_job(job_id, now=now)
            assert token is not None
            run_claimed_job(job_id, token, clock=lambda: now)

    played = bar = hit = 0
    for _trial in range(wanted):
        place, nth = chance.choice(["before_commit", "after_commit"]), chance.choice([1, 1, 2])
        hit += run_forked(work, f"replay.chunk.{place}:kill:{nth}") == KILLED
        kept = ReplayPart.objects.filter(run=run).aggregate(sum=Sum("receipt_count"))["sum"] or 0
        shown = sum(Job.objects.filter(pk__in=run.job_ids).values_list("done_count", flat=True))
        assert played <= kept < PEOPLE * EACH
        # Behind by the chunks after which a worker died before it could say so, never ahead and never back.
        assert bar <= shown <= kept
        played, bar = kept, shown
        now += LEASE + dt.timedelta(seconds=1)  # until then the job is the dead worker's
    assert run_forked(work) == 0
    run.refresh_from_db()
    assert run.totals == undisturbed.totals
    assert run.totals is not None
    assert (run.totals["receipts"], run.totals["members"]) == (PEOPLE * EACH, PEOPLE)
    assert not ReplayPart.objects.exists()
    for job in Job.objects.filter(pk__in=run.job_ids):
        assert (job.state, job.done_count) == (JobState.DONE, job.total_count)
    assert hit == wanted
    note_trials("T5", hit)
