"""`given` of a scenario as the draft of a programme.

What a scenario does not mention is left as open as the product allows: points never burn, are spendable
at once, and may pay the whole bill. What it does mention must have a setting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from benchmarks.oracle.words import NotConfigurable, Words

ROUNDING = {"floor": "down", "down": "down", "half_up": "half_up", "nearest": "half_up"}
# "base" of earning: does the part paid with points earn as well?
EARNING_BASE = {"incl tax before own reward": True}


@dataclass
class Setup:
    """A draft to be published. `program` are fields of Program; a rule is its conditions and factor."""

    program: dict[str, Any] = field(
        default_factory=lambda: {
            "earn_points": Decimal(0),
            "point_value": Decimal(1),
            "redeem_max_percent": 100,
            "expiry_months": None,
        }
    )
    tiers: list[dict[str, Any]] = field(default_factory=list)
    rules: list[tuple[list[dict[str, Any]], Decimal]] = field(default_factory=list)
    reward_cost: Decimal | None = None
    earns: bool = False
    pays: bool = False
    is_unread: bool = False

    @classmethod
    def permissive(cls) -> Setup:
        """Stands in for a programme that cannot be made, so that the steps can still be read for their words."""
        return cls(earns=True, pays=True, reward_cost=Decimal(1), is_unread=True)


def read_given(raw: Any) -> Setup:
    """Raises NotConfigurable with everything that has no setting."""
    given = Words(raw, "given")
    told = given.take("plain", "")
    config = given.inner("config")
    given.done()
    if re.match(r"now\b", told):
        raise NotConfigurable(f"given: the state before the first step is told only in a sentence ({told!r})")
    setup = Setup()
    config.only("type", {"points": None}, None)
    if "earn" in config and "rules" in config:
        raise config.refuse("both 'earn' and 'rules' say how points are earned")
    if "redeem" in config and "reward" in config:
        raise config.refuse("both 'redeem' and 'reward' say what points pay")
    for key, read in (("earn", _earn), ("redeem", _redeem), ("reward", _reward)):
        if key in config:
            part = config.inner(key)
            read(part, setup)
            part.done()
    if "rules" in config:
        _rules(config.each("rules"), setup)
    _tiers(config, setup)
    for key in ("activation_days", "expiry_months"):
        if key in config:
            setup.program[key] = config.whole(key)
    config.done()
    return setup


def _earn(earn: Words, setup: Setup) -> None:
    earn.only("per", {"money": None}, None)
    setup.earns = True
    setup.program["earn_points"] = earn.number("points")
    setup.program["earn_per"] = earn.number("per_amount", Decimal(1))
    setup.program["rounding"] = earn.only("rounding", ROUNDING, "down")
    setup.program["earn_on_points"] = earn.only("base", EARNING_BASE, default=False)


def _redeem(redeem: Words, setup: Setup) -> None:
    setup.pays = True
    setup.program["point_value"] = redeem.number("money_per_point")
    setup.program["redeem_minimum"] = redeem.number("min_points", Decimal(0))
    setup.program["redeem_step"] = redeem.number("step_points", Decimal(1))
    setup.program["redeem_max_percent"] = redeem.whole("max_percent", 100)


def _reward(reward: Words, setup: Setup) -> None:
    """A reward that takes money off the order for points is a value of the point; any other has no setting."""
    kind = reward.take("kind")
    if kind == "per_point":
        _redeem(reward, setup)
        return
    if kind != "fixed":
        raise reward.refuse(f"points pay a fixed amount of money, there is no reward of kind {kind!r}")
    reward.only("scope", {"order": None})
    value, cost = reward.number("value"), reward.number("cost_points")
    if not cost:
        raise reward.refuse("a reward that costs no points")
    setup.pays, setup.reward_cost = True, cost
    setup.program |= {"point_value": value / cost, "redeem_step": cost}


def _rules(rules: list[Words], setup: Setup) -> None:
    """The first `per_money` is the base; each further one adds its share of the base everywhere."""
    bases: list[Decimal] = []
    for rule in rules:
        kind = rule.take("rule", None)
        if kind == "per_money":
            bases.append(rule.number("points"))
        elif kind == "multiply":
            setup.rules.append((_conditions(rule), rule.number("factor")))
        else:
            raise rule.refuse(
                f"there is no rule of kind {kind!r}" if kind else "the product makes no discounts on goods"
            )
        rule.done()
    if not bases or not bases[0]:
        raise NotConfigurable("given.config.rules: no rule gives points for money")
    if len(bases) > 1 and setup.rules:
        raise NotConfigurable("given.config.rules: a factor multiplies the base only, not what other rules add")
    setup.earns = True
    setup.program["earn_points"] = bases[0]
    setup.rules += [([], 1 + more / bases[0]) for more in bases[1:]]


def _conditions(rule: Words) -> list[dict[str, Any]]:
    if "skus" in rule and "labels" in rule:
        raise rule.refuse("'skus' and 'labels' in one rule: whether both or one must hold is not said")
    if "skus" in rule:
        return [{"type": "product", "skus": rule.texts("skus")}]
    if "labels" in rule:
        return [{"type": "category", "codes": [category_code(label) for label in rule.texts("labels")]}]
    return []


def _tiers(config: Words, setup: Setup) -> None:
    if "tiers" in config and "levels" in config:
        raise config.refuse("both 'tiers' and 'levels'")
    steps, threshold = [], "min_spent"
    if "tiers" in config:
        steps = config.each("tiers")
    if "levels" in config:
        # A tier goes by what was spent, and selling never lowers it.
        config.only("base", {"transaction amount": None})
        config.only("downgrade", {"none": None}, None)
        config.only("manual_level_is_floor", {False: None}, None)
        steps, threshold = config.each("levels"), "from"
    for step in steps:
        setup.tiers.append(
            {
                "name": str(step.take("name")),
                "threshold": step.number(threshold),
                "multiplier": step.number("multiplier", Decimal(1)),
            }
        )
        step.done()
        if setup.tiers[-1]["multiplier"] < 1:
            raise step.refuse("a tier cannot take points away")


def category_code(label: str) -> str:
    """A label such as 'color:red' as the code of a category, which is a slug."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", str(label))
