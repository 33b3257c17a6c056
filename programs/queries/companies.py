"""A company that buys, as whoever keeps it sees it: its people with what they may do at the till, and our people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from members.models import CompanyContact, Identifier
from members.queries.companies import contacts_of
from programs.models import AccountAccess, CompanyTie, Purchase

RECEIPTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One contact person. `access`: while they buy for the company; `card`: the company's, which they carry now;
    `ties`: who of ours knows them; `last_bought_at` for the company."""

    contact: CompanyContact
    access: AccountAccess | None
    card: Identifier | None
    ties: tuple[CompanyTie, ...]
    last_bought_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class CompanyPage:
    """`people` are those of today, `former` those who left; `manager` and `ties` are ours beside the whole company."""

    people: tuple[ContactRow, ...]
    former: tuple[ContactRow, ...]
    manager: CompanyTie | None
    ties: tuple[CompanyTie, ...]

    @property
    def won(self) -> CompanyContact | None:
        """Who decides there and is won, first."""
        won = [row.contact for row in self.people if row.contact.won_at]
        return min(won, key=lambda one: (one.won_at, one.pk)) if won else None

    @property
    def has_decider(self) -> bool:
        return any("decides" in row.contact.roles for row in self.people)


def company_page(company_id: int) -> CompanyPage:
    """Everybody of a company and of ours beside it, in five statements."""
    contacts = contacts_of(company_id)
    ties = list(
        CompanyTie.objects.filter(company=company_id, ended_at__isnull=True)
        .select_related("user", "cashier__store")
        .order_by("since", "id")
    )
    accesses = {
        one.member_id: one
        for one in AccountAccess.objects.filter(buyer=company_id, ended_at__isnull=True).order_by("program_id")
    }
    cards = {
        one.lent_to_id: one
        for one in Identifier.objects.filter(member=company_id, lent_to__isnull=False, ended_at__isnull=True).order_by(
            "id"
        )
    }
    bought = dict(
        Purchase.objects.filter(member=company_id, presented_by__isnull=False)
        .order_by("presented_by_id", "-occurred_at")
        .distinct("presented_by_id")
        .values_list("presented_by_id", "occurred_at")
    )
    rows = [
        ContactRow(
            contact=one,
            access=accesses.get(one.person_id) if one.ended_at is None else None,
            card=cards.get(one.person_id) if one.ended_at is None else None,
            ties=tuple(tie for tie in ties if tie.contact_id == one.pk),
            last_bought_at=bought.get(one.person_id),
        )
        for one in contacts
    ]
    return CompanyPage(
        people=tuple(row for row in rows if row.contact.ended_at is None),
        former=tuple(row for row in rows if row.contact.ended_at is not None),
        manager=next((tie for tie in ties if tie.is_manager), None),
        ties=tuple(tie for tie in ties if tie.contact_id is None and not tie.is_manager),
    )
