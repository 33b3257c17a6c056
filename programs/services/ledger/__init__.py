"""The only writer of the ledger's tables and of the balances cached on accounts.

Callers hold the account's row lock (`lock`), bring it up to date (`roll_forward`) and then `post`.
Nothing outside this package inserts a LedgerTransaction, a Posting or a Lot, or changes a balance; an
architecture test holds that.
"""

from programs.services.ledger.bulk import Opening, post_openings
from programs.services.ledger.holding import end_hold, held_lots
from programs.services.ledger.locking import Locked, lock_account
from programs.services.ledger.lots import take_from_lots
from programs.services.ledger.posting import Grant, Movement, Take, post
from programs.services.ledger.rolling import note_due, roll_due_accounts, roll_forward

__all__ = [
    "Grant",
    "Locked",
    "Movement",
    "Opening",
    "Take",
    "end_hold",
    "held_lots",
    "lock_account",
    "note_due",
    "post",
    "post_openings",
    "roll_due_accounts",
    "roll_forward",
    "take_from_lots",
]
