"""One rule or one reward of a document, read and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from loyalty_site.ground.errors import Said
from programs.rules.basket import Line
from programs.rules.benefits import BENEFITS
from programs.rules.conditions import Condition, is_of_receipt, parse_condition
from programs.rules.discounts import DISCOUNTS, PERSONAL, DiscountEffect
from programs.rules.effects import CAPS, Effect, Exclude, parse_effect
from programs.rules.limits import MONEY, POINTS, TIMES, Limit
from programs.rules.matching import CompiledRule
from programs.rules.parsing import (
    FINEST,
    ConditionError,
    DocumentError,
    Units,
    count_of,
    flag_of,
    minor_of,
    unserved,
)
from programs.rules.receipt_conditions import QuantityAtLeast


@dataclass(frozen=True, slots=True)
class Reward:
    """What `cost` minor points buy at the counter: a discount on the lines for which all conditions hold, as for a
    rule."""

    key: str
    name: str
    cost: int
    effect: DiscountEffect
    of_receipt: tuple[Condition, ...] = ()
    of_line: tuple[Condition, ...] = ()

    def shares(self, lines: Sequence[Line], left: Sequence[int], fits: Sequence[int], leftover: str) -> list[int]:
        """What it takes off each line, in minor money, of what is `left` of them; `fits` are the positions of those for
        which its conditions hold."""
        positions = range(len(lines)) if fits and self.effect.of_receipt else fits
        off = self.effect.shares([lines[at] for at in positions], [left[at] for at in positions], leftover)
        shares = [0] * len(left)
        for position, share in zip(positions, off, strict=True):
            shares[position] = share
        return shares


def parse_reward(raw: Mapping[str, Any], units: Units = FINEST) -> Reward:
    """One reward of a document. Raises DocumentError with a text for the editor."""
    key = str(raw["key"])
    try:
        effect = parse_effect(raw["effect"], units)
        if not isinstance(effect, DISCOUNTS):
            raise DocumentError("a reward takes money off the bill; its effect must be a discount")
        if isinstance(effect, PERSONAL) or "limits" in raw["effect"]:
            raise DocumentError("a reward takes the same off for everybody; make this a rule")
        cost = minor_of(raw["cost"], units.points, Said("cost in points"))
        if cost == 0:
            raise DocumentError("a reward costs points; without a cost, make it a rule")
        of_receipt, of_line = _conditions(raw.get("conditions", ()), units)
    except (DocumentError, ConditionError) as error:
        raise DocumentError("reward %(reward)s: %(problem)s", reward=key, problem=error.said) from error
    return Reward(key, str(raw["name"]), cost, cast(DiscountEffect, effect), of_receipt, of_line)


def parse_rule(raw: Mapping[str, Any], units: Units = FINEST) -> CompiledRule:
    """One rule of a document. Raises DocumentError or ConditionError with a text for the editor."""
    key = str(raw["key"])
    try:
        effect = parse_effect(raw["effect"], units)
        is_last = flag_of(raw["effect"].get("last", False), Said("“last”"))
        is_exclusive = flag_of(raw["effect"].get("exclusive", False), Said("“exclusive”"))
        priority = count_of(raw["effect"].get("priority", 0), Said("“priority”"), least=0)
        group = raw["effect"].get("group", "")
        if not isinstance(group, str):
            raise DocumentError("“group” must be a text")
        limits = tuple(limit.named(key) for limit in _limits(raw["effect"], effect, units))
    except DocumentError as error:
        raise DocumentError("rule %(rule)s: %(problem)s", rule=key, problem=error.said) from error
    of_receipt, of_line = _conditions(raw["conditions"], units)
    return CompiledRule(
        key=key,
        name=str(raw["name"]),
        of_receipt=of_receipt,
        of_line=of_line,
        effect=effect,
        is_last=is_last,
        group=group,
        priority=priority,
        is_exclusive=is_exclusive,
        limits=limits,
        asks_pieces=max([int(one.minimum) for one in of_receipt if isinstance(one, QuantityAtLeast)], default=0),
    )


def _conditions(raw: Sequence[object], units: Units) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
    """Those that are asked of the whole receipt, and those that are asked of a line. Raises ConditionError."""
    conditions = [parse_condition(part, units) for part in raw]
    of_receipt = tuple(one for one in conditions if is_of_receipt(one))
    return of_receipt, tuple(one for one in conditions if not is_of_receipt(one))


def _limits(raw: Mapping[str, Any], effect: Effect, units: Units) -> list[Limit]:
    """The limits of an effect: those it says, and those it is (a cap, a stock)."""
    found: list[Limit] = list(getattr(effect, "limits", ()))
    said = raw.get("limits", [])
    if not isinstance(said, list):
        raise DocumentError("“limits” must be a list of objects with “of”, “per” and “most”")
    if said and isinstance(effect, (Exclude, *CAPS)):
        raise DocumentError("an effect “%(type)s” gives nothing that could be limited", type=effect.type)
    found += [Limit.parse(one, _kinds(effect), units) for one in said]
    if len({(one.of, one.per, one.within) for one in found}) != len(found):
        raise DocumentError("two limits are of the same kind")
    if any(unserved(part, units) for part in (*found, getattr(effect, "takes", None))):
        raise DocumentError("a limit over several receipts cannot be used yet: nothing counts for it")
    return found


def _kinds(effect: Effect) -> tuple[str, ...]:
    if isinstance(effect, BENEFITS):
        return (TIMES,)
    return (MONEY, TIMES) if isinstance(effect, DISCOUNTS) else (POINTS, TIMES)
