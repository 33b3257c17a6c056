"""Uploading what was sold offline, as a terminal does it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.utils import timezone

from members.models import Member
from members.services import till_code
from programs.models import OfflineBatch, Purchase, Terminal
from tests.programs.shop import Shop
from tests.programs.till import ApiTill

ANNA = {"phone": "(212) 555-0123"}


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    shop.member()
    return ApiTill(shop.terminal, shop.now)


def sale(number: str, amount: str = "10.00", **more: Any) -> dict[str, Any]:
    return {
        "client_id": str(uuid.uuid4()),
        "kind": "sale",
        "occurred_at": (timezone.now() - dt.timedelta(hours=2)).isoformat(),
        "receipt_number": number,
        "member": ANNA,
        "lines": [{"sku": "C", "quantity": "1", "amount": amount}],
        **more,
    }


def goods_back(number: str, of: str) -> dict[str, Any]:
    body = sale(number, kind="return", sale={"receipt_number": of}, lines=[{"line": 1, "quantity": "1"}])
    del body["member"]
    return body | {"occurred_at": (timezone.now() - dt.timedelta(hours=1)).isoformat()}


def test_an_upload_is_answered_receipt_by_receipt_in_its_order(till: ApiTill):
    receipts = [goods_back("2", "1"), sale("1"), sale("3", member={"card": "777"}), {"kind": "sale"}, 5]
    answer = till.post("offline-batches", {"receipts": receipts}, key=None)
    assert answer.status_code == 200
    items = answer.json()["receipts"]
    assert [item["status"] for item in items] == ["booked", "booked", "flagged", "rejected", "rejected"]
    assert [item["points"] for item in items] == ["-10", "10", "0", "0", "0"]
    assert items[2]["problems"] == [
        {"code": "member_unknown", "text": "Nobody is known by card …777. It was booked without a member."}
    ]
    assert items[3]["fields"]["receipt_number"] == ["This field is required."]
    assert items[4]["client_id"] is None
    batch = OfflineBatch.objects.get()
    assert (batch.booked_count, batch.flagged_count, batch.rejected_count) == (2, 1, 2)
    again = till.post("offline-batches", {"receipts": receipts[:3]}, key=None).json()["receipts"]
    assert [item["status"] for item in again] == ["duplicate"] * 3
    assert [item["sale"] for item in again] == [item["sale"] for item in items[:3]]
    assert Purchase.objects.count() == 3


def test_a_code_of_the_own_page_counts_for_the_day_on_which_it_was_scanned(till: ApiTill):
    day = timezone.now() - dt.timedelta(days=4)
    code = {"any": till_code(Member.objects.get().pk, now=day)}
    receipts = [sale("1", member=code, occurred_at=day.isoformat()), sale("2", member=code)]
    items = till.post("offline-batches", {"receipts": receipts}, key=None).json()["receipts"]
    assert [(item["points"], [one["code"] for one in item["problems"]]) for item in items] == [
        ("10", []),
        ("0", ["member_unknown"]),
    ]


@pytest.mark.parametrize(
    "body", [{}, [], {"receipts": []}, {"receipts": {}}, {"receipts": [{}], "more": 1}, {"receipts": [{}] * 201}]
)
def test_what_is_no_batch_at_all_is_refused_as_a_whole(till: ApiTill, body: Any):
    answer = till.post("offline-batches", body, key=None)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert not OfflineBatch.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "gift"},
        {"client_id": "short"},
        {"client_id": 17},
        {"lines": []},
        {"lines": [{"line": 1, "quantity": "1"}]},
        {"lines": [{"sku": "C", "quantity": "1", "amount": 10}]},
        {"sale": {"receipt_number": "1"}},
        {"occurred_at": "yesterday"},
        {"discounts": [{"type": "nice", "amount": "1.00"}]},
        {"unknown": True},
        {"lines": [{"sku": "C", "quantity": "1", "amount": "10.001"}]},
    ],
)
def test_a_wrong_receipt_is_rejected_alone(till: ApiTill, wrong: dict[str, Any]):
    items = till.post("offline-batches", {"receipts": [sale("1", **wrong), sale("2")]}, key=None).json()["receipts"]
    assert [item["status"] for item in items] == ["rejected", "booked"]
    assert items[0]["problems"][0]["text"]


def test_a_till_that_may_not_take_goods_back_does_not_offline_either(shop: Shop, till: ApiTill):
    Terminal.objects.update(scopes=["earn"])
    items = till.post("offline-batches", {"receipts": [sale("1"), goods_back("2", "1")]}, key=None).json()["receipts"]
    assert [item["status"] for item in items] == ["booked", "rejected"]
    assert items[1]["problems"][0]["code"] == "forbidden"


def test_what_was_tried_online_under_the_same_key_counts_once(till: ApiTill):
    body = sale("1")
    online = {key: body[key] for key in ("receipt_number", "member", "lines", "occurred_at")}
    sold = till.post("sales", online, key=body["client_id"]).json()
    (item,) = till.post("offline-batches", {"receipts": [body]}, key=None).json()["receipts"]
    assert (item["status"], item["sale"]) == ("duplicate", sold["sale"])


def test_problems_are_told_in_the_operators_language_and_name_nobody(till: ApiTill):
    body = {"receipts": [sale("1", member={"phone": "+12125550199"})]}
    answer = till.post("offline-batches", body, key=None)
    assert "5550199" not in answer.content.decode()
    assert "…0199" in answer.json()["receipts"][0]["problems"][0]["text"]


@pytest.mark.parametrize(
    ("moment", "code", "day"),
    [
        ("0001-01-01T00:00:00Z", "too_old", dt.date(1970, 1, 1)),
        ("9999-12-31T23:59:59Z", "future", dt.date(2999, 12, 31)),
    ],
)
def test_a_clock_out_of_the_calendar_is_flagged_as_any_other(till: ApiTill, moment: str, code: str, day: dt.date):
    answer = till.post("offline-batches", {"receipts": [sale("1", occurred_at=moment)]}, key=None)
    assert answer.status_code == 200, answer.content
    [item] = answer.json()["receipts"]
    assert (item["status"], [problem["code"] for problem in item["problems"]]) == ("flagged", [code])
    assert Purchase.objects.get().business_on == day
