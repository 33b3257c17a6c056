"""By what a receipt is paid, as tills say it in each request that rules are asked for."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from programs.models import Purchase
from programs.rules.remembering import KEY
from tests.programs.asked import add_rule
from tests.programs.shop import Shop
from tests.programs.till import ApiTill, sale_body

ANNA = {"phone": "(212) 555-0123"}


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    shop.member()
    add_rule(shop, {"type": "payment", "methods": ["card"], "only": True})
    return ApiTill(shop.terminal, shop.now)


def body(number: str, *payments: str, **more: object) -> dict[str, object]:
    made = sale_body("10.00", number=number, member=ANNA, **more)
    made["lines"][0]["sku"] = "C"
    return made | ({"payments": list(payments)} if payments else {})


def without_number(made: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in made.items() if key != "receipt_number"}


@pytest.mark.parametrize(
    ("payments", "points"), [((), "10"), (("card",), "100"), (("card", "cash"), "10")], ids=["unsaid", "card", "both"]
)
def test_a_rule_asks_how_it_is_paid(till: ApiTill, payments: tuple[str, ...], points: str):
    quoted = till.post("quotes", without_number(body("1", *payments)))
    sold = till.post("sales", body("1", *payments))
    held = till.post("holds", without_number(body("2", *payments)))
    kept = till.post(f"holds/{held.json()['hold']['id']}/commit", {"receipt_number": "2"})
    offline = {
        **body("3", *payments),
        "client_id": str(uuid.uuid4()),
        "kind": "sale",
        "occurred_at": (timezone.now() - dt.timedelta(minutes=1)).isoformat(),
    }
    late = till.post("offline-batches", {"receipts": [offline]})

    assert [one.json()["points_earned"] for one in (quoted, sold, held, kept)] == [points] * 4
    assert late.json()["receipts"][0]["points"] == points
    stored = Purchase.objects.values_list("facts", flat=True)
    assert [facts[KEY]["payments"] for facts in stored] == [sorted(payments)] * 3


@pytest.mark.parametrize("payments", ["card", ["Card"], [""], [7], ["x" * 21], ["a"] * 11, None])
def test_what_is_no_list_of_codes_is_refused(till: ApiTill, payments: object):
    answer = till.post("sales", body("1") | {"payments": payments})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert not Purchase.objects.exists()
