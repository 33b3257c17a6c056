"""The nightly look at the books of every account, and letting a frozen one go when they add up again (R12)."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

from loyalty_site.ground.policy import Principal, system
from loyalty_site.ground.services import record_audit
from programs.errors import AccountUnbalanced
from programs.models import Account, Flag, FlagKind, FlagState
from programs.queries.mismatches import broken_accounts, is_broken
from programs.services import ledger
from programs.services.flags import Finding, Subject, decide_flag, raise_flags

_RESOURCE = "programs.account"


@transaction.atomic
def freeze_mismatched(*, now: dt.datetime) -> int:
    """Freeze every account whose balance, lots and postings differ, flag it and note it in the audit; how many are new.

    A frozen account goes on earning; nothing is spent, held, transferred or burnt from it. Nothing is corrected.
    One run at a time; another meanwhile does nothing (R14).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('programs.verify_accounts'))")
        if not cursor.fetchone()[0]:
            return 0
    frozen = ledger.freeze(broken_accounts(), now=now)
    owners = dict(Account.objects.filter(pk__in=frozen).values_list("pk", "owner_id"))
    raise_flags(
        [
            # With the moment: an account that breaks again after it was let go is flagged again.
            Finding(
                FlagKind.FROZEN,
                f"account:{account}:{now:%Y%m%d%H%M%S}",
                Subject(member_id=owners[account]),
                {"account": account},
            )
            for account in frozen
        ],
        now=now,
    )
    for account in frozen:
        record_audit(actor=system("verify"), action="freeze", target=_RESOURCE, target_id=account, now=now)
    return len(frozen)


@transaction.atomic
def unfreeze_account(*, account_id: int, reason: str, actor: Principal, now: dt.datetime) -> None:
    """Let an account go whose books add up again. Raises AccountUnbalanced while they do not."""
    account = ledger.lock_account(account_id)
    if account.frozen_at is None:
        return
    if is_broken(account_id):
        raise AccountUnbalanced
    ledger.unfreeze(account)
    for flag in Flag.objects.filter(kind=FlagKind.FROZEN, state=FlagState.OPEN, details__account=account_id):
        decide_flag(flag_id=flag.pk, state=FlagState.DISMISSED, note=reason, actor=actor, now=now)
    record_audit(actor=actor, action="unfreeze", target=_RESOURCE, target_id=account_id, now=now, reason=reason)
