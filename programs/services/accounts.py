"""Opening accounts: one per member and programme, with the owner's own access to it; and who else may use one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connection

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.queries.references import unreferenced
from programs.errors import ContactEnded
from programs.models import Account, AccountAccess

# ON CONFLICT DO NOTHING on both: two tills that meet a new member at once open one account.
_OPEN = """
    WITH opened AS (
        INSERT INTO programs_account (program_id, owner_id, opened_at)
        SELECT %(program)s, member, %(now)s FROM unnest(%(members)s::bigint[]) AS member ORDER BY member
        ON CONFLICT (owner_id, program_id) DO NOTHING
        RETURNING id, owner_id
    )
    INSERT INTO programs_accountaccess (account_id, member_id, program_id, since)
    SELECT id, owner_id, %(program)s, %(now)s FROM opened
    ON CONFLICT (member_id, program_id) WHERE ended_at IS NULL DO NOTHING
"""
_FIND = """
    SELECT member_id, account_id FROM programs_accountaccess
    WHERE program_id = %s AND member_id = ANY(%s) AND ended_at IS NULL
"""


def open_accounts(*, program_id: int, member_ids: Sequence[int], now: dt.datetime) -> dict[int, int]:
    """Make sure that each member has an account in the programme; {member id: account id}.

    Idempotent. A member who shares somebody else's account keeps that one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [program_id, list(member_ids)])
        found: dict[int, int] = dict(cursor.fetchall())
        missing = [member for member in member_ids if member not in found]
        if missing:
            failpoint("accounts.before_open")
            cursor.execute(_OPEN, {"program": program_id, "members": missing, "now": now})
            cursor.execute(_FIND, [program_id, missing])
            found |= dict(cursor.fetchall())
    return found


_OWN = """
    INSERT INTO programs_accountaccess (account_id, member_id, program_id, since)
    SELECT account_id, member_id, %s, %s FROM arrivals
"""


def give_access_to_arrivals(*, program_id: int, now: dt.datetime) -> None:
    """Let everybody in the temporary table `arrivals` (member_id, account_id) use the account just opened for them."""
    with connection.cursor() as cursor:
        cursor.execute(_OWN, [program_id, now])


def give_access(
    account: Account, member_id: int, *, now: dt.datetime, may_spend: bool = True, buyer_id: int | None = None
) -> AccountAccess:
    """Let a member use this account from now on and no other of its programme. What they used before ends at once.

    `buyer_id` is the company whose receipts theirs are while they buy for it.
    """
    end_access(member_id, program_id=account.program_id, now=now)
    return AccountAccess.objects.create(
        account=account,
        member_id=member_id,
        program_id=account.program_id,
        may_spend=may_spend,
        buyer_id=buyer_id,
        since=now,
    )


def refuse_ended_contact(person_id: int, company_id: int | None) -> None:
    """Raises ContactEnded when this person does not buy for the company now; nothing otherwise."""
    live = AccountAccess.objects.filter(member=person_id, buyer=company_id, ended_at__isnull=True)
    if not live.exists():
        raise ContactEnded


def hand_on(account_id: int, *, successor_id: int | None) -> None:
    """Whatever still comes to this account goes on to `successor_id` (its owner was merged); None: no longer."""
    Account.objects.filter(pk=account_id).update(successor=successor_id)


def end_access(member_id: int, *, program_id: int, now: dt.datetime) -> None:
    """The member uses no account of the programme any more; points stay where they are."""
    live = AccountAccess.objects.filter(member=member_id, program=program_id, ended_at__isnull=True)
    live.update(ended_at=now)


def close_accounts(account_ids: Sequence[int], *, now: dt.datetime) -> None:
    """Nobody uses these empty accounts any more. One that never held a point is gone; the ledger keeps the others."""
    ids = list(account_ids)
    AccountAccess.objects.filter(account__in=ids, ended_at__isnull=True).update(ended_at=now)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT a.id FROM programs_account a WHERE a.id = ANY(%s) "
            f"AND {unreferenced(Account, 'a', besides=[AccountAccess])}",
            [ids],
        )
        unused = [account_id for (account_id,) in cursor.fetchall()]
    AccountAccess.objects.filter(account__in=unused).delete()
    Account.objects.filter(pk__in=unused).delete()


def accounts_of(member_ids: Sequence[int], *, program_id: int) -> dict[int, int]:
    """{member id: the account they use in the programme}."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [program_id, list(member_ids)])
        return dict(cursor.fetchall())
