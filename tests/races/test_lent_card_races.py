"""A lent card is taken back, a person leaves a company, while tills sell: after the answer no sale is booked so any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from loyalty_site.ground import failpoints
from loyalty_site.ground.policy import system
from members.errors import IdentifierWithdrawn, MemberNotFound
from members.models import Member
from members.services import lend_card, withdraw_lent
from members.services.companies import add_contact, create_company
from programs.errors import ContactEnded
from programs.models import Purchase
from programs.queries.shoppers import MemberKey
from programs.queries.verify import verify
from programs.services import receipts
from programs.services.companies import buy_for_company, end_contact
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


def sell_until_refused(shop: Shop, key: MemberKey, sold: QuerySet[Purchase]) -> None:
    """Until the key is refused, or leads to somebody else's receipt than one of `sold`."""
    try:
        while True:
            order = shop.order({"C": "1.00"}, None)
            named = SaleOrder(
                till=order.till,
                receipt_number=order.receipt_number,
                occurred_at=order.occurred_at,
                lines=order.lines,
                member=key,
            )
            if not sold.filter(pk=sell(named, now=shop.now).purchase_id).exists():
                return
    except (IdentifierWithdrawn, ContactEnded, MemberNotFound):
        pass
    finally:
        connection.close()


def sales_after(shop: Shop, key: MemberKey, sold: QuerySet[Purchase], end: Callable[[], object]) -> int:
    """How many of `sold` are booked by `key` after `end` has answered."""
    with ThreadPoolExecutor(TILLS) as pool:
        runs = [pool.submit(sell_until_refused, shop, key, sold) for _ in range(TILLS)]
        deadline = time.monotonic() + 20
        while not sold.exists() and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        end()
        booked = sold.count()
        for run in runs:
            run.result()
    assert booked
    return sold.count() - booked


def sales_after_taking_back(shop: Shop, anna: Member) -> int:
    card = lend_card(member_id=anna.pk, actor=BOSS, now=shop.now)
    return sales_after(
        shop,
        MemberKey("card", card.value),
        Purchase.objects.filter(presented=card),
        lambda: withdraw_lent(identifier_id=card.pk, actor=BOSS, now=timezone.now()),
    )


def sales_after_leaving(shop: Shop, anna: Member) -> int:
    firm = create_company(name="Firm", identifiers=[], region="US", actor=BOSS, now=shop.now)
    contact = add_contact(company_id=firm.pk, person_id=anna.pk, roles=["collects"], actor=BOSS, now=shop.now)
    buy_for_company(contact.pk, may_spend=False, actor=BOSS, now=shop.now)
    return sales_after(
        shop,
        MemberKey("phone", "+12125550123"),
        Purchase.objects.filter(member=firm),
        lambda: end_contact(contact.pk, actor=BOSS, now=timezone.now()),
    )


@pytest.mark.parametrize("ways", [sales_after_taking_back, sales_after_leaving])
def test_no_sale_comes_after_the_access_was_ended(
    shop: Shop,
    anna: Member,
    ways: Callable[[Shop, Member], int],
    note_trials: Callable[[str, int], None],
    monkeypatch: pytest.MonkeyPatch,
):
    # Tills stand between having read who it is and writing the receipt when the access is ended.
    monkeypatch.setattr(failpoints, "_PLAN", failpoints.parse("sale.after_lock:sleep=0.03"))
    assert [ways(shop, anna) for _ in range(ROUNDS)] == [0] * ROUNDS
    assert [finding.check.what for finding in verify() if finding.violations] == []
    note_trials("M12", ROUNDS * TILLS)


@pytest.mark.parametrize(("ways", "asked"), [(sales_after_taking_back, "lent"), (sales_after_leaving, "contact")])
def test_without_asking_again_a_sale_slips_through(
    shop: Shop,
    anna: Member,
    ways: Callable[[Shop, Member], int],
    asked: str,
    monkeypatch: pytest.MonkeyPatch,
    note_mutant: Callable[..., None],
):
    """The negative control: the receipt is written as of the moment at which the key was read."""
    monkeypatch.setattr(failpoints, "_PLAN", failpoints.parse("sale.after_lock:sleep=0.03"))
    monkeypatch.setattr(receipts, "_WRITE", receipts._WRITE.replace(f"%({asked})s::bigint IS NULL", "true"))
    late = sum(ways(shop, anna) for _ in range(ROUNDS))
    note_mutant(killed=late > 0)
    assert late > 0
