"""Points within a household: shared, moved, and never more or fewer than there were."""

from __future__ import annotations

import datetime as dt

import pytest

from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import system
from members.models import Member
from programs import errors
from programs.models import Account, AccountAccess, Lot
from programs.queries.verify import verify
from programs.services import households
from programs.services.adjustments import Wish, adjust
from tests.factories.configuration import publish
from tests.programs.shop import NOW, Shop

pytestmark = pytest.mark.django_db
BOSS = system("tests")


@pytest.fixture
def anna(shop: Shop) -> Member:
    """With 100 points."""
    member = shop.member()
    shop.sell({"C": "100.00"}, member)
    return member


@pytest.fixture
def boris(shop: Shop) -> Member:
    """With 5 points."""
    member = shop.member("+12125550124", "Boris Petrov")
    shop.sell({"C": "5.00"}, member)
    return member


@pytest.fixture
def family(anna: Member, boris: Member) -> None:
    households.add_to_household(member_id=anna.pk, other_id=boris.pk, actor=BOSS, now=NOW)


def account(member: Member) -> Account:
    return Account.objects.get(owner=member)


def move(giver: Member, taker: Member, points: int, now: dt.datetime = NOW) -> None:
    households.transfer(account(giver).pk, account(taker).pk, points, actor=BOSS, now=now)


def assert_sound() -> None:
    assert [(finding.check.name, finding.examples) for finding in verify() if finding.violations] == []


@pytest.mark.usefixtures("family")
class TestMoving:
    def test_points_keep_the_day_on_which_they_burn(self, shop: Shop, anna: Member, boris: Member):
        soon = NOW + dt.timedelta(days=10)
        adjust(account(anna).pk, Wish(30, "gift", expires_at=soon), actor=BOSS, now=NOW)
        move(anna, boris, 50)
        assert (account(anna).available, account(boris).available) == (80, 55)
        came = Lot.objects.filter(account=account(boris), cites__isnull=False).order_by("expires_at")
        assert [(lot.granted, lot.expires_at, lot.expires_at == lot.cites.expires_at) for lot in came] == [
            (30, soon, True),
            (20, dt.datetime(2027, 3, 11, tzinfo=dt.UTC), True),
        ]
        assert_sound()
        assert Audit.objects.latest("id").action == "transfer"

    def test_moving_does_not_prolong_a_life_that_a_pause_ends(self, shop: Shop, anna: Member, boris: Member):
        shop.program.idle_months = 2
        shop.program.save()
        publish(shop.program)
        move(anna, boris, 50)
        came = Lot.objects.get(account=account(boris), cites__isnull=False)
        assert came.expires_at == dt.datetime(2026, 5, 11, tzinfo=dt.UTC)
        later = NOW + dt.timedelta(days=63)
        with pytest.raises(errors.InsufficientPoints):
            move(boris, anna, 1, now=later)
        assert_sound()

    def test_what_the_receiver_owes_is_repaid_first(self, shop: Shop, anna: Member, boris: Member):
        sold = shop.sell({"C": "40.00"}, boris)
        adjust(account(boris).pk, Wish(-45, "fraud"), actor=BOSS, now=NOW)
        shop.give_back(sold, {1: "1"})
        assert account(boris).debt == 40
        move(anna, boris, 60)
        assert (account(boris).debt, account(boris).available) == (0, 20)
        assert_sound()

    @pytest.mark.parametrize("points", [0, -5])
    def test_nothing_and_less_is_refused(self, anna: Member, boris: Member, points: int):
        with pytest.raises(errors.AdjustmentNothing):
            move(anna, boris, points)

    def test_more_than_there_is_is_refused(self, anna: Member, boris: Member):
        with pytest.raises(errors.InsufficientPoints):
            move(anna, boris, 101)

    def test_what_burnt_a_moment_ago_does_not_move(self, anna: Member, boris: Member):
        with pytest.raises(errors.InsufficientPoints):
            move(anna, boris, 100, now=NOW + dt.timedelta(days=400))

    def test_a_frozen_account_gives_nothing(self, anna: Member, boris: Member):
        Account.objects.filter(owner=anna).update(frozen_at=NOW)
        with pytest.raises(errors.AccountFrozen):
            move(anna, boris, 10)
        move(boris, anna, 5)

    def test_strangers_are_refused(self, shop: Shop, anna: Member):
        stranger = shop.member("+12125550125", "Carl")
        shop.sell({"C": "1.00"}, stranger)
        with pytest.raises(errors.NotOneHousehold):
            move(anna, stranger, 10)

    def test_an_account_gives_itself_nothing(self, anna: Member):
        with pytest.raises(errors.SameAccount):
            move(anna, anna, 10)

    def test_another_programme_is_refused(self, anna: Member, boris: Member):
        from programs.services.accounts import open_accounts
        from tests.factories.configuration import ProgramFactory

        other = open_accounts(program_id=ProgramFactory(code="other").pk, member_ids=[boris.pk], now=NOW)
        with pytest.raises(errors.OtherProgram):
            households.transfer(account(anna).pk, other[boris.pk], 10, actor=BOSS, now=NOW)


@pytest.mark.usefixtures("family")
class TestSharing:
    def share(self, owner: Member, member: Member, *, may_spend: bool = True) -> AccountAccess:
        return households.share_account(account(owner).pk, member.pk, may_spend=may_spend, actor=BOSS, now=NOW)

    def test_the_next_receipt_goes_to_the_shared_account(self, shop: Shop, anna: Member, boris: Member):
        self.share(anna, boris)
        shop.sell({"C": "20.00"}, boris)
        assert (account(anna).available, account(boris).available) == (120, 5)
        assert_sound()

    def test_to_earn_only(self, shop: Shop, anna: Member, boris: Member):
        self.share(anna, boris, may_spend=False)
        shop.sell({"C": "20.00"}, boris)
        assert account(anna).available == 120
        with pytest.raises(errors.SpendingNotShared):
            shop.sell({"C": "20.00"}, boris, redeem="10")
        shop.sell({"C": "20.00"}, anna, redeem="10")

    def test_ended_at_once_and_their_own_account_is_used_again(self, shop: Shop, anna: Member, boris: Member):
        self.share(anna, boris)
        households.end_sharing(boris.pk, program_id=shop.program.pk, actor=BOSS, now=NOW)
        shop.sell({"C": "20.00"}, boris)
        assert (account(anna).available, account(boris).available) == (100, 25)
        with pytest.raises(errors.SharesNothing):
            households.end_sharing(boris.pk, program_id=shop.program.pk, actor=BOSS, now=NOW)

    def test_someone_without_an_account_gets_one_when_sharing_ends(self, shop: Shop, anna: Member):
        child = shop.member("+12125550126", "Child")
        households.add_to_household(member_id=anna.pk, other_id=child.pk, actor=BOSS, now=NOW)
        self.share(anna, child)
        shop.sell({"C": "20.00"}, child)
        households.end_sharing(child.pk, program_id=shop.program.pk, actor=BOSS, now=NOW)
        shop.sell({"C": "7.00"}, child)
        assert (account(anna).available, account(child).available) == (120, 7)

    def test_strangers_do_not_share(self, shop: Shop, anna: Member):
        stranger = shop.member("+12125550125", "Carl")
        with pytest.raises(errors.NotOneHousehold):
            self.share(anna, stranger)

    def test_one_s_own_or_twice_is_refused(self, anna: Member, boris: Member):
        with pytest.raises(errors.SameAccount):
            self.share(anna, anna)
        self.share(anna, boris)
        with pytest.raises(errors.SameAccount):
            self.share(anna, boris)

    def test_sharing_makes_no_chains(self, shop: Shop, anna: Member, boris: Member):
        child = shop.member("+12125550126", "Child")
        shop.sell({"C": "1.00"}, child)
        households.add_to_household(member_id=anna.pk, other_id=child.pk, actor=BOSS, now=NOW)
        self.share(anna, boris)
        for owner, member in ((boris, child), (child, anna), (child, boris)):
            with pytest.raises(errors.SharesAlready):
                self.share(owner, member)

    def test_leaving_the_household_ends_the_sharing(self, shop: Shop, anna: Member, boris: Member):
        self.share(anna, boris)
        households.leave_household(anna.pk, actor=BOSS, now=NOW)
        shop.sell({"C": "20.00"}, boris)
        assert (account(anna).available, account(boris).available) == (100, 25)
        with pytest.raises(errors.NotOneHousehold):
            move(anna, boris, 10)
