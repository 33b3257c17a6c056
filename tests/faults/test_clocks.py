"""Clocks that jump (T34), and the edges of days, months and years (T35)."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from unittest import mock

import pytest
from django.utils import timezone

from programs.errors import InsufficientPoints
from programs.models import Account, LedgerTransaction, Lot, Posting, Purchase
from programs.queries.verify import verify
from programs.services import ledger
from tests.programs.shop import Shop, open_shop
from tests.programs.till import ApiTill, sale_body

pytestmark = pytest.mark.django_db
ANNA = {"phone": "+12125550123"}
Note = Callable[[str, int], None]
Trials = Callable[[int, int], int]


def at(text: str) -> dt.datetime:
    """ "2026-03-10 12:00" in UTC."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def test_a_web_clock_that_jumps_orders_nothing_wrongly(trials: Trials, note_trials: Note):
    """One web process is up to ten minutes ahead or behind, at every request anew: the ledger's order is its numbers."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    shop = open_shop(redeem_max_percent=100)
    shop.now = timezone.now()
    shop.member()
    till = ApiTill(shop.terminal, shop.now)
    number = trials(40, 1000)
    balance = 0
    for each in range(number):
        wrong = shop.now + dt.timedelta(seconds=chance.uniform(-600, 600))
        redeem = min(balance, chance.choice([0, 5]))
        with mock.patch.object(timezone, "now", return_value=wrong):
            body = sale_body(number=f"{each}", member=ANNA, redeem_points=str(redeem))
            body["lines"] = [{"sku": "C", "quantity": "1", "amount": f"{3 + redeem / 100:.2f}"}]
            answer = till.post("sales", body)
        assert answer.status_code == 201, answer.content
        balance += 3 - redeem
        assert answer.json()["balance"]["spendable"] == str(balance)
    running = lowest = 0
    for posting in Posting.objects.order_by("id"):
        running += posting.amount * ((posting.to_bucket == "available") - (posting.from_bucket == "available"))
        lowest = min(lowest, running)
    assert (running, lowest) == (balance, 0), "in the order of the numbers no balance is ever below zero"
    assert [finding for finding in verify() if finding.violations] == []
    note_trials("T34", number)


@pytest.mark.parametrize(
    ("off", "status"),
    [
        (dt.timedelta(days=-2), 201),
        (dt.timedelta(days=-6, hours=-23), 201),
        (dt.timedelta(days=-8), 422),
        (dt.timedelta(minutes=9), 201),
        (dt.timedelta(minutes=11), 422),
        (dt.timedelta(days=2), 422),
    ],
)
def test_a_tills_clock_chooses_the_rules_but_never_the_order(off: dt.timedelta, status: int, note_trials: Note):
    shop = open_shop()
    shop.now = timezone.now()
    with mock.patch.object(timezone, "now", return_value=shop.now - dt.timedelta(days=20)):
        Shop(shop.program, shop.terminal, now=timezone.now()).member()
    till = ApiTill(shop.terminal, shop.now)
    answer = till.post("sales", sale_body("10.00", member=ANNA, occurred_at=(shop.now + off).isoformat()))
    assert answer.status_code == status, answer.content
    if status == 422:
        assert answer.json()["code"] == "time_implausible"
        assert not Purchase.objects.exists()
    else:
        posted = abs(LedgerTransaction.objects.get().occurred_at - timezone.now())
        assert posted < dt.timedelta(minutes=1), "the server's time in the ledger"
    note_trials("T34", 1)


# zone of programme and store, moment of the sale (UTC), its business day, the moment its points burn (one month of life)
EDGES = {
    "the last moment of a day in Moscow": ("Europe/Moscow", "2026-03-10 20:59:59.9", "2026-03-10", "2026-04-10 21:00"),
    "the first moment of a day in Moscow": ("Europe/Moscow", "2026-03-10 21:00", "2026-03-11", "2026-04-11 21:00"),
    "the last moment of a year": ("UTC", "2026-12-31 23:59:59.9", "2026-12-31", "2027-02-01 00:00"),
    "the first moment of a year": ("UTC", "2027-01-01 00:00", "2027-01-01", "2027-02-02 00:00"),
    "the last day of January has no namesake": ("UTC", "2027-01-31 12:00", "2027-01-31", "2027-03-01 00:00"),
    "nor in a leap year": ("UTC", "2028-01-31 12:00", "2028-01-31", "2028-03-01 00:00"),
    "on 29 February": ("UTC", "2028-02-29 12:00", "2028-02-29", "2028-03-30 00:00"),
    "in the hour that New York skips": ("America/New_York", "2026-03-08 07:00", "2026-03-08", "2026-04-09 04:00"),
    "burning in New York's winter time": ("America/New_York", "2026-10-10 12:00", "2026-10-10", "2026-11-11 05:00"),
    "a year's end in Jerusalem is not London's": (
        "Asia/Jerusalem", "2026-12-31 22:30", "2027-01-01", "2027-02-01 22:00",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EDGES)
def test_the_edges_of_days(name: str, note_trials: Note):
    zone, sold_at, business_on, burns_at = EDGES[name]
    shop = open_shop(redeem_max_percent=100, expiry_months=1, time_zone=zone)
    shop.terminal.store.time_zone = zone
    shop.terminal.store.save()
    shop.now = at("2026-01-01 00:00")
    member = shop.member()
    shop.now = at(sold_at)
    sold = shop.sell({"C": "10.00"}, member)
    assert sold.business_on.isoformat() == business_on
    assert Lot.objects.get().expires_at == at(burns_at)

    shop.now = at(burns_at) - dt.timedelta(microseconds=1)
    assert shop.quote({"C": "0.10"}, member, redeem="10").account.available == 10, "through the whole of its last day"
    ledger.roll_due_accounts(now=shop.now)
    assert Account.objects.get().available == 10

    shop.now = at(burns_at)
    with pytest.raises(InsufficientPoints):
        shop.quote({"C": "0.10"}, member, redeem="10")
    ledger.roll_due_accounts(now=shop.now)
    assert Account.objects.get().available == 0
    assert [finding for finding in verify() if finding.violations] == []
    note_trials("T35", 1)


def test_points_become_spendable_at_the_very_moment(note_trials: Note):
    shop = open_shop(redeem_max_percent=100, activation_days=2)
    member = shop.member()
    shop.sell({"C": "10.00"}, member)
    shop.now += dt.timedelta(days=2) - dt.timedelta(microseconds=1)
    with pytest.raises(InsufficientPoints):
        shop.quote({"C": "0.10"}, member, redeem="10")
    shop.now += dt.timedelta(microseconds=1)
    assert shop.sell({"C": "0.10"}, member, redeem="10").account.available == 0
    note_trials("T35", 1)
