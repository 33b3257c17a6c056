"""Two operations meet on the same points: the result is that of one after the other (T22, T25, T26, T27)."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from loyalty_site.ground.policy import system
from programs.errors import AdjustmentTooMuch, CouponUsed, InsufficientPoints
from programs.models import Account, Bucket, CouponUse, ImportBatch, Posting, Purchase
from programs.queries.verify import verify
from programs.services import ledger
from programs.services.accounts import open_accounts
from programs.services.adjustments import Wish
from programs.services.adjustments import adjust as adjust_points
from programs.services.coupons import issue_coupons, uses
from programs.services.ledger import Opening, locking, post_openings, sweeping
from programs.services.sales import Sold
from tests.factories.configuration import CouponSeriesFactory, RuleFactory, TerminalFactory, publish
from tests.programs.shop import NOW, Shop, open_shop
from tests.programs.till import ApiTill, sale_body
from tests.races.together import Pair, at_once, racing_pair, widen

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]
Trials = Callable[[int, int], int]
Note = Callable[..., None]
NO_LOCK = locking._LOCK.replace("FOR UPDATE", "")


@pytest.fixture
def shop() -> Shop:
    made = open_shop(redeem_max_percent=100)
    made.now = timezone.now()
    return made


def assert_sound() -> None:
    assert [finding for finding in verify() if finding.violations] == []


def test_one_key_and_fifty_rivals_for_the_last_hundred_points(shop: Shop):
    """50 times one request, and 50 rivals at another till: one of the 51 gets the points."""
    shop.sell({"C": "100.00"}, shop.member())
    tills = [ApiTill(shop.terminal, shop.now), ApiTill(TerminalFactory(store=shop.terminal.store), shop.now)]
    key = "the-one-key-of-all-fifty"

    def redeem(number: int) -> Any:
        body = sale_body(number=f"{number}", member={"phone": "+12125550123"}, redeem_points="100")
        body["lines"] = [{"sku": "C", "quantity": "1", "amount": "1.00"}]
        return tills[number > 0].post("sales", body, key=key if number == 0 else "")

    same = [lambda: redeem(0)] * 50
    rivals = [lambda number=number: redeem(number) for number in range(1, 51)]
    answers = at_once([call for both in zip(same, rivals, strict=True) for call in both])

    repeated, others = answers[::2], answers[1::2]
    assert len({(answer.status_code, answer.content) for answer in repeated}) == 1, "one same answer for one key"
    sold = [answer.status_code == 201 for answer in [repeated[0], *others]]
    assert sum(sold) == 1
    losers = [answer for answer in [repeated[0], *others] if answer.status_code != 201]
    assert {(answer.status_code, answer.json()["code"], answer.json()["title"]) for answer in losers} == {
        (422, "insufficient_points", "Only 0 points can be spent.")
    }
    assert Account.objects.get().available == 0
    assert_sound()


def buy(shop: Shop, number: int) -> tuple[dict[str, str], Sold]:
    """A member of their own with one sale that brought 20 points."""
    phone = f"+1212556{number:04}"
    return {"phone": phone}, shop.sell({"A": "10.00"}, shop.member(phone))


def return_while_redeeming(shop: Shop, till: ApiTill, pair: Pair, number: int) -> str:
    """Which came first? "return", "redemption", or what must not be."""
    anna, sold = buy(shop, number)
    back = {
        "sale": {"id": sold.public_id},
        "lines": [{"line": 1, "quantity": "1"}],
        "receipt_number": f"b{number}",
    }
    spend = sale_body(number=f"p{number}", member=anna, redeem_points="20")
    spend["lines"] = [{"sku": "C", "quantity": "1", "amount": "0.20"}]
    returned, redeemed = pair.race(lambda: till.post("returns", back), lambda: till.post("sales", spend))
    account = Account.objects.get(pk=sold.account.id)
    result = (returned.status_code, redeemed.status_code, account.available, account.debt)
    return {(201, 422, 0, 0): "return", (201, 201, 0, 20): "redemption"}.get(result, f"neither: {result}")


def test_a_return_meets_the_redemption_of_its_points(shop: Shop, trials: Trials, note_trials: Note):
    till = ApiTill(shop.terminal, shop.now)
    number = trials(25, 1000)
    with racing_pair() as pair:
        orders = Counter(return_while_redeeming(shop, till, pair, each) for each in range(number))
    assert set(orders) <= {"return", "redemption"}, orders
    assert_sound()
    note_trials("T22", number, f"which came first: {dict(orders)}")


def test_without_the_row_lock_the_order_is_neither(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, note_mutant: Callable[..., None]
):
    monkeypatch.setattr(locking, "_LOCK", NO_LOCK)
    widen(monkeypatch, "sale.after_lock")
    till = ApiTill(shop.terminal, shop.now)
    # A busy machine may keep the two apart now and then.
    with racing_pair() as pair:
        orders = (return_while_redeeming(shop, till, pair, number) for number in range(20))
        killed = any(order.startswith("neither") for order in orders)
    note_mutant(killed=killed)
    assert killed


MIDNIGHT = dt.datetime(2026, 4, 11, tzinfo=dt.UTC)  # the end of the last day of points earned on NOW's day


@pytest.fixture
def short_lived() -> Shop:
    return open_shop(redeem_max_percent=100, expiry_months=1)


def spend_or_burn(shop: Shop, pair: Pair, number: int) -> tuple[str, int, int]:
    """(who won, points redeemed, points burnt) of one lot of 20 points that burns at MIDNIGHT."""
    shop.now = NOW
    _, sold = buy(shop, number)
    member = Account.objects.get(pk=sold.account.id).owner
    shop.now = MIDNIGHT - dt.timedelta(microseconds=1)
    outcome, _ = pair.race(
        lambda: shop.sell({"C": "0.20"}, member, redeem="20"),
        lambda: ledger.roll_due_accounts(now=MIDNIGHT),
        within=0.008,
    )
    lots = Posting.objects.filter(account=sold.account.id)
    spent, burnt = (
        sum(lots.filter(to_bucket=bucket).values_list("amount", flat=True))
        for bucket in (Bucket.REDEEMED, Bucket.BURNT)
    )
    if isinstance(outcome, InsufficientPoints):
        return "burnt", spent, burnt
    return ("spent" if isinstance(outcome, Sold) else repr(outcome)), spent, burnt


def test_points_are_spent_or_burnt_at_midnight_never_both(short_lived: Shop, trials: Trials, note_trials: Note):
    number = trials(25, 500)
    with racing_pair() as pair:
        outcomes = Counter(spend_or_burn(short_lived, pair, each) for each in range(number))
    assert set(outcomes) <= {("spent", 20, 0), ("burnt", 0, 20)}, outcomes
    assert_sound()
    note_trials("T25", number, f"(outcome, redeemed, burnt): {dict(outcomes)}")


def test_without_the_row_lock_points_are_spent_and_burnt(
    short_lived: Shop, monkeypatch: pytest.MonkeyPatch, note_mutant: Callable[..., None]
):
    monkeypatch.setattr(locking, "_LOCK", NO_LOCK)
    monkeypatch.setattr(sweeping, "_LOCK", sweeping._LOCK.replace("FOR UPDATE SKIP LOCKED", ""))
    widen(monkeypatch, "sale.after_lock")
    # A busy machine may keep the two apart now and then.
    with racing_pair() as pair:
        outcomes = (spend_or_burn(short_lived, pair, number) for number in range(20))
        killed = any(outcome not in {("spent", 20, 0), ("burnt", 0, 20)} for outcome in outcomes)
    note_mutant(killed=killed)
    assert killed


def mixed_work(shop: Shop, each: int) -> list[str]:
    """Sales, imports that set balances, the nightly job and new versions at once; what failed that should not have."""
    people = [shop.member(f"+1212557{number:04}") for number in range(6)]
    accounts = open_accounts(program_id=shop.program.pk, member_ids=[person.pk for person in people], now=shop.now)
    chance = random.Random(each)
    batch = make_batch()
    failures: list[str] = []

    def adjust() -> None:
        chosen = [accounts[person.pk] for person in chance.sample(people, 3)]
        mode = chance.choice(["add", "set"])
        openings = [
            Opening(account, chance.randint(1, 300), shop.now, shop.now + dt.timedelta(days=30), mode)
            for account in chosen
        ]
        with transaction.atomic():
            post_openings(
                program=shop.program, openings=openings, batch_id=batch, actor_label="adjustment", now=shop.now
            )

    def adjust_by_hand() -> None:
        points = chance.choice([-5, 7])
        adjust_points(accounts[chance.choice(people).pk], Wish(points, "gift"), actor=system("tests"), now=shop.now)

    def work(act: Callable[[], Any]) -> None:
        try:
            for _ in range(each):
                try:
                    act()
                except (InsufficientPoints, AdjustmentTooMuch):
                    continue
        except Exception as error:  # noqa: BLE001  told at the end
            failures.append(repr(error))
        finally:
            connection.close()

    acts: list[Callable[[], Any]] = [
        *[lambda: shop.sell({"A": "3.00"}, chance.choice(people))] * 2,
        *[lambda: shop.sell({"C": "9.00"}, chance.choice(people), redeem="10")] * 2,
        *[adjust] * 2,
        lambda: adjust_by_hand(),
        adjust_by_hand,
        lambda: ledger.roll_due_accounts(now=shop.now + dt.timedelta(days=chance.choice([0, 400]))),
        lambda: publish(shop.program),
    ]
    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def make_batch() -> int:
    return ImportBatch.objects.create(file_name="x.csv", default_region="US").pk


def test_adjustments_and_new_versions_meet_sales(shop: Shop, trials: Trials, note_trials: Note):
    each = trials(10, 750)
    assert mixed_work(shop, each) == []
    assert Purchase.objects.count() >= 2 * each
    assert_sound()
    note_trials("T26", 9 * each)


@pytest.fixture
def coupon(shop: Shop) -> str:
    """One code that may be used once by anybody."""
    series = CouponSeriesFactory(program=shop.program, key="spring")
    RuleFactory(
        program=shop.program,
        key="spring",
        conditions=[{"type": "coupon", "series": ["spring"]}],
        effect={"type": "multiply", "factor": "5"},
    )
    publish(shop.program, at=shop.now - dt.timedelta(days=1))
    return issue_coupons(series=series, count=1, member=None, actor=system("tests"), now=shop.now)[0].code


def use_at_once(shop: Shop, code: str) -> Counter[int]:
    """A hundred members at two tills with the same code. {status: how many}"""
    people = [f"+1212557{number:04}" for number in range(100)]
    for phone in people:
        shop.member(phone)
    tills = [ApiTill(shop.terminal, shop.now), ApiTill(TerminalFactory(store=shop.terminal.store), shop.now)]

    def use(number: int) -> Any:
        body = sale_body("10.00", number=f"{number}", member={"phone": people[number]}, coupons=[code])
        return tills[number % 2].post("sales", body)

    answers = at_once([lambda number=number: use(number) for number in range(100)])
    codes = {answer.json()["code"] for answer in answers if 400 <= answer.status_code < 500}
    assert codes <= {CouponUsed.code}, codes
    return Counter(answer.status_code for answer in answers)


def test_the_last_coupon_is_used_once(shop: Shop, coupon: str, note_trials: Note):
    statuses = use_at_once(shop, coupon)
    assert statuses[201] == 1, statuses
    assert sum(statuses.values()) == 100
    assert CouponUse.objects.count() == 1
    assert_sound()
    note_trials("T27", 100)


def test_without_the_coupons_lock_it_is_used_often(
    shop: Shop, coupon: str, monkeypatch: pytest.MonkeyPatch, note_mutant: Callable[..., None]
):
    """The negative control: every till reads that the code is free, and nothing else stands in the way but the index."""
    monkeypatch.setattr(uses, "_LOCK", uses._LOCK.replace("FOR UPDATE OF c", ""))
    widen(monkeypatch, "sale.after_entries")
    statuses = use_at_once(shop, coupon)
    killed = statuses[201] > 1 or statuses[500] > 0
    note_mutant(killed=killed)
    assert killed, statuses
