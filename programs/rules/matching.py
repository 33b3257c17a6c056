"""Which lines of a basket a rule is about."""

from __future__ import annotations

from programs.rules.basket import Basket, Facts
from programs.rules.documents import CompiledRule


def matching_lines(rule: CompiledRule, basket: Basket, facts: Facts) -> list[int]:
    """Positions (from 0) of the lines for which all conditions hold."""
    lines = basket.lines
    if not lines:
        return []
    for condition in rule.of_receipt:
        if not condition.holds(lines[0], basket, facts):
            return []
    if not rule.of_line:
        return list(range(len(lines)))
    return [
        position
        for position, line in enumerate(lines)
        if all(condition.holds(line, basket, facts) for condition in rule.of_line)
    ]
