"""What the till hears of a card that finds nobody, and of one that is blocked."""

from __future__ import annotations

import pytest
from django.utils import timezone

from loyalty_site.ground.models import Counter
from loyalty_site.ground.policy import system
from members.services import block_identifier, issue_card, replace_card
from programs.models import Terminal
from tests.programs.shop import Shop
from tests.programs.till import ApiTill, sale_body

BOSS = system("tests")


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    Terminal.objects.filter(pk=shop.terminal.pk).update(scopes=["lookup", "earn", "redeem", "enrol"])
    return ApiTill(shop.terminal, shop.now)


def misses() -> int:
    return sum(Counter.objects.filter(name__contains="miss").values_list("value", flat=True))


def test_replaced_mistyped_unknown_and_blocked_are_four_answers(shop: Shop, till: ApiTill):
    anna = shop.member()
    old = issue_card(member_id=anna.pk, actor=BOSS, now=shop.now)
    new = replace_card(identifier_id=old.pk, actor=BOSS, now=shop.now)
    wrong = new.value[:-1] + str((int(new.value[-1]) + 1) % 10)
    for field in ("card", "any"):
        for value, status, code in (
            (new.shown, 200, None),
            (wrong, 422, "card_mistyped"),
            (old.value, 422, "identifier_replaced"),
            ("9001", 404, "member_not_found"),
        ):
            answer = till.post("lookup", {field: value}, key=None)
            assert (answer.status_code, answer.json().get("code")) == (status, code), (field, value)
    assert misses() == 4  # a slip of the finger is none
    sold = till.post("sales", sale_body("5.00", member={"card": old.value}))
    assert sold.json()["code"] == "identifier_replaced"
    assert shop.now.date().isoformat() in sold.json()["title"]
    block_identifier(identifier_id=new.pk, reason="lost", actor=BOSS, now=shop.now)
    assert till.post("lookup", {"card": new.value}, key=None).json()["code"] == "identifier_blocked"
