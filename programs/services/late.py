"""What is different about a sale that arrives after its time: the rules, tier and spend of its own moment,
and points that the till has let be spent already."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from programs.models import Bucket
from programs.queries.climbing import today_of
from programs.queries.offline import ladder_of
from programs.rules.basket import Facts
from programs.rules.documents import Compiled
from programs.rules.replaying import climb
from programs.services import ledger
from programs.services.programs import compiled_version
from programs.services.tiers import tier_now

# Older receipts no longer choose their own rules, so their order is settled.
LOOK_BACK = dt.timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Late:
    """`judged_at`: whose version, tier and calendar count. `redeem`: minor points that were taken as payment; what
    the balance does not cover of them is the store's loss."""

    judged_at: dt.datetime
    redeem: int = 0


def late_facts(facts: Facts, account: ledger.Locked, late: Late) -> Facts:
    """`facts` of a locked account, on the tier and spend of that moment, and able to pay what it has paid."""
    tier, spend = stood_at(account, late.judged_at)
    facts = replace(facts, tier=tier, spend=spend)
    return replace(facts, available=max(facts.available, late.redeem), debt=0) if late.redeem else facts


def stood_at(account: ledger.Locked, at: dt.datetime) -> tuple[str, int]:
    """(tier, accumulated spend in minor money) of a locked account just before `at`.

    The history of tiers was written in the order in which receipts came; so of the last weeks the receipts are
    asked again in the order in which they were sold.
    """
    ladder = ladder_of(account.id, at - LOOK_BACK)
    steps = [step for step in ladder.steps if step.at < at]
    versions = {step.version_id: compiled_version(step.version_id) for step in steps if step.version_id is not None}
    tier = account.tier_key if ladder.tier is None else ladder.tier
    return climb(steps, versions, tier=tier, spend=account.spend - ladder.change)


def late_tier(version: Compiled, account: ledger.Locked, total: int, *, at: dt.datetime, now: dt.datetime) -> str:
    """The account's tier after `total` more minor money, spent at `at` (in the store's own time). Nothing that arrives late
    takes a tier away."""
    if at.date() < version.ladder.window.since(today_of(version, now)):  # too old to count
        return account.tier_key
    reached = tier_now(version, account, total, now=now)
    known = {tier.key for tier in version.tiers}
    return reached if not account.tier_key or account.tier_key in known else account.tier_key


def late_redemption(account: ledger.Locked, points: int) -> list[ledger.Take]:
    """Takes for `points` that were spent already: from the lots as far as they go, the rest from the store's loss."""
    covered = min(points, account.available)
    takes = ledger.take_from_lots(account, covered, Bucket.REDEEMED)
    if points > covered:
        takes.append(ledger.Take(points - covered, Bucket.WRITTEN_OFF, Bucket.REDEEMED))
    return takes
