"""Compiled rules, and which lines of a basket they are about.

Most rules ask for one category or some articles. They are found by looking up each line's category and article, so
twenty rules cost what the few that match cost; the others are asked line by line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from programs.rules.basket import Basket, Facts
from programs.rules.conditions import Condition, InCategory, IsProduct
from programs.rules.effects import Effect
from programs.rules.limits import Limit


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """When all conditions hold for a line, the effect is on it. Those of the whole receipt are asked once.

    `rate` is what the rule gives in minor points per minor money, where it gives by money; `details` fill the sentence
    of what it gives. `is_last`: once the rule did something, later ones of its sort are not asked. `group`: of the
    rules of one group only the best one counts. `priority`: 1 is asked first, 0 last. `is_exclusive`: a discount that,
    where it takes something off, is the only one. `limits` are on what it gives.
    """

    key: str
    name: str
    of_receipt: tuple[Condition, ...]
    of_line: tuple[Condition, ...]
    effect: Effect
    rate: Fraction = Fraction(0)
    details: dict[str, Any] = field(default_factory=dict)
    rounding: str = "down"
    is_last: bool = False
    group: str = ""
    priority: int = 0
    is_exclusive: bool = False
    limits: tuple[Limit, ...] = ()


def matching_lines(rule: CompiledRule, basket: Basket, facts: Facts) -> list[int]:
    """Positions (from 0) of the lines for which all conditions hold."""
    lines = basket.lines
    if not lines:
        return []
    if rule.of_receipt and not _holds_of_receipt(rule, basket, facts):
        return []
    if not rule.of_line:
        return list(range(len(lines)))
    if len(rule.of_line) == 1:  # by far the most
        holds = rule.of_line[0].holds
        return [position for position, line in enumerate(lines) if holds(line, basket, facts)]
    return [
        position
        for position, line in enumerate(lines)
        if all(condition.holds(line, basket, facts) for condition in rule.of_line)
    ]


@dataclass(frozen=True, slots=True)
class RuleIndex:
    """Rules in their order, and their places by what they look for."""

    rules: tuple[CompiledRule, ...]
    by_category: Mapping[str, Sequence[int]]
    by_sku: Mapping[str, Sequence[int]]
    others: Sequence[int]

    @classmethod
    def of(cls, rules: tuple[CompiledRule, ...]) -> RuleIndex:
        """The index of these rules."""
        by_category: dict[str, list[int]] = defaultdict(list)
        by_sku: dict[str, list[int]] = defaultdict(list)
        others = []
        for place, rule in enumerate(rules):
            match rule.of_line:
                case (InCategory(codes),):
                    for code in codes:
                        by_category[code].append(place)
                case (IsProduct(skus),):
                    for sku in skus:
                        by_sku[sku].append(place)
                case _:
                    others.append(place)
        return cls(rules, dict(by_category), dict(by_sku), others)

    def matching(self, basket: Basket, facts: Facts) -> list[tuple[CompiledRule, list[int]]]:
        """The rules that match some line, in their order, each with the positions of its lines."""
        found: dict[int, list[int]] = {}
        categories, skus = self.by_category.get, self.by_sku.get
        for position, line in enumerate(basket.lines):
            for place in (*categories(line.category, ()), *skus(line.sku, ())):
                if place in found:
                    found[place].append(position)
                else:
                    found[place] = [position]
        for place in self.others:
            positions = matching_lines(self.rules[place], basket, facts)
            if positions:
                found[place] = positions
        matching = []
        for place in sorted(found):
            rule = self.rules[place]
            if not rule.of_receipt or _holds_of_receipt(rule, basket, facts):
                matching.append((rule, found[place]))
        return matching


def _holds_of_receipt(rule: CompiledRule, basket: Basket, facts: Facts) -> bool:
    """Whether all that the rule asks of the whole receipt holds: any line of it answers alike."""
    line = basket.lines[0]
    for condition in rule.of_receipt:  # noqa: SIM110  a generator would cost more than most conditions
        if not condition.holds(line, basket, facts):
            return False
    return True
