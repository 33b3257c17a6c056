"""What the API tells a till of stamps and benefits."""

from __future__ import annotations

import pytest
from django.utils import timezone

from programs.models import Benefit
from tests.factories.configuration import RuleFactory, publish
from tests.programs.shop import Shop, open_shop
from tests.programs.till import ApiTill

pytestmark = pytest.mark.django_db


def shop_with(*effects: dict) -> Shop:
    shop = open_shop()
    shop.now = timezone.now()
    for number, effect in enumerate(effects):
        RuleFactory(program=shop.program, key=f"r{number}", name=f"Rule {number}", conditions=[], effect=effect)
    publish(shop.program, at=shop.now)
    return shop


def cups(count: int, number: str, **more: object) -> dict:
    line = {"sku": "C", "quantity": str(count), "amount": f"{count * 3}.00"}
    return {"lines": [line], "receipt_number": number, **more}


def test_a_stamp_card_of_nine_and_one():
    shop = shop_with({"type": "stamp_card", "card": "coffee", "every": 10})
    till, anna = ApiTill(shop.terminal, shop.now), shop.member()
    member = {"phone": "+12125550123"}
    card = {"card": "coffee", "name": "Rule 0", "needed": 9}
    looked = till.post("lookup", member).json()
    assert looked["stamps"] == [card | {"held": 0, "why": "Rule 0: 0 of 9 stamps"}]
    sold = till.post("sales", cups(7, "1", member=member)).json()
    assert (sold["stamps"], sold["to_pay"]) == ([card | {"held": 7, "why": "Rule 0: 7 of 9 stamps"}], "21.00")
    assert "Rule 0: 7 of 9 stamps" in sold["receipt_texts"]
    quoted = till.post("quotes", {"member": member, "lines": cups(3, "2")["lines"]}).json()
    assert (quoted["stamps"][0]["held"], quoted["to_pay"]) == (0, "6.00")
    till.post("sales", cups(2, "2", member=member))
    tenth = till.post("sales", cups(1, "3", member=member)).json()
    assert (tenth["to_pay"], tenth["stamps"][0]["held"]) == ("0.00", 0)
    assert till.post("sales/void", {"sale": {"id": tenth["sale"]}}).status_code == 201
    assert till.post("lookup", {"id": str(anna.public_id)}).json()["stamps"][0]["held"] == 9


def test_services_are_told_to_the_member_and_messages_to_the_cashier():
    limit = {"of": "times", "per": "member", "most": 1}
    texts = {"en": "Check their card", "ru": "Проверьте карту"}
    shop = shop_with(
        {"type": "message", "text": texts},
        {"type": "free_service", "text": {"en": "Delivery", "ru": "Доставка"}, "limits": [limit]},
        {"type": "privilege", "text": "A table by the window"},
    )
    till, member = ApiTill(shop.terminal, shop.now), shop.member()
    member.language = "ru"
    member.save()
    sold = till.post("sales", cups(1, "1", member={"id": str(member.public_id)})).json()
    assert [(one["kind"], one["times"], one["why"]) for one in sold["benefits"]] == [
        ("message", 1, "Check their card"),
        ("free_service", 1, "Доставка for free"),
        ("privilege", 1, "A table by the window"),
    ]
    assert sold["receipt_texts"][:2] == ["Доставка for free", "A table by the window"]
    told = till.post("sales", cups(1, "2", member={"id": str(member.public_id)}), language="ru").json()
    assert [one["why"] for one in told["benefits"]] == ["Проверьте карту", "A table by the window"]
    assert list(Benefit.objects.order_by("id").values_list("kind", "times", "details")) == [
        ("free_service", 1, {"name": "Rule 1", "text": {"en": "Delivery", "ru": "Доставка"}}),
        ("privilege", 1, {"name": "Rule 2", "text": {"en": "A table by the window"}}),
        ("privilege", 1, {"name": "Rule 2", "text": {"en": "A table by the window"}}),
    ]
