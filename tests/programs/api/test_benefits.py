"""What the API tells a till of stamps and benefits."""

from __future__ import annotations

import pytest
from django.utils import timezone

from programs.models import Benefit, Coupon, CouponUse, Purchase, RuleCounter
from programs.queries.verify import verify
from tests.factories.configuration import CouponSeriesFactory, RuleFactory, publish
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
    assert [(one["kind"], one["times"]) for one in sold["benefits"]] == [
        ("message", 1),
        ("free_service", 1),
        ("privilege", 1),
    ]
    message, service, privilege = (one["why"] for one in sold["benefits"])
    assert (message, privilege) == ("Check their card", "A table by the window")
    assert "Доставка" in service  # in the member's language, though the till asks in English
    assert sold["receipt_texts"][:2] == [service, privilege]
    told = till.post("sales", cups(1, "2", member={"id": str(member.public_id)}), language="ru").json()
    assert [one["why"] for one in told["benefits"]] == ["Проверьте карту", "A table by the window"]
    assert list(Benefit.objects.order_by("id").values_list("kind", "times", "details")) == [
        ("free_service", 1, {"name": "Rule 1", "text": {"en": "Delivery", "ru": "Доставка"}}),
        ("privilege", 1, {"name": "Rule 2", "text": {"en": "A table by the window"}}),
        ("privilege", 1, {"name": "Rule 2", "text": {"en": "A table by the window"}}),
    ]


def test_coupons_for_the_next_visit_come_with_the_sale_and_go_with_it():
    shop = shop_with(
        {"type": "next_coupon", "series": "next", "count": 2, "after": 1, "days": 10},
        {"type": "next_coupon", "series": "closed"},
    )
    series = CouponSeriesFactory(program=shop.program, key="next")
    CouponSeriesFactory(program=shop.program, key="closed", is_active=False)
    till, anna = ApiTill(shop.terminal, shop.now), shop.member()
    body = cups(1, "1", member={"id": str(anna.public_id)})
    offered = till.post("quotes", {"lines": body["lines"], "member": body["member"]}).json()
    assert [(one["rule"], one["times"], "codes" in one) for one in offered["benefits"]] == [
        ("r0", 2, False),
        ("r1", 1, False),
    ]
    sold = till.post("sales", body).json()
    (given,) = sold["benefits"]
    coupons = list(Coupon.objects.order_by("id"))
    assert given["codes"] == [str(coupon) for coupon in coupons]
    assert sold["receipt_texts"][0] == f"Rule 0, for the next visit: {', '.join(given['codes'])}"
    assert {(one.member_id, one.series_id, one.uses_left) for one in coupons} == {(anna.pk, series.pk, 1)}
    assert {(one.valid_until - one.valid_from).days for one in coupons} == {10}
    assert (coupons[0].valid_from - coupons[0].issued_at).days == 1
    Coupon.objects.filter(pk=coupons[0].pk).update(uses_left=0)
    CouponUse.objects.create(coupon=coupons[0], purchase=Purchase.objects.get(), state="used", at=shop.now)
    returned = {"sale": {"id": sold["sale"]}, "lines": [{"line": 1, "quantity": "1"}], "receipt_number": "r"}
    assert till.post("returns", returned).status_code == 201
    # The return frees the use of its own sale, so that both are whole here, and withdraws them.
    assert set(Coupon.objects.values_list("is_withdrawn", "uses_left")) == {(True, 1)}
    assert sum(Benefit.objects.values_list("times", flat=True)) == 0


def test_a_coupon_that_was_used_stays_used_when_its_sale_comes_back():
    shop = shop_with({"type": "next_coupon", "series": "next"}, {"type": "points", "points": "5"})
    CouponSeriesFactory(program=shop.program, key="next")
    RuleFactory(program=shop.program, key="use", conditions=[{"type": "coupon", "series": ["next"]}])
    publish(shop.program, at=shop.now)
    till, anna = ApiTill(shop.terminal, shop.now), shop.member()
    member = {"id": str(anna.public_id)}
    first = till.post("sales", cups(1, "1", member=member)).json()
    second = till.post("sales", cups(1, "2", member=member, coupons=first["benefits"][0]["codes"]))
    assert second.status_code == 201
    assert till.post("sales/void", {"sale": {"id": first["sale"]}}).status_code == 201
    assert list(Coupon.objects.order_by("id").values_list("is_withdrawn", "uses_left")) == [(False, 0), (False, 1)]
    assert [finding for finding in verify() if finding.violations] == []


def test_a_gift_is_offered_by_a_quote_and_given_with_its_line_while_the_stock_lasts():
    shop = shop_with({"type": "gift", "skus": ["CUP", "BAG"], "surcharge": "1.00", "stock": 1})
    till, anna = ApiTill(shop.terminal, shop.now), shop.member()
    member = {"id": str(anna.public_id)}
    cup = {"sku": "CUP", "quantity": "1", "amount": "1.00", "gift_of": "r0"}
    offer = till.post("quotes", {"lines": cups(1, "0")["lines"], "member": member}).json()["benefits"]
    assert [(one["rule"], one["times"], one["skus"]) for one in offer] == [("r0", 1, ["BAG", "CUP"])]
    assert till.post("sales", cups(1, "1", member=member)).json()["benefits"] == []

    def refused(number: str, *lines: dict) -> str:
        answer = till.post("sales", cups(1, number, member=member) | {"lines": [*cups(1, number)["lines"], *lines]})
        assert answer.status_code == 422
        return str(answer.json()["code"])

    assert refused("2", cup | {"sku": "A"}) == refused("2", cup | {"gift_of": "other"}) == "gift_not_offered"
    assert refused("2", cup, cup) == "gifts_too_many"
    sold = till.post("sales", cups(1, "2", member=member) | {"lines": [*cups(1, "2")["lines"], cup]})
    assert [(one["rule"], one["times"]) for one in sold.json()["benefits"]] == [("r0", 1)]
    assert refused("3", cup) == "gifts_too_many"
    assert RuleCounter.objects.get().amount == 1
    assert till.post("sales/void", {"sale": {"id": sold.json()["sale"]}}).status_code == 201
    assert RuleCounter.objects.get().amount == 0
    assert [finding for finding in verify() if finding.violations] == []
