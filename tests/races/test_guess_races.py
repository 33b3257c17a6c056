"""T56: guessing a PIN, a code or a password in parallel evaluates no more guesses than the limit."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.models import Counter as CounterRow
from loyalty_site.ground.policy import system
from loyalty_site.ground.services import counters, login
from loyalty_site.ground.services.login import note_login_try
from members.models import Member
from programs.errors import CodeWrong
from programs.models import CashierShift, SpendingCode, Terminal
from programs.services import cashiers, codes, pins
from tests.factories.configuration import CashierFactory, TerminalFactory
from tests.programs.shop import Shop, open_shop
from tests.programs.till import ApiTill

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
GUESSES = 1000
THREADS = 20


@pytest.fixture
def shop() -> Shop:
    made = open_shop()
    made.now = timezone.now()
    return made


def answers_of(guess: Callable[[int], Any]) -> Counter[str]:
    """GUESSES guesses from THREADS connections, each refusal committed as the API does. {refusal: how many}"""

    def said(number: int) -> str:
        with transaction.atomic():
            try:
                guess(number)
            except DomainError as refusal:
                return refusal.code
        return "right"

    return at_once(said, GUESSES)


def at_once(ask: Callable[[int], str], times: int) -> Counter[str]:
    """What `ask` hears of each number below `times`, from THREADS connections. {answer: how many}"""
    barrier = threading.Barrier(THREADS)

    def some(thread: int) -> list[str]:
        barrier.wait()
        try:
            return [ask(number) for number in range(thread, times, THREADS)]
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(code for said in pool.map(some, range(THREADS)) for code in said)


def read_then_write(*, name: str, subject: str, window: dt.timedelta, by: int, now: dt.datetime) -> int:
    before = counters.counted(name=name, subject=subject, window=window, now=now)
    counters.count(name=name, subject=subject, window=window, by=by, now=now)
    return before + by


def guess_pins(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> tuple[Counter[str], int]:
    """(what the guessers heard, how many guesses were looked at)"""
    member = shop.member()
    pins.set_pin(member_id=member.pk, pin="48151", actor=system("tests"), now=shop.now)
    till = shop.till
    looked_at: list[str] = []

    def wrong(pin: str, _stored: str) -> bool:
        looked_at.append(pin)
        return False

    monkeypatch.setattr(pins, "check_password", wrong)
    said = answers_of(lambda number: pins.try_pin(member_id=member.pk, pin=f"9{number:04}", till=till, now=shop.now))
    return said, len(looked_at)


def test_of_a_thousand_pins_five_are_looked_at(shop: Shop, monkeypatch: pytest.MonkeyPatch, note_trials):
    said, looked_at = guess_pins(shop, monkeypatch)
    assert said == {"pin_wrong": pins.TRIES, "pin_tries": GUESSES - pins.TRIES}
    assert looked_at == pins.TRIES
    assert CounterRow.objects.get(name="spending_pin").value == GUESSES  # counted exactly
    note_trials("T56", GUESSES)


def test_counting_after_looking_would_let_more_through(shop: Shop, monkeypatch: pytest.MonkeyPatch, note_mutant):
    """The negative control: a count that is read before and written later."""
    monkeypatch.setattr(pins, "count", read_then_write)
    _said, looked_at = guess_pins(shop, monkeypatch)
    note_mutant(killed=looked_at > pins.TRIES)
    assert looked_at > pins.TRIES


class Desk:
    """Tills of one store with cashier 7, and how many of the PINs tried there were looked at."""

    def __init__(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        # One window for all that is tried: what comes before and after its end is another matter.
        monkeypatch.setattr("programs.api.cashiers.timezone.now", lambda: shop.now)
        self.rows: list[Terminal] = [shop.terminal, *TerminalFactory.create_batch(2, store=shop.terminal.store)]
        self.tills = [ApiTill(row, shop.now) for row in self.rows]
        self.looked_at: list[str] = []
        cashier = CashierFactory(store=shop.terminal.store, number="7")
        cashiers.set_cashier_pin(cashier_id=cashier.pk, pin="2580", actor=system("tests"), now=shop.now)
        check = cashiers.check_password

        def noted(pin: str, stored: str) -> bool:
            self.looked_at.append(pin)
            return bool(check(pin, stored))

        monkeypatch.setattr(cashiers, "check_password", noted)

    def sign_in(self, till: int, pin: str) -> str:
        """With a key of its own; a till that hears that the house is busy asks again with the same one."""
        key = str(uuid.uuid4())
        answer = None
        while answer is None or answer.status_code in {409, 503}:
            answer = self.tills[till].post("cashiers/sign-in", {"number": "7", "pin": pin}, key=key)
        return "right" if answer.status_code == 200 else str(answer.json()["code"])

    def guess(self, tills: Sequence[int], times: int) -> Counter[str]:
        return at_once(lambda number: self.sign_in(tills[number % len(tills)], f"9{number:04}"), times)

    def counted(self, till: int) -> int:
        return CounterRow.objects.get(name="cashier_pin", subject=f"{self.rows[till].pk}:7").value


def test_of_a_thousand_pins_of_a_cashier_five_are_looked_at_per_till(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, note_trials
):
    """By the API: a thousand at one till and half as many at another meanwhile. A third stays open to the colleague."""
    desk = Desk(shop, monkeypatch)
    tries, times = 2 * cashiers.TRIES, GUESSES * 3 // 2
    assert desk.guess([0, 0, 1], times) == {"cashier_pin_wrong": tries, "cashier_tries": times - tries}
    assert len(desk.looked_at) == tries
    assert [desk.counted(till) for till in (0, 1)] == [GUESSES, GUESSES / 2]
    assert [desk.sign_in(till, "2580") for till in range(3)] == ["cashier_tries", "cashier_tries", "right"]
    assert [shift.terminal for shift in CashierShift.objects.all()] == [desk.rows[2]]
    note_trials("T56", times)


def test_counting_after_looking_would_let_more_pins_of_a_cashier_through(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, note_mutant
):
    """The negative control; the guesses of the first moment are the ones that slip through, so fewer will do."""
    desk = Desk(shop, monkeypatch)
    monkeypatch.setattr(cashiers, "count", read_then_write)
    desk.guess([0], 4 * THREADS)
    note_mutant(killed=len(desk.looked_at) > cashiers.TRIES)
    assert len(desk.looked_at) > cashiers.TRIES


def test_of_a_thousand_codes_five_are_looked_at(shop: Shop, monkeypatch: pytest.MonkeyPatch, note_trials):
    from members.services import enrol_member

    member: Member = enrol_member(
        name="Anna", identifiers=[("email", "anna@example.com")], region="US", actor=system("tests"), now=shop.now
    )
    till = shop.till
    codes.send_code(till=till, member_id=member.pk, points=100, now=shop.now)
    right = codes._code(SpendingCode.objects.get().code_hash.partition("$")[0])
    looked_at: list[str] = []
    digest = codes._digest

    def noted(salt: str, code: str) -> str:
        looked_at.append(code)
        return digest(salt, code)

    monkeypatch.setattr(codes, "_digest", noted)

    def guess(number: int) -> None:
        code = f"{(int(right) + 1 + number) % 1_000_000:06}"
        codes.try_code(member_id=member.pk, points=100, code=code, till=till, now=shop.now)

    assert answers_of(guess) == {CodeWrong.code: GUESSES}
    assert len(looked_at) == codes.TRIES
    note_trials("T56", GUESSES)


def test_a_thousand_passwords_at_once_and_from_five_hundred_addresses(shop: Shop, note_trials):
    """Per name and address five are looked at; the owner, who is somewhere else, still gets in at the first try."""

    def from_one(_number: int) -> None:
        if note_login_try(username="boss", address="203.0.113.5", now=shop.now):
            raise CodeWrong

    assert answers_of(from_one)["right"] == login.TRIES

    def from_everywhere(number: int) -> None:
        if note_login_try(username="Boss", address=f"198.51.{number % 500}", now=shop.now):
            raise CodeWrong

    assert answers_of(from_everywhere)["right"] == GUESSES  # two of each: slow, and none of them locks the owner out
    assert note_login_try(username="boss", address="192.0.2.1", now=shop.now) == 0
    note_trials("T56", 2 * GUESSES)
