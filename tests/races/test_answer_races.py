"""Two clicks on "Send" at once, with real threads and connections, and what would happen without the lock."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from feedback.models import Answer, Invitation, Response
from feedback.services import answers
from loyalty_site.ground import failpoints, public
from members.models import Member, Suppression
from members.services import message_token
from tests.factories.configuration import CompanyFactory
from tests.feedback.world import invitation_of, invited, make_survey

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
PARALLEL = 20


@pytest.fixture
def token() -> str:
    CompanyFactory()
    long_ago = timezone.now() - dt.timedelta(hours=1)
    return invited(make_survey(now=long_ago), now=long_ago)


def send_at_once(token: str, monkeypatch: pytest.MonkeyPatch, scores: list[str]) -> Counter[int]:
    """{status: how many} of one POST per score, all at the same moment, each held between reading and writing."""
    monkeypatch.setattr(failpoints, "_PLAN", failpoints.parse("answer.after_read:sleep=0.05"))
    barrier = threading.Barrier(len(scores))
    statuses: list[int] = []

    def send(score: str) -> None:
        try:
            client = Client(raise_request_exception=False)
            barrier.wait()
            statuses.append(client.post(f"/f/{token}/", {"score": score, "comment": "Fast"}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(score,)) for score in scores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(statuses)


def test_a_double_click_saves_one_answer(
    token: str, monkeypatch: pytest.MonkeyPatch, note_trials: Callable[[str, int], None]
):
    assert send_at_once(token, monkeypatch, ["9"] * PARALLEL) == {302: PARALLEL}
    assert (Response.objects.count(), Answer.objects.count()) == (1, 2)
    assert Response.objects.get().version == 1
    note_trials("T60", PARALLEL)


def test_two_minds_at_once_are_two_versions(token: str, monkeypatch: pytest.MonkeyPatch):
    assert send_at_once(token, monkeypatch, ["3", "8"] * 3) == {302: 6}
    response = Response.objects.get()
    versions = list(Answer.objects.filter(score__isnull=False).order_by("version").values_list("version", "score"))
    assert [version for version, _score in versions] == list(range(1, response.version + 1))
    assert versions[-1][1] == response.score


def test_without_the_lock_only_the_unique_key_is_left(token: str, monkeypatch: pytest.MonkeyPatch):
    """The negative control: everybody reads that nobody has answered, and the database refuses all but one."""
    monkeypatch.setattr(answers, "_LOCK", answers._LOCK.replace("FOR UPDATE", ""))
    statuses = send_at_once(token, monkeypatch, ["9"] * PARALLEL)
    assert statuses[500] > 0
    assert Response.objects.count() == 1


@contextmanager
def held(seconds: float, row: Callable[[], Any]) -> Iterator[None]:
    """Somebody else's transaction has the row for so long."""
    has_it = threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                row()
                has_it.set()
                time.sleep(seconds)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    has_it.wait(30)
    yield
    holder.join()


def test_one_click_waits_for_an_import_that_has_the_member(token: str):
    """A mail program asks once, so the row's holder must not make it hear an error."""
    invitation = invitation_of(token)
    address = f"/m/{message_token(invitation.message_id)}/unsubscribe/"
    with held(3, lambda: Member.objects.select_for_update().get(pk=invitation.member_id)):
        answer = Client().post(address, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert Suppression.objects.filter(member=invitation.member_id, channel="email").exists()


def test_a_row_that_stays_held_is_a_503_in_words(token: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(public, "ATTEMPTS", 1)
    with held(3, lambda: Invitation.objects.select_for_update().get()):
        answer = Client().post(f"/f/{token}/", {"score": "9"})
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "5", "no-store")
    assert "in a moment" in answer.content.decode()
    assert Response.objects.count() == 0
