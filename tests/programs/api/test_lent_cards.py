"""What the till hears of a card that is lent: whose points they are, who stands there, and that it was taken back."""

from __future__ import annotations

import pytest
from django.utils import timezone

from loyalty_site.ground.models import Counter
from loyalty_site.ground.policy import system
from members.models import Member
from members.services import lend_card, withdraw_lent
from programs.models import Purchase, Terminal
from programs.queries.verify import verify
from tests.factories.configuration import CashierFactory
from tests.programs.shop import Shop
from tests.programs.till import ApiTill, sale_body

BOSS = system("tests")


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    Terminal.objects.filter(pk=shop.terminal.pk).update(scopes=["lookup", "earn", "redeem", "enrol"])
    return ApiTill(shop.terminal, shop.now)


@pytest.fixture
def anna(shop: Shop, till: ApiTill) -> Member:
    return shop.member()


@pytest.fixture
def boris(shop: Shop, till: ApiTill) -> Member:
    return shop.member("+12125550124", "Boris Petrov")


def test_each_sale_says_who_presented_the_card(shop: Shop, till: ApiTill, anna: Member, boris: Member):
    card = lend_card(member_id=anna.pk, to_id=boris.pk, actor=BOSS, now=shop.now)
    who = {"how": "lent", "id": str(boris.public_id), "name": "Boris P.", "points_of": "Anna P."}
    found = till.post("lookup", {"any": card.shown}, key=None).json()
    assert (found["member"]["name"], found["presented_by"]) == ("Anna P.", who)
    sold = till.post("sales", sale_body("5.00", member={"card": card.value})).json()
    assert (sold["member"]["id"], sold["presented_by"]) == (str(anna.public_id), who)
    purchase = Purchase.objects.get(public_id=sold["sale"])
    assert (purchase.member, purchase.presented, purchase.presented_by) == (anna, card, boris)
    assert shop.account(anna).available == 10
    own = till.post("sales", sale_body("5.00", number="2", member={"phone": "+12125550123"})).json()
    assert own["presented_by"] is None
    assert Purchase.objects.get(public_id=own["sale"]).presented_by is None
    assert [finding.check.what for finding in verify() if finding.violations] == []


def test_a_lent_card_spends_only_where_the_owner_lets_it(shop: Shop, till: ApiTill, anna: Member, boris: Member):
    shop.sell({"C": "100.00"}, anna)
    for number, (may_spend, code) in enumerate([(False, "spending_not_shared"), (True, None)]):
        card = lend_card(member_id=anna.pk, to_id=boris.pk, may_spend=may_spend, actor=BOSS, now=shop.now)
        body = sale_body("9.00", number=f"{number}9", member={"card": card.value}, redeem_points="1")
        assert till.post("sales", body).json().get("code") == code


def test_taken_back_it_is_refused_at_once_with_words(shop: Shop, till: ApiTill, anna: Member):
    card = lend_card(member_id=anna.pk, actor=BOSS, now=shop.now)
    nobody = {"how": "lent", "id": None, "name": "", "points_of": "Anna P."}
    assert till.post("lookup", {"card": card.value}, key=None).json()["presented_by"] == nobody
    withdraw_lent(identifier_id=card.pk, actor=BOSS, now=timezone.now())
    for field in ("card", "any"):
        answer = till.post("lookup", {field: card.value}, key=None)
        assert (answer.status_code, answer.json()["code"]) == (422, "identifier_withdrawn")
        assert "took it back" in answer.json()["title"]
    sold = till.post("sales", sale_body("5.00", member={"card": card.value}))
    assert (sold.status_code, sold.json()["code"]) == (422, "identifier_withdrawn")
    assert sum(Counter.objects.filter(name__contains="miss").values_list("value", flat=True)) == 3
    assert not Purchase.objects.exists()


def test_a_hold_by_a_lent_card_keeps_who_asked_for_it(shop: Shop, till: ApiTill, anna: Member, boris: Member):
    card = lend_card(member_id=anna.pk, to_id=boris.pk, actor=BOSS, now=shop.now)
    lines = sale_body("5.00")["lines"]
    held = till.post("holds", {"lines": lines, "member": {"card": card.value}}).json()
    assert held["presented_by"]["name"] == "Boris P."
    withdraw_lent(identifier_id=card.pk, actor=BOSS, now=timezone.now())  # what was promised is kept
    sold = till.post(f"holds/{held['hold']['id']}/commit", {"receipt_number": "7"})
    assert sold.status_code == 201
    assert Purchase.objects.get().presented_by == boris


def test_a_cashier_does_not_credit_a_card_that_they_carry(shop: Shop, till: ApiTill, anna: Member, boris: Member):
    CashierFactory(store=shop.terminal.store, number="7", member=boris)
    card = lend_card(member_id=anna.pk, to_id=boris.pk, actor=BOSS, now=shop.now)
    answer = till.post("sales", sale_body("5.00", member={"card": card.value}, cashier="7"))
    assert answer.json()["code"] == "own_card"
    assert till.post("sales", sale_body("5.00", member={"phone": "+12125550123"}, cashier="7")).status_code == 201
