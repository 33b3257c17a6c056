"""Two beats and many lanes at one campaign: it starts once, and its people are listed once."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.utils import IntegrityError

from campaigns.models import Recipient, Run, RunState
from campaigns.services.freezing import freeze_run
from campaigns.services.running import start_due_runs
from loyalty_site.ground import failpoints
from loyalty_site.ground.models import Job
from tests.campaigns.conftest import mailing, rig, sink
from tests.campaigns.mailing import CampaignRig

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
__all__ = ["mailing", "rig", "sink"]
PARALLEL = 6


def at_once(call: Callable[[], Any]) -> list[Any]:
    """What each of PARALLEL threads gets, all calling at the same moment; an exception is what it got."""
    barrier = threading.Barrier(PARALLEL)
    results: list[Any] = []

    def run() -> None:
        try:
            barrier.wait()
            results.append(call())
        except Exception as error:  # noqa: BLE001  the test looks at it
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(PARALLEL)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def slow_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody waits between reading the run and writing it: a race that may happen, happens."""
    plan = failpoints.parse("campaign.start.after_read:sleep=0.3,campaign.freeze.after_read:sleep=0.3")
    monkeypatch.setattr(failpoints, "_PLAN", plan)


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_options: self)


def due_run(rig: CampaignRig) -> Run:
    rig.people(5)
    campaign = rig.make(send_on=dt.date(2026, 3, 11), send_time=dt.time(10))
    return rig.go(campaign)


def start(rig: CampaignRig) -> list[Any]:
    run = due_run(rig)
    assert run.scheduled_for is not None
    moment = run.scheduled_for
    return at_once(lambda: start_due_runs(now=moment))


def test_two_beats_start_a_campaign_once(rig: CampaignRig, slow_hands: None, note_trials: Callable[[str, int], None]):
    started = start(rig)
    assert sorted(map(len, started)) == [0] * (PARALLEL - 1) + [1]
    assert Job.objects.count() == 1
    note_trials("T33", PARALLEL)


def test_without_the_lock_they_would_start_it_twice(rig: CampaignRig, slow_hands: None, without_locks: None):
    start(rig)
    assert Job.objects.count() > 1


def freeze(rig: CampaignRig) -> list[Any]:
    run = rig.go(rig.make())
    assert run.state == RunState.FREEZING
    return at_once(lambda: freeze_run(run_id=run.pk, turn=0, now=rig.now))


def test_many_lanes_list_the_people_once(rig: CampaignRig, slow_hands: None):
    rig.people(5)
    assert sorted(freeze(rig)) == [False] * (PARALLEL - 1) + [True]
    assert Recipient.objects.count() == 5


def test_without_the_lock_the_constraint_is_the_second_wall(rig: CampaignRig, slow_hands: None, without_locks: None):
    rig.people(5)
    refused = [one for one in freeze(rig) if isinstance(one, IntegrityError)]
    assert refused
    assert Recipient.objects.count() == 5


def test_the_lock_is_the_database_s(rig: CampaignRig):
    """A run that somebody holds is passed by, not waited for."""
    run = due_run(rig)
    moment = run.scheduled_for
    assert moment is not None
    with transaction.atomic():
        Run.objects.select_for_update().get(pk=run.pk)
        assert at_once(lambda: start_due_runs(now=moment)) == [[]] * PARALLEL
