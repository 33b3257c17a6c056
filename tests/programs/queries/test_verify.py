"""verify finds what is wrong, and the database refuses to make it wrong."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from loyalty_site.ground.policy import system
from loyalty_site.ground.queries.verify import all_checks
from members.models import CardIssuer, Member
from members.services import add_identifier, lend_card
from members.services.companies import add_contact, create_company
from members.services.issuers import save_issuer
from programs.models import DailySeal, ImportBatch, LedgerTransaction, Posting
from programs.queries.burnt import burnt_lots
from programs.queries.shoppers import MemberKey
from programs.queries.verify import CHECKS, verify
from programs.queries.verify.presenting import CHECKS as PRESENTING
from programs.queries.verify.proof import unconstrained
from programs.services.adjustments import Wish, adjust, reinstate
from programs.services.companies import buy_for_company
from programs.services.coupons import issue_coupons
from programs.services.history import PastReceipt, write_history
from programs.services.holds import CommitOrder, commit_hold, place_hold
from programs.services.households import add_to_household, transfer
from programs.services.ledger import lock_account, roll_forward
from programs.services.sales import sell
from programs.services.seals import seal_closed_days
from programs.services.warnings import warn_of_burning
from tests.factories.configuration import CouponSeriesFactory, ProgramFactory, RuleFactory, publish
from tests.programs.shop import Shop, open_shop

OTHER_PARTNER = """
    INSERT INTO programs_partner (name, code) VALUES ('Other', 'other');
    INSERT INTO programs_store SELECT (jsonb_populate_record(s, jsonb_build_object('id', s.id + 1000, 'code', 'other',
        'partner_id', (SELECT max(id) FROM programs_partner)))).* FROM programs_store s LIMIT 1;
    UPDATE programs_purchase SET store_id = (SELECT max(id) FROM programs_store) WHERE kind = 'return'
"""
TAMPERINGS = {
    "every balance equals the sum of its postings": "UPDATE programs_account SET available = available + 1",
    "all buckets of a programme together sum to zero": None,  # cannot be broken: a posting moves, it does not create
    "a posting and its transaction are of one programme, and every transaction has postings": "DELETE FROM programs_posting WHERE to_bucket = 'redeemed'",
    "no points are spendable while points are owed": "UPDATE programs_account SET debt = 1",
    "what is left of a lot is what was granted less what left it": "UPDATE programs_lot SET remaining = remaining - 1 WHERE remaining > 0",
    "what the lots of an account hold is what it can spend, now or later": "UPDATE programs_lot SET remaining = remaining - 1 WHERE remaining > 0",
    "what a receipt says was redeemed is what its postings took from lots, or offline from the store's loss": "UPDATE programs_purchase SET points_redeemed = 1 WHERE import_batch_id IS NULL",
    "nothing was redeemed from a lot that had burnt or was not yet spendable": "UPDATE programs_lot SET expires_at = '2020-01-01'",
    "what is held of an account and of its lots is what its open holds keep": "UPDATE programs_hold SET points = 1 WHERE state = 'open'",
    "a committed hold has the sale that took its points": "UPDATE programs_hold SET points = 1 WHERE state = 'committed'",
    "a coupon's uses left are its uses in all less those that stand": "UPDATE programs_couponuse SET state = 'freed'",
    "one receipt per store, register, number, day and kind": None,  # the unique constraint is checked below
    "a key has one stored answer, and every receipt earned and spent once": "INSERT INTO programs_ledgertransaction (program_id, kind, purchase_id, actor_label, occurred_at, posted_at) SELECT program_id, kind, purchase_id, '', now(), now() FROM programs_ledgertransaction",
    "what a sale earned is the sum of its awards and of the lots of its lines": "UPDATE programs_award SET points = points + 1 WHERE points > 0",
    "what a receipt's discounts are is the sum of its awards and of its lines": "UPDATE programs_purchase SET reward_minor = 1 WHERE import_batch_id IS NULL",
    "no line came back more than it was sold": "UPDATE programs_purchaseline SET quantity = 99 WHERE original_line_id IS NOT NULL",
    "no award was taken back more than it gave": "UPDATE programs_award SET points = points - 99 WHERE points < 0",
    "no sale gave back more points to a lot than it had taken from it": "UPDATE programs_posting SET amount = 99 WHERE from_bucket = 'redeemed'",
    "no balance, and no part of a lot, is below zero": None,  # the constraints refuse it
    "at no moment was more spent than there was: what was missing stands as debt": "UPDATE programs_posting SET amount = 9999 WHERE to_bucket = 'redeemed'",
    "every receipt that a till was told of is there, with what it was told": "INSERT INTO programs_idempotencyrecord (terminal_id, key, endpoint, body_hash, status, body, content_type) SELECT id, 'k', 'sales', '', 201, '{\"sale\": \"00000000-0000-0000-0000-000000000000\"}', '' FROM programs_terminal LIMIT 1",
    "goods came back to a store of the partner who had sold them": OTHER_PARTNER,
    "a receipt was booked by a terminal of its own partner": OTHER_PARTNER,
    "the rows of an import are those that it counted, each with its outcome, and a refused one says why": "INSERT INTO programs_importbatch (file, file_name, file_hash, state, file_error, encoding, delimiter, mapping, reading, default_region, points_mode, totals, created_at) VALUES ('', 'f', '', 'checked', '', '', '', '[]', '{}', 'US', '', '{\"data_rows\": 3}', now())",
    "every published version, applied import, adjustment and terminal let in or thrown out has its row in the audit": "DELETE FROM ground_audit WHERE action = 'publish'",
    "what only grows is guarded by its triggers": "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE programs_posting DISABLE TRIGGER USER",
    "every seal fits the movements of its day": "INSERT INTO programs_dailyseal (program_id, sealed_on, transaction_count, posting_count, digest, sealed_at) SELECT id, current_date - 900, 0, 0, '', now() FROM programs_program",
    "what is named without a foreign key is there": "DELETE FROM programs_lot WHERE id = (SELECT max(lot_id) FROM programs_posting)",
    "what returns took back is what their awards say": "UPDATE programs_purchase SET points_earned = 99 WHERE kind = 'return'",
    "what limits and stamp cards have counted is what receipts and open holds say": "INSERT INTO programs_rulecounter (program_id, key, amount) SELECT id, 'limit:x', 5 FROM programs_program",
    "no benefit was taken back that was not given": "UPDATE programs_benefit SET times = -1",
    "what a purchase summary says is what the member's receipts add up to": "UPDATE programs_purchasesummary SET spend_minor = spend_minor + 1",
    "the receipts that an import brought are those that its rows name": "UPDATE programs_purchase SET import_batch_id = NULL WHERE import_batch_id IS NOT NULL",
    "points moved within a household arrived whole, in lots that cite those they left": "UPDATE programs_posting SET amount = amount + 1 WHERE from_bucket = 'transfer'",
    "what merged members owed is owed by their survivors, and nothing hangs between the accounts": "UPDATE programs_posting SET to_bucket = 'clearing' WHERE to_bucket = 'redeemed'",
    "every movement of a merge says which merge, and no other does": "UPDATE programs_ledgertransaction SET kind = 'merge' WHERE kind = 'transfer'",
    "an adjustment moved the points it says, once it was done and not before": "UPDATE programs_adjustment SET state = 'refused' WHERE lot_id IS NULL",
    "whoever buys for a company is its contact person, and uses its own account": "UPDATE members_companycontact SET ended_at = now()",
    "a contact person of today is a living person, at a company": "UPDATE members_member SET kind = 'person'",
    "no sale came by a lent card after it was taken back": "UPDATE members_identifier SET created_at = '2020-01-01', ended_at = '2020-01-02' WHERE lent_at IS NOT NULL",
    "a card of a partner's numbers says whose it is": "UPDATE members_identifier SET issuer_id = NULL WHERE kind = 'card'",
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
    RuleFactory(program=shop.program, key="wrap", conditions=[], effect={"type": "free_service", "text": "Wrapping"})
    publish(shop.program, at=shop.now)
    sell(replace(shop.order({"A": "10.00"}, anna), coupons=(coupon.code,)), now=shop.now)
    by_hand(shop, anna)
    bring_history(shop, anna)
    assert warn_of_burning(now=shop.now + dt.timedelta(days=364))
    return shop


def for_others(shop: Shop) -> None:
    """Somebody buys by a lent card of a partner, and for a company."""
    boss, anna = system("tests"), Member.objects.get(name="Anna Petrova")
    save_issuer(CardIssuer(name="Partner", prefix="77", length=8, check_rule="luhn"))
    key = add_identifier(member_id=anna.pk, kind="card", text="7700 0008", region="US", actor=boss, now=shop.now)
    card = lend_card(member_id=anna.pk, identifier_id=key.pk, actor=boss, now=shop.now)
    sell(replace(shop.order({"A": "10.00"}, None), member=MemberKey("card", card.value)), now=shop.now)
    oleg = shop.member("+12125550191", "Oleg")
    firm = create_company(name="Firm", identifiers=[], region="US", actor=boss, now=shop.now)
    contact = add_contact(company_id=firm.pk, person_id=oleg.pk, roles=["decides"], actor=boss, now=shop.now)
    buy_for_company(contact.pk, may_spend=False, actor=boss, now=shop.now)
    shop.sell({"A": "10.00"}, oleg)


def bring_history(shop: Shop, anna: Member) -> None:
    """A receipt from before, as an import leaves it."""
    batch = ImportBatch.objects.create(kind="receipts", file_name="old.csv", file_hash="h", created_at=shop.now)
    at = shop.now - dt.timedelta(days=300)
    receipt = PastReceipt(
        kind="sale",
        store_id=shop.terminal.store_id,
        register="1",
        number="old",
        business_on=at.date(),
        occurred_at=at,
        member_id=anna.pk,
        currency="USD",
        total=500,
    )
    (purchase_id,) = write_history([receipt], batch_id=batch.pk)
    batch.rows.create(line=2, raw=[], outcome="create", applied_at=shop.now, object_id=purchase_id, member=anna)


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
    if what in {check.what for check in PRESENTING}:
        for_others(busy_shop)
    assert [finding.violations for finding in verify() if finding.violations] == []
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # as an owner who switches the triggers off
        for statement in (TAMPERINGS[what] or "").split(";"):
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")
    assert what in {finding.check.what for finding in verify() if finding.violations}


def test_the_command_says_a_line_each_and_fails_on_a_violation(transactional_db, capsys):
    shop = open_shop()
    shop.sell({"A": "100.00"}, shop.member())
    call_command("verify")
    lines = capsys.readouterr().out.splitlines()
    numbers = [line.split()[0] for line in lines]
    assert numbers == [f"I{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15)]
    assert all(line.endswith("0 violations") for line in lines)
    call_command("verify", verbosity=2)
    assert len(capsys.readouterr().out.splitlines()) == len(lines) + len(all_checks())
    call_command("verify", since=dt.date.today().isoformat())  # noqa: DTZ011  rows are dated by the database's clock
    assert re.match(r"I1 every balance equals the sum of its postings .*: 4 looked at, 0 v", capsys.readouterr().out)
    call_command("verify", since="2099-01-01")
    assert re.match(r"I1 every balance equals the sum of its postings .*: 1 looked at, 0 v", capsys.readouterr().out)
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
        "programs_benefit",
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


@pytest.mark.parametrize("table", sorted({field.remote_field.model._meta.db_table for field in unconstrained()}))
def test_what_is_named_without_a_foreign_key_is_never_deleted(busy_shop: Shop, table: str):
    with (
        pytest.raises(DatabaseError, match=r"Cannot (update or )?delete"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {table}")


def test_a_draft_without_accounts_can_be_deleted(db):
    assert ProgramFactory().delete()[0] == 1


@pytest.mark.parametrize("field", unconstrained(), ids=str)
def test_an_orphan_of_every_reference_without_a_foreign_key_is_noticed(busy_shop: Shop, field):
    child, column = field.model._meta.db_table, field.column
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"UPDATE {child} SET {column} = -1 WHERE id = (SELECT max(id) FROM {child} WHERE {column} > 0)")
        cursor.execute("SET session_replication_role = origin")
    (finding,) = [found for found in verify() if found.check.what == "what is named without a foreign key is there"]
    assert [row[:1] + row[2:] for row in finding.violations] == [(child, column, -1)]


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


class TestSeals:
    """Rows are dated by the database's clock, so the days are those around today."""

    def sealed(self, shop: Shop) -> dt.datetime:
        # Noon: an hour after midnight a day is still waiting for its last transactions.
        later = (timezone.now() + dt.timedelta(days=3)).replace(hour=12)
        assert seal_closed_days(now=timezone.now()) == 0  # today is not over
        assert seal_closed_days(now=later) == 3
        assert seal_closed_days(now=later) == 0
        return later

    def test_every_closed_day_is_sealed_once_also_an_empty_one(self, busy_shop: Shop):
        self.sealed(busy_shop)
        seals = DailySeal.objects.order_by("sealed_on")
        counts = (LedgerTransaction.objects.count(), Posting.objects.count())
        assert list(seals.values_list("transaction_count", "posting_count")) == [counts, (0, 0), (0, 0)]
        assert [finding.violations for finding in verify() if finding.violations] == []

    @pytest.mark.parametrize(
        "tampering",
        [
            "UPDATE programs_posting SET amount = amount + 1 WHERE id = (SELECT max(id) FROM programs_posting)",
            "UPDATE programs_ledgertransaction SET actor_label = 'somebody else'",
            "DELETE FROM programs_posting WHERE id = (SELECT max(id) FROM programs_posting)",
            "UPDATE programs_dailyseal SET posting_count = 0",
            "DELETE FROM programs_dailyseal WHERE posting_count = 0 AND sealed_on = (SELECT min(sealed_on) + 1 FROM programs_dailyseal)",
            "INSERT INTO programs_ledgertransaction (program_id, kind, actor_label, occurred_at, posted_at) SELECT program_id, kind, '', now(), now() FROM programs_ledgertransaction LIMIT 1",
        ],
    )
    def test_who_rewrites_a_sealed_day_is_found_out(self, busy_shop: Shop, tampering: str):
        self.sealed(busy_shop)
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(tampering)
            cursor.execute("SET session_replication_role = origin")
        found = {finding.check.what for finding in verify() if finding.violations}
        assert "every seal fits the movements of its day" in found
