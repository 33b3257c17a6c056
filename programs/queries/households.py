"""The points of the people of one household: who uses which account."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from members.models import Member
from members.queries.households import Household
from programs.models import Account, AccountAccess


@dataclass(frozen=True, slots=True)
class Housemate:
    """One person of a household. `account` is the one they use now (None: none yet), `shares` whose it is when it is
    not their own; `since` is None for the head."""

    member: Member
    since: dt.datetime | None
    account: Account | None
    shares: Member | None
    may_spend: bool


def household_accounts(household: Household, program_id: int | None) -> list[Housemate]:
    """Everybody of the household, the head first, with the account they use in a programme."""
    accesses = {
        access.member_id: access
        for access in AccountAccess.objects.filter(
            member__in=[member.pk for member in household.members], program=program_id, ended_at__isnull=True
        ).select_related("account__owner", "account__program")
    }
    since: dict[int, dt.datetime] = {member.pk: moment for member, moment in household.others}
    found = []
    for member in household.members:
        access = accesses.get(member.pk)
        account = access.account if access else None
        shares = account.owner if account and account.owner_id != member.pk else None
        found.append(Housemate(member, since.get(member.pk), account, shares, access.may_spend if access else True))
    return found
