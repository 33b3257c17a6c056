"""The programme's discounts on a basket: rule after rule, each on what the earlier ones left. Pure.

docs/algorithms/earning.md tells it in prose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from programs.rules.basket import Basket, Discount, Facts, Line
from programs.rules.capping import kept_under
from programs.rules.counting import stamped
from programs.rules.discounts import DiscountEffect, Scale, StampCard
from programs.rules.discounts.shares import spread_exactly
from programs.rules.documents import Compiled
from programs.rules.limits import MONEY, TIMES, left_of
from programs.rules.matching import CompiledRule, matching_lines

DISCOUNT = "discount"


def discount_basket(version: Compiled, facts: Facts, basket: Basket) -> tuple[tuple[Discount, ...], Basket]:
    """What the rules take off, and the basket as it costs then."""
    original = basket
    given, basket = _discounted(version, facts, basket)
    for rule in version.discount_caps:
        capped = _capped(rule, given, matching_lines(rule, original, facts), rule.limits[0].left(facts))
        if capped is not given:
            given, basket = capped, _reduced(original, original, capped)
    return tuple(given), basket


def _discounted(version: Compiled, facts: Facts, basket: Basket) -> tuple[list[Discount], Basket]:
    """The same before any cap on them all."""
    given: list[Discount] = []
    original = basket
    used: set[int] = set()
    rules = version.discounts
    if version.exclusive:
        alone = _alone(version, facts, basket)
        if alone:
            return alone, _reduced(basket, original, alone)
    if version.larger_first:
        rules = _larger_first(version, facts, basket)
    for candidates in _groups(version, rules):
        best: list[Discount] = []
        chosen: CompiledRule | None = None
        for rule in candidates:
            discounts = _discounts(version, rule, facts, basket, used)
            if _worth(discounts) > _worth(best):
                best, chosen = discounts, rule
        if chosen is None:
            continue
        given += best
        basket = _reduced(basket, original, best)
        if version.stacking == "first":
            used |= {one.line for one in best}
        if chosen.is_last:
            break
    return given, basket


def _worth(discounts: list[Discount]) -> int:
    return sum([one.money for one in discounts])


def _alone(version: Compiled, facts: Facts, basket: Basket) -> list[Discount]:
    """What the first of the exclusive rules takes off that takes something off."""
    for rule in version.exclusive:
        discounts = _discounts(version, rule, facts, basket, set())
        if discounts:
            return discounts
    return []


def _larger_first(version: Compiled, facts: Facts, basket: Basket) -> tuple[CompiledRule, ...]:
    """The rules by what each would take off this basket by itself; equals in their order."""
    by_worth = [
        (-_worth(_discounts(version, rule, facts, basket, set())), place)
        for place, rule in enumerate(version.discounts)
    ]
    return tuple(version.discounts[place] for _, place in sorted(by_worth))


def _groups(version: Compiled, rules: tuple[CompiledRule, ...]) -> Iterator[tuple[CompiledRule, ...]]:
    """Rules of which one at most counts, in the order of `rules` (a group where its first rule stands)."""
    if version.stacking == "best":
        yield rules
        return
    seen = set()
    for rule in rules:
        if not rule.group:
            yield (rule,)
        elif rule.group not in seen:
            seen.add(rule.group)
            yield tuple(other for other in rules if other.group == rule.group)


def _discounts(version: Compiled, rule: CompiledRule, facts: Facts, basket: Basket, used: set[int]) -> list[Discount]:
    # Lines that have had their discount are not there any more, neither for the conditions nor for the effect.
    free: Sequence[int] = range(len(basket.lines))
    seen = basket
    if used:
        free = [position for position in free if position not in used]
        seen = basket.holding(tuple([basket.lines[position] for position in free]), basket.undiscounted)
    positions = matching_lines(rule, seen, facts)
    if not positions or (rule.limits and left_of(rule.limits, TIMES, facts) == 0):
        return []
    if cast(DiscountEffect, rule.effect).of_receipt:
        positions = list(range(len(seen.lines)))
    lines = [seen.lines[position] for position in positions]
    effect = _of_member(rule, facts, basket, seen, lines)
    if effect is None:
        return []
    left = [line.amount for line in lines]
    shares = effect.shares(lines, left, version.leftover)
    if not any(shares):
        return []
    pieces = effect.pieces_in(lines, left)
    counted = max(pieces.counted, rule.asks_pieces)
    most = left_of(rule.limits, MONEY, facts) if rule.limits else None
    details = {"name": rule.name, **effect.details}
    if most is not None and sum(shares) > most:
        shares = spread_exactly(most, shares, version.leftover)
        details["capped"] = rule.name
    return [
        Discount(free[position], rule.key, DISCOUNT, money, details, pieces.cheaper, counted)
        for position, money in zip(positions, shares, strict=True)
        if money
    ]


def _of_member(
    rule: CompiledRule, facts: Facts, basket: Basket, seen: Basket, lines: list[Line]
) -> DiscountEffect | None:
    """The effect, where its size depends on the member as it is for this one; None for nothing."""
    effect = rule.effect
    if isinstance(effect, Scale):
        return effect.of_member(facts, seen)
    if isinstance(effect, StampCard):
        return effect.full(facts, stamped(rule, facts, basket), lines)
    return cast(DiscountEffect, effect)


def _capped(rule: CompiledRule, given: list[Discount], positions: list[int], most: int) -> list[Discount]:
    """The discounts cut so that they take `most` money off the lines at `positions` together."""
    left = kept_under(most, [(one.line, one.money) for one in given], positions)
    if left is None:
        return given
    return [
        one if money == one.money else replace(one, money=money, details=one.details | {"capped": rule.name})
        for one, money in zip(given, left, strict=True)
        if money
    ]


def _reduced(basket: Basket, original: Basket, discounts: list[Discount]) -> Basket:
    off: dict[int, int] = {}
    for one in discounts:
        off[one.line] = off.get(one.line, 0) + one.money
    lines = tuple(
        [
            line.costing(line.amount - off[position]) if position in off else line
            for position, line in enumerate(basket.lines)
        ]
    )
    return basket.holding(lines, original)
