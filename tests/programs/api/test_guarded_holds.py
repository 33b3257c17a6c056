"""Holds are guarded as sales are: what is set aside is spent, as far as limits and own cards go."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from loyalty_site.ground.models import Counter
from loyalty_site.ground.policy import system
from members.models import Member
from programs.models import Cashier, Hold, TillPolicy
from programs.queries.verify import verify
from programs.services.pins import set_pin
from tests.factories.configuration import CashierFactory
from tests.programs.shop import Shop
from tests.programs.till import ApiTill, sale_body

ANNA = {"phone": "(212) 555-0123"}


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    return ApiTill(shop.terminal, shop.now)


@pytest.fixture
def anna(shop: Shop, till: ApiTill) -> Member:
    member = shop.member()
    shop.sell({"C": "500.00"}, member, number="first")
    return member


def hold(till: ApiTill, points: str, **more: Any) -> Any:
    lines = sale_body("100.00")["lines"]
    return till.post("holds", {"member": ANNA, "lines": lines, "redeem_points": points, **more})


def limits(shop: Shop, **values: Any) -> None:
    TillPolicy.objects.create(program=shop.program, step_up_contact_hours=None, **values)


def test_a_hold_counts_in_the_day_until_it_is_released(shop: Shop, till: ApiTill, anna: Member):
    limits(shop, member_spend_day=30, member_receipts_day=None)
    placed = hold(till, "25")
    assert placed.status_code == 201
    assert hold(till, "6").json()["code"] == "day_limit_reached"
    till.post(f"holds/{placed.json()['hold']['id']}/release", {})
    again = hold(till, "30")
    assert again.status_code == 201
    sold = till.post(f"holds/{again.json()['hold']['id']}/commit", {"receipt_number": "h"})
    assert sold.status_code == 201
    assert Counter.objects.get(name="spend_day").value == 30  # not once more at the commit
    assert [finding for finding in verify() if finding.violations] == []


def test_a_hold_of_many_points_is_confirmed(shop: Shop, till: ApiTill, anna: Member):
    limits(shop, step_up_points=100)
    set_pin(member_id=anna.pk, pin="4711", actor=system("tests"), now=shop.now)
    assert hold(till, "100").json()["code"] == "step_up_required"
    assert hold(till, "100", pin="4711").status_code == 201
    assert "4711" not in str(Hold.objects.get().order)


def test_a_hold_on_an_own_card_is_refused_and_so_is_its_commit(shop: Shop, till: ApiTill, anna: Member):
    sam = CashierFactory(store=shop.terminal.store)
    placed = hold(till, "5")
    Cashier.objects.filter(pk=sam.pk).update(member=anna)
    assert hold(till, "5", cashier="7").json()["code"] == "own_card"
    path = f"holds/{placed.json()['hold']['id']}/commit"
    assert till.post(path, {"receipt_number": "h", "cashier": "7"}).json()["code"] == "own_card"
    assert till.post(path, {"receipt_number": "h"}).status_code == 201


def test_a_signed_in_cashier_is_needed_where_pins_are(shop: Shop, till: ApiTill, anna: Member):
    limits(shop, cashier_pin_required=True)
    assert hold(till, "5").json()["code"] == "cashier_required"
