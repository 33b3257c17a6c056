"""A company's people buy for it: its receipts, its points; whoever leaves takes nothing along and has no access."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from loyalty_site.ground.policy import system
from members.errors import CompanyNeeded, ContactGone, LentAlready
from members.models import CompanyContact, EndedAs, Member
from members.services import companies as people
from members.services import lend_card
from programs import errors
from programs.models import Account, AccountAccess, CompanyTie, Purchase, PurchaseSummary
from programs.queries.companies import company_page
from programs.queries.shoppers import MemberKey
from programs.queries.verify import verify
from programs.services import companies, households, sales
from tests.factories.configuration import CashierFactory, UserFactory
from tests.programs.shop import NOW, Shop

pytestmark = pytest.mark.django_db
BOSS = system("tests")
LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture
def firm(shop: Shop) -> Member:
    return people.create_company(name="Horizon Ltd", identifiers=[], region="US", actor=BOSS, now=NOW)


@pytest.fixture
def oleg(shop: Shop) -> Member:
    """With 20 points of his own."""
    member = shop.member("+12125550191", "Oleg Ivanov")
    shop.sell({"C": "20.00"}, member)
    return member


@pytest.fixture
def contact(firm: Member, oleg: Member) -> CompanyContact:
    return people.add_contact(company_id=firm.pk, person_id=oleg.pk, roles=["collects"], actor=BOSS, now=NOW)


def buys(contact: CompanyContact, *, may_spend: bool = False) -> AccountAccess:
    return companies.buy_for_company(contact.pk, may_spend=may_spend, actor=BOSS, now=NOW)


def by_phone(shop: Shop, phone: str, amount: str = "10.00", redeem: str = "0") -> Purchase:
    order = replace(shop.order({"C": amount}, None, redeem), member=MemberKey("phone", phone))
    return Purchase.objects.get(pk=sales.sell(order, now=shop.now).purchase_id)


def assert_sound() -> None:
    assert [(finding.check.what, finding.examples) for finding in verify() if finding.violations] == []


def test_what_a_contact_buys_is_the_companys(shop: Shop, firm: Member, oleg: Member, contact: CompanyContact):
    buys(contact)
    purchase = by_phone(shop, "+12125550191")
    account = Account.objects.get(owner=firm)
    assert (purchase.member, purchase.presented_by, purchase.account) == (firm, oleg, account)
    by_id = shop.sell({"C": "10.00"}, oleg)
    assert Purchase.objects.get(pk=by_id.purchase_id).member == firm
    assert (account.pk, Account.objects.get(owner=firm).available) == (account.pk, 20)
    assert Account.objects.get(owner=oleg).available == 20  # his own, from before
    assert PurchaseSummary.objects.get(member=firm).purchase_count == 2
    assert PurchaseSummary.objects.get(member=oleg).purchase_count == 1
    with pytest.raises(errors.SpendingNotShared):
        by_phone(shop, "+12125550191", redeem="1")
    companies.stop_buying(contact.pk, actor=BOSS, now=LATER)
    buys(contact, may_spend=True)
    assert by_phone(shop, "+12125550191", redeem="1").points_redeemed == 1
    assert_sound()


def test_whoever_leaves_has_no_access_and_the_company_keeps_everything(
    shop: Shop, firm: Member, oleg: Member, contact: CompanyContact
):
    buys(contact, may_spend=True)
    by_phone(shop, "+12125550191")
    card = companies.give_company_card(contact.pk, may_spend=True, actor=BOSS, now=NOW)
    with pytest.raises(LentAlready):
        companies.give_company_card(contact.pk, may_spend=True, actor=BOSS, now=NOW)
    tie = companies.add_tie(firm.pk, user_id=UserFactory().pk, contact_id=contact.pk, actor=BOSS, now=NOW)
    companies.end_contact(contact.pk, actor=BOSS, now=LATER)
    for row in (contact, card, tie):
        row.refresh_from_db()
    assert (contact.ended_at, card.ended_at, card.ended_as, tie.ended_at) == (
        *(LATER, LATER, EndedAs.WITHDRAWN, LATER),
    )
    own = by_phone(shop, "+12125550191")
    assert (own.member, own.presented_by, own.account.owner) == (oleg, None, oleg)
    assert Account.objects.get(owner=firm).available == 10
    assert Purchase.objects.filter(member=firm).count() == 1
    with pytest.raises(ContactGone):
        companies.end_contact(contact.pk, actor=BOSS, now=LATER)
    with pytest.raises(ContactGone):
        buys(contact)
    assert_sound()


def test_a_company_card_says_who_carried_it(shop: Shop, firm: Member, oleg: Member, contact: CompanyContact):
    card = companies.give_company_card(contact.pk, may_spend=False, actor=BOSS, now=NOW)
    order = replace(shop.order({"C": "10.00"}, None), member=MemberKey("card", card.value))
    sold = Purchase.objects.get(pk=sales.sell(order, now=shop.now).purchase_id)
    assert (sold.member, sold.presented, sold.presented_by) == (firm, card, oleg)
    assert by_phone(shop, "+12125550191").member == oleg  # what he buys by his own phone is his own
    page = company_page(firm.pk)
    assert [(row.contact, row.card, row.access) for row in page.people] == [(contact, card, None)]


def test_who_uses_another_account_cannot_buy_for_a_company(shop: Shop, oleg: Member, contact: CompanyContact):
    anna = shop.member()
    shop.sell({"C": "5.00"}, anna)
    households.add_to_household(member_id=anna.pk, other_id=oleg.pk, actor=BOSS, now=NOW)
    households.share_account(shop.account(anna).pk, oleg.pk, may_spend=True, actor=BOSS, now=NOW)
    with pytest.raises(errors.ContactBuysElsewhere):
        buys(contact)
    households.end_sharing(oleg.pk, program_id=shop.program.pk, actor=BOSS, now=NOW)
    households.share_account(shop.account(oleg).pk, anna.pk, may_spend=True, actor=BOSS, now=NOW)
    with pytest.raises(errors.ContactBuysElsewhere):
        buys(contact)


def test_a_person_buys_for_one_company_at_a_time(shop: Shop, oleg: Member, contact: CompanyContact):
    other = people.create_company(name="Other", identifiers=[], region="US", actor=BOSS, now=NOW)
    second = people.add_contact(company_id=other.pk, person_id=oleg.pk, roles=["pays"], actor=BOSS, now=NOW)
    buys(contact)
    with pytest.raises(errors.ContactBuysElsewhere):
        buys(second)
    assert companies.stop_buying(contact.pk, actor=BOSS, now=LATER)
    assert not companies.stop_buying(contact.pk, actor=BOSS, now=LATER)
    buys(second)
    assert by_phone(shop, "+12125550191").member == other


def test_without_a_programme_nobody_buys_for_anybody(shop: Shop, contact: CompanyContact):
    shop.program.state = "draft"
    shop.program.save()
    with pytest.raises(errors.NoActiveProgram):
        buys(contact)


def test_ours_stand_beside_theirs(firm: Member, oleg: Member, contact: CompanyContact):
    sue, max_ = UserFactory(username="sue"), UserFactory(username="max")
    cashier = CashierFactory()
    companies.add_tie(firm.pk, user_id=sue.pk, is_manager=True, actor=BOSS, now=NOW)
    with pytest.raises(errors.TieTaken):
        companies.add_tie(firm.pk, user_id=sue.pk, is_manager=True, actor=BOSS, now=NOW)
    companies.add_tie(firm.pk, user_id=max_.pk, is_manager=True, actor=BOSS, now=LATER)
    known = companies.add_tie(firm.pk, cashier_id=cashier.pk, contact_id=contact.pk, actor=BOSS, now=NOW)
    with pytest.raises(errors.TieTaken):
        companies.add_tie(firm.pk, cashier_id=cashier.pk, contact_id=contact.pk, actor=BOSS, now=NOW)
    page = company_page(firm.pk)
    assert (page.manager.user, page.people[0].ties, page.ties) == (max_, (known,), ())
    assert CompanyTie.objects.get(user=sue).ended_at == LATER
    assert companies.end_tie(known.pk, actor=BOSS, now=LATER)
    assert not companies.end_tie(known.pk, actor=BOSS, now=LATER)
    with pytest.raises(CompanyNeeded):
        companies.add_tie(oleg.pk, user_id=sue.pk, actor=BOSS, now=NOW)
    other = people.create_company(name="Other", identifiers=[], region="US", actor=BOSS, now=NOW)
    with pytest.raises(ContactGone):
        companies.add_tie(other.pk, user_id=sue.pk, contact_id=contact.pk, actor=BOSS, now=NOW)


def test_lending_to_a_contact_is_a_lent_card_like_any(shop: Shop, firm: Member, oleg: Member):
    card = lend_card(member_id=firm.pk, to_id=oleg.pk, actor=BOSS, now=NOW)
    assert (card.member, card.lent_to) == (firm, oleg)
