"""Races at the till, with real threads and connections; each shows that it would happen without its guard."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.utils import timezone

from programs.models import Account, Purchase
from programs.queries import returns
from programs.queries.verify import verify
from programs.services import accounts, idempotency
from programs.services.ledger import locking
from programs.services.sales import Sold
from tests.factories.configuration import TerminalFactory
from tests.programs.shop import Shop, open_shop
from tests.programs.till import ApiTill, sale_body
from tests.races.together import at_once, widen

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
PARALLEL = 100
ANNA = {"phone": "+12125550123"}
NO_LOCK = locking._LOCK.replace("FOR UPDATE", "")


@pytest.fixture
def shop() -> Shop:
    made = open_shop(redeem_max_percent=100)
    made.now = timezone.now()
    return made


def redemptions(shop: Shop, each: int) -> Counter[int]:
    """A balance of 700, and PARALLEL tills that all want `each` of it now. {status: how many}"""
    shop.sell({"C": "700.00"}, shop.member())
    tills = [ApiTill(shop.terminal, shop.now), ApiTill(TerminalFactory(store=shop.terminal.store), shop.now)]

    def redeem(number: int) -> HttpResponse:
        body = sale_body("50.00", number=f"{1000 + number}", member=ANNA, redeem_points=str(each))
        # Lines that earn would refill the balance in mid race.
        body["lines"] = [{"sku": "C", "quantity": "1", "amount": f"{each / 100:.2f}"}]
        return tills[number % 2].post("sales", body)

    answers = at_once([lambda number=number: redeem(number) for number in range(PARALLEL)])
    assert len(answers) == PARALLEL
    return Counter(answer.status_code for answer in answers)


@pytest.mark.parametrize("each", [100, 700, 250])
def test_a_balance_is_never_oversold(shop: Shop, each: int, note_trials: Callable[[str, int], None]):
    statuses = redemptions(shop, each)
    assert statuses == {201: 700 // each, 422: PARALLEL - 700 // each}
    assert Account.objects.get().available == 700 % each
    assert [finding for finding in verify() if finding.violations] == []
    note_trials("T21", PARALLEL)


def test_without_the_row_lock_the_second_wall_has_to_catch_them(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, note_mutant: Callable[..., None]
):
    """The negative control: tills read the same balance, and only the database's CHECK stops the oversale."""
    monkeypatch.setattr(locking, "_LOCK", NO_LOCK)
    widen(monkeypatch, "sale.after_lock")
    statuses = redemptions(shop, 100)
    note_mutant(killed=statuses[500] > 0)
    assert statuses[500] > 0


def same_key(shop: Shop) -> list[HttpResponse]:
    shop.member()
    till = ApiTill(shop.terminal, shop.now)
    key = str(uuid.uuid4())
    body = sale_body("10.00", member=ANNA)
    return at_once([lambda: till.post("sales", body, key=key) for _ in range(PARALLEL)])


def test_one_key_sent_a_hundred_times_has_one_effect_and_one_answer(
    shop: Shop, note_trials: Callable[[str, int], None]
):
    answers = same_key(shop)
    assert len(answers) == PARALLEL
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert Counter(answer.get("Idempotent-Replay") for answer in answers) == {None: 1, "true": PARALLEL - 1}
    assert (Purchase.objects.count(), Account.objects.get().available) == (1, 20)
    assert [finding for finding in verify() if finding.violations] == []
    note_trials("T13", PARALLEL)


def test_without_the_claim_only_the_receipts_number_saves_the_points(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, note_mutant: Callable[..., None]
):
    """The negative control: every repeat executes; the natural key refuses it, and the till hears another answer."""
    unclaimed = idempotency._CLAIM.replace(
        "VALUES (%(terminal)s, %(key)s,", "VALUES (%(terminal)s, left(%(key)s, 8) || gen_random_uuid(),"
    )
    monkeypatch.setattr(idempotency, "_CLAIM", unclaimed)
    answers = same_key(shop)
    note_mutant(killed={answer.status_code for answer in answers} != {201})
    assert {answer.status_code for answer in answers} == {201, 409}
    assert Purchase.objects.count() == 1


def returns_of_one_line(shop: Shop, sold: Sold) -> Counter[int]:
    """Twenty tills bring the same piece back at once. {status: how many}"""
    till = ApiTill(shop.terminal, shop.now)

    def give_back(number: int) -> HttpResponse:
        body = {"sale": {"id": sold.public_id}, "lines": [{"line": 1, "quantity": "1"}], "receipt_number": f"r{number}"}
        return till.post("returns", body)

    return Counter(
        answer.status_code for answer in at_once([lambda number=number: give_back(number) for number in range(20)])
    )


@pytest.mark.parametrize("with_card", [True, False])
def test_one_line_cannot_come_back_twice_at_once(shop: Shop, note_trials: Callable[[str, int], None], with_card: bool):
    sold = shop.sell({"A": "10.00"}, shop.member() if with_card else None)
    assert returns_of_one_line(shop, sold) == {201: 1, 422: 19}
    assert [finding for finding in verify() if finding.violations] == []
    note_trials("T24", 20)


def test_without_the_receipts_lock_a_piece_comes_back_many_times(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, note_mutant: Callable[..., None]
):
    """The negative control: every till reads that nothing has come back yet."""
    monkeypatch.setattr(returns, "_LOCKED", "")
    widen(monkeypatch, "return.after_read")
    assert returns_of_one_line(shop, shop.sell({"A": "10.00"}))[201] > 1
    broken = {finding.check.invariant for finding in verify() if finding.violations}
    note_mutant(killed="I6" in broken)
    assert "I6" in broken


def meetings_with_a_new_member(shop: Shop) -> Counter[int]:
    """Twenty sales of somebody who has no account yet, at once. {status: how many}"""
    shop.member()
    till = ApiTill(shop.terminal, shop.now)
    answers = at_once(
        [lambda n=n: till.post("sales", sale_body("10.00", number=f"{n}", member=ANNA)) for n in range(20)]
    )
    return Counter(answer.status_code for answer in answers)


def test_two_tills_meet_a_new_member_at_once(shop: Shop):
    assert meetings_with_a_new_member(shop) == {201: 20}
    assert Account.objects.get().available == 400
    assert [finding for finding in verify() if finding.violations] == []


def test_without_the_conflict_clause_all_but_one_of_them_fail(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, note_mutant: Callable[..., None]
):
    """The negative control: the unique key of an account stops the others, but in the customer's face."""
    plain = accounts._OPEN.replace("ON CONFLICT (owner_id, program_id) DO NOTHING", "")
    monkeypatch.setattr(accounts, "_OPEN", plain)
    widen(monkeypatch, "accounts.before_open")
    failed = meetings_with_a_new_member(shop)[500]
    note_mutant(killed=failed > 0)
    assert failed > 0


def test_a_till_does_not_wait_for_ever_behind_a_lock(shop: Shop, note_trials: Callable[[str, int], None]):
    """T28: somebody holds the account's row; the till hears "busy, repeat" within the lock time-out, and then succeeds."""
    shop.sell({"C": "10.00"}, shop.member())
    till = ApiTill(shop.terminal, shop.now)
    key = str(uuid.uuid4())
    body = sale_body("10.00", number="77", member=ANNA)
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                locking.lock_account(Account.objects.get().pk)
                held.set()
                release.wait(30)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    busy = till.post("sales", body, key=key)
    release.set()
    holder.join()
    assert (busy.status_code, busy.json()["code"], busy["Retry-After"]) == (503, "busy", "1")
    assert till.post("sales", body, key=key).status_code == 201
    assert Purchase.objects.filter(receipt_number="77").count() == 1
    note_trials("T28", 1)
