"""Whether conditions can hold together: what is certain to be empty, and nothing that is only unlikely. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from programs.rules.buyer_conditions import IsBuyer
from programs.rules.conditions import Condition, InCategory, IsProduct, Not, OfBrand, OnTier, OnWeekday
from programs.rules.history_conditions import FirstPurchase, NthPurchase
from programs.rules.receipt_conditions import AtPartner, BetweenDates, ByChannel, InHours, InStore


def contradiction(conditions: Sequence[Condition]) -> tuple[Condition, Condition] | None:
    """Two conditions that never hold at once, or None."""
    return next((pair for pair in combinations(conditions, 2) if _exclude(*pair)), None)


def _exclude(one: Condition, other: Condition) -> bool:
    if isinstance(one, Not) and isinstance(other, Not):
        return False
    if isinstance(one, Not):
        one, other = other, one
    if isinstance(other, Not):
        return _implies(one, other.condition)
    if isinstance(one, BetweenDates) and isinstance(other, BetweenDates):
        return max(one.first, other.first) > min(one.last, other.last)
    if isinstance(one, InHours) and isinstance(other, InHours):
        return not (_minutes(one) & _minutes(other))
    if isinstance(one, IsBuyer) and isinstance(other, IsBuyer):
        return one.company != other.company
    numbers = [_numbers(condition) for condition in (one, other)]
    if numbers[0] is not None and numbers[1] is not None:
        return numbers[0].isdisjoint(numbers[1])
    values, others = _values(one), _values(other)
    return type(one) is type(other) and values is not None and others is not None and values.isdisjoint(others)


def _implies(one: Condition, other: Condition) -> bool:
    """Whether `other` certainly holds where `one` does."""
    if one == other:
        return True
    values, others = _values(one), _values(other)
    return type(one) is type(other) and values is not None and others is not None and values <= others


def _values(condition: Condition) -> frozenset[str] | frozenset[int] | None:
    """What it asks for, where a line or a receipt has exactly one of the kind."""
    match condition:
        case InCategory(values) | IsProduct(values) | OfBrand(values) | OnTier(values):
            return values
        case InStore(values) | AtPartner(values) | ByChannel(values):
            return values
        case OnWeekday(days):
            return days
    return None


def _numbers(condition: Condition) -> frozenset[int] | None:
    """Of which purchases it holds, where they are named."""
    match condition:
        case FirstPurchase():
            return frozenset({1})
        case NthPurchase(numbers, 0):
            return numbers
    return None


def _minutes(hours: InHours) -> frozenset[int]:
    if hours.start < hours.until:
        return frozenset(range(hours.start, hours.until))
    return frozenset((*range(hours.start, 24 * 60), *range(hours.until)))
