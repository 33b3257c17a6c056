"""Which lots a redemption takes from: soonest expiry first, never-burning lots last, ties by id."""

from __future__ import annotations

from loyalty_site.ground.statements import Statement
from programs.models import Bucket
from programs.services.ledger.freezing import require_unfrozen
from programs.services.ledger.locking import Locked
from programs.services.ledger.posting import Take

# Reads only as many lots as are needed: those before which less than the amount has been gathered.
_SPENDABLE = Statement("""
    SELECT id, free FROM (
        SELECT id, remaining - held AS free,
               sum(remaining - held) OVER (ORDER BY expires_at, id) - (remaining - held) AS before
        FROM programs_lot WHERE account_id = %(account)s AND remaining > 0 AND remaining > held AND NOT is_pending
    ) AS ordered
    WHERE before < %(amount)s ORDER BY before
""")

_SPENDING = (Bucket.REDEEMED, Bucket.HELD, Bucket.TRANSFER, Bucket.CLEARING)


def take_from_lots(account: Locked, amount: int, to_bucket: Bucket) -> list[Take]:
    """Takes that move `amount` available minor points of a locked account to `to_bucket`, lot by lot.

    The caller has checked that `amount` is available. Raises AccountFrozen where a frozen account would be spent
    from; ValueError says that the cache of the balance lies.
    """
    if amount == 0:
        return []
    if to_bucket in _SPENDING:
        require_unfrozen(account)
    found = _SPENDABLE.rows({"account": account.id, "amount": amount})
    takes = []
    left = amount
    for lot_id, remaining in found:
        part = min(left, remaining)
        takes.append(Take(part, Bucket.AVAILABLE, to_bucket, lot_id))
        left -= part
    if left:
        raise ValueError(f"account {account.id}: the lots hold {left} less than the balance says")
    return takes
