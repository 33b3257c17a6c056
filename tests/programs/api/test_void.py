"""Cancelling a sale over the API."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from programs.models import Lot, Purchase, PurchaseSummary
from programs.queries.verify import verify
from tests.programs.shop import Shop
from tests.programs.till import ApiTill, sale_body

ANNA = {"phone": "(212) 555-0123"}


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    shop.sell({"C": "100.00"}, shop.member())
    return ApiTill(shop.terminal, shop.now)


def test_a_cancelled_sale_was_no_purchase(shop: Shop, till: ApiTill):
    before = till.post("lookup", ANNA, key=None).json()["spendable"]
    lots = list(Lot.objects.values_list("id", "remaining", "expires_at"))
    sold = till.post("sales", sale_body("10.00", "10.00", "20.00", member=ANNA, redeem_points="80")).json()
    assert PurchaseSummary.objects.get().purchase_count == 2
    void = till.post("sales/void", {"sale": {"id": sold["sale"]}})
    assert void.status_code == 201
    answer = void.json()
    assert (answer["total"], answer["refund_money"], answer["points_given_back"]) == ("40.00", "39.20", "80")
    assert till.post("lookup", ANNA, key=None).json()["spendable"] == before
    assert list(Lot.objects.filter(remaining__gt=0).values_list("id", "remaining", "expires_at")) == lots
    summary = PurchaseSummary.objects.get()
    assert (summary.purchase_count, summary.spend_minor) == (1, 10000)
    stored = Purchase.objects.get(is_void=True)
    assert (stored.kind, stored.receipt_number, stored.original.receipt_number) == ("return", "VOID-1", "1")
    again = till.post("sales/void", {"sale": {"id": sold["sale"]}})
    assert (again.status_code, again.json()["code"]) == (409, "sale_voided")
    piece = {"sale": {"id": sold["sale"]}, "lines": [{"line": 1, "quantity": "1"}], "receipt_number": "9"}
    assert till.post("returns", piece).json()["code"] == "sale_voided"
    assert [finding for finding in verify() if finding.violations] == []


def test_what_came_back_before_does_not_come_back_again(shop: Shop, till: ApiTill):
    sold = till.post("sales", sale_body("10.00", "10.00", "20.00", member=ANNA)).json()
    piece = {"sale": {"id": sold["sale"]}, "lines": [{"line": 3, "quantity": "1"}], "receipt_number": "9"}
    assert till.post("returns", piece).status_code == 201
    void = till.post("sales/void", {"sale": {"receipt_number": "1"}, "receipt_number": "10"}).json()
    assert (void["total"], [line["line"] for line in void["lines"]]) == ("20.00", [1, 2])
    assert till.post("lookup", ANNA, key=None).json()["spendable"] == "100"
    assert [finding for finding in verify() if finding.violations] == []


def test_a_sale_that_came_back_whole_has_nothing_to_cancel(shop: Shop, till: ApiTill):
    sold = till.post("sales", sale_body("10.00", member=ANNA)).json()
    piece = {"sale": {"id": sold["sale"]}, "lines": [{"line": 1, "quantity": "1"}], "receipt_number": "9"}
    till.post("returns", piece)
    assert till.post("sales/void", {"sale": {"id": sold["sale"]}}).json()["code"] == "void_nothing"


def test_only_today_s_sale_is_cancelled(shop: Shop, till: ApiTill):
    shop.now -= dt.timedelta(days=1)
    sold = shop.sell({"C": "10.00"}, None, number="old")
    refused = till.post("sales/void", {"sale": {"id": sold.public_id}}).json()
    assert (refused["code"], refused["context"]["receipt"]) == ("void_too_late", "old")
    unknown = till.post("sales/void", {"sale": {"receipt_number": "none"}})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "sale_not_found")


def test_a_line_without_quantity_is_cancelled_with_the_rest(shop: Shop, till: ApiTill):
    lines = [{"sku": "C", "quantity": "0", "amount": "1.50"}, {"sku": "C", "quantity": "1", "amount": "2.00"}]
    sold = till.post("sales", {"lines": lines, "receipt_number": "1", "member": ANNA}).json()
    assert till.post("sales/void", {"sale": {"id": sold["sale"]}}).json()["total"] == "3.50"
    assert [finding for finding in verify() if finding.violations] == []
