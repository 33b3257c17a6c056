"""People of one household, and the staff, at work on the same points at once (T23, T26)."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from loyalty_site.ground import failpoints
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import system
from members.models import Member
from programs.models import Account, Adjustment
from programs.queries.verify import verify
from programs.services import households
from programs.services.adjustments import Wish, adjust
from programs.services.ledger import locking
from tests.programs.shop import Shop, open_shop

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
BOSS = system("tests")
THREADS = 40


@pytest.fixture
def shop() -> Shop:
    made = open_shop(redeem_max_percent=100)
    made.now = timezone.now()
    return made


@pytest.fixture
def family(shop: Shop) -> list[Member]:
    """Two people of one household with 1,000 points each."""
    people = [shop.member(f"+1212555010{n}", f"Person {n}") for n in range(2)]
    for member in people:
        shop.sell({"C": "1000.00"}, member)
    households.add_to_household(member_id=people[0].pk, other_id=people[1].pk, actor=BOSS, now=shop.now)
    return people


def together(calls: list[Callable[[], Any]]) -> list[BaseException | None]:
    """What each call raised, all begun at one moment on connections of their own."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> BaseException | None:
        try:
            barrier.wait()
            call()
        except (DomainError, DatabaseError) as error:
            return error
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def criss_cross(shop: Shop, family: list[Member]) -> list[BaseException | None]:
    """Half of the threads move points one way, half the other."""
    ids = [shop.account(member).pk for member in family]
    ways = [(ids[n % 2], ids[1 - n % 2]) for n in range(THREADS)]
    return together(
        [lambda way=way, n=n: households.transfer(*way, 1 + n, actor=BOSS, now=shop.now) for n, way in enumerate(ways)]
    )


def assert_sound() -> None:
    assert [(finding.check.what, finding.examples) for finding in verify() if finding.violations] == []


def test_opposite_transfers_never_wait_for_each_other(
    shop: Shop, family: list[Member], note_trials: Callable[[str, int], None]
):
    assert criss_cross(shop, family) == [None] * THREADS
    # The even threads gave 1, 3, 5 ...; the odd ones 2, 4, 6 ...: twenty more came back than went.
    assert [shop.account(member).available for member in family] == [1020, 980]
    assert_sound()
    note_trials("T23", THREADS)


def test_without_one_order_of_locks_somebody_is_a_victim(
    shop: Shop, family: list[Member], monkeypatch: pytest.MonkeyPatch, note_mutant: Callable[..., None]
):
    """The negative control: each locks what they give from first, and two of them wait for each other for ever."""
    monkeypatch.setattr(locking, "lock_order", list)
    monkeypatch.setattr(failpoints, "_PLAN", failpoints.parse("accounts.between_locks:sleep=0.05"))
    victims = [error for error in criss_cross(shop, family) if isinstance(error, DatabaseError)]
    note_mutant(killed=bool(victims))
    assert victims
    assert_sound()


def test_adjusting_while_the_till_sells_and_the_household_moves(
    shop: Shop, family: list[Member], note_trials: Callable[[str, int], None]
):
    chance = random.Random(26)
    ids = [shop.account(member).pk for member in family]

    def step(number: int) -> Callable[[], Any]:
        at, points = number % 2, chance.randrange(1, 300)
        return [
            lambda: adjust(ids[at], Wish(points, "goodwill"), actor=BOSS, now=shop.now),
            lambda: adjust(ids[at], Wish(-points, "mistake"), actor=BOSS, now=shop.now),
            lambda: shop.sell({"C": "30.00"}, family[at], redeem=str(points)),
            lambda: households.transfer(ids[at], ids[1 - at], points, actor=BOSS, now=shop.now),
        ][number % 4 if number % 8 < 4 else chance.randrange(4)]

    refused = []
    for _round in range(3):
        refused += together([step(number) for number in range(THREADS)])
    assert [error for error in refused if error is not None and not isinstance(error, DomainError)] == []
    assert all(account.available >= 0 for account in Account.objects.all())
    acts = Audit.objects.filter(object_type="programs.adjustment").count()
    assert acts == Adjustment.objects.count()  # each act beside its audit row, no more and no fewer
    assert_sound()
    note_trials("T26", 3 * THREADS)


def test_two_windows_cannot_pass_below_the_limit_together(shop: Shop, family: list[Member]):
    """Two adjustments by one person on two accounts at the same moment: the second sees the first."""
    from loyalty_site.ground.policy import Kind, Principal
    from tests.factories.configuration import UserFactory

    sue = Principal(Kind.STAFF, id=UserFactory(username="sue").pk, label="sue", role="administrator")
    ids = [shop.account(member).pk for member in family]
    calls = [lambda at=at: adjust(ids[at % 2], Wish(400, "gift"), actor=sue, now=shop.now) for at in range(8)]
    assert together(calls) == [None] * 8
    states = list(Adjustment.objects.values_list("state", flat=True))
    assert (states.count("posted"), states.count("waiting")) == (2, 6)
    assert_sound()
