"""The pages of companies and of lent cards: done with the mouse, and only by who may."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loyalty_site.ground.models import Role
from loyalty_site.ground.policy import system
from members.models import CompanyContact, CompanyDetails, Identifier, Member, MemberStatus
from members.services import lend_card
from programs.models import CompanyTie, Purchase
from programs.queries.lent_cards import lending_of
from programs.queries.shoppers import MemberKey
from programs.services.sales import SaleOrder, sell
from tests.factories.configuration import CashierFactory, UserFactory
from tests.programs.shop import Shop

pytestmark = pytest.mark.django_db
BOSS = system("tests")


@pytest.fixture
def support(client: Client, shop: Shop) -> Client:
    shop.now = timezone.now() - dt.timedelta(days=2)
    client.force_login(UserFactory(username="sue", role=Role.SUPPORT))
    return client


@pytest.fixture
def firm(support: Client) -> Member:
    form = {"name": "Horizon Ltd", "tax_number": "77-1234567", "registration_number": "", "phone": "", "email": ""}
    page = support.post(reverse("admin:members_buyingcompany_add"), form, follow=True).content.decode()
    assert "Horizon Ltd" in page
    return Member.objects.get(kind="company")


def do(client: Client, company: Member, deed: str, **more: object) -> str:
    address = reverse("admin:members_buyingcompany_deed", args=[company.pk])
    return client.post(address, {"deed": deed, **more}, follow=True).content.decode()


def sell_by(shop: Shop, kind: str, value: str) -> Purchase:
    order = shop.order({"C": "10.00"}, None)
    named = SaleOrder(
        till=order.till,
        receipt_number=order.receipt_number,
        occurred_at=order.occurred_at,
        lines=order.lines,
        member=MemberKey(kind, value),
    )
    return Purchase.objects.get(pk=sell(named, now=shop.now).purchase_id)


def test_a_company_from_its_first_contact_to_the_day_they_leave(support: Client, shop: Shop, firm: Member):
    assert CompanyDetails.objects.get(member=firm).tax_number == "77-1234567"
    oleg = shop.member("+12125550191", "Oleg Ivanov")
    assert "at least one role" in do(support, firm, "add", who="+12125550191")
    assert "is a contact person now" in do(support, firm, "add", who="+12125550191", role=["decides", "sees"])
    page = do(support, firm, "add", name="Nina Orlova", email="nina@example.com", role=["pays"])
    assert "Nina Orlova" in page
    assert Member.objects.get(name="Nina Orlova").status == MemberStatus.CONTACT
    contact = CompanyContact.objects.get(person=oleg)
    assert "Not yet" in page
    page = do(support, firm, "won", contact=contact.pk, won="1")
    assert "won by" in page
    assert "earns only" in do(support, firm, "buy", contact=contact.pk)
    bought = sell_by(shop, "phone", "+12125550191")
    assert bought.member == firm
    receipt = support.get(reverse("admin:programs_purchase_change", args=[bought.pk])).content.decode()
    assert "Presented by" in receipt
    assert "Oleg Ivanov" in receipt
    assert "The card&#x27;s number" in do(support, firm, "card", contact=contact.pk, may_spend="1")
    assert "for themselves again" in do(support, firm, "stop", contact=contact.pk)
    assert "no access any more" in do(support, firm, "end", contact=contact.pk)
    page = support.get(reverse("admin:members_buyingcompany_change", args=[firm.pk])).content.decode()
    assert "Who was there before" in page
    assert "no longer a contact" in do(support, firm, "end", contact=contact.pk)
    mine = support.get(reverse("admin:members_member_change", args=[oleg.pk])).content.decode()
    assert reverse("admin:members_buyingcompany_change", args=[firm.pk]) in mine
    listed = support.get(reverse("admin:members_buyingcompany_changelist"), {"won": "no"}).content.decode()
    assert "nobody known who decides" in listed


def test_ours_are_put_beside_theirs_and_taken_away(support: Client, firm: Member):
    max_, cashier = UserFactory(username="max"), CashierFactory(name="Vera")
    page = do(support, firm, "tie", ours=f"user:{max_.pk}", contact="manager")
    assert "max stands beside" in page
    assert "an account manager is no cashier" in do(
        support, firm, "tie", ours=f"cashier:{cashier.pk}", contact="manager"
    )
    assert "Vera" in do(support, firm, "tie", ours=f"cashier:{cashier.pk}", contact="")
    tie = CompanyTie.objects.get(cashier=cashier)
    do(support, firm, "untie", tie=tie.pk)
    tie.refresh_from_db()
    assert tie.ended_at is not None


def test_what_is_typed_wrong_is_said_beside_the_field(support: Client, shop: Shop, firm: Member):
    shop.member("+12125550191", "Oleg Ivanov")
    form = {"name": "Other", "tax_number": "no", "phone": "+1 212 555-0191", "email": "x"}
    page = support.post(reverse("admin:members_buyingcompany_add"), form).content.decode()
    assert "no tax or registration number" in page
    assert "Another member already has this" in page
    assert "does not look like a valid" in page
    address = reverse("admin:members_buyingcompany_change", args=[firm.pk])
    support.post(address, {"name": "Horizon Group", "tax_number": "", "registration_number": "1027700132195"})
    firm.refresh_from_db()
    assert firm.name == "Horizon Group"
    assert CompanyDetails.objects.get(member=firm).registration_number == "1027700132195"
    assert "Nobody has this phone" in do(support, firm, "add", who="+12125550000")
    assert "No member was found" in do(support, firm, "add")


def test_marketing_looks_and_changes_nothing(client: Client, firm: Member):
    client.force_login(UserFactory(username="mia", role=Role.MARKETING))
    page = client.get(reverse("admin:members_buyingcompany_change", args=[firm.pk])).content.decode()
    assert "Add a contact person" not in page
    address = reverse("admin:members_buyingcompany_deed", args=[firm.pk])
    assert client.post(address, {"deed": "add"}).status_code == 403
    address = reverse("admin:members_member_lending", args=[firm.pk])
    assert client.post(address, {"deed": "lend"}).status_code == 403


def test_a_card_is_lent_and_taken_back_on_the_member_page(support: Client, shop: Shop):
    anna = shop.member()
    boris = shop.member("+12125550124", "Boris Petrov")
    address = reverse("admin:members_member_lending", args=[anna.pk])
    page = support.post(address, {"deed": "lend", "who": "+1 212 555 0124"}, follow=True).content.decode()
    card = Identifier.objects.get(lent_to=boris)
    assert f"Its number: {card.shown}" in page
    assert "activeTab = 'lent'" in page
    Identifier.objects.filter(pk=card.pk).update(created_at=shop.now, lent_at=shop.now)
    shop.now += dt.timedelta(days=1)
    bought = sell_by(shop, "card", card.value)
    shop.sell({"C": "5.00"}, boris)
    receipt = support.get(reverse("admin:programs_purchase_change", args=[bought.pk])).content.decode()
    assert "Presented by" in receipt
    assert "Boris Petrov" in receipt
    lending = lending_of(anna.pk)
    assert (lending.lent[0].sales, lending.brought) == (1, 1)  # he buys for himself since he was lent the card
    page = support.get(reverse("admin:members_member_change", args=[anna.pk])).content.decode()
    assert "new buyer came by a lent card" in page
    assert "Presented by" in page
    assert "Carries a card of" in support.get(reverse("admin:members_member_change", args=[boris.pk])).content.decode()
    taken = support.post(address, {"deed": "withdraw", "key": card.pk}, follow=True).content.decode()
    assert "the till refuses it from now on" in taken
    again = support.post(address, {"deed": "withdraw", "key": card.pk}, follow=True).content.decode()
    assert "no longer in use" in again


def test_a_lent_card_without_a_name_says_so(support: Client, shop: Shop):
    anna = shop.member()
    card = lend_card(member_id=anna.pk, actor=BOSS, now=shop.now)
    bought = sell_by(shop, "card", card.value)
    receipt = support.get(reverse("admin:programs_purchase_change", args=[bought.pk])).content.decode()
    assert "the owner did not say who" in receipt
    page = support.get(reverse("admin:members_member_change", args=[anna.pk])).content.decode()
    assert "they did not say" in page
