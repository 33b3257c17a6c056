"""One person of two records, and two of one again: points, receipts, keys, consents, households."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.models import Audit
from loyalty_site.services.merging import undo_merge
from members import errors
from members.models import (
    Address,
    Channel,
    CurrentConsent,
    DuplicatePair,
    Identifier,
    Member,
    MemberKind,
    MemberStatus,
    PairState,
)
from members.queries.households import household_of
from members.services import add_to_household
from programs.errors import AccountFrozen, MergeShared
from programs.models import Account, Lot, Purchase, PurchaseSummary, TierStanding
from programs.queries.shoppers import MemberKey, find_shopper
from programs.queries.standing import lifetime_of
from programs.services.households import share_account
from programs.services.ledger import freeze
from programs.services.merging import settle_closed
from programs.services.pins import set_pin
from tests.factories.configuration import TierFactory, publish
from tests.loyalty_site.services.merging import BOSS, agree, merge, wrong
from tests.programs.shop import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop(redeem_max_percent=100)


@pytest.fixture
def anna(shop: Shop) -> Member:
    """With 100 points; stays."""
    member = shop.member()
    shop.sell({"C": "100.00"}, member)
    return member


@pytest.fixture
def anya(shop: Shop) -> Member:
    """The same person again, with 30 points of her own."""
    member = shop.member("+12125550124", "Anya Petrova")
    shop.sell({"C": "30.00"}, member)
    return member


def test_points_receipts_and_keys_are_the_survivors(shop: Shop, anna: Member, anya: Member):
    merge(anna, anya)
    anya.refresh_from_db()
    assert (anya.status, anya.survivor_id) == (MemberStatus.MERGED, anna.pk)
    assert shop.account(anna).available == 130
    assert shop.account(anya).available == 0
    assert Purchase.objects.filter(member=anna).count() == 2
    summary = PurchaseSummary.objects.get(member=anna)
    assert (summary.purchase_count, summary.spend_minor) == (2, 13000)
    assert not PurchaseSummary.objects.filter(member=anya).exists()
    assert Identifier.objects.filter(member=anna, ended_at__isnull=True).count() == 2
    assert lifetime_of(shop.account(anna)).moved == 30
    assert wrong() == []
    assert Audit.objects.filter(action="merge", object_id=str(anna.pk)).exists()


@pytest.mark.parametrize("key", ["id", "phone"])
def test_every_look_up_of_the_merged_leads_to_the_survivor(anna: Member, anya: Member, key: str):
    merge(anna, anya)
    wanted = MemberKey("id", str(anya.public_id)) if key == "id" else MemberKey("phone", "+12125550124")
    found = find_shopper(wanted, at=NOW)
    assert found is not None
    assert found.member_id == anna.pk


def test_a_sale_by_the_old_number_is_the_survivors(shop: Shop, anna: Member, anya: Member):
    merge(anna, anya)
    shop.sell({"C": "7.00"}, anya)
    assert shop.account(anna).available == 137
    assert wrong() == []


def test_undo_gives_back_what_is_unspent_and_lists_the_rest(shop: Shop, anna: Member, anya: Member):
    done = merge(anna, anya)
    shop.sell({"C": "1.10"}, anna, redeem="110")  # more than her own 100
    undone = undo_merge(done.pk, actor=BOSS, now=NOW)
    left = {row["what"]: row for row in undone.left}
    assert shop.account(anna).available + shop.account(anya).available == 130 - 110 + 0
    assert left["points"]["points"] == 30 - shop.account(anya).available
    anya.refresh_from_db()
    assert (anya.status, anya.survivor_id) == (MemberStatus.ENROLLED, None)
    assert Purchase.objects.filter(member=anya).count() == 1
    assert PurchaseSummary.objects.get(member=anna).purchase_count == 2
    assert PurchaseSummary.objects.get(member=anya).spend_minor == 3000
    assert wrong() == []
    shop.sell({"C": "5.00"}, anya)  # and she is a member like any other again
    assert Audit.objects.filter(action="undo_merge").exists()


def test_undo_at_once_leaves_everything_as_it_was(shop: Shop, anna: Member, anya: Member):
    def picture():
        lots = Lot.objects.filter(remaining__gt=0).order_by("account__owner", "expires_at", "remaining")
        return (
            list(Member.objects.order_by("pk").values_list("pk", "name", "status", "survivor", "birth_year", "note")),
            list(Identifier.objects.order_by("pk").values_list("pk", "member", "value", "created_at", "ended_at")),
            list(CurrentConsent.objects.order_by("pk").values_list("member", "channel", "is_granted")),
            list(Account.objects.order_by("pk").values_list("pk", "available", "debt", "spend_minor", "tier_key")),
            list(lots.values_list("account__owner", "remaining", "expires_at", "activates_at")),
            list(Purchase.objects.order_by("pk").values_list("pk", "member")),
            list(PurchaseSummary.objects.order_by("pk").values_list()),
            list(Address.objects.order_by("member").values_list("member", "city")),
        )

    Member.objects.filter(pk=anya.pk).update(birth_year=1980, birth_month=5, birth_day=12, note="likes tea")
    Address.objects.create(member=anya, city="Perm")
    agree(anna, granted=False)
    agree(anya, Channel.SMS, granted=False)
    agree(anna, Channel.SMS, granted=False)
    before = picture()
    done = merge(anna, anya)
    anna.refresh_from_db()
    assert (anna.birth_year, anna.note, anna.addresses.get().city) == (1980, "likes tea", "Perm")
    assert undo_merge(done.pk, actor=BOSS, now=NOW).left == []
    assert picture() == before
    assert wrong() == []


def test_the_chosen_fields_stay_and_an_undo_spares_what_was_edited_since(anna: Member, anya: Member):
    done = merge(anna, anya, name="merged")
    anna.refresh_from_db()
    assert (anna.name, anna.search_name) == ("Anya Petrova", "anya petrova")
    Member.objects.filter(pk=anna.pk).update(name="Anna P.")
    assert undo_merge(done.pk, actor=BOSS, now=NOW).left == [{"what": "field", "field": "name"}]


def test_goods_bought_before_come_back_at_the_survivors_expense(shop: Shop, anna: Member):
    anya = shop.member("+12125550124", "Anya Petrova")
    sold = shop.sell({"C": "30.00"}, anya)
    merge(anna, anya)
    back = shop.give_back(sold, {1: "1"})
    assert (back.taken_back, back.debt_added, back.written_off) == (30, 0, 0)
    assert shop.account(anna).available == 100
    assert shop.account(anna).spend_minor == 10000
    assert shop.account(anya).available == shop.account(anya).debt == 0
    assert wrong() == []


def test_points_spent_before_come_back_to_the_survivor(shop: Shop, anna: Member, anya: Member):
    sold = shop.sell({"C": "20.00"}, anya, redeem="20")
    merge(anna, anya)
    back = shop.give_back(sold, {1: "1"})
    assert back.points_restored == 20
    assert shop.account(anna).available == 130
    assert shop.account(anya).available == 0
    assert wrong() == []


def test_what_is_owed_moves_too_and_comes_back(shop: Shop):
    shop.program.negative_policy = "allow"
    shop.program.save()
    publish(shop.program)
    anna, anya = shop.member(), shop.member("+12125550124", "Anya Petrova")
    sold = shop.sell({"C": "30.00"}, anya)
    shop.sell({"C": "0.50"}, anya, redeem="30")
    shop.give_back(sold, {1: "1"})
    owed = shop.account(anya).debt
    assert owed == 30
    done = merge(anna, anya)
    assert (shop.account(anya).debt, shop.account(anna).debt) == (0, owed)
    assert wrong() == []
    undo_merge(done.pk, actor=BOSS, now=NOW)
    assert (shop.account(anya).debt, shop.account(anna).debt) == (owed, 0)
    assert wrong() == []
    shop.sell({"C": "10.00"}, anna)
    merge(anna, anya)
    assert (shop.account(anna).available, shop.account(anna).debt) == (0, 20)
    assert wrong() == []


def test_the_higher_tier_stays_and_both_spendings_count(shop: Shop, anna: Member, anya: Member):
    TierFactory(program=shop.program, key="gold", name="Gold", threshold=Decimal(120))
    publish(shop.program)
    done = merge(anna, anya)
    account = shop.account(anna)
    assert (account.tier_key, account.spend_minor) == ("gold", 13000)
    assert TierStanding.objects.filter(account=account, tier_key="gold", reason="merge").exists()
    undo_merge(done.pk, actor=BOSS, now=NOW)
    assert (shop.account(anna).tier_key, shop.account(anna).spend_minor) == ("", 10000)
    assert shop.account(anya).spend_minor == 3000


def test_what_still_comes_to_the_old_account_is_handed_on(shop: Shop, anna: Member, anya: Member):
    from programs.services.adjustments import Wish, adjust

    merge(anna, anya)
    adjust(shop.account(anya).pk, Wish(50, "goodwill"), actor=BOSS, now=NOW)
    assert settle_closed(now=NOW) == 1
    assert (shop.account(anya).available, shop.account(anna).available) == (0, 180)
    assert settle_closed(now=NOW) == 0
    assert wrong() == []


def test_the_survivor_takes_the_place_at_home(shop: Shop, anna: Member, anya: Member):
    boris = shop.member("+12125550125", "Boris")
    add_to_household(member_id=anya.pk, other_id=boris.pk, actor=BOSS, now=NOW)
    done = merge(anna, anya)
    home = household_of(boris.pk)
    assert home is not None
    assert [member.pk for member in home.members] == [anna.pk, boris.pk]
    undo_merge(done.pk, actor=BOSS, now=NOW)
    home = household_of(boris.pk)
    assert home is not None
    assert [member.pk for member in home.members] == [anya.pk, boris.pk]


def test_two_of_one_household_become_one(shop: Shop, anna: Member, anya: Member):
    add_to_household(member_id=anna.pk, other_id=anya.pk, actor=BOSS, now=NOW)
    share_account(shop.account(anna).pk, anya.pk, may_spend=True, actor=BOSS, now=NOW)
    done = merge(anna, anya)
    assert household_of(anna.pk) is None
    undo_merge(done.pk, actor=BOSS, now=NOW)
    assert household_of(anna.pk) is not None
    assert wrong() == []


def test_a_pin_protects_the_survivor_too(anna: Member, anya: Member):
    from programs.models import SpendingPin

    set_pin(member_id=anya.pk, pin="8273", actor=BOSS, now=NOW)
    done = merge(anna, anya)
    assert SpendingPin.objects.filter(member=anna).exists()
    undo_merge(done.pk, actor=BOSS, now=NOW)
    assert not SpendingPin.objects.filter(member=anna).exists()


def test_a_chain_leads_to_its_end_and_is_undone_from_there(shop: Shop, anna: Member, anya: Member):
    third = shop.member("+12125550126", "A. Petrova")
    first = merge(anna, anya)
    second = merge(third, anna)
    anya.refresh_from_db()
    assert anya.survivor_id == third.pk
    assert shop.account(third).available == 130
    with pytest.raises(errors.MergeNotLast):
        undo_merge(first.pk, actor=BOSS, now=NOW)
    undo_merge(second.pk, actor=BOSS, now=NOW)
    anya.refresh_from_db()
    assert anya.survivor_id == anna.pk
    assert shop.account(anna).available == 130
    undo_merge(first.pk, actor=BOSS, now=NOW)
    assert (shop.account(anna).available, shop.account(anya).available) == (100, 30)
    with pytest.raises(errors.MergeUndone):
        undo_merge(first.pk, actor=BOSS, now=NOW)
    assert wrong() == []


def test_a_decision_about_the_pair_is_kept(anna: Member, anya: Member):
    done = merge(anna, anya)
    assert DuplicatePair.objects.get().state == PairState.MERGED
    undo_merge(done.pk, actor=BOSS, now=NOW)
    assert DuplicatePair.objects.get().state == PairState.APART


def refusal_of(deed) -> type[DomainError]:
    with pytest.raises(DomainError) as caught:
        deed()
    return type(caught.value)


def test_what_cannot_be_merged_is_refused_and_changes_nothing(shop: Shop, anna: Member, anya: Member):
    boris, vera = shop.member("+12125550125", "Boris"), shop.member("+12125550126", "Vera")
    assert refusal_of(lambda: merge(anna, anna)) is errors.MergeSamePerson
    Member.objects.filter(pk=vera.pk).update(kind=MemberKind.COMPANY)
    assert refusal_of(lambda: merge(anna, vera)) is errors.MergeSamePerson
    Member.objects.filter(pk=vera.pk).update(kind=MemberKind.PERSON, status=MemberStatus.ERASED)
    assert refusal_of(lambda: merge(anna, vera)) is errors.MergeGone
    Member.objects.filter(pk=vera.pk).update(status=MemberStatus.ENROLLED)
    add_to_household(member_id=anna.pk, other_id=boris.pk, actor=BOSS, now=NOW)
    add_to_household(member_id=anya.pk, other_id=vera.pk, actor=BOSS, now=NOW)
    assert refusal_of(lambda: merge(anna, anya)) is errors.MergeHouseholds
    share_account(shop.account(anna).pk, boris.pk, may_spend=True, actor=BOSS, now=NOW)
    assert refusal_of(lambda: merge(anya, anna)) is MergeShared
    freeze([shop.account(anya).pk], now=NOW)
    assert refusal_of(lambda: merge(vera, anya)) is AccountFrozen
    assert shop.account(anya).available == 30
    assert not Member.objects.filter(status=MemberStatus.MERGED).exists()
    assert NOW.tzinfo is dt.UTC
