"""Discounts and rewards of the programme in a real sale and its returns."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from programs.api.answers import return_answer, sale_answer
from programs.errors import InsufficientPoints, MemberRequired, RewardUnknown
from programs.models import Award, Lot, Purchase, PurchaseLine, PurchaseSummary
from programs.queries.receipts import receipt_detail
from programs.queries.verify import verify
from programs.services.returns import ReturnOrder
from programs.services.sales import OrderLine, quote, sell
from programs.services.voids import void_sale
from tests.factories.configuration import RewardFactory, RuleFactory, publish
from tests.programs.shop import Shop

pytestmark = pytest.mark.django_db


def rule(shop: Shop, key: str, effect: dict, *conditions: dict) -> None:
    RuleFactory(program=shop.program, key=key, name=key.title(), conditions=list(conditions), effect=effect)


def publish_again(shop: Shop, **changes: object) -> None:
    for name, value in changes.items():
        setattr(shop.program, name, value)
    shop.program.save()
    publish(shop.program, at=shop.now)


def nothing_is_wrong() -> bool:
    return not [finding for finding in verify() if finding.violations]


class TestDiscounts:
    def test_it_lowers_the_bill_the_points_and_the_accumulated_spend(self, shop: Shop):
        rule(shop, "tenth", {"type": "percent_off", "percent": "10"})
        publish_again(shop)
        anna = shop.member()
        sold = shop.sell({"C": "19.99", "D": "5.00"}, anna)
        assert sold.outcome is not None
        assert (sold.total, sold.outcome.discount, sold.outcome.points) == (2499, 249, 22)
        purchase = Purchase.objects.get()
        assert (purchase.total_minor, purchase.reward_minor) == (2499, 249)
        assert list(PurchaseLine.objects.values_list("reward_minor", flat=True)) == [199, 50]
        assert list(Award.objects.filter(points=0).values_list("money_minor", "reason")) == [
            (199, "discount"),
            (50, "discount"),
        ]
        assert shop.account(anna).spend_minor == PurchaseSummary.objects.get().spend_minor == 2250
        texts = [award.text for row in receipt_detail(purchase).lines for award in row.awards]
        assert texts[0] == "Tenth: 10 % off"
        assert nothing_is_wrong()

    def test_a_return_gives_back_what_was_paid_in_any_split(self, shop: Shop):
        rule(shop, "third", {"type": "percent_off", "percent": "33.33"})
        rule(shop, "euro", {"type": "amount_off", "amount": "1.01"})
        publish_again(shop)
        anna = shop.member()
        sold = shop.sell([OrderLine("C", Decimal(7), Decimal("10.01"))], anna, redeem="0")
        assert sold.outcome is not None
        refunds = []
        for _ in range(7):
            back = shop.give_back(sold, {1: "1"})
            refunds.append(back.total - back.reward - back.tender)
        assert min(refunds) >= 0
        assert sum(refunds) == sold.total - sold.outcome.discount
        assert shop.account(anna).spend_minor == 0
        assert nothing_is_wrong()

    def test_the_number_of_the_purchase_is_asked_only_where_a_rule_counts(self, shop: Shop):
        rule(shop, "first", {"type": "points", "points": "100"}, {"type": "nth_purchase", "numbers": [1]})
        publish_again(shop)
        anna = shop.member()
        assert [shop.sell({"C": "1.00"}, anna).outcome.points for _ in range(2)] == [101, 1]  # type: ignore[union-attr]
        assert list(Purchase.objects.order_by("id").values_list("facts__purchases", flat=True)) == [0, 1]

    def test_free_delivery_once_past_purchases_reach_a_mark(self, shop: Shop):
        free = {"type": "free_service", "text": {"en": "Delivery", "ru": "Доставка"}}
        rule(shop, "delivery", free, {"type": "accumulated", "of": "spend", "minimum": "100"})
        publish_again(shop)
        anna = shop.member()
        assert sale_answer(shop.sell({"C": "100.00"}, anna))["benefits"] == []
        told = sale_answer(shop.sell({"C": "1.00"}, anna))
        assert [one["why"] for one in told["benefits"]] == ["Delivery for free"]
        assert "Delivery for free" in told["receipt_texts"]

    def test_without_a_member_nothing_is_taken_off(self, shop: Shop):
        rule(shop, "tenth", {"type": "percent_off", "percent": "10"})
        publish_again(shop)
        assert shop.sell({"C": "10.00"}).outcome is None


class TestRewards:
    def order(self, shop: Shop, lines: dict[str, str], member, *rewards: str, redeem: str = "0"):
        return replace(shop.order(lines, member, redeem), rewards=rewards)

    def test_claimed_with_points_that_a_return_gives_back(self, shop: Shop):
        RewardFactory(program=shop.program, key="cake", cost=50, effect={"type": "amount_off", "amount": "3.00"})
        publish_again(shop)
        anna = shop.member()
        shop.sell({"C": "60.00"}, anna)
        order = self.order(shop, {"C": "4.00", "D": "2.00"}, anna, "cake")
        asked, sold = quote(order, now=shop.now), sell(order, now=shop.now)
        assert asked.outcome == sold.outcome
        assert sold.outcome is not None
        assert (sold.outcome.redemption.points, sold.outcome.redemption.money, sold.outcome.points) == (50, 300, 3)
        assert shop.account(anna).available == 13
        assert Purchase.objects.get(public_id=sold.public_id).facts["rewards"] == ["cake"]
        back = shop.give_back(sold, {1: "1", 2: "1"})
        assert (back.points_restored, back.total - back.tender) == (50, 300)
        assert shop.account(anna).available == 60
        assert nothing_is_wrong()

    def test_who_collected_more_than_twice_gets_more_and_no_points_are_taken(self, shop: Shop):
        cake = {"type": "fixed_price", "quantity": 1, "price": "2.00", "most": 1}  # against a surcharge
        named = [{"type": "category", "codes": ["c"]}]
        RewardFactory(program=shop.program, key="cake", name="A cake", cost=50, conditions=named, effect=cake)
        again = {"type": "redeemed", "at_least": 2, "reward": "cake"}
        rule(shop, "third", {"type": "percent_off", "percent": "10"}, again)
        publish_again(shop)
        anna = shop.member()
        shop.sell({"D": "200.00"}, anna)
        for _ in range(2):
            sold = sell(self.order(shop, {"C": "5.00", "D": "1.00"}, anna, "cake"), now=shop.now)
            assert sold.outcome is not None
            assert (sold.outcome.redemption.money_by_line, sold.outcome.discount) == ((300, 0), 0)
        asked = sale_answer(shop.quote({"D": "20.00"}, anna))
        assert (asked["discount"], asked["points_redeemed"], asked["discounts"][0]["why"]) == (
            "2.00",
            "0",
            "Third: 10 % off",
        )
        assert asked["rewards_to_claim"] == []  # there is no cake in this basket
        shop.give_back(sold, {1: "1", 2: "1"})  # so that was one time only
        assert sale_answer(shop.quote({"D": "20.00"}, anna))["discount"] == "0.00"
        assert nothing_is_wrong()

    def test_points_that_paid_may_stay_spent(self, shop: Shop):
        publish_again(shop, return_gives_back=False)
        anna = shop.member()
        shop.sell({"C": "60.00"}, anna)
        sold = shop.sell({"C": "10.00"}, anna, redeem="50")
        held = shop.sell({"C": "1.00"}, anna, redeem="10")
        back = shop.give_back(sold, {1: "1"})
        assert (back.points_restored, back.total - back.tender) == (0, 950)
        assert return_answer(back)["lines"][0]["points_given_back"] == "0"
        assert shop.account(anna).available == 0
        void_sale(ReturnOrder(shop.till, "", shop.now, (), sale_id=held.public_id), now=shop.now)  # as if it never was
        assert shop.account(anna).available == 10
        assert nothing_is_wrong()

    def test_paid_with_points_of_the_receipt_itself(self, shop: Shop):
        RewardFactory(program=shop.program, key="fifth", cost=500, effect={"type": "percent_off", "percent": "20"})
        publish_again(shop, earn_on_points=True, redeem_own_points=True)
        anna = shop.member()
        sold = sell(self.order(shop, {"C": "575.00"}, anna, "fifth"), now=shop.now)
        assert sold.outcome is not None
        assert (sold.outcome.points, sold.outcome.redemption.money) == (575, 11_500)
        assert list(Lot.objects.values_list("granted", "remaining")) == [(575, 75)]
        assert nothing_is_wrong()
        shop.give_back(sold, {1: "1"})
        assert shop.account(anna).available == shop.account(anna).debt == 0
        assert nothing_is_wrong()

    def test_refusals(self, shop: Shop):
        RewardFactory(program=shop.program, key="cake", cost=50, effect={"type": "amount_off", "amount": "3.00"})
        RewardFactory(program=shop.program, key="old", cost=1, is_active=False)
        publish_again(shop)
        anna = shop.member()
        with pytest.raises(InsufficientPoints):
            sell(self.order(shop, {"C": "4.00"}, anna, "cake"), now=shop.now)
        with pytest.raises(RewardUnknown):
            sell(self.order(shop, {"C": "4.00"}, anna, "old"), now=shop.now)
        with pytest.raises(MemberRequired):
            sell(self.order(shop, {"C": "4.00"}, None, "cake"), now=shop.now)
        assert not Purchase.objects.exists()
