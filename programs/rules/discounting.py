"""The programme's discounts on a basket: rule after rule, each on what the earlier ones left. Pure.

docs/algorithms/earning.md tells it in prose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from programs.rules.basket import Basket, Discount, Facts
from programs.rules.discounts import DiscountEffect
from programs.rules.documents import Compiled
from programs.rules.matching import CompiledRule, matching_lines

DISCOUNT = "discount"


def discount_basket(version: Compiled, facts: Facts, basket: Basket) -> tuple[tuple[Discount, ...], Basket]:
    """What the rules take off, and the basket as it costs then."""
    given: list[Discount] = []
    original = basket
    used: set[int] = set()
    for candidates in _groups(version):
        best: list[Discount] = []
        chosen: CompiledRule | None = None
        for rule in candidates:
            discounts = _discounts(version, rule, facts, basket, used)
            if sum(one.money for one in discounts) > sum(one.money for one in best):
                best, chosen = discounts, rule
        if chosen is None:
            continue
        given += best
        basket = _reduced(basket, original, best)
        if version.stacking == "first":
            used |= {one.line for one in best}
        if chosen.is_last:
            break
    return tuple(given), basket


def _groups(version: Compiled) -> Iterator[tuple[CompiledRule, ...]]:
    """Rules of which one at most counts, in the order of the document (a group where its first rule stands)."""
    if version.stacking == "best":
        yield version.discounts
        return
    seen = set()
    for rule in version.discounts:
        if not rule.group:
            yield (rule,)
        elif rule.group not in seen:
            seen.add(rule.group)
            yield tuple(other for other in version.discounts if other.group == rule.group)


def _discounts(version: Compiled, rule: CompiledRule, facts: Facts, basket: Basket, used: set[int]) -> list[Discount]:
    # Lines that have had their discount are not there any more, neither for the conditions nor for the effect.
    free = [position for position in range(len(basket.lines)) if position not in used]
    seen = basket if not used else replace(basket, lines=tuple(basket.lines[position] for position in free))
    positions = matching_lines(rule, seen, facts)
    if not positions:
        return []
    effect = cast(DiscountEffect, rule.effect)
    if effect.of_receipt:
        positions = list(range(len(seen.lines)))
    lines = [seen.lines[position] for position in positions]
    shares = effect.shares(lines, [line.amount for line in lines], version.leftover)
    details = {"name": rule.name, **effect.details}
    return [
        Discount(free[position], rule.key, DISCOUNT, money, details)
        for position, money in zip(positions, shares, strict=True)
        if money
    ]


def _reduced(basket: Basket, original: Basket, discounts: list[Discount]) -> Basket:
    off = {one.line: one.money for one in discounts}
    lines = tuple(
        replace(line, amount=line.amount - off[position]) if position in off else line
        for position, line in enumerate(basket.lines)
    )
    return replace(basket, lines=lines, undiscounted=original)
