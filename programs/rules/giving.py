"""What a rule on points gives to the lines that match it: a closure, made once per version.

Of twenty rules those that match are asked for every basket there is, so nothing is decided here that was known when the
version was compiled: what the rule is, its exact rate, how it rounds, and what its sentence says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from loyalty_site.ground.rules.money import round_minor, round_share, spread
from programs.rules.basket import Given, Line
from programs.rules.effects import Effect, Multiply, PerMoney, Points
from programs.rules.parsing import Units, rate_text

BASE = "base"
RULE = "rule"
FIXED = "points"
PER_MONEY = "per_money"
TIER = "tier"

# What Given(...) does, in half its time; every basket makes some.
_new = tuple.__new__

# (positions of the lines that match, minor money by which every line earns, all lines) -> what they are given
type Give = Callable[[list[int], list[int], Sequence[Line]], list[Given]]
# base points of every line -> what a tier gives on top of them
type GiveMore = Callable[[list[int]], list[Given]]
# minor money of some lines -> minor points of each
type Share = Callable[[list[int]], list[int]]


def share_by_money(rate: Fraction, rounding: str, *, on_lines: bool) -> Share:
    """Points for money: rounded once on the sum and spread by the money, or on each line."""
    if on_lines:
        return lambda weights: [round_share(weight, rate, rounding) for weight in weights]
    if rounding == "down":
        numerator, denominator = rate.as_integer_ratio()
        return lambda weights: spread(sum(weights) * numerator // denominator, weights)
    return lambda weights: spread(round_share(sum(weights), rate, rounding), weights)


def base_awards(points_by_line: list[int], details: dict[str, Any]) -> list[Given]:
    """The programme's own points of each line."""
    return [
        _new(Given, (position, BASE, BASE, points, details)) for position, points in enumerate(points_by_line) if points
    ]


def giver_of(
    key: str, name: str, effect: Effect, base: Fraction, units: Units, *, rounding: str, on_lines: bool
) -> Give:
    """What a rule with this effect gives of points. `base` are the programme's minor points per minor money;
    `rounding` and `on_lines` the programme's, where the effect says no other."""
    if isinstance(effect, Points):
        return _fixed(key, {"name": name}, effect)
    if isinstance(effect, Multiply):
        rate, details = base * (Fraction(effect.factor) - 1), {"name": name, "factor": str(effect.factor)}
        return _by_money(key, RULE, details, rate, effect.rounding or rounding, on_lines=on_lines)
    if isinstance(effect, PerMoney):
        details = {"name": name, "rate": rate_text(effect.rate, units)}
        return _by_money(key, PER_MONEY, details, effect.rate, effect.rounding or rounding, on_lines=on_lines)
    return gives_nothing


def tier_giver(key: str, name: str, multiplier: Decimal, rounding: str) -> GiveMore:
    """(multiplier - 1) times the base points, of the whole receipt and spread over its lines."""
    more, details = multiplier - 1, {"name": name, "factor": str(multiplier)}
    numerator, denominator = more.as_integer_ratio()
    is_down = rounding == "down"

    def give(points_by_line: list[int]) -> list[Given]:
        base = sum(points_by_line)
        total = base * numerator // denominator if is_down else round_minor(base * more, rounding)
        return [
            _new(Given, (position, key, TIER, points, details))
            for position, points in enumerate(spread(total, points_by_line))
            if points
        ]

    return give if more > 0 else lambda points_by_line: []


def gives_nothing(matching: list[int], earning: list[int], lines: Sequence[Line]) -> list[Given]:
    """Of an effect that is not on points."""
    return []


def _by_money(key: str, reason: str, details: dict[str, Any], rate: Fraction, rounding: str, *, on_lines: bool) -> Give:
    share = share_by_money(rate, rounding, on_lines=on_lines)
    numerator, denominator = rate.as_integer_ratio()
    is_down = rounding == "down"

    def give(matching: list[int], earning: list[int], lines: Sequence[Line]) -> list[Given]:
        if len(matching) == 1 and is_down:  # by far the most
            position = matching[0]
            points = earning[position] * numerator // denominator
            return [_new(Given, (position, key, reason, points, details))] if points else []
        shares = share([earning[position] for position in matching])
        return [
            Given(position, key, reason, points, details)
            for position, points in zip(matching, shares, strict=True)
            if points
        ]

    return give


def _fixed(key: str, details: dict[str, Any], effect: Points) -> Give:
    def give(matching: list[int], earning: list[int], lines: Sequence[Line]) -> list[Given]:
        if effect.per_piece:
            shares = [effect.points * int(lines[position].quantity) for position in matching]
        else:
            shares = spread(effect.points, [earning[position] for position in matching])
        return [
            Given(position, key, FIXED, points, details)
            for position, points in zip(matching, shares, strict=True)
            if points
        ]

    return give
