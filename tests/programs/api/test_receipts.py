"""Receipts at the till: what is on one, what may still come back, and the last ones of a register."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from programs.models import Product, Terminal
from tests.factories.configuration import TerminalFactory
from tests.programs.shop import Shop
from tests.programs.till import ApiTill, sale_body

ANNA = {"phone": "(212) 555-0123"}


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    shop.sell({"C": "100.00"}, shop.member())
    return ApiTill(shop.terminal, shop.now)


def find(till: ApiTill, **sale: Any) -> Any:
    return till.post("receipts/find", {"sale": sale}, key=None)


def back(till: ApiTill, sale: str, line: int, quantity: str, number: str) -> None:
    pieces = [{"line": line, "quantity": quantity}]
    answer = till.post("returns", {"sale": {"id": sale}, "lines": pieces, "receipt_number": number})
    assert answer.status_code == 201, answer.content


def test_a_receipt_says_what_may_still_come_back_and_nothing_of_the_member(shop: Shop, till: ApiTill):
    Product.objects.filter(sku="A").update(name="Apples")
    lines = [
        {"sku": "A", "quantity": "2.5", "amount": "25.00", "discount": "1.50"},
        {"sku": "unknown", "quantity": "1", "amount": "5.00"},
    ]
    body = {"lines": lines, "receipt_number": "77", "member": ANNA, "redeem_points": "80"}
    sold = till.post("sales", body).json()
    back(till, sold["sale"], 1, "1", "78")
    found = find(till, receipt_number="77")
    assert found.status_code == 200
    answer = found.json()
    assert abs(dt.datetime.fromisoformat(answer.pop("occurred_at")) - shop.now) < dt.timedelta(minutes=5)
    assert answer == {
        "sale": sold["sale"],
        "receipt_number": "77",
        "register": shop.till.register,
        "business_on": sold["business_on"],
        "currency": "USD",
        "total": "30.00",
        "to_pay": "29.20",
        "is_void": False,
        "can_void": True,
        "has_member": True,
        "lines": [
            {
                "line": 1,
                "sku": "A",
                "name": "Apples",
                "quantity": "2.5",
                "amount": "25.00",
                "discount": "1.50",
                "returned": "1",
                "returnable": "1.5",
            },
            {
                "line": 2,
                "sku": "unknown",
                "name": "",
                "quantity": "1",
                "amount": "5.00",
                "discount": "0.00",
                "returned": "0",
                "returnable": "1",
            },
        ],
    }
    assert b"Anna" not in found.content
    for key in ({"id": sold["sale"]}, {"receipt_number": "77", "business_on": sold["business_on"]}):
        assert find(till, **key).json()["sale"] == sold["sale"]


def test_what_it_says_of_cancelling_is_what_cancelling_answers(shop: Shop, till: ApiTill):
    """A whole sale, one with a line of no quantity, one in part back, one wholly back, a cancelled one, one of yesterday."""
    sales = [till.post("sales", sale_body("10.00", "5.00", number=str(n))).json()["sale"] for n in range(5)]
    none = [{"sku": "C", "quantity": "0", "amount": "1.50"}, {"sku": "C", "quantity": "1", "amount": "2.00"}]
    sales.append(till.post("sales", {"lines": none, "receipt_number": "none"}).json()["sale"])
    back(till, sales[1], 1, "1", "b1")
    back(till, sales[2], 1, "1", "b2")
    back(till, sales[2], 2, "1", "b3")
    till.post("sales/void", {"sale": {"id": sales[3]}})
    back(till, sales[5], 2, "1", "b4")
    shop.now -= dt.timedelta(days=1)
    sales.append(str(shop.sell({"C": "10.00"}, None, number="old").public_id))
    seen = [find(till, id=sale).json() for sale in sales]
    recent = {row["sale"]: row for row in till.get("receipts/recent").json()}
    assert [one["is_void"] for one in seen] == [False, False, False, True, False, False, False]
    assert [one["can_void"] for one in seen] == [True, True, False, False, True, True, False]
    for sale, one in zip(sales, seen, strict=True):
        assert (recent[sale]["is_void"], recent[sale]["can_void"]) == (one["is_void"], one["can_void"])
        assert (till.post("sales/void", {"sale": {"id": sale}}).status_code == 201) == one["can_void"]


def test_another_partner_s_receipt_is_as_absent_as_none(shop: Shop, till: ApiTill):
    sold = till.post("sales", sale_body("1.00", number="7")).json()["sale"]
    own_store = ApiTill(TerminalFactory(store=shop.terminal.store, register="other"), shop.now)
    foreign = ApiTill(TerminalFactory(), shop.now)
    refused = find(foreign, id=sold)
    assert (refused.status_code, refused.json()["code"]) == (404, "sale_not_found")
    assert refused.content == find(foreign, id="00000000-0000-4000-8000-000000000000").content
    assert find(foreign, receipt_number="7", register=shop.till.register).status_code == 404
    assert find(own_store, receipt_number="7").status_code == 404  # its own register, unless it names another
    assert find(own_store, receipt_number="7", register=shop.till.register).json()["sale"] == sold
    assert own_store.get("receipts/recent").json() == foreign.get("receipts/recent").json() == []
    assert find(till, id=sold, receipt_number="7").status_code == 400
    Terminal.objects.filter(pk=shop.terminal.pk).update(scopes=["lookup", "earn"])
    assert find(till, id=sold).status_code == till.get("receipts/recent").status_code == 403


def test_the_last_twenty_of_two_days_the_newest_first(shop: Shop, till: ApiTill):
    for days, number in ((2, "too old"), (1, "yesterday")):
        shop.now = timezone.now() - dt.timedelta(days=days)
        shop.sell({"C": "10.00"}, None, number=number)
    sold = till.post("sales", sale_body("3.00", number="s")).json()["sale"]
    back(till, sold, 1, "1", "r")
    rows = till.get("receipts/recent").json()
    assert [(row["receipt_number"], row["kind"], row["total"]) for row in rows] == [
        ("r", "return", "3.00"),
        ("s", "sale", "3.00"),
        ("000001", "sale", "100.00"),
        ("yesterday", "sale", "10.00"),
    ]
    assert set(rows[0]) == {"sale", "receipt_number", "occurred_at", "total", "kind", "is_void", "can_void"}
    assert b"Anna" not in till.get("receipts/recent").content
    shop.now = timezone.now()
    for number in range(18):
        shop.sell({"C": "1.00"}, None, number=f"n{number}")
    rows = till.get("receipts/recent").json()
    assert (len(rows), "yesterday" in {row["receipt_number"] for row in rows}) == (20, False)


def test_what_a_return_would_bring_back_is_what_it_brings(shop: Shop, till: ApiTill):
    sold = till.post("sales", sale_body("25.00", "5.00", number="9", member=ANNA, redeem_points="80")).json()["sale"]
    pieces = [{"line": 1, "quantity": "0.3"}, {"line": 2, "quantity": "1"}]

    def ask(pieces: list[dict[str, Any]]) -> Any:
        return till.post("receipts/find", {"sale": {"id": sold}, "lines": pieces}, key=None)

    foreseen = ask(pieces).json()["back"]
    assert ask(pieces).json()["back"] == foreseen  # nothing was booked
    done = till.post("returns", {"sale": {"id": sold}, "lines": pieces, "receipt_number": "10"}).json()
    assert foreseen == {key: done[key] for key in foreseen}
    assert Decimal(foreseen["points_given_back"]) > 0 < Decimal(foreseen["points_taken_back"])
    refused = ask(pieces)
    booked = till.post("returns", {"sale": {"id": sold}, "lines": pieces, "receipt_number": "11"})
    assert (refused.status_code, refused.json()) == (422, booked.json())
    assert "back" not in find(till, id=sold).json()
