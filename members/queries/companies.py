"""Companies that buy and their people: who is there, who was, and which decision makers are still to be won."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from members.models import BuyingCompany, CompanyContact, CompanyDetails, ContactRole, MemberStatus

_LIVING = (MemberStatus.ENROLLED, MemberStatus.CONTACT)


def contacts_of(company_id: int) -> list[CompanyContact]:
    """All contact persons a company ever had, those of today first."""
    rows = CompanyContact.objects.filter(company=company_id).select_related("person")
    return sorted(rows.order_by("since", "id"), key=lambda one: one.ended_at is not None)


def companies_of(person_id: int) -> list[CompanyContact]:
    """The companies whose contact a person is or was, those of today first."""
    rows = CompanyContact.objects.filter(person=person_id).select_related("company")
    return sorted(rows.order_by("-since", "-id"), key=lambda one: one.ended_at is not None)


def is_at_company(member_id: int) -> bool:
    """Whether a member is a contact person of a company now, or a company that has one: what it is must stay so."""
    live = CompanyContact.objects.filter(ended_at__isnull=True)
    return live.filter(Q(company=member_id) | Q(person=member_id)).exists()


def details_of(company_id: int) -> CompanyDetails:
    """The numbers of a company; empty ones while nobody wrote any."""
    return CompanyDetails.objects.filter(member=company_id).first() or CompanyDetails(member_id=company_id)


def with_winning(rows: QuerySet[BuyingCompany]) -> QuerySet[Any]:
    """Each company with `is_won`, whether somebody who decides there is won, and `has_decider`, whether we know one."""
    deciding = CompanyContact.objects.filter(
        company=OuterRef("pk"), ended_at__isnull=True, roles__contains=[ContactRole.DECIDES]
    )
    return rows.annotate(is_won=Exists(deciding.filter(won_at__isnull=False)), has_decider=Exists(deciding))


def companies_to_win() -> int:
    """How many living companies have nobody won who decides."""
    return with_winning(BuyingCompany.objects.filter(status__in=_LIVING)).filter(is_won=False).count()
