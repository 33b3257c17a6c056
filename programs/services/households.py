"""Points within a household: one account for several people, or points moved from one account to another."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from loyalty_site.ground.errors import Conflict
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.rules.money import from_minor
from loyalty_site.ground.services import record_audit
from members.queries.households import are_one_household, household_of
from members.services.households import add_to_household, remove_from_household
from programs.errors import (
    AccountFrozen,
    AdjustmentNothing,
    InsufficientPoints,
    NotOneHousehold,
    OtherProgram,
    SameAccount,
    SharesAlready,
    SharesNothing,
)
from programs.models import Account, AccountAccess, Bucket, Program, TransactionKind
from programs.queries.burnt import burning_moments
from programs.services import ledger
from programs.services.accounts import end_access, give_access, open_accounts

__all__ = ["add_to_household", "end_sharing", "leave_household", "share_account", "transfer", "transfer_to_member"]

_RESOURCE = "programs.account"


@transaction.atomic
def share_account(
    account_id: int, member_id: int, *, may_spend: bool, actor: Principal, now: dt.datetime
) -> AccountAccess:
    """Let a member of the owner's household use the owner's account from the next receipt on: to earn, and to spend
    where `may_spend`.

    Their own account stays as it is, with its points, and is not used meanwhile. Raises SameAccount, NotOneHousehold,
    or SharesAlready when somebody shares the member's own account or they share another.
    """
    account = Account.objects.get(pk=account_id)
    if account.owner_id == member_id:
        raise SameAccount
    if not are_one_household(account.owner_id, member_id):
        raise NotOneHousehold
    own = Account.objects.filter(owner=member_id, program=account.program_id).first()
    ledger.lock_accounts([account.pk, *([own.pk] if own else [])])
    live = AccountAccess.objects.filter(program=account.program_id, ended_at__isnull=True)
    mine = live.filter(member=member_id).first()
    if mine is not None and mine.account_id == account.pk:
        raise SameAccount
    # A chain would leave the people at its far end with an account whose owner uses another.
    is_lender = own is not None and live.filter(account=own).exclude(member=member_id).exists()
    is_borrower = mine is not None and (own is None or mine.account_id != own.pk)
    owner_is_away = live.filter(member=account.owner_id).exclude(account=account).exists()
    if is_lender or is_borrower or owner_is_away:
        raise SharesAlready
    access = give_access(account, member_id, now=now, may_spend=may_spend)
    details = {"member": member_id, "may_spend": may_spend}
    record_audit(actor=actor, action="share_account", target=_RESOURCE, target_id=account.pk, now=now, details=details)
    return access


@transaction.atomic
def end_sharing(member_id: int, *, program_id: int, actor: Principal, now: dt.datetime) -> None:
    """End a member's use of somebody else's account at once; they use their own again. Raises SharesNothing."""
    live = AccountAccess.objects.filter(member=member_id, program=program_id, ended_at__isnull=True)
    shared = live.exclude(account__owner=member_id).first()
    if shared is None:
        raise SharesNothing
    ledger.lock_account(shared.account_id)
    end_access(member_id, program_id=program_id, now=now)
    own = Account.objects.filter(owner=member_id, program=program_id).first()
    if own is not None:
        give_access(own, member_id, now=now)
    details = {"member": member_id}
    record_audit(
        actor=actor, action="end_sharing", target=_RESOURCE, target_id=shared.account_id, now=now, details=details
    )


@transaction.atomic
def leave_household(member_id: int, *, actor: Principal, now: dt.datetime) -> None:
    """Take a member out of the household and end every sharing between them and those who stay."""
    household = household_of(member_id)
    remove_from_household(member_id=member_id, actor=actor, now=now)
    everybody = [member.pk for member in household.members] if household else []
    live = AccountAccess.objects.filter(member__in=everybody, ended_at__isnull=True)
    for access in live.select_related("account").order_by("account_id", "id"):
        owner_id = access.account.owner_id
        if owner_id != access.member_id and member_id in {owner_id, access.member_id}:
            end_sharing(access.member_id, program_id=access.program_id, actor=actor, now=now)


@transaction.atomic
def transfer(
    from_id: int, to_id: int, points: int, *, actor: Principal, now: dt.datetime, seen: int | None = None
) -> None:
    """Move spendable minor points between accounts of one household; they keep the day on which they burn, also the one
    that a pause without a purchase would bring, so that moving does not prolong their life.

    Taken from the lots that burn soonest; each arrives as a lot that cites the one it left. What the receiver owes is
    repaid first. `seen` is the giver's balance as the person saw it: when it is another by now (also because the same
    form came twice), Conflict. Raises AdjustmentNothing, SameAccount, OtherProgram, NotOneHousehold,
    AccountFrozen or InsufficientPoints.
    """
    if points <= 0:
        raise AdjustmentNothing
    if from_id == to_id:
        raise SameAccount
    accounts = ledger.lock_accounts([from_id, to_id])
    giver, taker = accounts[from_id], accounts[to_id]
    if giver.program_id != taker.program_id:
        raise OtherProgram
    owners = dict(Account.objects.filter(pk__in=[from_id, to_id]).values_list("pk", "owner_id"))
    if not are_one_household(owners[from_id], owners[to_id]):
        raise NotOneHousehold
    for account_id in sorted(accounts):
        ledger.roll_forward(accounts[account_id], now=now)
    if seen is not None and seen != giver.available:
        raise Conflict
    if giver.frozen_at is not None:
        raise AccountFrozen
    if points > giver.available:
        decimals = Program.objects.values_list("point_decimals", flat=True).get(pk=giver.program_id)
        raise InsufficientPoints(available=str(from_minor(giver.available, decimals)))
    takes = ledger.take_from_lots(giver, points, Bucket.TRANSFER)
    days = burning_moments([take.lot_id for take in takes if take.lot_id is not None], now=now)
    grants = [
        ledger.Grant(take.amount, None, days[take.lot_id], source=Bucket.TRANSFER, cites_id=take.lot_id)
        for take in takes
        if take.lot_id is not None
    ]
    kind = TransactionKind.TRANSFER
    ledger.post(giver, [ledger.Movement(kind, takes)], now=now, actor_label=actor.label)
    ledger.post(taker, [ledger.Movement(kind, grants=grants)], now=now, actor_label=actor.label)
    details = {"to": to_id, "points": points}
    record_audit(actor=actor, action="transfer", target=_RESOURCE, target_id=from_id, now=now, details=details)


@transaction.atomic
def transfer_to_member(
    from_id: int, member_id: int, points: int, *, actor: Principal, now: dt.datetime, seen: int | None = None
) -> None:
    """`transfer` to the account that a member uses, opened now when they had none."""
    program_id = Account.objects.values_list("program_id", flat=True).get(pk=from_id)
    to_id = open_accounts(program_id=program_id, member_ids=[member_id], now=now)[member_id]
    transfer(from_id, to_id, points, actor=actor, now=now, seen=seen)
