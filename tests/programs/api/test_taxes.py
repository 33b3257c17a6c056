"""What the answer to a till tells of tax and of pieces, after the programme's discounts."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.factories.configuration import RuleFactory, publish
from tests.programs.shop import Shop
from tests.programs.till import ApiTill

ANNA = {"phone": "(212) 555-0123"}


@pytest.mark.parametrize(
    ("rounding", "net", "tax", "gross"),
    [("line", "0.16", "0.02", "0.18"), ("sum_net", "0.16", "0.03", "0.19"), ("sum_keep_gross", "0.15", "0.03", "0.18")],
)
def test_the_tax_in_what_is_left(shop: Shop, rounding: str, net: str, tax: str, gross: str):
    shop.member()
    shop.now = timezone.now()
    shop.program.tax_rounding = rounding
    shop.program.save()
    RuleFactory(program=shop.program, key="tenth", conditions=[], effect={"type": "percent_off", "percent": "10"})
    publish(shop.program, at=shop.now)
    lines = [
        {"sku": "A", "quantity": "1", "amount": "0.10", "tax_rate": "19"},
        {"sku": "B", "quantity": "2", "amount": "0.10", "tax_rate": "19.00"},
        {"sku": "B", "quantity": "1", "amount": "10.00", "tax_rate": "7.00", "tax_included": False},
        {"sku": "C", "quantity": "1", "amount": "5.00"},
    ]
    quoted = ApiTill(shop.terminal, shop.now).post("quotes", {"member": ANNA, "lines": lines}, key=None).json()
    assert quoted["taxes"] == [
        {"rate": "7", "net": "9.00", "tax": "0.63", "gross": "9.63"},
        {"rate": "19", "net": net, "tax": tax, "gross": gross},
    ]
    assert [(one["pieces"], one["pieces_counted"]) for one in quoted["discounts"]] == [(5, 5)] * 4
