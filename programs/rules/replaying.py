"""Asking again in the right order: what receipts would have earned had each come in its time. Pure.

Only the facts that depend on the order are put right: the tier, the accumulated spend and what windows hold. Everything else
(version, basket, points spent) is as it was; so a difference is the order's doing and nothing else's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.rules.money import cumulative_share
from programs.rules.basket import Basket, Facts, Outcome
from programs.rules.documents import Compiled
from programs.rules.engine import evaluate, tier_after


@dataclass(frozen=True, slots=True)
class PastSale:
    """A stored sale: its own version, the facts its rules saw, and how much of each line has come back."""

    at: dt.datetime
    purchase_id: int
    number: str
    version_id: int | None
    facts: Facts
    basket: Basket
    net: int  # minor money after the programme's own discounts: what the ladder counts
    redeemed: int  # minor points, with those of the rewards
    returned: tuple[Decimal, ...]
    claim: tuple[str, ...] = ()  # keys of the rewards
    windows: Mapping[str, int] | None = None  # Facts.windows as they are now that everything has come


@dataclass(frozen=True, slots=True)
class PastReturn:
    """Goods of `net` minor money that came back; they lower the accumulated spend."""

    at: dt.datetime
    net: int


@dataclass(frozen=True, slots=True)
class TierSet:
    """A tier given otherwise than by these receipts: by an import, by hand, at night. `version_id` where a sale gave it:
    what is climbed by all that was ever spent follows from the receipts anyway, in whatever order they come."""

    at: dt.datetime
    tier: str
    version_id: int | None = None

    def follows(self, versions: Mapping[int, Compiled]) -> bool:
        version = versions.get(self.version_id or 0)
        return version is not None and version.climbs_by_spend


@dataclass(frozen=True, slots=True)
class Step:
    """What one receipt changed of the accumulated spend (minor money); `version_id` None for what climbs no ladder."""

    at: dt.datetime
    version_id: int | None
    change: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A sale that would have earned `points` minor points more (or, negative, less) of what its member kept of it."""

    purchase_id: int
    number: str
    points: int


def climb(
    steps: Sequence[Step | TierSet], versions: Mapping[int, Compiled], *, tier: str, spend: int
) -> tuple[str, int]:
    """(tier, accumulated spend) after `steps`, from those before them."""
    for step in steps:
        if isinstance(step, TierSet):
            tier = tier if step.follows(versions) else step.tier
            continue
        version = versions.get(step.version_id or 0)
        if version is not None:
            tier = tier_after(version, Facts(tier, spend), step.change)
        spend += step.change
    return tier, spend


def replay(
    events: Sequence[PastSale | PastReturn | TierSet], versions: Mapping[int, Compiled], *, tier: str, spend: int
) -> list[Difference]:
    """The sales that would have earned something else.

    `tier` and `spend` (minor money) are those before the first event; `events` come in the order of their time.
    """
    differences = []
    for event in events:
        if isinstance(event, TierSet):
            tier = tier if event.follows(versions) else event.tier
        elif isinstance(event, PastReturn):
            spend -= event.net
        else:
            version = versions.get(event.version_id or 0)
            if version is not None:
                in_order = replace(event.facts, tier=tier, spend=spend)
                if event.windows is not None:
                    in_order = replace(in_order, windows=event.windows)
                points = _kept(version, event, in_order)
                points -= _kept(version, event, event.facts)
                if points:
                    differences.append(Difference(event.purchase_id, event.number, points))
                tier = tier_after(version, Facts(tier, spend), event.net)
            spend += event.net
    return differences


def _kept(version: Compiled, sale: PastSale, facts: Facts) -> int:
    """Minor points that the member keeps of a sale under `facts`: what it earned less the share of what came back."""
    kept = 0
    for given in ask_again(version, sale, facts).awards:
        quantity, returned = sale.basket.lines[given.line].quantity, sale.returned[given.line]
        kept += given.points - (cumulative_share(given.points, returned, quantity) if returned else 0)
    return kept


def ask_again(version: Compiled, sale: PastSale, facts: Facts) -> Outcome:
    """As it was paid: the points spent are a fact and not a question any more."""
    facts = replace(facts, available=max(facts.available, sale.redeemed), debt=0)
    rewards = [reward.cost for reward in map(version.reward, sale.claim) if reward is not None]
    try:
        return evaluate(version, facts, sale.basket, redeem=sale.redeemed - sum(rewards), claim=sale.claim)
    except DomainError:
        return evaluate(version, facts, sale.basket)
