"""T56: guessing a PIN, a code or a password in parallel evaluates no more guesses than the limit."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
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
from programs.models import SpendingCode
from programs.services import codes, pins
from tests.programs.shop import Shop, open_shop

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

    barrier = threading.Barrier(THREADS)

    def some(thread: int) -> list[str]:
        said = []
        barrier.wait()
        try:
            for number in range(thread, GUESSES, THREADS):
                with transaction.atomic():
                    try:
                        guess(number)
                        said.append("right")
                    except DomainError as refusal:
                        said.append(refusal.code)
        finally:
            connection.close()
        return said

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(code for said in pool.map(some, range(THREADS)) for code in said)


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

    def read_then_write(*, name: str, subject: str, window: dt.timedelta, by: int, now: dt.datetime) -> int:
        before = counters.counted(name=name, subject=subject, window=window, now=now)
        counters.count(name=name, subject=subject, window=window, by=by, now=now)
        return before + by

    monkeypatch.setattr(pins, "count", read_then_write)
    _said, looked_at = guess_pins(shop, monkeypatch)
    note_mutant(killed=looked_at > pins.TRIES)
    assert looked_at > pins.TRIES


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
