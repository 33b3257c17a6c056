"""A worker killed by kill -9 in the middle of a list of adjustments: gone on, each line is posted once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db.models import Sum

from loyalty_site.ground.policy import Kind, Principal
from members.services import PersonLoad, load_people
from programs.models import Account, Adjustment, AdjustmentBatch, BatchState, LedgerTransaction
from programs.queries.verify import verify
from programs.services import adjusting
from programs.services.adjusting import ListOrder, work
from tests.factories.configuration import UserFactory
from tests.faults.forked import run_forked
from tests.programs.shop import NOW, open_shop

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 60
CHUNK = 25
KILLED = -9


@pytest.fixture
def boss() -> Principal:
    return Principal(Kind.STAFF, id=UserFactory(username="boss").pk, label="boss", role="administrator")


@pytest.fixture
def batch(boss: Principal) -> AdjustmentBatch:
    """A list of PEOPLE people who get 3 points each, let go."""
    shop = open_shop(adjust_limit=PEOPLE * 3)
    people = [PersonLoad(None, keys=[("card", f"CARD{n:06}", "")]) for n in range(PEOPLE)]
    load_people(people=people, source="tests", now=NOW)
    text = "\n".join(f"CARD{n:06};3" for n in range(PEOPLE))
    order = ListOrder(shop.program, "All", text, "gift", "US")
    return adjusting.ask_list(adjusting.draft_list(order, actor=boss, now=NOW).pk, actor=boss, now=NOW)


def run(batch: AdjustmentBatch, chunk: str, plan: str = "") -> int:
    """Work to the end in a process of its own; its exit code."""

    def to_the_end() -> None:
        while not getattr(work, chunk)(batch_id=batch.pk, now=NOW).is_finished:
            pass

    return run_forked(to_the_end, plan)


def points() -> int:
    return Account.objects.aggregate(points=Sum("available"))["points"]


def assert_sound() -> None:
    assert [(finding.check.what, finding.examples) for finding in verify() if finding.violations] == []


@pytest.mark.parametrize("place", ["before_commit", "after_commit"])
def test_killed_in_a_chunk_and_gone_on_both_ways(
    place: str,
    batch: AdjustmentBatch,
    boss: Principal,
    monkeypatch: pytest.MonkeyPatch,
    note_trials: Callable[[str, int], None],
):
    monkeypatch.setattr(work, "CHUNK_ROWS", CHUNK)
    committed = CHUNK * (2 if place == "after_commit" else 1)
    assert run(batch, "apply_chunk", f"adjusting.chunk.{place}:kill:2") == KILLED
    assert Adjustment.objects.filter(state="posted").count() == committed
    assert points() == committed * 3
    assert_sound()
    assert run(batch, "apply_chunk") == 0
    assert (points(), LedgerTransaction.objects.count()) == (PEOPLE * 3, PEOPLE)
    adjusting.reverse_list(batch.pk, actor=boss, now=NOW)
    assert run(batch, "reverse_chunk", f"reversing.chunk.{place}:kill:2") == KILLED
    assert points() == (PEOPLE - committed) * 3
    assert run(batch, "reverse_chunk") == 0
    batch.refresh_from_db()
    assert (batch.state, points(), LedgerTransaction.objects.count()) == (BatchState.REVERSED, 0, 2 * PEOPLE)
    assert_sound()
    note_trials("T5", 2)
