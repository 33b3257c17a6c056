"""A scenario wholly translated, before anything of it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from benchmarks.oracle import actions, expectations, steps, systems
from benchmarks.oracle.actions import DUTY, Step
from benchmarks.oracle.given import Setup, read_given
from benchmarks.oracle.promos import TAKES_OFF
from benchmarks.oracle.seen import Read
from benchmarks.oracle.words import NotConfigurable, Words, category_code


@dataclass(frozen=True)
class Plan:
    """Nothing of the scenario was left out."""

    setup: Setup
    steps: list[Step]
    readers: dict[str, Read]
    traits: dict[str, tuple[str, ...]]  # of the articles that have any
    point_decimals: int
    follows: bool  # balances and lots are looked at around every step


def translate(case: dict[str, Any]) -> Plan:
    """Raises NotConfigurable when any word of the scenario has no counterpart."""
    words = Words(case, "case")
    system = systems.settings_of(words.take("source", None))
    for told in ("id", "topics", "note"):
        words.take(told, None)
    reasons: list[str] = []
    when = words.take("when", None)
    then = words.take("then", None)
    gives = isinstance(then, dict) and any(word.startswith("free_") for word in then)
    refused = isinstance(then, dict) and not then.keys().isdisjoint(expectations.EXPECT_REFUSALS)
    given = words.take("given")
    setup = _part(
        lambda: read_given(given, when, system, gives_on_top=gives, may_be_refused=refused),
        reasons,
    )
    # What else has no counterpart is told too, so the steps are read even when the programme cannot be made.
    listed = _part(lambda: steps.read_steps(when, setup or Setup.permissive()), reasons)
    _part(lambda: expectations.refuse_unknown(then), reasons)
    _part(words.done, reasons)
    if setup is None or listed is None or reasons:
        raise NotConfigurable("; ".join(reasons))
    readers = expectations.read_then(then, setup, listed)
    traits = _traits(listed)
    _name_goods(setup, listed)
    if any(DUTY in several for several in traits.values()):
        for conditions, effect in setup.rules:
            if effect["type"].endswith(TAKES_OFF):
                conditions.append({"type": "category", "codes": [DUTY], "not": True})
    if any(len(several) > 1 for several in traits.values()):
        _ask_labels(setup)
    numbers = [*steps.point_numbers(listed), *map(expectations.as_number, expectations.point_numbers(then))]
    return Plan(
        setup,
        listed,
        readers,
        traits,
        2 if setup.is_money else _decimals(numbers),
        expectations.follows(then),
    )


def _name_goods(setup: Setup, listed: list[Step]) -> None:
    """Goods that the scenario only names: a category where a line has it, else articles. A gift that names none is the
    only article there is."""
    lines = [line for sale in actions.versions(listed) for line in sale.lines]
    categories = {trait for line in lines for trait in line.traits}
    for conditions, effect in _asking(setup):
        parts = [*conditions, *(effect[key] for key in ("buy", "get") if key in effect)]
        for part in parts:
            if "names" in part:
                _name(part, categories)
        if effect["type"] == "gift":
            skus = effect.pop("got").get("names") or sorted({line.sku for line in lines})
            if len(skus) != 1:
                raise NotConfigurable("given: which of the goods is free is not said")
            effect["skus"] = skus


def _asking(setup: Setup) -> list[tuple[list[dict[str, Any]], dict[str, Any]]]:
    """Conditions and effects of the rules and of the rewards."""
    return [*setup.rules, *((conditions, effect) for _, conditions, effect in setup.rewards)]


def _name(part: dict[str, Any], categories: set[str]) -> None:
    names = part.pop("names")
    codes = [category_code(name) for name in names if category_code(name) in categories]
    if codes and len(codes) != len(names):
        raise NotConfigurable(f"given: {names} are articles and categories in one condition")
    part |= {"codes": codes} if codes else {"skus": names}
    if part.get("type") == "named":
        part["type"] = "category" if codes else "product"


def _part[Part](read: Callable[[], Part], reasons: list[str]) -> Part | None:
    """A part of the scenario, or None and one more reason."""
    try:
        return read()
    except NotConfigurable as reason:
        reasons.append(str(reason))
    except (TypeError, ValueError, AttributeError, ArithmeticError) as error:
        reasons.append(f"the scenario cannot be read: {error}")
    return None


def _traits(listed: list[Step]) -> dict[str, tuple[str, ...]]:
    """{sku: its traits}, of the articles that have any."""
    found: dict[str, tuple[str, ...]] = {}
    for sale in actions.versions(listed):
        for line in sale.lines:
            if found.setdefault(line.sku, line.traits) != line.traits:
                raise NotConfigurable(f"article {line.sku} is described in two ways")
    return {sku: traits for sku, traits in found.items() if traits}


def _ask_labels(setup: Setup) -> None:
    """An article has one category. Where the scenario's have several traits they are labels, and rules ask for those."""
    for conditions, effect in _asking(setup):
        for condition in conditions:
            if condition["type"] == "category":
                condition |= {"type": "label", "labels": condition.pop("codes")}
        if any("codes" in part for part in (*conditions, effect.get("buy", ()), effect.get("get", ()))):
            raise NotConfigurable("given: how much there is of labelled goods is not asked for")


def _decimals(numbers: list[Decimal | None]) -> int:
    """Decimals of a point: as many as the scenario's own numbers of points show."""
    shown = [-int(value.normalize().as_tuple().exponent) for value in numbers if value is not None]
    most = max([0, *shown])
    if most > 2:
        raise NotConfigurable(f"points with {most} decimals; a programme knows at most 2")
    return most
