"""Two mailings want the same person at the same moment, and a person leaves at the moment of the claim."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from loyalty_site.ground import failpoints
from members.models import ConsentAction, ContactBudget, Message, MessageState
from members.services.delivery import claiming
from members.services.delivery.sending import close_senders
from tests.members.mailing import Mailing, open_mailing
from tests.smtp_sink import CountingSink

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
PEOPLE = 12
NO_LOCK = claiming._LOCK.replace(
    "FOR NO KEY UPDATE OF message, person SKIP LOCKED", "FOR NO KEY UPDATE OF message SKIP LOCKED"
)
NO_SKIP = claiming._LOCK.replace("FOR NO KEY UPDATE OF message, person SKIP LOCKED", "")


@pytest.fixture
def mailing(settings):
    with CountingSink() as sink:
        yield open_mailing(sink, settings)


@pytest.fixture
def hold(monkeypatch):
    """Everybody waits between judging and claiming: a race that may happen, happens."""
    monkeypatch.setattr(failpoints, "_PLAN", failpoints.parse("mail.judged:sleep=0.3"))


def together(*calls) -> None:
    barrier = threading.Barrier(len(calls))
    broken: list[BaseException] = []

    def run(call) -> None:
        try:
            barrier.wait()
            call()
        except BaseException as error:  # noqa: BLE001  shown by the test's thread
            broken.append(error)
        finally:
            close_senders()
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]


def over_budget(mailing: Mailing) -> int:
    """How many people two mailings at once wrote to more often than the budget of one allows."""
    ContactBudget.objects.create(messages=1, days=7)
    people = mailing.people(PEOPLE)
    for group in (1, 2):
        mailing.plan(people, group=group)
    together(lambda: mailing.send(group=1), lambda: mailing.send(group=2))
    for group in (1, 2):
        mailing.send(group=group)  # what a lock made the other pass by
    close_senders()
    assert len(mailing.sink.recipients()) == PEOPLE
    return sum(count > 1 for count in mailing.sink.recipients().values())


def test_two_mailings_at_once_keep_one_budget(mailing, hold, note_trials) -> None:
    assert over_budget(mailing) == 0
    note_trials("T40", PEOPLE)


def test_without_the_persons_lock_both_write(mailing, hold, monkeypatch, note_mutant) -> None:
    """The negative control."""
    monkeypatch.setattr(claiming, "_LOCK", NO_LOCK)
    found = over_budget(mailing)
    note_mutant(killed=found > 0)
    assert found > 0


def sent_by_two_workers(mailing: Mailing) -> int:
    """Two workers of one mailing at once; how many messages neither could send because they took them from each other."""
    mailing.plan(mailing.people(PEOPLE))
    together(mailing.send, mailing.send)
    return Message.objects.filter(state=MessageState.SENT).count()


def test_two_workers_of_one_mailing_share_the_work(mailing, hold) -> None:
    assert sent_by_two_workers(mailing) == PEOPLE
    assert set(mailing.sink.recipients().values()) == {1}


def test_even_without_the_row_lock_nobody_gets_two(mailing, hold, monkeypatch) -> None:
    """The second wall: a claim takes only what still waits, whatever it read before."""
    monkeypatch.setattr(claiming, "_LOCK", NO_SKIP)
    sent_by_two_workers(mailing)
    assert set(mailing.sink.recipients().values()) == {1}


def test_leaving_during_a_claim_is_wholly_before_or_wholly_after(mailing, monkeypatch, note_trials) -> None:
    """T44: a withdrawal that is confirmed before the claim commits has had its effect, or came after it."""
    monkeypatch.setattr(failpoints, "_PLAN", failpoints.parse("mail.judged:sleep=0.2"))
    member = mailing.person()
    mailing.plan([member], group=1)
    mailing.plan([member], group=2)
    together(lambda: mailing.send(group=1), lambda: mailing.consent(member, ConsentAction.WITHDRAWN))
    mailing.send(group=2)
    close_senders()
    assert Message.objects.get(source_group=2).state == MessageState.SUPPRESSED
    assert len(mailing.sink.received) <= 1
    note_trials("T44", 1)
