"""Two nights at once: warnings, burning and a till that spends at midnight."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.policy import system
from members.models import Message
from members.services import enrol_member
from programs.models import Account, BurnWarning, Posting
from programs.queries.verify import verify
from programs.services import warnings
from programs.services.ledger import roll_due_accounts, sweeping
from programs.services.sales import sell
from programs.services.warnings import warn_of_burning
from tests.programs.shop import Shop, open_shop

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
DAY = dt.timedelta(days=1)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act returned, or the refusal or error it raised."""
    gate = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait()
            results[number] = act()
        except Exception as error:  # noqa: BLE001  the test looks at it
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def warned_shop() -> Shop:
    shop = open_shop(expiry_months=3)
    for n in range(5):
        keys = [("card", f"9{n:07}"), ("email", f"m{n}@example.com")]
        member = enrol_member(name=f"M{n}", identifiers=keys, region="US", actor=system("tests"), now=shop.now)
        shop.sell({"A": "10.00"}, member)
    shop.now = dt.datetime(2026, 5, 20, tzinfo=dt.UTC)
    return shop


class TestWarnings:
    def test_two_tasks_at_once_warn_once(self, monkeypatch):
        shop = warned_shop()
        both = threading.Barrier(2, timeout=0.5)
        monkeypatch.setattr(warnings, "failpoint", lambda _name: _meet(both))
        results = at_once(*[lambda: warn_of_burning(now=shop.now)] * 2)
        assert sorted(results) == [0, 5]
        assert (BurnWarning.objects.count(), Message.objects.count()) == (5, 5)

    def test_without_the_lock_the_table_refuses_the_second(self, monkeypatch, note_mutant):
        """The negative control: two plans from one snapshot; the wall behind the lock takes one of them whole."""
        shop = warned_shop()
        both = threading.Barrier(2, timeout=30)
        monkeypatch.setattr(warnings, "failpoint", lambda _name: _meet(both))
        monkeypatch.setattr(warnings, "ONE_AT_A_TIME", "SELECT true, %s")
        # The statement looks at the lots and takes its time, so that the second has looked before the first is done.
        slow = warnings._WARN.replace("FROM fresh\n", "FROM fresh, (SELECT pg_sleep(0.5)) AS nap\n", 1)
        assert slow != warnings._WARN
        monkeypatch.setattr(warnings, "_WARN", slow)
        results = at_once(*[lambda: warn_of_burning(now=shop.now)] * 2)
        assert sorted(type(result).__name__ for result in results) != ["int", "int"] or sorted(results) == [0, 5]
        assert any(isinstance(result, Exception) for result in results), results
        note_mutant(killed=True)
        assert (BurnWarning.objects.count(), Message.objects.count()) == (5, 5)


def _meet(barrier: threading.Barrier) -> None:
    with contextlib.suppress(threading.BrokenBarrierError):
        barrier.wait()


def midnight_shop(trial: int) -> tuple[Shop, Any, dt.datetime]:
    shop = open_shop(expiry_kind="days", expiry_days=10)
    member = shop.member()
    shop.sell({"C": "100.00"}, member)
    return shop, member, Account.objects.get().next_due_at


class TestMidnight:
    """T25: the expiry job against a redemption at midnight. Whoever is first, the points end once."""

    def test_points_are_spent_or_burnt_and_never_both(self, note_trials):
        shop, member, midnight = midnight_shop(0)
        chance = random.Random(25)
        for trial in range(20):
            shop.now = midnight - 5 * DAY
            shop.sell({"C": "100.00"}, member)
            account = Account.objects.get()
            midnight = account.next_due_at
            before = account.available
            till_now = midnight + chance.choice([-1, 0, 1]) * dt.timedelta(milliseconds=1)
            redeem = str(min(before, 40))
            shop.now = till_now
            order = shop.order({"C": "100.00"}, member, redeem=redeem)
            sold, _rolled = at_once(
                lambda order=order, at=till_now: sell(order, now=at), lambda at=midnight: roll_due_accounts(now=at)
            )
            assert isinstance(sold, DomainError) or sold.public_id, sold
            # At or after midnight the lot is gone whoever came first.
            if till_now >= midnight and not isinstance(sold, DomainError):
                assert not Posting.objects.filter(
                    to_bucket="redeemed", lot__expires_at__lte=till_now, transaction__occurred_at=till_now
                ).exists()
            assert [f.violations for f in verify() if f.violations] == [], trial
        note_trials("T25", 20)

    def test_without_the_lock_it_would_burn_what_was_spent(self, monkeypatch, note_mutant):
        """The negative control: the statement of the sweep alone, on accounts whose lock it never had."""
        shop, member, midnight = midnight_shop(0)
        gate = threading.Event()
        locks = sweeping._LOCK.replace("FOR UPDATE SKIP LOCKED", "")
        monkeypatch.setattr(sweeping, "_LOCK", locks)
        # The statement looks at the lots, and takes its time before it writes.
        nap = "FROM (SELECT pg_sleep(0.8)) AS nap, programs_account a JOIN programs_lot"
        slow = sweeping._ROLL.replace("FROM programs_account a JOIN programs_lot", nap, 1)
        assert slow != sweeping._ROLL
        monkeypatch.setattr(sweeping, "_ROLL", slow)
        shop.now = midnight - dt.timedelta(milliseconds=1)
        order = shop.order({"C": "100.00"}, member, redeem="40")

        def later() -> Any:
            gate.wait(0.2)
            return sell(order, now=shop.now)

        results = at_once(lambda: roll_due_accounts(now=midnight), later)
        broken = any(f.violations for f in verify()) or any(
            isinstance(result, Exception) and not isinstance(result, DomainError) for result in results
        )
        assert broken, results
        note_mutant(killed=broken)
