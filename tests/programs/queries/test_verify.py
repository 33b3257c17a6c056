"""verify finds what is wrong, and the database refuses to make it wrong."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from loyalty_site.ground.policy import system
from loyalty_site.ground.queries.verify import all_checks
from members.models import Member
from programs.queries.burnt import burnt_lots
from programs.queries.verify import CHECKS, verify
from programs.services.adjustments import Wish, adjust, reinstate
from programs.services.coupons import issue_coupons
from programs.services.holds import CommitOrder, commit_hold, place_hold
from programs.services.households import add_to_household, transfer
from programs.services.ledger import lock_account, roll_forward
from programs.services.sales import sell
from tests.factories.configuration import CouponSeriesFactory, RuleFactory, publish
from tests.programs.shop import Shop

TAMPERINGS = {
    "every balance equals the sum of its postings": "UPDATE programs_account SET available = available + 1",
    "all buckets of a programme together sum to zero": None,  # cannot be broken: a posting moves, it does not create
    "a posting and its transaction are of one programme, and every transaction has postings": "DELETE FROM programs_posting WHERE to_bucket = 'redeemed'",
    "no points are spendable while points are owed": "UPDATE programs_account SET debt = 1",
    "what is left of a lot is what was granted less what left it": "UPDATE programs_lot SET remaining = remaining - 1 WHERE remaining > 0",
    "what the lots of an account hold is what it can spend, now or later": "UPDATE programs_lot SET remaining = remaining - 1 WHERE remaining > 0",
    "what a receipt says was redeemed is what its postings took from lots": "UPDATE programs_purchase SET points_redeemed = 1",
    "nothing was redeemed from a lot that had burnt or was not yet spendable": "UPDATE programs_lot SET expires_at = '2020-01-01'",
    "what is held of an account and of its lots is what its open holds keep": "UPDATE programs_hold SET points = 1 WHERE state = 'open'",
    "a committed hold has the sale that took its points": "UPDATE programs_hold SET points = 1 WHERE state = 'committed'",
    "a coupon's uses left are its uses in all less those that stand": "UPDATE programs_couponuse SET state = 'freed'",
    "one receipt per store, register, number, day and kind": None,  # the unique constraint is checked below
    "a key has one stored answer, and every receipt earned and spent once": "INSERT INTO programs_ledgertransaction (program_id, kind, purchase_id, actor_label, occurred_at, posted_at) SELECT program_id, kind, purchase_id, '', now(), now() FROM programs_ledgertransaction",
    "what a sale earned is the sum of its awards and of the lots of its lines": "UPDATE programs_award SET points = points + 1 WHERE points > 0",
    "no line came back more than it was sold": "UPDATE programs_purchaseline SET quantity = 99 WHERE original_line_id IS NOT NULL",
    "no award was taken back more than it gave": "UPDATE programs_award SET points = points - 99 WHERE points < 0",
    "no sale gave back more points to a lot than it had taken from it": "UPDATE programs_posting SET amount = 99 WHERE from_bucket = 'redeemed'",
    "what returns took back is what their awards say": "UPDATE programs_purchase SET points_earned = 99 WHERE kind = 'return'",
    "points moved within a household arrived whole, in lots that cite those they left": "UPDATE programs_posting SET amount = amount + 1 WHERE from_bucket = 'transfer'",
    "an adjustment moved the points it says, once it was done and not before": "UPDATE programs_adjustment SET state = 'refused' WHERE lot_id IS NULL",
    "no lot was reinstated more than had burnt of it": "UPDATE programs_posting SET amount = 99999 WHERE from_bucket = 'burnt'",
}


@pytest.fixture
def busy_shop(shop: Shop) -> Shop:
    anna = shop.member()
    shop.sell({"A": "100.00"}, anna)
    sold = shop.sell({"A": "40.00", "B": "10.00"}, anna, redeem="50")
    shop.give_back(sold, {1: "1"})
    for commits in (False, True):
        placed = place_hold(shop.order({"A": "10.00"}, anna, "20"), minutes=None, reference="", now=shop.now)
        if commits:
            order = CommitOrder(shop.till, placed.public_id, receipt_number="hold", occurred_at=shop.now)
            commit_hold(order, now=shop.now)
    series = CouponSeriesFactory(program=shop.program)
    coupon = issue_coupons(series=series, count=1, actor=system("tests"), now=shop.now)[0]
    RuleFactory(program=shop.program, conditions=[{"type": "coupon", "series": [series.key]}])
    publish(shop.program, at=shop.now)
    sell(replace(shop.order({"A": "10.00"}, anna), coupons=(coupon.code,)), now=shop.now)
    by_hand(shop, anna)
    return shop


def by_hand(shop: Shop, anna: Member) -> None:
    """Points added, taken, reinstated and moved to somebody of the household."""
    boss = system("tests")
    boris = shop.member("+12125550124", "Boris")
    shop.sell({"A": "10.00"}, boris)
    adjust(shop.account(anna).pk, Wish(-20, "mistake"), actor=boss, now=shop.now)
    soon = shop.now + dt.timedelta(seconds=1)
    adjust(shop.account(anna).pk, Wish(30, "gift", expires_at=soon), actor=boss, now=shop.now)
    later = shop.now + dt.timedelta(seconds=2)
    with transaction.atomic():
        roll_forward(lock_account(shop.account(anna).pk), now=later)
    burnt = burnt_lots(shop.account(anna).pk)[0]
    reinstate(burnt.lot_id, None, reason="goodwill", actor=boss, now=later)
    add_to_household(member_id=anna.pk, other_id=boris.pk, actor=boss, now=later)
    transfer(shop.account(anna).pk, shop.account(boris).pk, 25, actor=boss, now=later)


def test_every_check_is_tried():
    assert {check.what for check in CHECKS} == set(TAMPERINGS)


@pytest.mark.parametrize("what", [what for what, statement in TAMPERINGS.items() if statement])
def test_each_check_notices_its_tampering(busy_shop: Shop, what: str):
    assert [finding.violations for finding in verify() if finding.violations] == []
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # as an owner who switches the triggers off
        cursor.execute(TAMPERINGS[what])
        cursor.execute("SET session_replication_role = origin")
    assert what in {finding.check.what for finding in verify() if finding.violations}


def test_the_command_says_a_line_each_and_fails_on_a_violation(transactional_db, capsys):
    from tests.programs.shop import open_shop

    shop = open_shop()
    shop.sell({"A": "100.00"}, shop.member())
    call_command("verify")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(all_checks())
    assert all(line.endswith("0 violations") for line in lines)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE programs_account SET available = 1")
    with pytest.raises(SystemExit) as stopped:
        call_command("verify")
    assert stopped.value.code == 1


@pytest.mark.parametrize(
    "table",
    [
        "programs_posting",
        "programs_ledgertransaction",
        "programs_award",
        "programs_programversion",
        "programs_tierstanding",
    ],
)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_append_only_tables_refuse_to_be_rewritten(busy_shop: Shop, table: str, statement: str):
    if table == "programs_tierstanding":
        from programs.models import Account, TierStanding

        TierStanding.objects.create(
            account=Account.objects.earliest("id"), tier_key="red", reason="spend", from_at=busy_shop.now
        )
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_append_only_tables_refuse_to_be_emptied(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL regulars.allow_truncate = 'off'")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute("TRUNCATE programs_posting")


def test_a_lot_is_never_overdrawn(busy_shop: Shop):
    with (
        pytest.raises(DatabaseError, match=r"programs_lot_(remaining|held)"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE programs_lot SET remaining = -1")


def test_due_accounts_are_rolled_forward_without_anybody_touching_them(shop: Shop):
    from programs.services.ledger import roll_due_accounts

    anna = shop.member()
    shop.sell({"A": "100.00"}, anna)
    later = shop.now + dt.timedelta(days=400)
    assert (roll_due_accounts(now=shop.now), roll_due_accounts(now=later), roll_due_accounts(now=later)) == (0, 1, 0)
    assert shop.account(anna).available == 0
    assert [finding for finding in verify() if finding.violations] == []
