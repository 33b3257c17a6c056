"""What the rules are asked with: what is known of a shopper, gathered before they are asked and kept with the receipt.

Nothing is looked up that no rule of the version asks for.
"""

from __future__ import annotations

import datetime as dt

from programs.queries.buyers import buyer_of
from programs.queries.counters import Whose, counters_of
from programs.queries.shoppers import Shopper, purchases_before
from programs.queries.windows import windows_of
from programs.rules.basket import Facts
from programs.rules.buyer_conditions import Buyer
from programs.rules.documents import Compiled
from programs.services import ledger
from programs.services.late import Late, late_facts


def facts_of(
    account: ledger.Locked | None,
    version: Compiled | None,
    shopper: Shopper | None,
    *,
    at: dt.datetime,
    late: Late | None = None,
) -> Facts:
    """What the rules of `version` see of a shopper; of nobody, nothing. Of a late sale, what stood at its moment.

    `at` is when it is bought, in the store's own time.
    """
    if account is None:
        return Facts()
    spendable = account.available if account.frozen_at is None else 0
    facts = Facts(account.tier_key, account.spend, spendable, account.debt)
    if version is not None and shopper is not None:
        facts = with_asked(facts, version, shopper, account.id, at=at, late=late)
    return late_facts(facts, account, late) if late else facts


def with_asked(
    standing: Facts,
    version: Compiled,
    shopper: Shopper,
    account_id: int | None,
    *,
    at: dt.datetime,
    late: Late | None = None,
) -> Facts:
    """`standing` (tier, spend, points) with what else the rules of `version` ask of a shopper. Takes no lock; a statement
    for each sort of thing that is asked."""
    return Facts(
        standing.tier,
        standing.spend,
        standing.available,
        standing.debt,
        purchases=purchases_before(shopper.member_id) if version.needs_purchases else None,
        traits=_traits(version, shopper, at.date(), late),
        windows=_windows(account_id, version, at, late),
        counters=_counters(version, shopper, at),
    )


def _traits(version: Compiled, shopper: Shopper, today: dt.date, late: Late | None) -> tuple[str, ...]:
    """Which of the version's conditions on the buyer hold on that day. Of a late sale, with the segments that they have
    been in since before it: which ones they have left since is not known."""
    asked = version.asked
    if not asked.fields and not asked.buyer:
        return ()
    custom = shopper.custom if asked.fields else {}
    by = late.judged_at if late else None
    buyer = buyer_of(shopper.member_id, custom, by=by) if asked.buyer else Buyer(custom)
    return asked.traits(buyer, today)


def _counters(version: Compiled, shopper: Shopper, at: dt.datetime) -> dict[str, int] | None:
    """What limits and stamp cards have counted before, in the periods of that moment."""
    if not version.asked.counters or shopper.program_id is None:
        return None
    return counters_of(version, Whose(shopper.program_id, shopper.member_id, at))


def _windows(account_id: int | None, version: Compiled, at: dt.datetime, late: Late | None) -> dict[str, int] | None:
    """What was bought before in each window that is asked for: all that is booked, but for a late sale."""
    if not version.asked.windows or account_id is None:
        return None
    before = (late.judged_at, 0) if late else None
    return windows_of(account_id, version.asked.windows, at.date(), before=before)
