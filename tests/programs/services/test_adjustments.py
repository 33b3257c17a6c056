"""Points changed by a person: what is done at once, what waits for somebody else, and what is never done."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from loyalty_site.ground.errors import ForbiddenByPolicy
from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import Kind, Principal
from programs import errors
from programs.models import Account, Adjustment, AdjustmentState, Bucket, LedgerTransaction, Lot, Posting, Program
from programs.queries.burnt import burnt_lots
from programs.queries.verify import verify
from programs.services.adjustments import (
    Wish,
    adjust,
    approve_adjustment,
    refuse_adjustment,
    reinstate,
    withdraw_adjustment,
)
from programs.services.ledger import lock_account, roll_forward
from tests.factories.configuration import UserFactory
from tests.programs.shop import NOW, Shop

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(days=400)


def person(name: str = "sue", role: str = "support") -> Principal:
    user = UserFactory(username=name, role=role)
    return Principal(Kind.STAFF, id=user.pk, label=name, role=role)


@pytest.fixture
def sue(shop: Shop) -> Principal:
    return person()


@pytest.fixture
def carl(shop: Shop) -> Principal:
    return person("carl", "accountant")


@pytest.fixture
def account(shop: Shop) -> Account:
    """100 points of a sale in March 2026, which burn in March 2027."""
    member = shop.member()
    shop.sell({"C": "100.00"}, member)
    return shop.account(member)


def roll(account: Account, now: dt.datetime) -> None:
    with transaction.atomic():
        roll_forward(lock_account(account.pk), now=now)
    account.refresh_from_db()


def assert_sound() -> None:
    assert [(finding.check.name, finding.examples) for finding in verify() if finding.violations] == []


class TestAdjusting:
    def test_points_are_added_at_once_below_the_limit(self, account: Account, sue: Principal):
        adjustment = adjust(account.pk, Wish(50, "goodwill", "the queue was long"), actor=sue, now=NOW)
        account.refresh_from_db()
        lot = Lot.objects.latest("id")
        assert (adjustment.state, account.available) == (AdjustmentState.POSTED, 150)
        assert (lot.granted, lot.expires_at) == (50, dt.datetime(2027, 3, 11, tzinfo=dt.UTC))
        act = Audit.objects.latest("id")
        assert (act.action, act.object_id, act.reason) == ("adjust", str(adjustment.pk), "goodwill")
        assert_sound()

    def test_no_free_text_enters_the_ledger_or_the_audit(self, account: Account, sue: Principal):
        adjust(account.pk, Wish(50, "goodwill", "canary-note"), actor=sue, now=NOW)
        rows = [*LedgerTransaction.objects.values(), *Posting.objects.values(), *Lot.objects.values()]
        assert "canary-note" not in str(rows + list(Audit.objects.values()))
        assert Adjustment.objects.get().note == "canary-note"

    def test_taking_begins_with_what_burns_soonest(self, account: Account, sue: Principal):
        soon = NOW + dt.timedelta(days=10)
        adjust(account.pk, Wish(30, "gift", expires_at=soon), actor=sue, now=NOW)
        adjust(account.pk, Wish(-50, "mistake"), actor=sue, now=NOW)
        left = dict(Lot.objects.order_by("expires_at").values_list("expires_at", "remaining"))
        assert list(left.values()) == [0, 80]
        assert_sound()

    def test_a_balance_never_goes_below_zero_by_hand(self, account: Account, sue: Principal):
        with pytest.raises(errors.AdjustmentTooMuch) as refusal:
            adjust(account.pk, Wish(-101, "fraud"), actor=sue, now=NOW)
        assert refusal.value.context == {"available": "100"}
        assert not Adjustment.objects.exists()

    def test_a_frozen_account_gives_nothing_and_still_gets(self, account: Account, sue: Principal):
        Account.objects.filter(pk=account.pk).update(frozen_at=NOW)
        with pytest.raises(errors.AccountFrozen):
            adjust(account.pk, Wish(-1, "mistake"), actor=sue, now=NOW)
        assert adjust(account.pk, Wish(1, "gift"), actor=sue, now=NOW).state == AdjustmentState.POSTED

    def test_nothing_is_no_adjustment(self, account: Account, sue: Principal):
        with pytest.raises(errors.AdjustmentNothing):
            adjust(account.pk, Wish(0, "gift"), actor=sue, now=NOW)

    def test_points_that_would_burn_at_once_are_refused(self, account: Account, sue: Principal):
        with pytest.raises(errors.BurningDayPast):
            adjust(account.pk, Wish(5, "gift", expires_at=NOW), actor=sue, now=NOW)

    def test_what_is_owed_is_repaid_first(self, shop: Shop, sue: Principal):
        member = shop.member()
        sold = shop.sell({"C": "100.00"}, member)
        shop.sell({"C": "300.00"}, member, redeem="100")
        account = shop.account(member)
        adjust(account.pk, Wish(-account.available, "fraud"), actor=sue, now=NOW)
        shop.give_back(sold, {1: "1"})
        account.refresh_from_db()
        owed = account.debt
        assert owed > 0
        adjust(account.pk, Wish(owed + 7, "goodwill"), actor=sue, now=NOW)
        account.refresh_from_db()
        assert (account.debt, account.available) == (0, 7)
        assert_sound()


class TestSecondPerson:
    def test_above_the_limit_it_waits_and_moves_nothing(self, account: Account, sue: Principal, carl: Principal):
        waiting = adjust(account.pk, Wish(1001, "goodwill"), actor=sue, now=NOW)
        account.refresh_from_db()
        assert (waiting.state, account.available) == (AdjustmentState.WAITING, 100)
        assert_sound()
        done = approve_adjustment(waiting.pk, actor=carl, now=NOW)
        account.refresh_from_db()
        assert (done.state, done.decided_by_id, account.available) == (AdjustmentState.POSTED, carl.id, 1101)
        acts = Audit.objects.filter(object_type="programs.adjustment").order_by("id")
        assert [(act.action, act.actor_id) for act in acts] == [("ask", sue.id), ("approve", carl.id)]
        assert_sound()

    def test_exactly_the_limit_needs_nobody(self, account: Account, sue: Principal):
        assert adjust(account.pk, Wish(1000, "gift"), actor=sue, now=NOW).state == AdjustmentState.POSTED

    @pytest.mark.parametrize("decide", [approve_adjustment, refuse_adjustment])
    def test_nobody_decides_what_they_asked_for(self, decide, account: Account, sue: Principal):
        waiting = adjust(account.pk, Wish(2000, "gift"), actor=sue, now=NOW)
        with pytest.raises(errors.SecondPersonNeeded):
            decide(waiting.pk, actor=sue, now=NOW)

    def test_the_database_holds_it_too(self, account: Account, sue: Principal):
        waiting = adjust(account.pk, Wish(2000, "gift"), actor=sue, now=NOW)
        with pytest.raises(IntegrityError, match="programs_adjustment_two_people"), transaction.atomic():
            Adjustment.objects.filter(pk=waiting.pk).update(decided_by=sue.id)

    def test_a_refusal_moves_nothing_and_is_final(self, account: Account, sue: Principal, carl: Principal):
        waiting = adjust(account.pk, Wish(2000, "gift"), actor=sue, now=NOW)
        refuse_adjustment(waiting.pk, actor=carl, now=NOW)
        with pytest.raises(errors.AdjustmentDecided):
            approve_adjustment(waiting.pk, actor=carl, now=NOW)
        account.refresh_from_db()
        assert account.available == 100

    @pytest.mark.parametrize("who", ["sue", "boss"])
    def test_whoever_asked_or_an_administrator_takes_it_back(self, who: str, account: Account, sue: Principal):
        by = sue if who == "sue" else person("boss", "administrator")
        waiting = adjust(account.pk, Wish(2000, "gift"), actor=sue, now=NOW)
        done = withdraw_adjustment(waiting.pk, actor=by, now=LATER)
        done.refresh_from_db()
        assert (done.state, done.state_in_words, done.decided_at) == (AdjustmentState.REFUSED, "cancelled", LATER)
        assert done.decided_by_id == (None if by is sue else by.id)
        assert Audit.objects.filter(action="cancel", object_type="programs.adjustment", actor_id=by.id).count() == 1
        with pytest.raises(errors.AdjustmentDecided):
            withdraw_adjustment(waiting.pk, actor=by, now=LATER)
        account.refresh_from_db()
        assert account.available == 100
        assert_sound()

    def test_nobody_else_takes_it_back(self, account: Account, sue: Principal, carl: Principal):
        waiting = adjust(account.pk, Wish(2000, "gift"), actor=sue, now=NOW)
        for other in (carl, person("sam")):
            with pytest.raises(ForbiddenByPolicy):
                withdraw_adjustment(waiting.pk, actor=other, now=NOW)
        assert Adjustment.objects.get().state == AdjustmentState.WAITING

    def test_what_was_spent_while_it_waited_cannot_be_taken(
        self, shop: Shop, account: Account, sue: Principal, carl: Principal
    ):
        adjust(account.pk, Wish(1000, "gift"), actor=sue, now=NOW)
        waiting = adjust(account.pk, Wish(-1100, "mistake"), actor=sue, now=NOW)
        shop.sell({"C": "200.00"}, account.owner, redeem="600")
        with pytest.raises(errors.AdjustmentTooMuch):
            approve_adjustment(waiting.pk, actor=carl, now=NOW)
        waiting.refresh_from_db()
        assert waiting.state == AdjustmentState.WAITING

    def test_the_day_s_small_ones_add_up(self, shop: Shop, account: Account, sue: Principal, carl: Principal):
        other = shop.member("+12125550124", "Boris")
        shop.sell({"C": "1.00"}, other)
        states = [adjust(account.pk, Wish(400, "gift"), actor=sue, now=NOW).state for _ in range(2)]
        states.append(adjust(shop.account(other).pk, Wish(400, "gift"), actor=sue, now=NOW).state)
        assert states == ["posted", "posted", "waiting"]
        assert adjust(account.pk, Wish(200, "gift"), actor=sue, now=NOW).state == "posted"
        assert adjust(account.pk, Wish(400, "gift"), actor=carl, now=NOW).state == "posted"
        tomorrow = NOW + dt.timedelta(days=1)
        assert adjust(account.pk, Wish(1000, "gift"), actor=sue, now=tomorrow).state == "posted"

    def test_the_limit_is_in_points_not_in_their_smallest_parts(self, account: Account, sue: Principal):
        Program.objects.update(point_decimals=2, adjust_limit=Decimal("10.50"))
        assert adjust(account.pk, Wish(1051, "gift"), actor=sue, now=NOW).state == "waiting"
        assert adjust(account.pk, Wish(1050, "gift"), actor=sue, now=NOW).state == "posted"


class TestReinstating:
    @pytest.fixture
    def burnt(self, account: Account) -> Lot:
        roll(account, LATER)
        assert account.available == 0
        return Lot.objects.get(account=account)

    def test_a_burnt_lot_is_given_again_and_cited(self, account: Account, burnt: Lot, sue: Principal):
        assert [(lot.lot_id, lot.points) for lot in burnt_lots(account.pk)] == [(burnt.pk, 100)]
        reinstate(burnt.pk, None, reason="goodwill", actor=sue, now=LATER)
        account.refresh_from_db()
        again = Lot.objects.latest("id")
        assert (account.available, again.cites_id, again.remaining) == (100, burnt.pk, 100)
        assert Posting.objects.filter(lot=again).get().from_bucket == Bucket.BURNT
        kinds = list(LedgerTransaction.objects.order_by("id").values_list("kind", flat=True))
        assert kinds == ["earn", "expire", "reinstate"]
        assert burnt_lots(account.pk) == []
        assert_sound()

    def test_never_more_than_burnt(self, account: Account, burnt: Lot, sue: Principal):
        reinstate(burnt.pk, Wish(60, "goodwill"), reason="goodwill", actor=sue, now=LATER)
        with pytest.raises(errors.ReinstateTooMuch) as refusal:
            reinstate(burnt.pk, Wish(41, "goodwill"), reason="goodwill", actor=sue, now=LATER)
        assert refusal.value.context == {"left": "40"}
        reinstate(burnt.pk, None, reason="goodwill", actor=sue, now=LATER)
        with pytest.raises(errors.ReinstateTooMuch):
            reinstate(burnt.pk, None, reason="goodwill", actor=sue, now=LATER)

    def test_what_burns_again_is_given_back_of_the_new_lot(self, account: Account, burnt: Lot, sue: Principal):
        soon = LATER + dt.timedelta(days=5)
        reinstate(burnt.pk, Wish(60, "goodwill", expires_at=soon), reason="goodwill", actor=sue, now=LATER)
        roll(account, LATER + dt.timedelta(days=9))
        assert {(lot.lot_id == burnt.pk, lot.points) for lot in burnt_lots(account.pk)} == {(True, 40), (False, 60)}
        assert_sound()

    def test_above_the_limit_a_second_person_and_no_double(
        self, account: Account, burnt: Lot, sue: Principal, carl: Principal
    ):
        Program.objects.update(adjust_limit=50)
        first = reinstate(burnt.pk, Wish(80, "goodwill"), reason="goodwill", actor=sue, now=LATER)
        second = reinstate(burnt.pk, Wish(80, "goodwill"), reason="goodwill", actor=sue, now=LATER)
        assert {first.state, second.state} == {"waiting"}
        approve_adjustment(first.pk, actor=carl, now=LATER)
        with pytest.raises(errors.ReinstateTooMuch):
            approve_adjustment(second.pk, actor=carl, now=LATER)
        assert_sound()
