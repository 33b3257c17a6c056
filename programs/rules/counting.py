"""What a sale gives besides points and money off, what limits cut, and what is counted for the next sale. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import cast

from loyalty_site.ground.rules.money import spread
from programs.rules.basket import Basket, Benefit, Count, Discount, Facts, Given, Line
from programs.rules.benefits import BenefitEffect, Stamps
from programs.rules.discounts import StampCard
from programs.rules.discounts.shares import pieces_of
from programs.rules.documents import Compiled
from programs.rules.effects import DiscountCap, PointsCap
from programs.rules.limits import MONEY, POINTS, TIMES, Limit, left_of
from programs.rules.matching import CompiledRule, matching_lines


def limited(rule: CompiledRule, given: list[Given], facts: Facts) -> list[Given]:
    """What the rule's own limits leave of its points, of all lines alike."""
    if left_of(rule.limits, TIMES, facts) == 0:
        return []
    left = left_of(rule.limits, POINTS, facts)
    points = [one.points for one in given]
    if left is None or sum(points) <= left:
        return given
    return [
        one._replace(points=kept, details=one.details | {"capped": rule.name})
        for one, kept in zip(given, spread(left, points), strict=True)
        if kept
    ]


def benefits_of(version: Compiled, facts: Facts, basket: Basket) -> tuple[Benefit, ...]:
    """What the rules give of other things, in their order; `basket` as it costs after discounts. Of a group the first
    that gives something counts; stamps that one took are gone for the next."""
    held = dict(facts.counters or {})
    found, groups = [], set()
    for rule in version.benefits:
        effect = cast(BenefitEffect, rule.effect)
        positions = matching_lines(rule, basket, facts)
        if not positions or (rule.group and rule.group in groups):
            continue
        count = effect.count([basket.lines[position] for position in positions])
        left = left_of(rule.limits, TIMES, facts)
        count = count if left is None else min(count, left)
        takes = effect.takes
        if count <= 0 or (takes and held.get(takes.counter.key, 0) < takes.stamps):
            continue
        if takes:
            held[takes.counter.key] -= takes.stamps
        groups.add(rule.group)
        found.append(Benefit(rule.key, effect.type, count, {"name": rule.name, **effect.details}))
    return tuple(found)


def counts_of(
    version: Compiled,
    facts: Facts,
    basket: Basket,
    given: tuple[Sequence[Given], Sequence[Discount], Sequence[Benefit]],
) -> tuple[Count, ...]:
    """What the sale adds to the counters, by key: what limited rules have given, stamps that came and went."""
    amounts: dict[str, int] = defaultdict(int)
    for rule in version.counting:
        for limit in rule.limits:
            if limit.key:
                amounts[limit.key] += _given_of(rule, limit, facts, basket, given)
    for rule in version.stamp_cards:
        card = cast(StampCard, rule.effect)
        free = next((one.details["pieces"] for one in given[1] if one.rule == rule.key), 0)
        amounts[card.counter.key] += pieces_of(stamped(rule, facts, basket)) - card.every * free
    counts = {one.rule: one.times for one in given[2]}
    for rule in version.benefits:
        effect = cast(BenefitEffect, rule.effect)
        if rule.key in counts and isinstance(effect, Stamps):
            amounts[effect.counter.key] += counts[rule.key]
        elif rule.key in counts and effect.takes:
            amounts[effect.takes.counter.key] -= effect.takes.stamps
    return tuple([Count(key, amount) for key, amount in amounts.items() if amount])


def stamped(rule: CompiledRule, facts: Facts, basket: Basket) -> list[Line]:
    """The lines whose pieces are stamps: those that match before any discount of the programme."""
    original = basket.undiscounted or basket
    return [original.lines[position] for position in matching_lines(rule, original, facts)]


def _given_of(
    rule: CompiledRule,
    limit: Limit,
    facts: Facts,
    basket: Basket,
    given: tuple[Sequence[Given], Sequence[Discount], Sequence[Benefit]],
) -> int:
    awards, discounts, benefits = given
    if isinstance(rule.effect, PointsCap):
        lines = set(matching_lines(rule, basket, facts))
        return sum([one.points for one in awards if one.line in lines])
    if isinstance(rule.effect, DiscountCap):
        lines = set(matching_lines(rule, basket.undiscounted or basket, facts))
        return sum([one.money for one in discounts if one.line in lines])
    if limit.of == POINTS:
        return sum([one.points for one in awards if one.rule == rule.key])
    if limit.of == MONEY:
        return sum([one.money for one in discounts if one.rule == rule.key])
    times = sum([one.times for one in benefits if one.rule == rule.key])
    gave = {one.rule for one in awards} | {one.rule for one in discounts}
    return times or int(rule.key in gave)
