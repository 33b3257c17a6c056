"""Coupons over the API: one sale's, a hold's, and the words of a no."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from loyalty_site.ground.policy import system
from programs.models import Coupon
from programs.queries.verify import verify
from programs.rules.codes import shown
from programs.services.coupons import issue_coupons
from tests.factories.configuration import CouponSeriesFactory, RuleFactory, publish
from tests.programs.shop import Shop
from tests.programs.till import ApiTill, sale_body

ANNA = {"phone": "(212) 555-0123"}


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    shop.member()
    RuleFactory(
        program=shop.program,
        name="Spring",
        conditions=[{"type": "coupon", "series": ["spring"]}],
        effect={"type": "multiply", "factor": "5"},
    )
    publish(shop.program, at=shop.now)
    return ApiTill(shop.terminal, shop.now)


@pytest.fixture
def code(shop: Shop, till: ApiTill) -> str:
    series = CouponSeriesFactory(program=shop.program, key="spring")
    return shown(issue_coupons(series=series, count=1, actor=system("tests"), now=shop.now)[0].code)


def sale(code: str, number: str = "1") -> dict[str, object]:
    body = sale_body(number=number, member=ANNA, coupons=[code])
    return body | {"lines": [{"sku": "C", "quantity": "1", "amount": "10.00"}]}


def test_a_coupon_is_used_once_and_a_repeat_hears_the_same(till: ApiTill, code: str):
    key = str(uuid.uuid4())
    first = till.post("sales", sale(code.lower()), key=key)
    assert (first.status_code, first.json()["points_earned"]) == (201, "50")
    assert "Spring" in first.json()["awards"][1]["why"]
    assert till.post("sales", sale(code.lower()), key=key).content == first.content
    used = till.post("sales", sale(code, number="2"))
    assert (used.status_code, used.json()["code"]) == (422, "coupon_used")
    assert used.json()["title"] == f"Coupon {code} has been used."
    assert [finding for finding in verify() if finding.violations] == []


def test_a_cancelled_sale_makes_it_usable_again(till: ApiTill, code: str):
    sold = till.post("sales", sale(code)).json()
    assert till.post("sales/void", {"sale": {"id": sold["sale"]}}).status_code == 201
    assert till.post("sales", sale(code, number="2")).json()["points_earned"] == "50"
    assert [finding for finding in verify() if finding.violations] == []


def test_a_hold_keeps_it_and_gives_it_back(till: ApiTill, code: str):
    body = {name: value for name, value in sale(code).items() if name != "receipt_number"}
    hold = till.post("holds", body).json()["hold"]["id"]
    assert till.post("sales", sale(code)).json()["code"] == "coupon_used"
    till.post(f"holds/{hold}/release", {})
    assert till.post("sales", sale(code, number="2")).status_code == 201
    assert Coupon.objects.get().uses_left == 0


def test_a_mistyped_code_is_unknown(till: ApiTill, code: str):
    typed = code[:-1] + ("A" if code[-1] != "A" else "B")
    answer = till.post("sales", sale(typed))
    assert (answer.status_code, answer.json()["code"]) == (422, "coupon_unknown")
    assert till.post("sales", sale("x" * 41)).status_code == 400
