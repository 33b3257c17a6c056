"""Companies that buy: who they are, their contact persons, what those do, and whether the one who decides is won.

What a contact earns and spends for the company is programs' part; ended here, it is ended there before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction

from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from members.errors import (
    CompanyNeeded,
    CompanyNumberUnreadable,
    ContactGone,
    ContactNoRole,
    ContactNotDeciding,
    ContactTaken,
    IdentifierTaken,
    MemberNotFound,
)
from members.models import CompanyContact, CompanyDetails, ContactRole, Member, MemberKind, MemberStatus
from members.queries.identifiers import find_identifier
from members.rules.text import clean_name, one_line, search_form
from members.services.people import enrol_member

_RESOURCE = "members.buyingcompany"
_GONE = (MemberStatus.ERASED, MemberStatus.MERGED)


@transaction.atomic
def create_company(
    *,
    name: str,
    identifiers: Sequence[tuple[str, str]],
    region: str,
    actor: Principal,
    now: dt.datetime,
    tax_number: str = "",
    registration_number: str = "",
) -> Member:
    """A company that buys, with (kind, as typed) by which the till finds it, if there is any of its own.

    Raises CompanyNumberUnreadable, IdentifierUnreadable, IdentifierTaken.
    """
    company = enrol_member(name=name, identifiers=identifiers, region=region, actor=actor, now=now, source="company")
    Member.objects.filter(pk=company.pk).update(kind=MemberKind.COMPANY)
    company.kind = MemberKind.COMPANY
    _save_details(company.pk, tax_number, registration_number)
    return company


@transaction.atomic
def change_company(
    *, company_id: int, name: str, tax_number: str, registration_number: str, actor: Principal, now: dt.datetime
) -> Member:
    """Correct name and numbers. Raises CompanyNeeded, CompanyNumberUnreadable."""
    company = lock_company(company_id)
    company.name = clean_name(name)
    company.search_name = search_form(company.name)
    company.updated_at = now
    company.save(update_fields=["name", "search_name", "updated_at"])
    _save_details(company_id, tax_number, registration_number)
    _note("change", company_id, actor=actor, now=now)
    return company


@transaction.atomic
def note_contact_person(
    *, name: str, identifiers: Sequence[tuple[str, str]], region: str, actor: Principal, now: dt.datetime
) -> Member:
    """Somebody whom we know from a company and who is no member: a name and, if they gave any, ways to find them.

    Raises IdentifierUnreadable, IdentifierTaken.
    """
    person = enrol_member(name=name, identifiers=identifiers, region=region, actor=actor, now=now, source="company")
    person.status, person.joined_on = MemberStatus.CONTACT, None
    person.save(update_fields=["status", "joined_on"])
    return person


@transaction.atomic
def add_contact(
    *, company_id: int, person_id: int, roles: Collection[str], actor: Principal, now: dt.datetime
) -> CompanyContact:
    """Note that a person is in a company and what they do there (values of ContactRole).

    Raises CompanyNeeded, ContactNoRole, ContactTaken, MemberNotFound.
    """
    wanted = _roles(roles)
    lock_company(company_id)
    person = Member.objects.select_for_update(no_key=True).exclude(status__in=_GONE).filter(pk=person_id).first()
    if person is None:
        raise MemberNotFound
    if person.kind != MemberKind.PERSON:
        raise CompanyNeeded
    if CompanyContact.objects.filter(company=company_id, person=person_id, ended_at__isnull=True).exists():
        raise ContactTaken
    contact = CompanyContact.objects.create(company_id=company_id, person_id=person_id, roles=wanted, since=now)
    _note("add_contact", company_id, actor=actor, now=now, contact=contact.pk, member=person_id, roles=wanted)
    return contact


@transaction.atomic
def set_contact_roles(*, contact_id: int, roles: Collection[str], actor: Principal, now: dt.datetime) -> CompanyContact:
    """Say anew what a contact person does. Who no longer decides is no longer one to be won.

    Raises ContactGone, ContactNoRole.
    """
    wanted = _roles(roles)
    contact = lock_contact(contact_id)
    contact.roles = wanted
    if ContactRole.DECIDES not in wanted:
        contact.won_at, contact.won_by = None, ""
    contact.save(update_fields=["roles", "won_at", "won_by"])
    _note("change_contact", contact.company_id, actor=actor, now=now, contact=contact.pk, roles=wanted)
    return contact


@transaction.atomic
def set_won(*, contact_id: int, is_won: bool, actor: Principal, now: dt.datetime) -> CompanyContact:
    """Note that the one who decides is won, by whom of us and when, or not any more.

    Raises ContactGone, ContactNotDeciding.
    """
    contact = lock_contact(contact_id)
    if ContactRole.DECIDES not in contact.roles:
        raise ContactNotDeciding
    if is_won == (contact.won_at is not None):
        return contact
    contact.won_at, contact.won_by = (now, actor.label[:150] or "-") if is_won else (None, "")
    contact.save(update_fields=["won_at", "won_by"])
    _note("win" if is_won else "lose", contact.company_id, actor=actor, now=now, contact=contact.pk)
    return contact


@transaction.atomic
def close_contact(*, contact_id: int, actor: Principal, now: dt.datetime) -> CompanyContact:
    """A person has left the company or its buying; their row stays as its history. Raises ContactGone.

    Called by programs.services.companies.end_contact, which ends what they could do at the till first.
    """
    contact = lock_contact(contact_id)
    contact.ended_at = max(now, contact.since)
    contact.save(update_fields=["ended_at"])
    _note("end_contact", contact.company_id, actor=actor, now=now, contact=contact.pk, member=contact.person_id)
    return contact


def lock_company(company_id: int) -> Member:
    """A living company, locked until the transaction ends. Raises CompanyNeeded."""
    rows = Member.objects.select_for_update(no_key=True).exclude(status__in=_GONE)
    company = rows.filter(pk=company_id, kind=MemberKind.COMPANY).first()
    if company is None:
        raise CompanyNeeded
    return company


def lock_contact(contact_id: int) -> CompanyContact:
    """A contact person of today, locked until the transaction ends. Raises ContactGone."""
    rows = CompanyContact.objects.select_for_update(of=("self",)).filter(pk=contact_id, ended_at__isnull=True)
    contact = rows.first()
    if contact is None:
        raise ContactGone
    return contact


def read_company_number(text: str) -> str:
    """A tax or registration number as on an invoice, spaces tidied; "" for none. Which digits a country asks for is not
    ours to know. Raises CompanyNumberUnreadable."""
    plain = one_line(text).strip().upper()
    if not plain:
        return ""
    try:
        CompanyDetails._meta.get_field("tax_number").run_validators(plain)
    except ValidationError as error:
        raise CompanyNumberUnreadable from error
    if sum(char.isalnum() for char in plain) < 4 or not any(char.isdigit() for char in plain):
        raise CompanyNumberUnreadable
    return plain


def refuse_taken(kind: str, value: str) -> None:
    """Raises IdentifierTaken when somebody has this normalised key."""
    if find_identifier(kind, value) is not None:
        raise IdentifierTaken


def forget_companies(member_id: int, *, now: dt.datetime) -> int:
    """Of somebody who is being erased: they are nobody's contact, and a company has none and no numbers; how many rows."""
    live = CompanyContact.objects.filter(ended_at__isnull=True)
    ended = live.filter(person=member_id).update(ended_at=now) + live.filter(company=member_id).update(ended_at=now)
    return ended + CompanyDetails.objects.filter(member=member_id).delete()[0]


def _roles(roles: Collection[str]) -> list[str]:
    """Known ones, in the order of ContactRole."""
    wanted = [role.value for role in ContactRole if role.value in roles]
    if not wanted:
        raise ContactNoRole
    return wanted


def _save_details(company_id: int, tax_number: str, registration_number: str) -> None:
    CompanyDetails.objects.update_or_create(
        member_id=company_id,
        defaults={
            "tax_number": read_company_number(tax_number),
            "registration_number": read_company_number(registration_number),
        },
    )


def _note(act: str, company_id: int, *, actor: Principal, now: dt.datetime, **details: int | list[str]) -> None:
    record_audit(actor=actor, action=act, target=_RESOURCE, target_id=company_id, now=now, details=dict(details))
