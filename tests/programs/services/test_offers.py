"""What a till may offer before anything is in the basket, as the look-up tells it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loyalty_site.ground.policy import system
from members.models import Identifier, Member
from members.services import lend_card
from programs.models import Coupon, Terminal
from programs.rules.codes import shown
from programs.services.coupons import issue_coupons
from tests.factories.configuration import CouponSeriesFactory, RewardFactory, RuleFactory, TierFactory, publish
from tests.programs.shop import Shop
from tests.programs.till import ApiTill, sale_body

pytestmark = pytest.mark.django_db
ANNA = {"phone": "(212) 555-0123"}
BOSS = system("tests")
GOLD = {"type": "tier", "keys": ["gold"]}


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    till = ApiTill(shop.terminal, shop.now)
    Terminal.objects.update(scopes=["lookup", "earn", "redeem", "hints"])
    return till


@pytest.fixture
def anna(shop: Shop) -> Member:
    return shop.member()


def offer(shop: Shop) -> None:
    """A cake for 50 points, a dear thing for 5000, a table for gold members, delivery for the big spenders of the year."""
    RewardFactory(
        program=shop.program, key="cake", name="A cake", cost=50, conditions=[{"type": "category", "codes": ["a"]}]
    )
    RewardFactory(program=shop.program, key="car", cost=5000)
    TierFactory(program=shop.program, key="gold", threshold=100)
    table = {"type": "privilege", "text": {"en": "A table by the window", "ru": "Столик у окна"}}
    RuleFactory(program=shop.program, key="table", conditions=[GOLD], effect=table)
    spent = {"type": "accumulated", "of": "spend", "calendar": "year", "minimum": "100"}
    RuleFactory(
        program=shop.program, key="home", conditions=[spent], effect={"type": "free_service", "text": "Delivery"}
    )
    publish(shop.program)


def told(till: ApiTill, body: dict[str, str] = ANNA, language: str = "en") -> dict[str, Any]:
    found: dict[str, Any] = till.post("lookup", body, key=None, language=language).json()
    return found


def test_rewards_and_privileges_of_somebody_who_buys_much(shop: Shop, till: ApiTill, anna: Member):
    offer(shop)
    assert told(till)["offers"] == {"rewards": [], "coupons": []}
    assert told(till)["privileges"] == []
    shop.sell({"C": "120.00"}, anna)
    assert told(till)["offers"]["rewards"] == [{"key": "cake", "name": "A cake", "points": "50"}]
    with CaptureQueriesContext(connection) as asked:
        found = told(till, language="ru")
    assert found["privileges"] == [
        {"rule": "table", "kind": "privilege", "text": "Столик у окна"},
        {"rule": "home", "kind": "free_service", "text": "бесплатно: Delivery"},
    ]
    # Signing in, who it is, the balance, what is hinted at, and the year that a rule asks about.
    assert len(asked) <= 5, [query["sql"] for query in asked]
    shop.terminal.refresh_from_db()
    Terminal.objects.update(scopes=["lookup"])
    assert not {"hints", "notices", "offers", "privileges"} & told(till).keys()


def test_a_programme_without_rules_of_that_sort_asks_nothing_more(shop: Shop, till: ApiTill, anna: Member):
    shop.sell({"C": "1.00"}, anna)
    told(till)
    with CaptureQueriesContext(connection) as asked:
        told(till)
    assert len(asked) <= 4, [query["sql"] for query in asked]


def test_coupons_are_taken_by_one_press(shop: Shop, till: ApiTill, anna: Member):
    RuleFactory(program=shop.program, conditions=[{"type": "coupon", "series": ["spring", "twice"]}])
    publish(shop.program)
    spring, twice, useless = (
        CouponSeriesFactory(program=shop.program, key=key, name=key.title(), is_personal=True, valid_days=days)
        for key, days in (("spring", None), ("twice", 3), ("useless", None))
    )
    type(twice).objects.filter(pk=twice.pk).update(uses_per_member=1)

    def issue(series: Any, count: int = 1) -> list[Coupon]:
        return issue_coupons(series=series, count=count, actor=BOSS, now=shop.now, member=anna)

    (code,), twins = issue(spring), issue(twice, 2)
    issue(useless)
    answer = told(till)
    found = answer["offers"]["coupons"]
    assert answer["hints"]["coupons"] == len(found) == 3
    ends = (shop.now + dt.timedelta(days=3)).isoformat()
    assert found[:2] == [{"code": shown(one.code), "name": "Twice", "until": ends} for one in twins]
    assert found[2:] == [{"code": shown(code.code), "name": "Spring", "until": None}]
    for number, one in enumerate((found[0], found[2])):
        sale = sale_body("10.00", number=str(number), member=ANNA, coupons=[one["code"]])
        assert till.post("sales", sale).status_code == 201
    answer = told(till)  # of the twins each member may use one
    assert (answer["offers"]["coupons"], answer["hints"]["coupons"]) == ([], 0)


@pytest.mark.parametrize("may_spend", [False, True])
def test_who_carries_a_lent_card_is_offered_what_its_owner_lets_them(
    shop: Shop, till: ApiTill, anna: Member, may_spend: bool
):
    offer(shop)
    RuleFactory(program=shop.program, conditions=[{"type": "coupon", "series": ["spring"]}])
    publish(shop.program)
    shop.sell({"C": "120.00"}, anna)
    series = CouponSeriesFactory(program=shop.program, key="spring")
    issue_coupons(series=series, count=1, actor=BOSS, now=shop.now, member=anna)
    lend_card(member_id=anna.pk, may_spend=may_spend, actor=BOSS, now=shop.now)
    card = Identifier.objects.get(kind="card").value
    found = told(till, {"card": card})
    offers = found["offers"]
    assert (len(offers["rewards"]), len(offers["coupons"])) == ((1, 1) if may_spend else (0, 0))
    assert found["hints"]["coupons"] == len(offers["coupons"])
    assert [one["rule"] for one in found["privileges"]] == ["table", "home"]
