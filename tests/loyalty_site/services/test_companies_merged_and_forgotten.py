"""Lent cards and companies when people are merged, forgotten, or ask what we know of them."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from loyalty_site.ground.policy import system
from loyalty_site.services import erase_member, member_data
from loyalty_site.services.merging import merge_members, undo_merge
from members.models import CompanyContact, CompanyDetails, EndedAs, Identifier, Member
from members.queries.companies import details_of
from members.services import lend_card
from members.services.companies import add_contact, create_company, set_won
from programs.errors import MergeShared
from programs.models import Account, CompanyTie, Purchase
from programs.queries.shoppers import MemberKey
from programs.queries.verify import verify
from programs.services.companies import add_tie, buy_for_company
from programs.services.sales import SaleOrder, sell
from tests.canaries import in_tables
from tests.factories.configuration import UserFactory
from tests.programs.shop import Shop, open_shop

pytestmark = pytest.mark.django_db
BOSS = system("tests")


@pytest.fixture
def shop() -> Shop:
    made = open_shop(redeem_max_percent=100)
    made.now = timezone.now()
    return made


@pytest.fixture
def anna(shop: Shop) -> Member:
    return shop.member()


@pytest.fixture
def boris(shop: Shop) -> Member:
    return shop.member("+12125550124", "Qzborrower Petrov")


def company(shop: Shop, name: str = "Qzfirm Ltd", tax_number: str = "") -> Member:
    return create_company(name=name, identifiers=[], region="US", tax_number=tax_number, actor=BOSS, now=shop.now)


def contact_at(firm: Member, person: Member, shop: Shop, *roles: str) -> CompanyContact:
    return add_contact(company_id=firm.pk, person_id=person.pk, roles=roles, actor=BOSS, now=shop.now)


def sell_by_card(shop: Shop, card: Identifier) -> Purchase:
    order = shop.order({"C": "10.00"}, None)
    named = SaleOrder(
        till=order.till,
        receipt_number=order.receipt_number,
        occurred_at=order.occurred_at,
        lines=order.lines,
        member=MemberKey("card", card.value),
    )
    return Purchase.objects.get(pk=sell(named, now=shop.now).purchase_id)


def erase(member: Member) -> None:
    erase_member(member.pk, reason="in_writing", actor=BOSS, now=timezone.now())


def wrong() -> list[str]:
    return [finding.check.what for finding in verify() if finding.violations]


def test_forgetting_who_carried_a_card(shop: Shop, anna: Member, boris: Member):
    card = lend_card(member_id=anna.pk, to_id=boris.pk, actor=BOSS, now=shop.now)
    firm = company(shop)
    contact = contact_at(firm, boris, shop, "decides")
    buy_for_company(contact.pk, may_spend=True, actor=BOSS, now=shop.now)
    sell_by_card(shop, card)
    bought = shop.sell({"C": "10.00"}, boris)
    assert bought.account is not None
    erase(boris)
    for row in (card, contact):
        row.refresh_from_db()
    assert (card.lent_to, card.ended_as, contact.ended_at is not None) == (None, EndedAs.WITHDRAWN, True)
    assert Account.objects.get(owner=firm).available == 10  # the company's
    assert in_tables("qzborrower") == {}
    assert wrong() == []


def test_forgetting_the_owner_of_a_lent_card(shop: Shop, anna: Member, boris: Member):
    card = lend_card(member_id=anna.pk, to_id=boris.pk, actor=BOSS, now=shop.now)
    erase(anna)
    card.refresh_from_db()
    assert (card.lent_to, card.ended_at is not None) == (None, True)
    assert wrong() == []


def test_forgetting_a_company(shop: Shop, boris: Member):
    firm = company(shop, tax_number="QZ-1234")
    contact = contact_at(firm, boris, shop, "pays")
    buy_for_company(contact.pk, may_spend=True, actor=BOSS, now=shop.now)
    shop.sell({"C": "10.00"}, boris)
    tie = add_tie(firm.pk, user_id=UserFactory().pk, contact_id=contact.pk, actor=BOSS, now=shop.now)
    erase(firm)
    contact.refresh_from_db()
    tie.refresh_from_db()
    assert contact.ended_at is not None
    assert tie.ended_at is not None
    assert not CompanyDetails.objects.exists()
    assert Account.objects.get(owner=firm).available == 0  # burnt: the points were the company's
    own = shop.sell({"C": "5.00"}, boris)
    assert Purchase.objects.get(pk=own.purchase_id).member == boris
    assert in_tables("qzfirm|qz-1234") == {}
    assert wrong() == []


def test_what_a_person_may_know(shop: Shop, anna: Member, boris: Member):
    card = lend_card(member_id=anna.pk, to_id=boris.pk, actor=BOSS, now=shop.now)
    set_won(contact_id=contact_at(company(shop), boris, shop, "decides").pk, is_won=True, actor=BOSS, now=shop.now)
    sell_by_card(shop, card)
    theirs = member_data(boris.pk)
    (firm,) = theirs["about_you"]["companies"]
    assert (firm["company"], firm["what_you_do_there"]) == ("Qzfirm Ltd", ["decides"])
    assert firm["won_for_us"]
    assert len(theirs["about_you"]["cards_of_others_that_you_carry"]) == 1
    assert len(theirs["points_and_purchases"]["receipts_that_you_presented_for_others"]) == 1
    assert "Anna" not in json.dumps(theirs)
    mine = member_data(anna.pk)
    assert "Qzborrower" not in json.dumps(mine)
    assert [key["lent_since"] is not None for key in mine["about_you"]["identifiers"]] == [False, True]


def test_merging_who_carries_a_card_and_knows_a_company_and_undoing_it(shop: Shop, anna: Member, boris: Member):
    twin = shop.member("+12125550125", "Qzborrower P.")
    card = lend_card(member_id=anna.pk, to_id=twin.pk, actor=BOSS, now=shop.now)
    firm, other = company(shop), company(shop, "Other")
    kept = contact_at(firm, boris, shop, "pays")
    joined, moved = contact_at(firm, twin, shop, "decides"), contact_at(other, twin, shop, "sees")
    set_won(contact_id=joined.pk, is_won=True, actor=BOSS, now=shop.now)
    bought = sell_by_card(shop, card)
    rows = (card, kept, joined, moved, bought)

    def stand() -> list[object]:
        for row in rows:
            row.refresh_from_db()
        return [
            card.lent_to,
            *(kept.roles, kept.won_by),
            *(joined.person, joined.ended_at is None),
            *(moved.person, moved.ended_at is None),
            bought.presented_by,
        ]

    before = stand()
    done = merge_members(boris.pk, twin.pk, actor=BOSS, now=shop.now)
    assert stand() == [boris, ["decides", "pays"], "tests", boris, False, boris, True, boris]
    assert wrong() == []
    undo_merge(done.pk, actor=BOSS, now=shop.now)
    assert stand() == before
    assert wrong() == []


def test_whoever_is_merged_with_the_one_who_lent_them_a_card_carries_their_own(shop: Shop, anna: Member, boris: Member):
    card = lend_card(member_id=anna.pk, to_id=boris.pk, actor=BOSS, now=shop.now)
    done = merge_members(boris.pk, anna.pk, actor=BOSS, now=shop.now)
    card.refresh_from_db()
    assert (card.member, card.lent_to) == (boris, None)
    undo_merge(done.pk, actor=BOSS, now=shop.now)
    card.refresh_from_db()
    assert (card.member, card.lent_to) == (anna, boris)


def test_merging_two_companies_and_undoing_it(shop: Shop, boris: Member):
    one, two = company(shop, "One", "11-2233"), company(shop, "Two", "44-5566")
    CompanyDetails.objects.filter(member=two).update(registration_number="R-7777")
    contact = contact_at(two, boris, shop, "decides")
    sue, max_ = UserFactory(), UserFactory()
    add_tie(one.pk, user_id=sue.pk, is_manager=True, actor=BOSS, now=shop.now)
    add_tie(two.pk, user_id=max_.pk, is_manager=True, actor=BOSS, now=shop.now)
    known = add_tie(two.pk, user_id=sue.pk, contact_id=contact.pk, actor=BOSS, now=shop.now)
    done = merge_members(one.pk, two.pk, actor=BOSS, now=shop.now)
    contact.refresh_from_db()
    known.refresh_from_db()
    assert (contact.company, known.company) == (one, one)
    assert (details_of(one.pk).tax_number, details_of(one.pk).registration_number) == ("11-2233", "R-7777")
    assert CompanyTie.objects.get(company=one, is_manager=True, ended_at__isnull=True).user == sue
    assert wrong() == []
    undo_merge(done.pk, actor=BOSS, now=shop.now)
    contact.refresh_from_db()
    known.refresh_from_db()
    assert (contact.company, known.company) == (two, two)
    assert details_of(one.pk).registration_number == ""
    assert CompanyTie.objects.get(company=two, is_manager=True, ended_at__isnull=True).user == max_
    assert wrong() == []


def test_who_buys_for_a_company_is_merged_only_when_that_has_ended(shop: Shop, anna: Member, boris: Member):
    contact = contact_at(company(shop), boris, shop, "decides")
    buy_for_company(contact.pk, may_spend=True, actor=BOSS, now=shop.now)
    with pytest.raises(MergeShared):
        merge_members(anna.pk, boris.pk, actor=BOSS, now=shop.now)
