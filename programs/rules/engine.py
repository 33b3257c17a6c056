"""The engine: what a basket earns and what points may pay, with the reason of every point. Pure.

Order of a sale: redemption is limited and spread over the lines first; what was paid with points does
not earn (unless the programme says so); base points are counted on the rest of the whole receipt, rounded
once, and spread over the lines by their amounts; rules and the tier add to the base of their lines.
docs/algorithms/earning.md tells it in prose.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from loyalty_site.ground.rules.money import from_minor, round_minor, spread
from programs.errors import (
    InsufficientPoints,
    RedemptionAboveShare,
    RedemptionBelowMinimum,
    RedemptionBlockedByDebt,
    RedemptionNotInSteps,
)
from programs.rules.basket import Basket, Facts, Given, Line, Outcome, Redemption
from programs.rules.documents import Compiled, EarnRule

BASE = "base"
RULE = "rule"
TIER = "tier"


def evaluate(version: Compiled, facts: Facts, basket: Basket, *, redeem: int = 0) -> Outcome:
    """What `basket` earns for a member with `facts`, and what `redeem` minor points pay of it.

    Raises a refusal of programs.errors when the redemption is not allowed. Deterministic: the same
    arguments give the same outcome for ever.
    """
    maximum = points_maximum(version, facts, basket)
    redemption = _redeem(version, facts, basket, redeem, maximum)
    earning = _earning_amounts(version, basket, redemption)
    awards = _base(version, earning)
    base_by_line = [0] * len(basket.lines)
    for given in awards:
        base_by_line[given.line] += given.points
    for rule in version.rules:
        awards += _rule_awards(version, rule, facts, basket, earning)
    awards += _tier_awards(version, facts, base_by_line)
    return Outcome(
        awards=tuple(awards),
        redemption=redemption,
        points_maximum=maximum,
        tier_after=tier_after(version, facts, basket.total),
    )


def tier_after(version: Compiled, facts: Facts, amount: int) -> str:
    """The tier after spending `amount` more minor money. A tier once held is not lost by selling."""
    reached = version.tier_for(facts.spend + amount)
    order = [tier.key for tier in version.tiers]
    if facts.tier in order and (reached not in order or order.index(reached) < order.index(facts.tier)):
        return facts.tier
    return reached


def points_maximum(version: Compiled, facts: Facts, basket: Basket) -> int:
    """The most minor points that may pay for this basket: balance, share of the bill and step together."""
    if facts.debt:
        return 0
    most = min(facts.available, _points_for_share(version, basket))
    most -= most % version.redeem_step
    return most if most >= version.redeem_minimum else 0


def _points_for_share(version: Compiled, basket: Basket) -> int:
    """Points whose money does not exceed the highest share of the bill."""
    if version.point_value == 0:
        return 0
    share = Decimal(basket.total * version.redeem_max_percent) / 100
    return int((share / version.point_value).to_integral_value(rounding=ROUND_FLOOR))


def _redeem(version: Compiled, facts: Facts, basket: Basket, redeem: int, maximum: int) -> Redemption:
    count = len(basket.lines)
    if redeem == 0:
        return Redemption(0, 0, (0,) * count, (0,) * count)
    decimals = version.point_decimals
    if facts.debt:
        raise RedemptionBlockedByDebt(debt=from_minor(facts.debt, decimals))
    if redeem > facts.available:
        raise InsufficientPoints(available=from_minor(facts.available, decimals))
    if redeem < version.redeem_minimum:
        raise RedemptionBelowMinimum(minimum=from_minor(version.redeem_minimum, decimals))
    if redeem % version.redeem_step:
        raise RedemptionNotInSteps(step=from_minor(version.redeem_step, decimals))
    if redeem > _points_for_share(version, basket):
        raise RedemptionAboveShare(percent=version.redeem_max_percent, maximum=from_minor(maximum, decimals))
    money = round_minor(redeem * version.point_value, "down")
    amounts = [line.amount for line in basket.lines]
    return Redemption(redeem, money, tuple(spread(redeem, amounts)), tuple(spread(money, amounts)))


def _earning_amounts(version: Compiled, basket: Basket, redemption: Redemption) -> list[int]:
    """Minor money per line that earns."""
    if version.earn_on_points:
        return [line.amount for line in basket.lines]
    return [line.amount - paid for line, paid in zip(basket.lines, redemption.money_by_line, strict=True)]


def _base(version: Compiled, earning: list[int]) -> list[Given]:
    total = round_minor(sum(earning) * version.rate, version.rounding)
    details = {"rate": str(version.rate.scaleb(version.currency_exponent - version.point_decimals).normalize())}
    return [
        Given(position, BASE, BASE, points, details) for position, points in enumerate(spread(total, earning)) if points
    ]


def _rule_awards(version: Compiled, rule: EarnRule, facts: Facts, basket: Basket, earning: list[int]) -> list[Given]:
    """(factor - 1) times the base of the lines that match, rounded once and spread over them."""
    matching = [position for position, line in enumerate(basket.lines) if _matches(rule, line, basket, facts)]
    if not matching:
        return []
    amounts = [earning[position] for position in matching]
    total = round_minor(sum(amounts) * version.rate * (rule.factor - 1), version.rounding)
    details = {"name": rule.name, "factor": str(rule.factor)}
    return [
        Given(position, rule.key, RULE, points, details)
        for position, points in zip(matching, spread(total, amounts), strict=True)
        if points
    ]


def _matches(rule: EarnRule, line: Line, basket: Basket, facts: Facts) -> bool:
    return all(condition.holds(line, basket, facts) for condition in rule.conditions)


def _tier_awards(version: Compiled, facts: Facts, base_by_line: list[int]) -> list[Given]:
    """(multiplier - 1) times the base points, for the tier held before this sale."""
    tier = next((step for step in version.tiers if step.key == facts.tier), None)
    if tier is None or tier.multiplier <= 1:
        return []
    total = round_minor(sum(base_by_line) * (tier.multiplier - 1), version.rounding)
    details = {"name": tier.name, "factor": str(tier.multiplier)}
    return [
        Given(position, tier.key, TIER, points, details)
        for position, points in enumerate(spread(total, base_by_line))
        if points
    ]
