"""Cashiers: signing in by PIN, and staying off their own card."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from loyalty_site.ground.models import Counter
from loyalty_site.ground.policy import system
from programs.models import Cashier, CashierShift, Flag, FlagKind, Purchase, TillPolicy
from programs.services import cashiers
from programs.services.cashiers import TILL_TRIES, set_cashier_pin
from tests.factories.configuration import CashierFactory, TerminalFactory
from tests.programs.shop import Shop
from tests.programs.till import ApiTill, sale_body

ANNA = {"phone": "(212) 555-0123"}


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    return ApiTill(shop.terminal, shop.now)


@pytest.fixture
def sam(shop: Shop) -> Cashier:
    return employ(shop, "7", "Sam")


def employ(shop: Shop, number: str, name: str, pin: str = "2580") -> Cashier:
    cashier = CashierFactory(store=shop.terminal.store, number=number, name=name)
    set_cashier_pin(cashier_id=cashier.pk, pin=pin, actor=system("tests"), now=timezone.now())
    return cashier


def sign_in(till: ApiTill, number: str = "7", pin: str = "2580", *, key: str = "") -> Any:
    return till.post("cashiers/sign-in", {"number": number, "pin": pin}, key=key)


def require_pin(shop: Shop) -> None:
    TillPolicy.objects.update_or_create(program=shop.program, defaults={"cashier_pin_required": True})


def test_a_sale_names_the_cashier_who_is_signed_in(shop: Shop, till: ApiTill, sam: Cashier):
    assert sign_in(till).json() == {"cashier": {"number": "7", "name": "Sam"}}
    assert till.post("sales", sale_body("1.00")).status_code == 201
    assert Purchase.objects.get().cashier == sam
    assert till.post("cashiers/sign-out", {}).json() == {"signed_out": True}
    assert till.post("cashiers/sign-out", {}).json() == {"signed_out": False}
    assert till.post("sales", sale_body("1.00", number="2")).status_code == 201
    assert Purchase.objects.latest("id").cashier is None


def test_where_a_pin_is_required_nobody_sells_without(shop: Shop, till: ApiTill, sam: Cashier):
    require_pin(shop)
    key = "one-key-for-the-sale"
    refused = till.post("sales", sale_body("1.00"), key=key)
    assert (refused.status_code, refused.json()["code"]) == (422, "cashier_required")
    sign_in(till)
    sold = till.post("sales", sale_body("1.00"), key=key)  # not a kept answer: signing in mends it
    assert sold.status_code == 201
    back = {"sale": {"id": sold.json()["sale"]}, "lines": [{"line": 1, "quantity": "1"}], "receipt_number": "r"}
    other = till.post("sales", sale_body("1.00", number="2", cashier="8"))
    assert (other.status_code, other.json()["code"]) == (422, "cashier_other")
    assert till.post("returns", {**back, "cashier": "8"}).json()["code"] == "cashier_other"
    assert till.post("returns", {**back, "cashier": "7"}).status_code == 201
    Cashier.objects.update(is_active=False)
    assert till.post("sales", sale_body("1.00", number="3")).json()["code"] == "cashier_required"


def test_the_next_cashier_ends_the_shift_of_the_one_before(shop: Shop, till: ApiTill, sam: Cashier):
    employ(shop, "8", "Kim", "1379")
    sign_in(till)
    sign_in(till, "8", "1379")
    shifts = [(shift.cashier.number, shift.ended_at is None) for shift in CashierShift.objects.order_by("id")]
    assert shifts == [("7", False), ("8", True)]


def test_five_wrong_pins_and_no_more_are_looked_at(shop: Shop, till: ApiTill, sam: Cashier):
    codes = [sign_in(till, pin=f"90{n:02}").json()["code"] for n in range(8)]
    assert codes == ["cashier_pin_wrong"] * 5 + ["cashier_tries"] * 3
    assert sign_in(till).json()["code"] == "cashier_tries"  # the right one comes too late
    assert Counter.objects.get(name="cashier_pin").value == 9
    set_cashier_pin(cashier_id=sam.pk, pin="1379", actor=system("tests"), now=shop.now)
    assert sign_in(till, pin="1379").status_code == 200  # a manager's new PIN counts at once


def test_a_walk_through_the_numbers_ends_at_its_till(shop: Shop, till: ApiTill, sam: Cashier):
    kim = employ(shop, "8", "Kim", "1379")
    for _ in range(3):  # who signs in rightly in between is no better off
        assert sign_in(till).status_code == 200
    walk = [sign_in(till, f"1{n:02}").json()["code"] for n in range(TILL_TRIES - 1)]
    assert sign_in(till).status_code == 200
    walk += [sign_in(till, f"2{n:02}").json()["code"] for n in range(3)]
    assert walk == ["cashier_pin_wrong"] * TILL_TRIES + ["cashier_till_tries"] * 2
    refused = sign_in(till, "8", "1379").json()
    assert refused["code"] == "cashier_till_tries"
    assert 1 <= refused["context"]["minutes"] <= 60
    other = ApiTill(TerminalFactory(store=shop.terminal.store, register="other"), shop.now)
    assert sign_in(other, "8", "1379").status_code == 200
    set_cashier_pin(cashier_id=kim.pk, pin="1379", actor=system("tests"), now=shop.now)
    assert sign_in(till, "8", "1379").status_code == 200


def test_a_key_used_again_tells_nothing_of_another_pin(
    shop: Shop, till: ApiTill, sam: Cashier, monkeypatch: pytest.MonkeyPatch
):
    wrong, right = "the-key-of-a-wrong-pin", "the-key-of-a-right-pin"
    refused, signed_in = sign_in(till, pin="9090", key=wrong), sign_in(till, key=right)
    assert (refused.json()["code"], signed_in.status_code) == ("cashier_pin_wrong", 200)
    till.post("cashiers/sign-out", {})
    monkeypatch.setattr(cashiers, "check_password", None)  # nothing is looked at any more
    before = list(Counter.objects.order_by("id").values_list("name", "value"))
    assert {sign_in(till, pin=pin, key=wrong).content for pin in ("9090", "2580", "1111")} == {refused.content}
    assert {sign_in(till, pin=pin, key=right).content for pin in ("9090", "2580", "1111")} == {signed_in.content}
    assert sign_in(till, "8", key=right).json()["code"] == "idempotency_key_reused"
    assert list(Counter.objects.order_by("id").values_list("name", "value")) == before
    assert not CashierShift.objects.filter(ended_at__isnull=True).exists()


def test_who_is_unknown_looks_like_who_has_no_pin_or_another(shop: Shop, till: ApiTill, sam: Cashier):
    CashierFactory(store=shop.terminal.store, number="9", name="Without")
    bodies = {sign_in(till, number, "9090").content for number in ("7", "9", "nobody")}
    assert len(bodies) == 1


@pytest.mark.parametrize("pin", ["1234", "0000", "987654", "12", "123456789", "12a4", "٢٥٨٠"])
def test_simple_pins_are_refused(shop: Shop, sam: Cashier, pin: str):
    from programs.errors import PinTooSimple

    with pytest.raises(PinTooSimple):
        set_cashier_pin(cashier_id=sam.pk, pin=pin, actor=system("tests"), now=shop.now)


def test_a_cashier_does_not_use_their_own_card(shop: Shop, till: ApiTill, sam: Cashier):
    member = shop.member()
    Cashier.objects.filter(pk=sam.pk).update(member=member)
    refused = till.post("sales", sale_body("10.00", member=ANNA, cashier="7"))
    assert (refused.status_code, refused.json()["code"]) == (422, "own_card")
    assert till.post("sales", sale_body("10.00", member=ANNA, cashier="7", number="2")).status_code == 422
    sign_in(till)
    lines = sale_body("10.00")["lines"]
    assert till.post("quotes", {"member": ANNA, "lines": lines}).json()["code"] == "own_card"
    assert Purchase.objects.count() == 0
    flag = Flag.objects.get()  # once a day
    assert (flag.kind, flag.cashier, flag.member) == (FlagKind.OWN_CARD, sam, member)
    employ(shop, "8", "Kim", "1379")
    assert till.post("sales", sale_body("10.00", member=ANNA, cashier="8", number="3")).status_code == 201


def test_nor_a_card_of_an_account_they_share(shop: Shop, till: ApiTill, sam: Cashier):
    from programs.models import AccountAccess

    head, spouse = shop.member(), shop.member(phone="+12125550199", name="Boris Petrov")
    shop.sell({"A": "1.00"}, head)
    AccountAccess.objects.create(account=shop.account(head), member=spouse, program=shop.program, since=shop.now)
    Cashier.objects.filter(pk=sam.pk).update(member=spouse)
    refused = till.post("sales", sale_body("10.00", member=ANNA, cashier="7"))
    assert refused.json()["code"] == "own_card"
