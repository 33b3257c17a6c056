"""Goods that come back without their receipt."""

from __future__ import annotations

import pytest
from django.utils import timezone

from programs.models import Flag, FlagKind, Program, Purchase
from programs.queries.verify import verify
from tests.programs.shop import Shop
from tests.programs.till import ApiTill

ANNA = {"phone": "(212) 555-0123"}


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    Program.objects.update(no_receipt_limit=50)
    shop.sell({"C": "100.00"}, shop.member())
    return ApiTill(shop.terminal, shop.now)


def loose(amount: str, number: str = "r1", sku: str = "A") -> dict[str, object]:
    line = {"sku": sku, "quantity": "1", "amount": amount}
    return {"member": ANNA, "lines": [line], "receipt_number": number}


def test_what_such_lines_would_earn_today_is_taken_back_and_somebody_is_told(shop: Shop, till: ApiTill):
    back = till.post("returns", loose("10.00"))
    assert back.status_code == 201
    answer = back.json()
    assert (answer["sale"], answer["refund_money"], answer["points_taken_back"]) == (None, "10.00", "20")
    assert answer["balance"]["spendable"] == "80"
    assert answer["receipt_texts"][0] == "20 points were taken back."
    stored = Purchase.objects.get(kind="return")
    assert (stored.without_receipt, stored.original_id, stored.points_earned) == (True, None, 20)
    flag = Flag.objects.get()
    assert (flag.kind, flag.purchase_id, flag.details["total"]) == (FlagKind.NO_RECEIPT, stored.pk, "10.00")
    assert [finding for finding in verify() if finding.violations] == []


def test_what_is_spent_already_is_owed(shop: Shop, till: ApiTill):
    answer = till.post("returns", loose("45.00", sku="B")).json()
    assert (answer["points_taken_back"], answer["points_owed_more"]) == ("135", "35")
    assert [finding for finding in verify() if finding.violations] == []


def test_only_up_to_the_programme_s_sum_and_only_where_it_lets(shop: Shop, till: ApiTill):
    refused = till.post("returns", loose("50.01")).json()
    assert (refused["code"], refused["context"]["limit"]) == ("return_without_receipt_limit", "50.00")
    Program.objects.update(no_receipt_limit=None)
    assert till.post("returns", loose("1.00", number="r2")).json()["code"] == "return_needs_receipt"
    assert till.post("returns", {**loose("1.00"), "member": {"phone": "+12125550199"}}).status_code == 404
    assert Purchase.objects.filter(kind="return").count() == 0


def test_the_receipt_s_number_counts_here_too(shop: Shop, till: ApiTill):
    assert till.post("returns", loose("1.00")).status_code == 201
    assert till.post("returns", loose("2.00")).json()["code"] == "receipt_exists"
