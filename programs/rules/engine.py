"""The engine: what a basket costs, what it earns and what points may pay, with the reason of everything. Pure.

Order of a sale: the programme's discounts first; of what is left, redemption is limited and spread over the lines;
what was paid with points does not earn (unless the programme says so); base points are counted on the rest of the whole
receipt, rounded once, and spread over the lines by their amounts; rules and the tier add to them; caps cut last.
docs/algorithms/earning.md tells it in prose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from loyalty_site.ground.rules.money import from_minor, round_minor, spread
from programs.errors import (
    InsufficientPoints,
    RedemptionAboveMost,
    RedemptionAboveShare,
    RedemptionBelowMinimum,
    RedemptionBlockedByDebt,
    RedemptionNotInSteps,
    RewardNotForThis,
    RewardPaysNothing,
    RewardUnknown,
)
from programs.rules.basket import Basket, Claimed, Facts, Given, Outcome, Redemption
from programs.rules.capping import kept_under
from programs.rules.counting import benefits_of, counts_of, limited
from programs.rules.discounting import discount_basket
from programs.rules.documents import Compiled
from programs.rules.giving import BASE, FIXED, PER_MONEY, RULE, TIER, base_awards
from programs.rules.matching import CompiledRule, matching_lines

__all__ = ["BASE", "FIXED", "PER_MONEY", "RULE", "TIER", "evaluate", "tier_after"]


def evaluate(
    version: Compiled,
    facts: Facts,
    basket: Basket,
    *,
    redeem: int = 0,
    claim: Sequence[str] = (),
    gifts: Mapping[str, int] | None = None,
) -> Outcome:
    """What `basket` costs and earns for a member with `facts`, and what points pay of it: the rewards with the keys
    `claim`, then `redeem` minor points. `gifts` are the pieces that are taken of what each rule offers as a gift, by the
    rule's key; None: all that are offered.

    Raises a refusal of programs.errors when the redemption is not allowed. Deterministic: the same
    arguments give the same outcome for ever.
    """
    if not facts.tier and version.first_tier:  # nobody has bought so little that they are not on it
        facts = replace(facts, tier=version.first_tier)
    full, before = basket, facts
    rewards: tuple[Claimed, ...] = ()
    paid = cost = 0
    discounts, basket = discount_basket(version, facts, basket) if version.discounts else ((), basket)
    awards: list[Given] | None = None
    if version.ladder.this_sale and version.tiers:  # what it earns, it earns on the tier that it reaches
        facts = replace(facts, tier=tier_after(version, facts, basket.total))
    spendable = facts.available
    if version.own_points:  # what is paid with points earns as well then, so the awards are known already
        awards = _awards(version, facts, basket, _earning_amounts(version, full, basket, Redemption()))
        spendable += sum(given.points for given in awards)
    if claim:
        rewards = _claimed(version, facts, basket, claim, spendable)
        paid = sum(reward.money for reward in rewards)
        cost = sum(reward.points for reward in rewards)
    total = basket.total
    bill = total - paid
    maximum = _points_maximum(version, facts, bill, spendable - cost)
    redemption = _redeem(version, facts, basket, redeem, spendable - cost, bill, maximum, rewards)
    if awards is None:
        awards = _awards(version, facts, basket, _earning_amounts(version, full, basket, redemption))
    benefits = benefits_of(version, facts, basket, gifts) if version.benefits else ()
    return Outcome(
        awards=tuple(awards),
        redemption=redemption,
        points_maximum=maximum,
        tier_after=tier_after(version, facts, total),
        discounts=discounts,
        benefits=benefits,
        counts=counts_of(version, facts, basket, (awards, discounts, benefits), redemption, before=before)
        if version.counts
        else (),
        fitting={one.key: matching_lines(one, basket, facts) for one in version.asking_rewards},
    )


def tier_after(version: Compiled, facts: Facts, amount: int) -> str:
    """The tier after spending `amount` more minor money. A tier once held is not lost by selling."""
    if version.climbs_by_spend:  # by far the most
        counted: int | None = facts.spend + amount
    else:
        counted = version.ladder.climbed(facts, amount)
    if counted is None:
        return facts.tier
    reached = version.tier_for(counted)
    if reached == facts.tier or not facts.tier:
        return reached
    order = [tier.key for tier in version.tiers]
    if facts.tier in order and (reached not in order or order.index(reached) < order.index(facts.tier)):
        return facts.tier
    return reached


def _points_maximum(version: Compiled, facts: Facts, bill: int, spendable: int) -> int:
    """The most minor points that may pay for this bill: balance, share of the bill, limit and step together."""
    if facts.debt:
        return 0
    most = min(spendable, _points_for_share(version, bill))
    if version.redeem_max_points is not None:
        most = min(most, version.redeem_max_points)
    most -= most % version.redeem_step
    return most if most >= version.redeem_minimum else 0


def _points_for_share(version: Compiled, bill: int) -> int:
    """Points whose money does not exceed the highest share of the bill."""
    money, points = version.money_per_points
    return bill * version.redeem_max_percent * points // (100 * money) if money else 0


def _claimed(
    version: Compiled, facts: Facts, basket: Basket, claim: Sequence[str], spendable: int
) -> tuple[Claimed, ...]:
    """The rewards one after the other, each on what the earlier ones left of the bill."""
    decimals = version.point_decimals
    if facts.debt:
        raise RedemptionBlockedByDebt(debt=from_minor(facts.debt, decimals))
    left = [line.amount for line in basket.lines]
    claimed = []
    for key in claim:
        reward = version.reward(key)
        if reward is None:
            raise RewardUnknown(reward=key)
        if reward.cost > spendable:
            raise InsufficientPoints(available=from_minor(spendable, decimals))
        fits = matching_lines(reward, basket, facts)
        if not fits:
            raise RewardNotForThis(reward=reward.name)
        shares = reward.shares(basket.lines, left, fits, version.leftover)
        if not any(shares):
            raise RewardPaysNothing(reward=reward.name)
        spendable -= reward.cost
        left = [part - share for part, share in zip(left, shares, strict=True)]
        claimed.append(Claimed(reward.key, reward.name, reward.cost, tuple(shares)))
    return tuple(claimed)


def _redeem(
    version: Compiled,
    facts: Facts,
    basket: Basket,
    redeem: int,
    spendable: int,
    bill: int,
    maximum: int,
    rewards: tuple[Claimed, ...],
) -> Redemption:
    count = len(basket.lines)
    if redeem == 0 and not rewards:
        return _no_redemption(count)
    money_by_line, points = [0] * count, redeem
    for reward in rewards:
        points += reward.points
        money_by_line = [one + more for one, more in zip(money_by_line, reward.money_by_line, strict=True)]
    if redeem:
        _check_redemption(version, facts, redeem, spendable, bill, maximum)
        left = [line.amount - paid for line, paid in zip(basket.lines, money_by_line, strict=True)]
        paid_now = spread(round_minor(redeem * version.point_value, "down"), left)
        money_by_line = [one + more for one, more in zip(money_by_line, paid_now, strict=True)]
    # Points that pay nothing of any line still belong to the goods.
    weights = money_by_line if rewards else [line.amount for line in basket.lines]
    return Redemption(points, sum(money_by_line), tuple(spread(points, weights)), tuple(money_by_line), rewards)


@lru_cache(maxsize=64)
def _no_redemption(count: int) -> Redemption:
    return Redemption(0, 0, (0,) * count, (0,) * count)


def _check_redemption(version: Compiled, facts: Facts, redeem: int, spendable: int, bill: int, maximum: int) -> None:
    decimals = version.point_decimals
    if facts.debt:
        raise RedemptionBlockedByDebt(debt=from_minor(facts.debt, decimals))
    if redeem > spendable:
        raise InsufficientPoints(available=from_minor(spendable, decimals))
    if redeem < version.redeem_minimum:
        raise RedemptionBelowMinimum(minimum=from_minor(version.redeem_minimum, decimals))
    if redeem % version.redeem_step:
        raise RedemptionNotInSteps(step=from_minor(version.redeem_step, decimals))
    if version.redeem_max_points is not None and redeem > version.redeem_max_points:
        raise RedemptionAboveMost(most=from_minor(version.redeem_max_points, decimals))
    if redeem > _points_for_share(version, bill):
        raise RedemptionAboveShare(percent=version.redeem_max_percent, maximum=from_minor(maximum, decimals))


def _earning_amounts(version: Compiled, full: Basket, basket: Basket, redemption: Redemption) -> list[int]:
    """Minor money per line that earns, before lines are excluded."""
    amounts = [line.amount for line in (full if version.earn_before_discounts else basket).lines]
    if version.earn_on_points or not redemption.money:
        return amounts
    return [amount - paid for amount, paid in zip(amounts, redemption.money_by_line, strict=True)]


def _awards(version: Compiled, facts: Facts, basket: Basket, earning: list[int]) -> list[Given]:
    excluded: set[int] = set()
    if version.excludes:
        for rule in version.excludes:
            excluded.update(matching_lines(rule, basket, facts))
        for position in excluded:
            earning[position] = 0
    base_by_line = version.base_shares(earning)
    awards = base_awards(base_by_line, version.details)
    matching = version.rules.matching(basket, facts)
    if version.rules.is_plain and not excluded:  # by far the most
        for rule, positions in matching:
            awards += rule.give(positions, earning, basket.lines)
    else:
        awards += _given_by_rules(matching, facts, basket, earning, excluded)
    if facts.tier:
        give = version.tier_gives.get(facts.tier)  # for the tier held before this sale
        if give is not None:
            awards += give(base_by_line)
    for rule in version.caps:
        awards = _capped(rule, awards, matching_lines(rule, basket, facts), rule.limits[0].left(facts))
    return awards


def _given_by_rules(
    matching: list[tuple[CompiledRule, list[int]]], facts: Facts, basket: Basket, earning: list[int], excluded: set[int]
) -> list[Given]:
    """What rules add that limit, end or exclude each other; of a group the best one, of equals the first."""
    awards: list[Given] = []
    best: dict[str, list[Given]] = {}
    for rule, positions in matching:
        if excluded:
            positions = [position for position in positions if position not in excluded]
            if not positions:
                continue
        given = rule.give(positions, earning, basket.lines)
        if rule.limits:
            given = limited(rule, given, facts)
            if not given:
                continue
        if not rule.group:
            awards += given
        elif sum([one.points for one in given]) > sum([one.points for one in best.get(rule.group, ())]):
            best[rule.group] = given
        if rule.is_last:
            break
    for given in best.values():
        awards += given
    return awards


def _capped(rule: CompiledRule, awards: list[Given], positions: list[int], most: int) -> list[Given]:
    """The awards cut so that the lines at `positions` together earn `most` points."""
    left = kept_under(most, [(one.line, one.points) for one in awards], positions)
    if left is None:
        return awards
    return [
        one if points == one.points else one._replace(points=points, details=one.details | {"capped": rule.name})
        for one, points in zip(awards, left, strict=True)
        if points
    ]
