"""The only writer of the ledger's tables and of the balances cached on accounts.

Callers hold the account's row lock (`lock`), bring it up to date (`roll_forward`) and then `post`.
Nothing outside this package inserts a LedgerTransaction, a Posting or a Lot, or changes a balance; an
architecture test holds that.
"""

from programs.services.ledger.arrivals import open_arrivals
from programs.services.ledger.bulk import Given, Opening, Taken, lock_and_roll, post_given, post_openings, post_taken
from programs.services.ledger.forgetting import burn_rest
from programs.services.ledger.freezing import freeze, require_unfrozen, unfreeze
from programs.services.ledger.holding import end_hold, held_lots
from programs.services.ledger.locking import Locked, lock_account, lock_accounts
from programs.services.ledger.lots import take_from_lots
from programs.services.ledger.posting import Grant, Movement, Take, post
from programs.services.ledger.rolling import note_due, roll_forward
from programs.services.ledger.sweeping import note_pauses, roll_due_accounts
from programs.services.ledger.tiers import lock_for_tiers, set_floor, set_standings, set_tiers
from programs.services.ledger.undoing import post_undoing

__all__ = [
    "Given",
    "Grant",
    "Locked",
    "Movement",
    "Opening",
    "Take",
    "Taken",
    "burn_rest",
    "end_hold",
    "freeze",
    "held_lots",
    "lock_account",
    "lock_accounts",
    "lock_and_roll",
    "lock_for_tiers",
    "note_due",
    "note_pauses",
    "open_arrivals",
    "post",
    "post_given",
    "post_openings",
    "post_taken",
    "post_undoing",
    "require_unfrozen",
    "roll_due_accounts",
    "roll_forward",
    "set_floor",
    "set_standings",
    "set_tiers",
    "take_from_lots",
    "unfreeze",
]
