"""Companies that buy: their numbers, their people, and who is won."""

from __future__ import annotations

import datetime as dt

import pytest

from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import Kind, Principal, system
from members import errors
from members.models import CompanyContact, CompanyDetails, Member, MemberKind, MemberStatus
from members.queries.companies import companies_of, companies_to_win, contacts_of
from members.services import companies, enrol_member

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
SUE = Principal(Kind.STAFF, id=1, label="sue", role="support")
NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=2)


@pytest.fixture
def firm() -> Member:
    return companies.create_company(
        name="Horizon Ltd",
        identifiers=[("phone", "+12125550190")],
        region="US",
        tax_number=" us 77-1234567 ",
        actor=ACTOR,
        now=NOW,
    )


@pytest.fixture
def oleg() -> Member:
    return enrol_member(name="Oleg Ivanov", identifiers=[("phone", "+12125550191")], region="US", actor=ACTOR, now=NOW)


def add(firm: Member, person: Member, *roles: str) -> CompanyContact:
    return companies.add_contact(company_id=firm.pk, person_id=person.pk, roles=roles, actor=ACTOR, now=NOW)


def test_a_company_has_numbers_as_on_an_invoice(firm: Member):
    assert firm.kind == MemberKind.COMPANY
    assert CompanyDetails.objects.get(member=firm).tax_number == "US 77-1234567"
    companies.change_company(
        company_id=firm.pk,
        name="Horizon Holding",
        tax_number="",
        registration_number="1027700132195",
        actor=ACTOR,
        now=LATER,
    )
    details = CompanyDetails.objects.get(member=firm)
    assert (details.tax_number, details.registration_number) == ("", "1027700132195")
    firm.refresh_from_db()
    assert (firm.name, firm.search_name) == ("Horizon Holding", "horizon holding")


@pytest.mark.parametrize("text", ["12", "no", "<b>1234", "----", "abcd", "1" * 33])
def test_what_is_no_number_of_a_company(text: str):
    with pytest.raises(errors.CompanyNumberUnreadable):
        companies.read_company_number(text)


def test_the_decision_maker_is_won_by_somebody_on_a_day(firm: Member, oleg: Member):
    contact = add(firm, oleg, "decides", "sees")
    assert (contact.roles, contact.role_names) == (["sees", "decides"], "sees the offer, decides")
    assert companies_to_win() == 1
    companies.set_won(contact_id=contact.pk, is_won=True, actor=SUE, now=LATER)
    companies.set_won(contact_id=contact.pk, is_won=True, actor=ACTOR, now=LATER + dt.timedelta(days=1))
    contact.refresh_from_db()
    assert (contact.won_at, contact.won_by) == (LATER, "sue")  # a second click changes nothing
    assert companies_to_win() == 0
    companies.set_won(contact_id=contact.pk, is_won=False, actor=SUE, now=LATER)
    assert companies_to_win() == 1
    companies.set_won(contact_id=contact.pk, is_won=True, actor=SUE, now=LATER)
    changed = companies.set_contact_roles(contact_id=contact.pk, roles=["pays"], actor=SUE, now=LATER)
    assert (changed.won_at, changed.won_by) == (None, "")  # does not decide any more
    with pytest.raises(errors.ContactNotDeciding):
        companies.set_won(contact_id=contact.pk, is_won=True, actor=SUE, now=LATER)
    assert [act.action for act in Audit.objects.filter(object_type="members.buyingcompany").order_by("id")] == [
        *("add_contact", "win", "lose", "win", "change_contact")
    ]


def test_who_left_stays_in_the_history(firm: Member, oleg: Member):
    contact = add(firm, oleg, "decides")
    companies.close_contact(contact_id=contact.pk, actor=ACTOR, now=LATER)
    for deed in (
        lambda: companies.close_contact(contact_id=contact.pk, actor=ACTOR, now=LATER),
        lambda: companies.set_won(contact_id=contact.pk, is_won=True, actor=ACTOR, now=LATER),
        lambda: companies.set_contact_roles(contact_id=contact.pk, roles=["pays"], actor=ACTOR, now=LATER),
    ):
        with pytest.raises(errors.ContactGone):
            deed()
    again = add(firm, oleg, "pays")
    assert contacts_of(firm.pk) == [again, contact]
    assert companies_of(oleg.pk) == [again, contact]


def test_who_can_be_a_contact_of_whom(firm: Member, oleg: Member):
    add(firm, oleg, "pays")
    with pytest.raises(errors.ContactTaken):
        add(firm, oleg, "decides")
    with pytest.raises(errors.ContactNoRole):
        add(firm, oleg, "wins")
    with pytest.raises(errors.CompanyNeeded):
        add(oleg, firm, "pays")
    other = companies.create_company(name="Other", identifiers=[], region="US", actor=ACTOR, now=NOW)
    with pytest.raises(errors.CompanyNeeded):
        add(firm, other, "pays")
    Member.objects.filter(pk=oleg.pk).update(status=MemberStatus.ERASED)
    with pytest.raises(errors.MemberNotFound):
        add(other, oleg, "pays")


def test_somebody_new_is_a_contact_only():
    person = companies.note_contact_person(
        name="Nina Orlova", identifiers=[("email", "nina@example.com")], region="US", actor=ACTOR, now=NOW
    )
    person.refresh_from_db()
    assert (person.status, person.joined_on, person.source) == (MemberStatus.CONTACT, None, "company")
    with pytest.raises(errors.IdentifierTaken):
        companies.refuse_taken("email", "nina@example.com")
    companies.refuse_taken("email", "nobody@example.com")
