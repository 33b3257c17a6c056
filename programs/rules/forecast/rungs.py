"""The ladder of what members can reach: the first reward, each dearer one, each tier. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from programs.rules.documents import Compiled
from programs.rules.reading import Reward

PAYING = "paying"  # the first points that can pay


@dataclass(frozen=True, slots=True)
class Rung:
    """`cost` in minor points; of a tier what its ladder counts. `name` tells it apart: "paying", "reward:cake",
    "tier:silver"."""

    name: str
    key: str
    cost: int
    is_tier: bool = False
    reward: Reward | None = None


def rungs_of(version: Compiled) -> list[Rung]:
    """What points can first pay and what rewards cost, by rising cost; then the tiers above the lowest."""
    rungs = [Rung(f"reward:{one.key}", one.key, one.cost, reward=one) for one in version.rewards]
    least = least_payment(version)
    if least is not None:
        rungs.append(Rung(PAYING, "", least))
    rungs.sort(key=lambda rung: rung.cost)
    tiers = [Rung(f"tier:{tier.key}", tier.key, tier.threshold, is_tier=True) for tier in version.tiers]
    return rungs + [rung for rung in tiers if rung.cost > 0]


def least_payment(version: Compiled) -> int | None:
    """The fewest minor points that can pay money; None where points pay none."""
    if not version.point_value or not version.redeem_max_percent:
        return None
    # Fewer would pay less than the smallest coin.
    worth = int((Decimal(1) / version.point_value).to_integral_value(ROUND_CEILING))
    least = max(version.redeem_minimum, worth, 1)
    return -(-least // version.redeem_step) * version.redeem_step
