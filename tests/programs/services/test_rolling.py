"""Points become spendable, repay and burn: one account by hand, thousands by one statement, to the same rows."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from members.models import Member
from programs.models import Account, Bucket, Hold, LedgerTransaction, Posting, Program, TransactionKind
from programs.queries.burning import BurnDay, burn_calendar
from programs.queries.verify import verify
from programs.rules.dates import add_months, midnight_after
from programs.services import ledger
from programs.services.accounts import open_accounts
from programs.services.ledger import sweeping
from tests.factories.configuration import publish
from tests.programs.shop import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def accounts(program: Program, count: int) -> list[int]:
    members = Member.objects.bulk_create([Member(name=f"M{n}", status="enrolled") for n in range(count)])
    return list(open_accounts(program_id=program.pk, member_ids=[m.pk for m in members], now=NOW).values())


def fill(shop: Shop, count: int, seed: int) -> None:
    """Accounts with lots of every sort, some owing, some with holds, some long without a purchase."""
    chance = random.Random(seed)
    for account_id in accounts(shop.program, count):
        account = ledger.lock_account(account_id)
        owed = chance.choice([0, 0, 5, 60])
        grants = [
            ledger.Grant(
                chance.randint(1, 40),
                chance.choice([None, NOW + chance.randint(1, 60) * DAY])
                if not owed
                else NOW + chance.randint(1, 60) * DAY,
                chance.choice([None, NOW + chance.randint(1, 60) * DAY]),
            )
            for _ in range(chance.randint(0, 5))
        ]
        ledger.post(
            account,
            [ledger.Movement(TransactionKind.EARN, grants=grants)],
            now=NOW,
            active_at=chance.choice([None, NOW - chance.randint(0, 60) * DAY]),
        )
        if owed:
            takes = [ledger.Take(owed, Bucket.DEBT, Bucket.ISSUED)]
            ledger.post(account, [ledger.Movement(TransactionKind.RETURN, takes)], now=NOW)
        elif account.available and chance.random() < 0.3:
            takes = ledger.take_from_lots(account, chance.randint(1, account.available), Bucket.HELD)
            hold = Hold.objects.create(
                terminal=shop.terminal,
                account_id=account_id,
                points=sum(take.amount for take in takes),
                expires_at=NOW + 900 * DAY,
            )
            movement = ledger.Movement(TransactionKind.HOLD, takes)
            ledger.post(account, [movement], now=NOW, hold_id=hold.pk)


def state() -> tuple[list[Any], ...]:
    first = min(Account.objects.values_list("id", flat=True))
    moved = Posting.objects.filter(transaction__actor_label="calendar").order_by("account", "id")
    return (
        # Sorted: within one movement the order of the postings says nothing.
        sorted(
            moved.values_list(
                "account", "transaction__kind", "transaction__program", "transaction__occurred_at", "lot",
                "from_bucket", "to_bucket", "amount",
            )
        ),
        list(Account.objects.filter(id__gte=first).order_by("id").values()),
        list(connection_rows("SELECT id, remaining, held, is_pending FROM programs_lot ORDER BY id")),
        [LedgerTransaction.objects.filter(actor_label="calendar").count()],
    )  # fmt: skip


def connection_rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


@pytest.mark.parametrize("idle_months", [None, 1])
def test_thousands_at_once_end_as_one_by_one(idle_months: int | None):
    shop = open_shop(activation_days=3, idle_months=idle_months, time_zone="Europe/Madrid")
    fill(shop, 150, seed=7)
    assert Account.objects.filter(debt__gt=0).exists()
    for later in (NOW + 5 * DAY, NOW + 25 * DAY, NOW + 45 * DAY, NOW + 100 * DAY):
        ledger.note_pauses(now=later)
        due = list(Account.objects.filter(next_due_at__lte=later).order_by("id").values_list("id", flat=True))
        with transaction.atomic():
            for account_id in due:
                ledger.roll_forward(ledger.lock_account(account_id), now=later)
            one_by_one = state()
            transaction.set_rollback(True)
        assert ledger.roll_due_accounts(now=later) == len(due)
        assert state() == one_by_one
        assert ledger.roll_due_accounts(now=later) == 0
        assert [finding.violations for finding in verify() if finding.violations] == []
    assert Posting.objects.filter(to_bucket="burnt").count() > 100
    assert Posting.objects.filter(transaction__actor_label="calendar", to_bucket="debt").count() > 10


class TestPauses:
    def test_all_points_burn_so_long_after_the_last_purchase(self):
        shop = open_shop(idle_months=2, time_zone="Europe/Madrid")
        anna = shop.member()
        shop.sell({"A": "100.00"}, anna)
        shop.now += 40 * DAY
        shop.sell({"C": "1.00"}, anna)  # the pause begins anew for all points
        assert shop.account(anna).available == 201
        ends_at = midnight_after(add_months(shop.now.date(), 2), "Europe/Madrid")
        ledger.note_pauses(now=shop.now)
        assert shop.account(anna).next_due_at == ends_at
        assert ledger.roll_due_accounts(now=ends_at - dt.timedelta(seconds=1)) == 0
        assert ledger.roll_due_accounts(now=ends_at) == 1
        assert shop.account(anna).available == 0

    def test_an_old_end_of_a_pause_burns_nothing(self):
        shop = open_shop(idle_months=2)
        anna = shop.member()
        shop.sell({"A": "100.00"}, anna)
        ledger.note_pauses(now=shop.now)
        early = shop.account(anna).next_due_at
        shop.now += 30 * DAY
        shop.sell({"C": "1.00"}, anna)
        assert ledger.roll_due_accounts(now=early) == 1
        account = shop.account(anna)
        assert account.available == 201
        assert account.next_due_at == midnight_after(add_months(shop.now.date(), 2), "UTC")

    def test_a_gift_after_a_long_pause_has_its_own_time(self):
        shop = open_shop(idle_months=1, expiry_kind="never")
        anna = shop.member()
        shop.sell({"A": "10.00"}, anna)
        late = shop.now + 100 * DAY
        account = ledger.lock_account(shop.account(anna).pk)
        ledger.note_pauses(now=late)
        account = ledger.lock_account(account.id)
        ledger.roll_forward(account, now=late)
        gift = ledger.Movement(TransactionKind.GIFT, grants=[ledger.Grant(5, None, None)])
        ledger.post(account, [gift], now=late)
        ledger.note_pauses(now=late)
        assert ledger.roll_due_accounts(now=late + 20 * DAY) == 0
        assert ledger.roll_due_accounts(now=late + 40 * DAY) == 1
        assert shop.account(anna).available == 0

    def test_a_rule_published_later_counts_for_everybody(self):
        shop = open_shop(expiry_kind="never")
        anna = shop.member()
        shop.sell({"A": "10.00"}, anna)
        assert ledger.note_pauses(now=shop.now) == 0
        shop.program.idle_months = 1
        shop.program.save()
        publish(shop.program, at=shop.now + DAY)
        assert ledger.note_pauses(now=shop.now + 2 * DAY) == 1
        assert ledger.roll_due_accounts(now=shop.now + 60 * DAY) == 1
        assert shop.account(anna).available == 0

    @pytest.mark.parametrize("zone", ["UTC", "Europe/Madrid", "America/Santiago", "America/Havana", "Asia/Kathmandu"])
    def test_the_database_reckons_days_as_the_rules_do(self, zone: str):
        shop = open_shop(idle_months=1, expiry_kind="never", time_zone=zone)
        [account_id] = accounts(shop.program, 1)
        for active_at in [
            dt.datetime(2026, 1, 29, 3, 30, tzinfo=dt.UTC) + dt.timedelta(days=n) for n in range(0, 400, 3)
        ]:
            with transaction.atomic():
                account = ledger.lock_account(account_id)
                ledger.post(
                    account,
                    [ledger.Movement(TransactionKind.EARN, grants=[ledger.Grant(1, None, None)])],
                    now=active_at,
                    active_at=active_at,
                )
                ledger.note_pauses(now=active_at)
                local = active_at.astimezone(ZoneInfo(zone))
                expected = midnight_after(add_months(local.date(), 1), zone)
                assert Account.objects.get(pk=account_id).next_due_at == expected
                transaction.set_rollback(True)


def test_a_lot_that_burns_before_it_is_spendable_burns_from_what_is_pending(shop: Shop):
    [account_id] = accounts(shop.program, 1)
    grant = ledger.Grant(9, NOW + 10 * DAY, NOW + 5 * DAY)
    ledger.post(ledger.lock_account(account_id), [ledger.Movement(TransactionKind.EARN, grants=[grant])], now=NOW)
    ledger.roll_forward(ledger.lock_account(account_id), now=NOW + 6 * DAY)
    assert Account.objects.get(pk=account_id).pending == 0
    assert [finding.violations for finding in verify() if finding.violations] == []


def test_the_calendar_says_the_last_days(shop: Shop):
    [account_id] = accounts(shop.program, 1)
    grants = [ledger.Grant(n, None, midnight_after(NOW.date() + n * DAY, "UTC")) for n in (9, 3, 5, 7)]
    grants.append(ledger.Grant(2, None, midnight_after(NOW.date() + 3 * DAY, "UTC")))
    ledger.post(ledger.lock_account(account_id), [ledger.Movement(TransactionKind.EARN, grants=grants)], now=NOW)
    days = [(3, 5), (5, 5), (7, 7)]
    assert burn_calendar([account_id], now=NOW) == {
        account_id: tuple(BurnDay(NOW.date() + n * DAY, points) for n, points in days)
    }


def test_every_chunk_is_planned_for_its_own_length(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    """After some runs PostgreSQL would keep one plan for lists of any length, and that one reads each list per account."""
    monkeypatch.setattr(sweeping, "CHUNK", 1)
    for account_id in accounts(shop.program, 12):
        grant = ledger.Grant(1, None, NOW + DAY)
        ledger.post(ledger.lock_account(account_id), [ledger.Movement(TransactionKind.EARN, grants=[grant])], now=NOW)
    assert ledger.roll_due_accounts(now=NOW + DAY) == 12
    plans = connection_rows(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%%repaid%%expire_tx%%'"
    )
    assert plans == [(0, 10)]  # prepared at the third run
