"""Holds over the API: an online shop's way, repeats, refusals, and who may."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from programs.models import Hold, Purchase, Terminal
from programs.queries.verify import verify
from tests.factories.configuration import PartnerFactory, StoreFactory, TerminalFactory
from tests.programs.shop import Shop
from tests.programs.till import ApiTill, sale_body

ANNA = {"phone": "(212) 555-0123"}


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    shop.sell({"C": "100.00"}, shop.member())
    return ApiTill(shop.terminal, shop.now)


def body(*amounts: str, **more: object) -> dict[str, object]:
    return {"lines": sale_body(*amounts)["lines"], "member": ANNA, **more}


def test_an_online_shop_holds_and_commits(shop: Shop, till: ApiTill):
    held = till.post("holds", body("10.00", "10.00", "20.00", redeem_points="80", reference="web-1", minutes=20))
    assert held.status_code == 201
    answer = held.json()
    assert (answer["sale"], answer["paid_with_points"], answer["hold"]["reference"]) == (None, "0.80", "web-1")
    assert answer["balance"] == {**answer["balance"], "spendable": "20", "held": "80"}
    left = dt.datetime.fromisoformat(answer["hold"]["expires_at"]) - timezone.now()
    assert dt.timedelta(minutes=19) < left <= dt.timedelta(minutes=20)
    key = str(uuid.uuid4())
    path = f"holds/{answer['hold']['id']}/commit"
    sold = till.post(path, {"receipt_number": "1"}, key=key)
    assert sold.status_code == 201
    stands = {"sale", "balance", "burns", "receipt_texts", "hold"}
    assert [{name: value for name, value in one.items() if name not in stands} for one in (sold.json(), answer)] == [
        {name: value for name, value in answer.items() if name not in stands}
    ] * 2
    assert answer["burns"][0]["points"] == "20"
    assert till.post(path, {"receipt_number": "1"}, key=key).content == sold.content
    again = till.post(path, {"receipt_number": "2"})
    assert (again.status_code, again.json()["code"]) == (409, "hold_committed")
    assert again.json()["context"]["sale"] == sold.json()["sale"]
    assert Purchase.objects.filter(kind="sale").count() == 2
    assert [finding for finding in verify() if finding.violations] == []


def test_a_basket_left_behind_gives_everything_back(shop: Shop, till: ApiTill):
    hold = till.post("holds", body("40.00", redeem_points="80")).json()["hold"]["id"]
    released = till.post(f"holds/{hold}/release", {})
    assert released.status_code == 200
    answer = released.json()
    assert (answer["state"], answer["points_released"], answer["balance"]["spendable"]) == ("released", "80", "100")
    late = till.post(f"holds/{hold}/commit", {"receipt_number": "1"})
    assert (late.status_code, late.json()["code"]) == (422, "hold_released")


def test_a_late_commit_is_refused_in_words_and_the_points_are_back(shop: Shop, till: ApiTill):
    hold = till.post("holds", body("40.00", redeem_points="80")).json()["hold"]["id"]
    Hold.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    key = str(uuid.uuid4())
    late = till.post(f"holds/{hold}/commit", {"receipt_number": "1"}, key=key)
    assert (late.status_code, late.json()["code"]) == (422, "hold_ended")
    assert late.json()["title"].startswith("The hold timed out at ")
    assert till.post(f"holds/{hold}/commit", {"receipt_number": "1"}, key=key).content == late.content
    assert till.post("lookup", ANNA, key=None).json()["spendable"] == "100"
    assert [finding for finding in verify() if finding.violations] == []


def test_another_partner_s_hold_is_as_absent_as_none(shop: Shop, till: ApiTill):
    hold = till.post("holds", body("40.00")).json()["hold"]["id"]
    stranger = ApiTill(TerminalFactory(store=StoreFactory(partner=PartnerFactory())), shop.now)
    answers = [
        asking.post(f"holds/{which}/{act}", {"receipt_number": "1"} if act == "commit" else {})
        for asking, which in ((stranger, hold), (till, str(uuid.uuid4())))
        for act in ("commit", "release")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_spending_needs_the_scope_and_a_longer_hold_the_programme(shop: Shop, till: ApiTill):
    assert till.post("holds", body("40.00", minutes=31)).json()["code"] == "hold_too_long"
    Terminal.objects.filter(pk=shop.terminal.pk).update(scopes=["earn"])
    assert till.post("holds", body("40.00", redeem_points="80")).status_code == 403
    assert till.post("holds", body("40.00")).status_code == 201
