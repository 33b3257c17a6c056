"""A lent card is taken back while tills sell by it: after the answer no sale by it is booked any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from loyalty_site.ground import failpoints
from loyalty_site.ground.policy import system
from members.errors import IdentifierWithdrawn, MemberNotFound
from members.models import Identifier, Member
from members.services import lend_card, withdraw_lent
from programs.models import Purchase
from programs.queries.shoppers import MemberKey
from programs.queries.verify import verify
from programs.services import receipts
from programs.services.sales import SaleOrder, sell
from tests.programs.shop import Shop, open_shop

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
BOSS = system("tests")
TILLS = 4
ROUNDS = 5


@pytest.fixture
def shop() -> Shop:
    made = open_shop()
    made.now = timezone.now()
    return made


@pytest.fixture
def anna(shop: Shop) -> Member:
    member = shop.member()
    shop.sell({"C": "10.00"}, member)
    return member


def sell_until_refused(shop: Shop, card: Identifier) -> None:
    try:
        while True:
            order = shop.order({"C": "1.00"}, None)
            named = SaleOrder(
                till=order.till,
                receipt_number=order.receipt_number,
                occurred_at=order.occurred_at,
                lines=order.lines,
                member=MemberKey("card", card.value),
            )
            sell(named, now=shop.now)
    except (IdentifierWithdrawn, MemberNotFound):
        pass
    finally:
        connection.close()


def sales_after_taking_back(shop: Shop, anna: Member) -> int:
    """How many sales by a lent card are booked after the staff was told that it is taken back."""
    card = lend_card(member_id=anna.pk, actor=BOSS, now=shop.now)
    with ThreadPoolExecutor(TILLS) as pool:
        runs = [pool.submit(sell_until_refused, shop, card) for _ in range(TILLS)]
        deadline = time.monotonic() + 20
        while not Purchase.objects.filter(presented=card).exists() and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        withdraw_lent(identifier_id=card.pk, actor=BOSS, now=timezone.now())
        booked = Purchase.objects.filter(presented=card).count()
        for run in runs:
            run.result()
    assert booked
    return Purchase.objects.filter(presented=card).count() - booked


def test_no_sale_comes_after_the_card_was_taken_back(
    shop: Shop, anna: Member, note_trials: Callable[[str, int], None], monkeypatch: pytest.MonkeyPatch
):
    # Tills stand between having read the key and writing the receipt when the card is taken back.
    monkeypatch.setattr(failpoints, "_PLAN", failpoints.parse("sale.after_lock:sleep=0.03"))
    assert [sales_after_taking_back(shop, anna) for _ in range(ROUNDS)] == [0] * ROUNDS
    assert [finding.check.what for finding in verify() if finding.violations] == []
    note_trials("M12", ROUNDS * TILLS)


def test_without_asking_again_a_sale_slips_through(
    shop: Shop, anna: Member, monkeypatch: pytest.MonkeyPatch, note_mutant: Callable[..., None]
):
    """The negative control: the receipt is written as of the moment at which the key was read."""
    monkeypatch.setattr(failpoints, "_PLAN", failpoints.parse("sale.after_lock:sleep=0.03"))
    monkeypatch.setattr(receipts, "_WRITE", receipts._WRITE.replace("%(lent)s::bigint IS NULL", "true"))
    late = sum(sales_after_taking_back(shop, anna) for _ in range(ROUNDS))
    note_mutant(killed=late > 0)
    assert late > 0
