"""Forgetting a person: what programs knows of them. Points that are left burn; the ledger and the receipts stay (R54).

The first part of an erasure, because it takes the locks in the house's order: accounts, then the member. From then
on no sale can name them: one in flight has ended, a new one finds nobody.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from loyalty_site.ground.policy import Principal
from members.queries.identifiers import earlier_holders, keys_of, last_keys_of
from members.services import lock_living, mask_name
from programs.models import (
    Account,
    AccountAccess,
    Adjustment,
    Cashier,
    Coupon,
    Hold,
    HoldState,
    OfflineConflict,
)
from programs.services import ledger
from programs.services.accounts import end_access
from programs.services.codes import forget_codes
from programs.services.companies import forget_company
from programs.services.counters import forget_counters
from programs.services.coupons import withdraw_coupons
from programs.services.flags import forget_words
from programs.services.idempotency import forget_name
from programs.services.importing.forgetting import forget_in_imports
from programs.services.joining import forget_requests
from programs.services.pins import forget_pin


@transaction.atomic
def forget_shopper(member_id: int, *, actor: Principal, now: dt.datetime) -> dict[str, int]:
    """Burn what a member has left and take them out of everything that programs keeps; {what: how many}.

    The points of an account that others share stay with them. Joins the caller's transaction. Raises MemberNotFound.
    """
    accounts = ledger.lock_accounts(_accounts_of(member_id))
    member = lock_living(member_id)
    # Opened in the same breath: a sale of such an account waits for the member's row, so it comes second.
    accounts |= ledger.lock_accounts(set(_accounts_of(member_id)) - set(accounts))
    counts = {"points": 0}
    forget_company(member_id, now=now)
    own = dict(Account.objects.filter(owner=member_id).values_list("pk", "program_id"))
    shared = _shared_by_others(member_id, own)
    _end_holds(member_id, accounts, actor, now)
    for account_id in sorted(accounts):
        account = accounts[account_id]
        ledger.roll_forward(account, now=now)
        if account_id in own and account_id not in shared:
            counts["points"] += ledger.burn_rest(account, now=now, actor_label="erasure")
    for program_id in AccountAccess.objects.filter(member=member_id).values_list("program_id", flat=True).distinct():
        end_access(member_id, program_id=program_id, now=now)
    coupons = list(Coupon.objects.filter(member=member_id, is_withdrawn=False))
    counts["coupons"] = withdraw_coupons(coupons=coupons, actor=actor, now=now) if coupons else 0
    forget_pin(member_id)
    forget_codes(member_id)
    forget_words(member_id)
    forget_counters(member_id)
    _forget_notes(member_id, set(own))
    Cashier.objects.filter(member=member_id).update(member=None)
    forget_requests(keys_of(member_id))
    keys = last_keys_of(member_id)
    counts["import_rows"] = forget_in_imports(
        member_id, keys, member.name, earlier=earlier_holders(member_id, keys), now=now
    )
    counts["answers"] = forget_name(public_id=str(member.public_id), name=mask_name(member.name))
    return counts


def _accounts_of(member_id: int) -> set[int]:
    """The member's own accounts and those of others that they use."""
    own = Account.objects.filter(owner=member_id).values_list("pk", flat=True)
    used = AccountAccess.objects.filter(member=member_id, ended_at__isnull=True).values_list("account_id", flat=True)
    return {*own, *used}


def _shared_by_others(member_id: int, account_ids: dict[int, int]) -> set[int]:
    live = AccountAccess.objects.filter(account__in=account_ids, ended_at__isnull=True)
    return set(live.exclude(member=member_id).values_list("account_id", flat=True))


def _end_holds(member_id: int, accounts: dict[int, ledger.Locked], actor: Principal, now: dt.datetime) -> None:
    """A basket that waits for somebody who is gone is nobody's."""
    rows = Hold.objects.select_for_update().filter(member=member_id, state=HoldState.OPEN).order_by("pk")
    for hold in rows:
        account = accounts.get(hold.account_id or 0)
        ledger.end_hold(account, hold.pk, state=HoldState.RELEASED, now=now, actor_label="erasure")
        if account is not None:
            ledger.note_due(account, now=now)


def _forget_notes(member_id: int, account_ids: set[int]) -> None:
    """Words that somebody of the staff wrote; figures and reasons stay."""
    Adjustment.objects.filter(account__in=account_ids).exclude(note="").update(note="")
    conflicts = OfflineConflict.objects.exclude(note="")
    conflicts.filter(account__in=account_ids).update(note="")
    conflicts.filter(purchase__member=member_id).update(note="")
