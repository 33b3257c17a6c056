"""T40: somebody presses Pause in the very moment in which a worker claims."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.utils import timezone

from campaigns.models import Run
from campaigns.services import sending
from campaigns.services.running import pause_campaign
from members.models import Message, MessageState
from members.services.delivery import claiming
from members.services.delivery import sending as delivering
from members.services.delivery.sending import close_senders
from tests.campaigns.mailing import TESTS, CampaignRig
from tests.members.mailing import open_mailing
from tests.races.test_mailing_races import together
from tests.smtp_sink import CountingSink

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
PEOPLE = 12
PATIENCE = 20.0  # seconds; reached only when something hangs
# Not pg_stat_activity, which a transaction reads once and remembers.
KEPT_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


@pytest.fixture
def rig(settings, monkeypatch):
    with CountingSink() as sink:
        mailing = open_mailing(sink, settings)
        settings.MESSAGE_RENDERERS = {"campaign": "campaigns.services.rendering.render_messages"}
        made = CampaignRig(mailing, now=timezone.now())
        made.people(PEOPLE)
        yield made
        close_senders()


def sent_after_pause(rig: CampaignRig, monkeypatch: pytest.MonkeyPatch) -> int:
    """A claim that has judged and not committed when the pause comes; how many mails go out all the same."""
    campaign = rig.make()
    run = rig.go(campaign)
    for _ in range(2):  # lists the people, then plans their messages
        sending.advance_run(run_id=run.pk, turn=run.turn, now=rig.now)
    assert Message.objects.filter(state=MessageState.PLANNED).count() == PEOPLE
    judged, paused = threading.Event(), threading.Event()

    def await_pause(name: str) -> None:
        """In the claim's transaction: let the pause come, until it has gone through or waits for us. Before the
        handing over: let it end, or whoever is quicker would win (groups that are being handed over still go)."""
        if name == "mail.judged":
            judged.set()
            _until(lambda: paused.is_set() or _keeps_somebody_waiting())
        if name == "mail.after_claim":
            assert paused.wait(PATIENCE)

    monkeypatch.setattr(claiming, "failpoint", await_pause)
    monkeypatch.setattr(delivering, "failpoint", await_pause)

    def pause() -> None:
        assert judged.wait(PATIENCE)
        pause_campaign(campaign_id=campaign.pk, actor=TESTS, now=rig.now)
        paused.set()

    together(lambda: sending.advance_run(run_id=run.pk, turn=run.turn, now=rig.now), pause)
    assert Run.objects.get().state == "paused"
    return len(rig.mailing.sink.received)


def _keeps_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(KEPT_WAITING)
        return bool(cursor.fetchone()[0])


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_pause_takes_back_what_is_being_claimed(rig, monkeypatch, note_trials) -> None:
    assert sent_after_pause(rig, monkeypatch) == 0
    note_trials("T40", 1)


def test_without_the_guard_the_claim_slips_through(rig, monkeypatch, note_mutant) -> None:
    """The negative control."""
    deliver = sending.deliver
    monkeypatch.setattr(sending, "deliver", lambda *, guard, **values: deliver(**values))
    found = sent_after_pause(rig, monkeypatch)
    note_mutant(killed=found > 0)
    assert found > 0


def test_a_pause_waits_longer_than_a_till_would(rig) -> None:
    """On a slow machine workers hold the run for seconds; a person's Pause must be heard all the same."""
    campaign = rig.make()
    run = rig.go(campaign)
    for _ in range(2):
        sending.advance_run(run_id=run.pk, turn=run.turn, now=rig.now)
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("2s",)
    held = threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Run.objects.select_for_update().get(pk=run.pk)
            held.set()
            time.sleep(2.5)

    def pause() -> None:
        assert held.wait(PATIENCE)
        pause_campaign(campaign_id=campaign.pk, actor=TESTS, now=rig.now)

    together(hold, pause)
    assert Run.objects.get().state == "paused"
