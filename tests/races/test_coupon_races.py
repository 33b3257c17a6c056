"""Races for what there is only one of: the last use of a coupon, and the end of a hold."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.http import HttpResponse
from django.utils import timezone

from loyalty_site.ground.policy import system
from programs.models import Account, Coupon, CouponUse, Hold, Purchase
from programs.queries.verify import verify
from programs.services.coupons import issue_coupons, uses
from programs.services.sales import OrderLine
from tests.factories.configuration import CouponSeriesFactory, RuleFactory, TerminalFactory, publish
from tests.programs.shop import Shop, open_shop
from tests.programs.till import ApiTill, sale_body
from tests.races.together import at_once, widen

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
PARALLEL = 100
TILLS = 4


@pytest.fixture
def shop() -> Shop:
    made = open_shop()
    made.now = timezone.now()
    RuleFactory(program=made.program, conditions=[{"type": "coupon", "series": ["one"]}])
    publish(made.program, at=made.now)
    return made


def sales_with_one_coupon(shop: Shop) -> Counter[int]:
    """PARALLEL sales to as many people, from several tills, all with the one coupon. {status: how many}"""
    series = CouponSeriesFactory(program=shop.program, key="one")
    code = issue_coupons(series=series, count=1, actor=system("tests"), now=shop.now)[0].code
    people = [shop.member(f"+1212555{number:04}", f"Person {number}") for number in range(100, 100 + PARALLEL)]
    tills = [ApiTill(TerminalFactory(store=shop.terminal.store), shop.now) for _ in range(TILLS)]

    def sell(number: int) -> HttpResponse:
        member = {"id": str(people[number].public_id)}
        return tills[number % TILLS].post(
            "sales", sale_body("10.00", number=f"{number}", member=member, coupons=[code])
        )

    answers = at_once([lambda number=number: sell(number) for number in range(PARALLEL)])
    assert len(answers) == PARALLEL
    return Counter(answer.status_code for answer in answers)


def test_a_coupon_for_one_use_is_used_once(shop: Shop, note_trials: Callable[[str, int], None]):
    assert sales_with_one_coupon(shop) == {201: 1, 422: PARALLEL - 1}
    assert (Coupon.objects.get().uses_left, CouponUse.objects.count(), Purchase.objects.count()) == (0, 1, 1)
    assert [finding for finding in verify() if finding.violations] == []
    note_trials("T27", PARALLEL)


def test_without_its_lock_only_the_second_wall_keeps_the_coupon(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    """The negative control: everybody sees a use left; `uses_left > 0` then stops all but one, as an error."""
    monkeypatch.setattr(uses, "_LOCK", uses._LOCK.replace("FOR UPDATE OF c", ""))
    widen(monkeypatch, "coupons.after_look")
    statuses = sales_with_one_coupon(shop)
    assert statuses[500] > 0
    assert (statuses[201], Coupon.objects.get().uses_left) == (1, 0)


def test_a_sale_is_cancelled_once(shop: Shop, note_trials: Callable[[str, int], None]):
    anna = shop.member()
    lines = [OrderLine("C", Decimal(1), Decimal("10.00")), OrderLine("C", Decimal(0), Decimal("1.50"))]
    sold = shop.sell(lines, anna)
    till = ApiTill(shop.terminal, shop.now)

    def void(number: int) -> HttpResponse:
        return till.post("sales/void", {"sale": {"id": sold.public_id}, "receipt_number": f"v{number}"})

    answers = at_once([lambda number=number: void(number) for number in range(20)])
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"sale_voided"}
    assert Purchase.objects.filter(is_void=True).get().total_minor == 1150
    assert [finding for finding in verify() if finding.violations] == []
    note_trials("T27", 20)


@pytest.mark.parametrize("is_late", [False, True])
def test_a_hold_ends_once_whoever_comes_first(shop: Shop, note_trials: Callable[[str, int], None], is_late: bool):
    """Commits, releases, another sale and (when its time is over) everybody's look at the clock, at once."""
    anna = shop.member()
    shop.sell({"C": "100.00"}, anna)
    till = ApiTill(shop.terminal, shop.now)
    member = {"id": str(anna.public_id)}
    body = {"lines": sale_body("10.00")["lines"], "member": member, "redeem_points": "80"}
    hold = till.post("holds", body).json()["hold"]["id"]
    if is_late:
        Hold.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))

    def act(number: int) -> HttpResponse:
        if number % 3 == 0:
            return till.post(f"holds/{hold}/commit", {"receipt_number": f"h{number}"})
        if number % 3 == 1:
            return till.post(f"holds/{hold}/release", {})
        return till.post("sales", sale_body("1.00", number=f"s{number}", member=member))

    answers = at_once([lambda number=number: act(number) for number in range(30)])
    assert len(answers) == 30
    assert max(answer.status_code for answer in answers) < 500
    state = Hold.objects.get().state
    assert Purchase.objects.filter(receipt_number__startswith="h").count() == (state == "committed")
    assert state != "committed" or not is_late
    assert Account.objects.get().held == 0
    assert [finding for finding in verify() if finding.violations] == []
    note_trials("T27", 30)
