"""Accounts whose balance, lots and postings do not say the same."""

from __future__ import annotations

from django.db import connection

from programs.queries.verify.ledger import CHECKS
from programs.queries.verify.scopes import moved

# The checks of I1 and I2 whose first column is an account, or a lot.
_OF_ACCOUNTS = (
    "every balance equals the sum of its postings",
    "no points are spendable while points are owed",
    "what the lots of an account hold is what it can spend, now or later",
)
_OF_LOTS = ("what is left of a lot is what was granted less what left it",)
_SQL = {check.what: check.sql for check in CHECKS}
_BROKEN = " UNION ".join(
    [f"SELECT id FROM ({_SQL[what]}) AS broken" for what in _OF_ACCOUNTS]
    + [
        f"SELECT l.account_id FROM programs_lot l WHERE l.id IN (SELECT id FROM ({_SQL[what]}) AS broken)"
        for what in _OF_LOTS
    ]
)

# The same of one account: where the checks narrow themselves to what changed, narrow them to it.
_ONE = _BROKEN
for _column in ("a.id", "account_id", "l.account_id"):
    _ONE = _ONE.replace(moved(_column), f"{_column} = %(account)s")


def is_broken(account_id: int) -> bool:
    """Whether this account is one of `broken_accounts`, without a look at all the others' postings."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT true FROM ({_ONE}) AS found WHERE id = %(account)s", {"account": account_id})
        return cursor.fetchone() is not None


def broken_accounts() -> list[int]:
    """Their ids, rising. One statement, so that what tills do meanwhile never looks like a mismatch."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM ({_BROKEN}) AS found ORDER BY id", {"since": None})
        return [row[0] for row in cursor.fetchall()]
