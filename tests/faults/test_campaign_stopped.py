"""T40, T44: a campaign to ten thousand people, paused and resumed twenty times while people unsubscribe; then cancelled."""

from __future__ import annotations

import random
import threading
import time
from typing import override

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.models import CampaignState, RunState
from campaigns.queries.runs import run_figures
from campaigns.services.running import cancel_campaign, pause_campaign, resume_campaign
from loyalty_site.ground.services import claim_due_jobs, claim_job, run_claimed_job
from members.models import Message, MessageState
from members.services import unsubscribe
from members.services.delivery.sending import GROUP, close_senders
from tests.campaigns.mailing import TESTS, CampaignRig
from tests.members.crowd import make_crowd
from tests.members.mailing import Mailing
from tests.smtp_sink import CountingSink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PEOPLE = 10_000
STOPS = 20
LANES = 2


class Worker(threading.Thread):
    """Takes up due jobs until told to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.enough = threading.Event()
        self.broken: list[BaseException] = []

    @override
    def run(self) -> None:
        try:
            while not self.enough.is_set():
                for job_id in claim_due_jobs(now=timezone.now(), limit=1):
                    token = claim_job(job_id, now=timezone.now())
                    if token:
                        run_claimed_job(job_id, token, clock=timezone.now, seconds=1)
                time.sleep(0.01)
        except BaseException as error:  # noqa: BLE001  shown by the test's thread
            self.broken.append(error)
        finally:
            close_senders()
            connection.close()


@pytest.fixture
def sink(settings):
    settings.MAIL_LANES = LANES
    with CountingSink(keep_content=False) as running:
        settings.SMTP_URL = running.url
        yield running


@pytest.fixture
def workers():
    running = [Worker() for _ in range(LANES + 1)]
    yield running
    for worker in running:
        worker.enough.set()
    for worker in running:
        worker.join()


def settled(sink: CountingSink) -> int:
    """How many mails have come when nothing has come for a while: what was in hand is through."""
    count = -1
    while count != len(sink.received):
        count = len(sink.received)
        time.sleep(0.15)
    return count


def wait_for(condition, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_pausing_and_leaving_while_it_runs(sink, workers, note_trials) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    make_crowd(PEOPLE)
    rig = CampaignRig(Mailing(sink), now=timezone.now())
    campaign = rig.make(holdout_percent=10)
    run = rig.go(campaign)
    for worker in workers:
        worker.start()

    more_after_pause: list[int] = []
    left: set[int] = set()
    for _ in range(STOPS):
        sink.wait_for(len(sink.received) + chance.randint(20, 250))
        pause_campaign(campaign_id=campaign.pk, actor=TESTS, now=timezone.now())
        at_pause = len(sink.received)
        # Those who have left are still planned until their turn comes, when they are passed by.
        for message in Message.objects.filter(state=MessageState.PLANNED).exclude(pk__in=left).order_by("?")[:3]:
            assert unsubscribe(message=message, method="one-click", now=timezone.now())
            left.add(message.pk)
        more_after_pause.append(settled(sink) - at_pause)
        assert not Message.objects.filter(state=MessageState.CLAIMED).exists()
        resume_campaign(campaign_id=campaign.pk, actor=TESTS, now=timezone.now())
    # People also leave while it runs.
    for message in Message.objects.filter(state=MessageState.PLANNED).order_by("-id")[:30]:
        if unsubscribe(message=message, method="one-click", now=timezone.now()):
            left.add(message.pk)
    campaign.refresh_from_db()
    wait_for(lambda: type(campaign).objects.get(pk=campaign.pk).state == CampaignState.DONE)

    run.refresh_from_db()
    figures = run_figures(run)
    assert [worker.broken for worker in workers] == [[]] * len(workers)
    assert run.state == RunState.DONE
    assert run.planned_count + run.holdout_count + run.excluded_count == PEOPLE
    assert figures.sent + figures.failed + figures.suppressed + figures.unknown + figures.cancelled == run.planned_count
    assert (figures.failed, figures.unknown, figures.cancelled) == (0, 0, 0)
    assert len(sink.received) == figures.sent
    assert set(sink.recipients().values()) == {1}, "nobody twice"
    assert max(more_after_pause) <= GROUP * LANES, "at most what was in hand"
    after_leaving = Message.objects.filter(pk__in=left, state=MessageState.SENT)
    # Whoever was already claimed when they left had their mail on its way; everybody else was passed by.
    assert after_leaving.count() <= GROUP * LANES
    assert Message.objects.filter(pk__in=left, state=MessageState.SUPPRESSED).count() >= len(left) - GROUP * LANES
    note_trials("T40", STOPS)
    note_trials("T44", len(left))


def test_cancelling_while_it_runs(sink, workers) -> None:
    make_crowd(PEOPLE // 5)
    rig = CampaignRig(Mailing(sink), now=timezone.now())
    campaign = rig.make(holdout_percent=0)
    run = rig.go(campaign)
    for worker in workers:
        worker.start()
    sink.wait_for(150)
    cancel_campaign(campaign_id=campaign.pk, actor=TESTS, now=timezone.now())
    arrived = settled(sink)
    wait_for(lambda: run_figures(run).in_hand == 0)
    run.refresh_from_db()
    figures = run_figures(run)
    assert run.state == RunState.CANCELLED
    assert figures.sent == arrived < run.planned_count
    assert figures.sent + figures.cancelled == run.planned_count
    assert set(sink.recipients().values()) == {1}
