"""The API as a terminal sees it: statuses, codes, bodies and the Idempotency-Key."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from programs.models import IdempotencyRecord, Purchase, Terminal
from programs.queries.verify import verify
from programs.rules.dates import add_months
from tests.factories.configuration import segment_of
from tests.programs.asked import add_rule
from tests.programs.shop import Shop
from tests.programs.till import ApiTill, sale_body


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    return ApiTill(shop.terminal, shop.now)


ANNA = {"phone": "(212) 555-0123"}


def test_the_way_of_a_customer(shop: Shop, till: ApiTill):
    shop.member()
    found = till.post("lookup", ANNA, key=None).json()
    assert found["member"]["name"] == "Anna P."
    assert found["spendable"] == "0"
    quoted = till.post(
        "quotes", {"member": ANNA, "lines": sale_body("10.00", "10.00", "20.00")["lines"]}, key=None
    ).json()
    sold = till.post("sales", sale_body("10.00", "10.00", "20.00", member=ANNA)).json()
    assert (quoted["points_earned"], quoted["sale"]) == ("70", None)
    assert (sold["points_earned"], sold["balance"]["spendable"], sold["to_pay"]) == ("70", "70", "40.00")
    assert sold["awards"][3] == {"line": 1, "rule": "times-a", "points": "10", "why": "Times-A: points times 2"}
    paid = till.post("sales", sale_body("10.00", number="2", member=ANNA, redeem_points="50")).json()
    assert (paid["paid_with_points"], paid["to_pay"]) == ("0.50", "9.50")
    back = till.post(
        "returns", {"sale": {"id": sold["sale"]}, "lines": [{"line": 3, "quantity": "1"}], "receipt_number": "3"}
    )
    assert back.status_code == 201
    assert (back.json()["points_taken_back"], back.json()["refund_money"]) == ("20", "20.00")
    assert [finding for finding in verify() if finding.violations] == []


def test_a_rule_asks_for_a_segment(shop: Shop, till: ApiTill):
    anna = shop.member()
    shop.member("+12125550124", "Ben Ivanov")
    segment_of("best", anna, at=shop.now - dt.timedelta(minutes=5))
    add_rule(shop, {"type": "segment", "keys": ["best"]})

    def points(number: str, member: dict[str, str]) -> list[str]:
        body = sale_body("10.00", number=number, member=member)
        body["lines"][0]["sku"] = "C"
        quoted = till.post("quotes", {"lines": body["lines"], "member": member}, key=None)
        sold = till.post("sales", body)
        late = []
        for minutes in (1, 10):  # sold offline since the segment was filled, and before
            at = (shop.now - dt.timedelta(minutes=minutes)).isoformat()
            late.append(body | {"client_id": str(uuid.uuid4()), "kind": "sale", "occurred_at": at})
            late[-1]["receipt_number"] = f"{number}-{minutes}"
        taken = till.post("offline-batches", {"receipts": late}).json()["receipts"]
        return [quoted.json()["points_earned"], sold.json()["points_earned"], *(one["points"] for one in taken)]

    assert points("1", ANNA) == ["100", "100", "100", "10"]
    assert points("2", {"phone": "(212) 555-0124"}) == ["10"] * 4
    assert [finding for finding in verify() if finding.violations] == []


@pytest.mark.parametrize("spelling", ["+1 212 555 0123", "2125550123", "1-212-555-0123", "(212) 555.0123"])
def test_a_member_is_found_by_any_spelling_of_the_phone(shop: Shop, till: ApiTill, spelling: str):
    member = shop.member()
    for body in ({"phone": spelling}, {"any": spelling}):
        assert till.post("lookup", body, key=None).json()["member"]["id"] == str(member.public_id)


def test_a_repeat_gets_the_same_bytes_and_no_second_effect(shop: Shop, till: ApiTill):
    shop.member()
    key = str(uuid.uuid4())
    body = sale_body("10.00", member=ANNA)
    first = till.post("sales", body, key=key)
    again = till.post("sales", dict(reversed(body.items())), key=key)
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert (first.get("Idempotent-Replay"), again.get("Idempotent-Replay")) == (None, "true")
    assert Purchase.objects.count() == 1


def test_every_answer_says_on_which_days_points_burn(shop: Shop, till: ApiTill):
    shop.member()
    sold = till.post("sales", sale_body("10.00", member=ANNA)).json()
    last = add_months(timezone.now().date(), 12).isoformat()
    assert sold["burns"] == [{"on": last, "points": "20"}]
    basket = {"lines": sale_body("10.00")["lines"], "member": ANNA}
    assert till.post("quotes", basket, key=None).json()["burns"] == sold["burns"]
    assert till.post("lookup", ANNA, key=None).json()["burns"] == sold["burns"]
    back = {"sale": {"id": sold["sale"]}, "lines": [{"line": 1, "quantity": "1"}], "receipt_number": "9"}
    assert till.post("returns", back).json()["burns"] == []


def test_a_refusal_is_an_answer_and_is_repeated_too(shop: Shop, till: ApiTill):
    shop.member()
    key = str(uuid.uuid4())
    body = sale_body("10.00", member=ANNA, redeem_points="5")
    first = till.post("sales", body, key=key)
    till.post("sales", sale_body("100.00", number="2", member=ANNA))
    again = till.post("sales", body, key=key)
    assert (first.status_code, first.json()["code"]) == (422, "insufficient_points")
    assert again.content == first.content
    assert again["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("sales", sale_body("11.00")),
        ("returns", {"sale": {"receipt_number": "1"}, "lines": [{"line": 1, "quantity": "1"}], "receipt_number": "9"}),
    ],
)
def test_a_key_belongs_to_one_request(shop: Shop, till: ApiTill, path: str, body: dict):
    key = str(uuid.uuid4())
    assert till.post("sales", sale_body("10.00"), key=key).status_code == 201
    refused = till.post(path, body, key=key)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("key", [None, "short", "with space in it, long", "я" * 20, "x" * 65])
def test_a_write_without_a_proper_key_is_refused(till: ApiTill, key):
    answer = till.post("sales", sale_body("10.00"), key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert IdempotencyRecord.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ('{"lines": [], "lines": []}', 400),
        ('{"a": NaN}', 400),
        ("[" * 100_000, 400),
        ([], 400),
        ({}, 400),
        (sale_body("ten"), 400),
        (sale_body("-1.00"), 400),
        (sale_body("1e5"), 201),
        (sale_body("NaN"), 400),
        (sale_body("1" * 40), 400),
        ({**sale_body("1.00"), "surprise": 1}, 400),
        ({**sale_body("1.00"), "receipt_number": "a\u0000b"}, 400),
        ({**sale_body("1.00"), "receipt_number": 7}, 400),
        ({"lines": [{"sku": "A", "quantity": "1", "amount": 10.5}], "receipt_number": "1"}, 400),
        ({**sale_body("1.00"), "occurred_at": "2020-01-01T00:00:00Z"}, 422),
        ({**sale_body("1.00"), "member": {"phone": "1", "card": "2"}}, 400),
        ({**sale_body("1.00"), "member": {"phone": "12"}}, 422),
        ({**sale_body("1.00"), "member": {"card": "no such"}}, 404),
        (sale_body("1.005"), 422),
    ],
)
def test_what_is_not_understood_is_told_and_not_booked(till: ApiTill, body, status: int):
    answer = till.post("sales", body)
    assert answer.status_code == status, answer.content
    if status != 201:
        assert answer["Content-Type"] == "application/problem+json"
        assert set(answer.json()) >= {"type", "title", "status", "code"}
        assert Purchase.objects.count() == 0


def test_a_body_of_two_megabytes_is_too_much(till: ApiTill):
    answer = till.post("sales", {"receipt_number": "x" * 2_100_000})
    assert answer.status_code == 400


def test_a_terminal_without_a_token_or_with_an_old_one_is_turned_away(shop: Shop, till: ApiTill):
    assert till.post("sales", sale_body("1.00"), token="x" * 43).status_code == 401
    Terminal.objects.update(state="revoked", token_hash=None)
    answer = till.post("sales", sale_body("1.00"))
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_a_terminal_does_only_what_its_scopes_say(shop: Shop, till: ApiTill):
    Terminal.objects.update(scopes=["lookup"])
    assert till.post("sales", sale_body("1.00")).status_code == 403
    assert till.post("lookup", {"any": "nobody"}, key=None).status_code == 404


def test_points_are_spent_only_by_a_terminal_that_may(shop: Shop, till: ApiTill):
    shop.member()
    shop.sell({"C": "100.00"}, shop_member(shop))
    Terminal.objects.update(scopes=["lookup", "earn"])
    answer = till.post("sales", sale_body("10.00", member=ANNA, redeem_points="5"))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_the_enrolment_code_works_once(shop: Shop):
    from loyalty_site.ground.policy import system
    from programs.services.tills import issue_enrolment_code

    now = timezone.now()
    till = ApiTill(shop.terminal, now)
    code = issue_enrolment_code(terminal=shop.terminal, actor=system("tests"), now=now)
    assert till.post("sales", sale_body("1.00")).status_code == 401  # the old token ended with the new code
    first = till.post("terminals/enrol", {"code": code.lower()}, key=None)
    assert first.status_code == 201
    assert till.post("sales", sale_body("1.00"), token=first.json()["token"]).status_code == 201
    second = till.post("terminals/enrol", {"code": code}, key=None)
    assert (second.status_code, second.json()["code"]) == (422, "enrolment_code_invalid")


def shop_member(shop: Shop):
    from members.models import Member

    return Member.objects.get()
