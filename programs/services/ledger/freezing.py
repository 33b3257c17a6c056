"""Stopping an account whose books do not add up. Nothing is corrected here: a person has to look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connection

from programs.errors import AccountFrozen
from programs.models import Account
from programs.services.ledger.locking import Locked


def require_unfrozen(account: Locked) -> None:
    """Raises AccountFrozen where points would leave a frozen account."""
    if account.frozen_at is not None:
        raise AccountFrozen


def freeze(account_ids: Sequence[int], *, now: dt.datetime) -> list[int]:
    """Freeze those of the accounts that are not frozen yet; which they were, by id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE programs_account SET frozen_at = %s WHERE id = ANY(%s) AND frozen_at IS NULL RETURNING id",
            [now, list(account_ids)],
        )
        return sorted(row[0] for row in cursor.fetchall())


def unfreeze(account: Locked) -> None:
    """Let a locked account go again."""
    Account.objects.filter(pk=account.id).update(frozen_at=None)
    account.frozen_at = None
