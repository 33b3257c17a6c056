"""`then` of a scenario: what each word is read from after the steps, and whether the numbers agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from benchmarks.oracle.given import Setup
from benchmarks.oracle.steps import Return, Sale, Step, sales
from benchmarks.oracle.words import REASONS, NotConfigurable

# Sentences of other systems' refusals and our codes.
ERRORS = {"not enough points": "insufficient_points"}


@dataclass
class Seen:
    """What the steps brought: answers of the sales and returns, the first refusal, and the member at the end."""

    sold: list[dict[str, Any]] = field(default_factory=list)
    returned: list[dict[str, Any]] = field(default_factory=list)
    refused_at: int | None = None
    refusal: str = ""
    sentence: str = ""
    balance: str = "0"
    tier: str = ""


Read = Callable[[Seen], Any]


def refuse_unknown(raw: Any) -> None:
    """Raises NotConfigurable with every expected word that nothing answers."""
    if not isinstance(raw, dict) or not raw:
        raise NotConfigurable("then: nothing is expected")
    unknown = raw.keys() - _READERS.keys()
    if unknown:
        told = {key: REASONS.get(key, "this word has no counterpart in the answers of the product") for key in raw}
        raise NotConfigurable("; ".join(f"then: {key!r}: {told[key]}" for key in raw if key in unknown))


def read_then(raw: dict[str, Any], setup: Setup, steps: list[Step]) -> dict[str, Read]:
    """For every expected word, how it is read. Raises NotConfigurable when the scenario leaves open what it means."""
    refuse_unknown(raw)
    return {key: _READERS[key](setup, steps, expected) for key, expected in raw.items()}


def point_numbers(raw: dict[str, Any]) -> list[Any]:
    """Every number of points that is expected."""
    found: list[Any] = []
    for key in raw.keys() & _IN_POINTS:
        found += raw[key] if isinstance(raw[key], list) else [raw[key]]
    return found


def same(got: Any, expected: Any) -> bool:
    """Numbers by value whatever they are written as; lists piece by piece; texts to the letter."""
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == len(expected) and all(map(same, got, expected))
    if got is None or expected is None or isinstance(expected, bool):
        return got is expected
    left, right = as_number(got), as_number(expected)
    if left is not None and right is not None:
        return left == right
    return str(got) == str(expected)


def shown(got: Any, expected: Any) -> Any:
    """What was got, written as the expected value is: a number where that is a number."""
    if isinstance(got, list) and isinstance(expected, list):
        return [shown(*pair) for pair in zip(got, expected, strict=True)] if len(got) == len(expected) else got
    value = as_number(got)
    if value is None or isinstance(expected, bool) or not isinstance(expected, int | float):
        return got
    return int(value) if value == int(value) else float(value)


def as_number(raw: Any) -> Decimal | None:
    try:
        value = Decimal(str(raw))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _per_sale(word: str, *, needs: str) -> Callable[[Setup, list[Step], Any], Read]:
    """A word of a sale's answer: one number for the only sale, a list for several."""

    def reader(setup: Setup, steps: list[Step], expected: Any) -> Read:
        if not getattr(setup, needs):
            what = "how points are earned" if needs == "earns" else "what points pay"
            raise NotConfigurable(f"then: {word} is asked for, but the scenario does not say {what}")
        count = len(sales(steps))
        if isinstance(expected, list):
            return lambda seen: [answer[word] for answer in seen.sold]
        if count != 1:
            raise NotConfigurable(f"then: one number for {word}, but there are {count} sales")
        return lambda seen: seen.sold[0][word] if seen.sold else None

    return reader


def _before(setup: Setup, steps: list[Step], expected: Any) -> Read:
    """The bill before points pay."""
    return _per_sale("total", needs="pays")(setup, steps, expected)


def _revoked(setup: Setup, steps: list[Step], expected: Any) -> Read:
    returns = sum(isinstance(step.action, Return) for step in steps)
    if isinstance(expected, list):
        return lambda seen: [answer["points_taken_back"] for answer in seen.returned]
    if returns != 1:
        raise NotConfigurable(f"then: one number of revoked points, but there are {returns} returns")
    return lambda seen: seen.returned[0]["points_taken_back"] if seen.returned else None


def _balance(setup: Setup, steps: list[Step], expected: Any) -> Read:
    if isinstance(expected, list):
        raise NotConfigurable("then: the balance is read once, after the last step")
    if not setup.earns and any(isinstance(step.action, Sale) and not step.action.points for step in steps):
        raise NotConfigurable("then: a balance after a sale, but the scenario does not say how points are earned")
    return lambda seen: seen.balance


def _tier(setup: Setup, steps: list[Step], expected: Any) -> Read:
    if isinstance(expected, list):
        raise NotConfigurable("then: the tier is read once, after the last step")
    if not setup.tiers:
        raise NotConfigurable("then: a tier is asked for, but the scenario has none")
    return lambda seen: seen.tier or None


def _error(setup: Setup, steps: list[Step], expected: Any) -> Read:
    code = ERRORS.get(str(expected))
    if code is None:
        raise NotConfigurable(f"then: no refusal of the product means {expected!r}")
    return lambda seen: expected if seen.refusal == code else seen.refusal or None


def _error_at(setup: Setup, steps: list[Step], expected: Any) -> Read:
    return lambda seen: seen.refused_at


_READERS: dict[str, Callable[[Setup, list[Step], Any], Read]] = {
    "points_earned": _per_sale("points_earned", needs="earns"),
    "points_used": _per_sale("points_redeemed", needs="pays"),
    "points_cost": _per_sale("points_redeemed", needs="pays"),
    "paid_with_points": _per_sale("paid_with_points", needs="pays"),
    "total": _per_sale("to_pay", needs="pays"),
    "before": _before,
    "points_revoked": _revoked,
    "balance": _balance,
    "tier": _tier,
    "level": _tier,
    "error": _error,
    "error_at_step": _error_at,
}
_IN_POINTS = {"points_earned", "points_used", "points_cost", "points_revoked", "balance"}
