"""Compiled rules, and which lines of a basket they are about.

Most rules ask for one category or some articles. They are found by looking up each line's category and article, so
twenty rules cost what the few that match cost; the others are asked line by line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from programs.rules.basket import Basket, Facts, Line
from programs.rules.conditions import Condition, InCategory, IsProduct
from programs.rules.effects import Effect
from programs.rules.giving import Give, gives_nothing
from programs.rules.limits import Limit

_NONE: tuple[int, ...] = ()

type Holds = Callable[[Line, Basket, Facts], bool]


class Conditioned(Protocol):
    """What holds for some lines only: a rule, or a reward."""

    @property
    def key(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def of_receipt(self) -> tuple[Condition, ...]: ...

    @property
    def of_line(self) -> tuple[Condition, ...]: ...


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """When all conditions hold for a line, the effect is on it. Those of the whole receipt are asked once.

    `give` is what it gives where that is points (giving.py). `is_last`: once the rule did something, later ones of its sort are not asked. `group`: of the
    rules of one group only the best one counts. `priority`: 1 is asked first, 0 last. `is_exclusive`: a discount that,
    where it takes something off, is the only one. `limits` are on what it gives.
    """

    key: str
    name: str
    of_receipt: tuple[Condition, ...]
    of_line: tuple[Condition, ...]
    effect: Effect
    give: Give = gives_nothing
    is_last: bool = False
    group: str = ""
    priority: int = 0
    is_exclusive: bool = False
    limits: tuple[Limit, ...] = ()
    asks_pieces: int = 0  # how many pieces its conditions want

    @property
    def is_plain(self) -> bool:
        """Whether it simply adds what it gives."""
        return not (self.is_last or self.group or self.limits)


def matching_lines(rule: Conditioned, basket: Basket, facts: Facts) -> list[int]:
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
    by_category: Mapping[str, tuple[int, ...]]
    by_sku: Mapping[str, tuple[int, ...]]
    of_receipt: Sequence[tuple[int, Holds]]  # those that ask one thing of the whole receipt, and nothing of a line
    others: Sequence[int]
    guarded: Sequence[tuple[int, CompiledRule]]  # of those found by a line, the ones that also ask the whole receipt
    is_plain: bool  # each of them simply adds what it gives

    @classmethod
    def of(cls, rules: tuple[CompiledRule, ...]) -> RuleIndex:
        """The index of these rules."""
        by_category: dict[str, list[int]] = defaultdict(list)
        by_sku: dict[str, list[int]] = defaultdict(list)
        of_receipt: list[tuple[int, Holds]] = []
        others = []
        for place, rule in enumerate(rules):
            match rule.of_line, rule.of_receipt:
                case (InCategory(codes),), _:
                    for code in codes:
                        by_category[code].append(place)
                case (IsProduct(skus),), _:
                    for sku in skus:
                        by_sku[sku].append(place)
                case (), (condition,):
                    of_receipt.append((place, condition.holds))
                case _:
                    others.append(place)
        asked = {*others, *(place for place, _holds in of_receipt)}
        return cls(
            rules,
            {code: tuple(places) for code, places in by_category.items()},
            {sku: tuple(places) for sku, places in by_sku.items()},
            of_receipt,
            others,
            [(place, rule) for place, rule in enumerate(rules) if rule.of_receipt and place not in asked],
            all(rule.is_plain for rule in rules),
        )

    def matching(self, basket: Basket, facts: Facts) -> list[tuple[CompiledRule, list[int]]]:
        """The rules that match some line, in their order, each with the positions of its lines."""
        lines = basket.lines
        if not lines:
            return []
        found: dict[int, list[int]] = {}
        categories, skus = self.by_category.get, self.by_sku.get
        for position, line in enumerate(lines):
            for place in categories(line.category, _NONE) + skus(line.sku, _NONE):
                found.setdefault(place, []).append(position)
        for place, rule in self.guarded:
            if place in found and not _holds_of_receipt(rule, basket, facts):
                del found[place]
        first = lines[0]  # any line of the receipt answers alike
        for place, holds in self.of_receipt:
            if holds(first, basket, facts):
                found[place] = list(range(len(lines)))
        for place in self.others:
            positions = matching_lines(self.rules[place], basket, facts)
            if positions:
                found[place] = positions
        rules = self.rules
        return [(rules[place], found[place]) for place in sorted(found)]


def _holds_of_receipt(rule: Conditioned, basket: Basket, facts: Facts) -> bool:
    """Whether all that the rule asks of the whole receipt holds: any line of it answers alike."""
    line = basket.lines[0]
    for condition in rule.of_receipt:  # noqa: SIM110  a generator would cost more than most conditions
        if not condition.holds(line, basket, facts):
            return False
    return True
