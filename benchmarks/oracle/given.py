"""`given` of a scenario as the draft of a programme.

What a scenario does not mention is left as open as the product allows: points never burn, are spendable
at once, and may pay the whole bill. What it does mention must have a setting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from benchmarks.oracle import limited, promos, standing
from benchmarks.oracle.told import Told
from benchmarks.oracle.words import NotConfigurable, Words, category_code, plain

ROUNDING = {"floor": "down", "down": "down", "half_up": "half_up", "nearest": "half_up"}
# "base" of earning: does the part paid with points (or taken off by a reward) earn as well?
EARNING_BASE = {
    "incl tax before own reward": True,
    "before own reward": True,
    "incl tax after own reward": False,
    "after own reward": False,
}
# The kind of the coupons that a sale brings for the next visit.
NEXT = "next"
# Currencies whose smallest coin is not a hundredth.
_EXPONENTS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "XPF": 0, "KWD": 3, "BHD": 3, "JOD": 3, "TND": 3}


@dataclass
class Setup:
    """A draft to be published. `program` are fields of Program; a rule is its conditions and its effect."""

    program: dict[str, Any] = field(
        default_factory=lambda: {
            "earn_points": Decimal(0),
            "point_value": Decimal(1),
            "redeem_max_percent": 100,
            "expiry_months": None,
        }
    )
    tiers: list[dict[str, Any]] = field(default_factory=list)
    rules: list[tuple[list[dict[str, Any]], dict[str, Any]]] = field(default_factory=list)
    rewards: list[tuple[Decimal, list[dict[str, Any]], dict[str, Any]]] = field(default_factory=list)
    taken_on_top: dict[str, tuple[str, int]] = field(default_factory=dict)  # reward: the article that it brings, pieces
    coupons: list[str] = field(default_factory=list)
    price_percent: Decimal = Decimal(100)
    earns: bool = False
    pays: bool = False
    discounts: bool = False
    is_probe: bool = False
    is_unread: bool = False
    tax_rate: Decimal | None = None
    next_coupon: bool = False
    is_by_piece: bool = False  # a line is one piece
    gives_on_top: bool = False
    may_be_refused: bool = False  # the scenario expects that a step is
    is_money: bool = False  # a point is money: a wallet or a gift card
    told: Told = field(default_factory=Told)

    @classmethod
    def permissive(cls) -> Setup:
        """Stands in for a programme that cannot be made, so that the steps can still be read for their words."""
        made = cls(earns=True, pays=True, discounts=True, is_unread=True)
        made.rewards = [(Decimal(1), [], {}) for _ in range(9)]
        return made


def read_given(
    raw: Any,
    steps: Any = (),
    system: dict[str, Any] | None = None,
    *,
    gives_on_top: bool = False,
    may_be_refused: bool = False,
) -> Setup:
    """`steps` is the raw `when`, for what the sentence tells of the state before it; `system` are settings that the
    system has for everybody (systems.py); `gives_on_top`: free goods come on top of the basket. Raises NotConfigurable with everything that has no setting."""
    given = Words(raw, "given")
    told = given.take("plain", "")
    config = given.inner("config")
    given.done()
    setup = Setup(told=Told.of(told, steps), gives_on_top=gives_on_top, may_be_refused=may_be_refused)
    if re.match(r"now\b", told) and not setup.told.level:
        raise NotConfigurable(f"given: the state before the first step is told only in a sentence ({told!r})")
    setup.program |= system or {}
    config.only("type", {"points": None}, None)
    if "earn" in config and "rules" in config:
        raise config.refuse("both 'earn' and 'rules' say how points are earned")
    if sum(key in config for key in ("redeem", "reward", "rewards")) > 1:
        raise config.refuse("several of 'redeem', 'reward' and 'rewards' say what points pay")
    for key, read in (("reward", _reward), ("redeem", _redeem), ("earn", _earn)):
        if key in config:
            part = config.inner(key)
            read(part, setup)
            part.done()
    if "rewards" in config:
        for part in config.each("rewards"):
            _reward(part, setup)
            part.done()
        setup.program.setdefault("earn_on_points", True)
    if "earn_only" in config:
        goods = category_code(config.take("earn_only"))
        setup.rules.append(([{"type": "category", "codes": [goods], "not": True}], {"type": "exclude"}))
    if "rules" in config:
        _rules(config.each("rules"), setup)
    _tiers(config, setup)
    _lives(config, setup)
    promos.read_promos(config, setup)
    if setup.rules or setup.earns:
        _only_within(promos.dates(config, "from", "to"), setup)
    else:
        promos.read_conditions(config, setup)
    limited.read_given_limits(config, setup)
    _taxes(config, setup)
    _next_coupon(config, setup)
    config.done()
    # Two settings go together in the product.
    if setup.program.get("redeem_own_points") and not (
        setup.program.get("earn_on_points") and not setup.program.get("activation_days")
    ):
        setup.program["redeem_own_points"] = False
    return setup


def _earn(earn: Words, setup: Setup) -> None:
    per = earn.only("per", {"money": "money", "order": "receipt", "piece": "piece"}, "money")
    setup.earns = True
    points = earn.number("points")
    conditions = _least(earn)
    if "category" in earn:
        conditions.append({"type": "category", "codes": [category_code(earn.take("category"))]})
    if "of" in earn:
        conditions.append({"type": "named", **promos.names_of(earn.take("of"))})
    if per == "money" and not conditions:
        setup.program["earn_points"] = points
        setup.program["earn_per"] = earn.number("per_amount", Decimal(1))
    elif per == "money":
        effect = {"type": "points_per_money", "points": plain(points)}
        setup.rules.append((conditions, effect | {"per": plain(earn.number("per_amount", Decimal(1)))}))
    else:
        setup.rules.append((conditions, {"type": "points", "points": plain(points), "per": per}))
    if "max_points" in earn:
        setup.rules.append(([], {"type": "points_cap", "points": plain(earn.number("max_points"))}))
    setup.program["rounding"] = earn.only("rounding", ROUNDING, "down")
    # A reward is claimed at the counter and lowers nothing of what is earned; points that pay do.
    setup.program["earn_on_points"] = earn.only("base", EARNING_BASE, default=bool(setup.rewards))


def _only_within(days: list[dict[str, Any]], setup: Setup) -> None:
    """All of it counts on these days only."""
    if not days:
        return
    if setup.program["earn_points"]:
        effect = {"type": "points_per_money", "points": plain(setup.program["earn_points"])}
        per = setup.program.get("earn_per", Decimal(1))
        setup.rules.insert(0, ([], effect | {"per": plain(per)}))
        setup.program["earn_points"] = Decimal(0)
        if any(effect["type"] == "multiply" for _, effect in setup.rules) or setup.tiers:
            raise NotConfigurable("given.config: a factor multiplies the base, and the base has no days")
    setup.rules = [([*conditions, *days], effect) for conditions, effect in setup.rules]


def _least(words: Words) -> list[dict[str, Any]]:
    """Least amount and least pieces of the receipt."""
    conditions = promos.dates(words, "from", "to")
    for key in ("min_order", "min_amount", "min_value"):
        if key in words:
            conditions.append({"type": "amount", "minimum": plain(words.number(key))})
    if "min_qty" in words:
        conditions.append({"type": "quantity", "minimum": plain(words.number("min_qty"))})
    return conditions


def _redeem(redeem: Words, setup: Setup) -> None:
    setup.pays = True
    setup.program["point_value"] = redeem.number("money_per_point")
    setup.program["redeem_minimum"] = redeem.number("min_points", Decimal(0))
    setup.program["redeem_step"] = redeem.number("step_points", Decimal(1))
    setup.program["redeem_max_percent"] = redeem.whole("max_percent", 100)
    if "max_points" in redeem:
        setup.program["redeem_max_points"] = redeem.number("max_points")
    elif "max_amount" in redeem:
        most = redeem.number("max_amount") / setup.program["point_value"]
        setup.program["redeem_max_points"] = most.quantize(Decimal(1), ROUND_FLOOR)


def _reward(reward: Words, setup: Setup) -> None:
    """Points by the piece are a value of the point; any other reward is one of the product's."""
    kind = reward.take("kind")
    setup.pays = True
    setup.program |= {"earn_on_points": True, "redeem_own_points": True}
    if kind == "per_point":
        _redeem(reward, setup)
        return
    if kind not in {"fixed", "percent", "free_product"}:
        raise reward.refuse(f"there is no reward of kind {kind!r}: a reward takes money off the bill")
    conditions, cheapest = promos.goods_of(reward)
    cost = reward.number("cost_points")
    if not cost:
        raise reward.refuse("a reward that costs no points")
    if kind == "free_product":
        effect: dict[str, Any] = _free_article(reward, setup)
        conditions = [{"type": "product", "skus": [setup.taken_on_top[f"r{len(setup.rewards) + 1}"][0]]}]
    elif kind == "fixed":
        effect = {"type": "amount_off", "amount": plain(reward.number("value"))}
    else:
        effect = {"type": "percent_off", "percent": plain(reward.number("value"))}
        effect |= {"pieces": 1} if cheapest else {}
        effect |= {"most": plain(reward.number("max_amount"))} if "max_amount" in reward else {}
    setup.rewards.append((cost, conditions, effect))


def _free_article(reward: Words, setup: Setup) -> dict[str, Any]:
    """An article for points: the till sells it with the rest, and the reward takes its price off."""
    key = next((key for key in ("product", "get", "of", "sku") if key in reward), None)
    if key is None:
        raise reward.refuse("which article the points buy is not said")
    pieces = reward.whole("get_qty", 1)
    setup.taken_on_top[f"r{len(setup.rewards) + 1}"] = (str(reward.take(key)), pieces)
    return {"type": "percent_off", "percent": "100", "pieces": pieces}


def _rules(rules: list[Words], setup: Setup) -> None:
    """Rules of points, or (with `percent`) of discounts."""
    if all("percent" in rule for rule in rules):
        promos.read_rules(rules, setup)
        return
    bases = []
    for rule in rules:
        kind = rule.take("rule", None)
        if kind == "per_money":
            bases.append(_per_money(rule))
        elif kind == "multiply":
            factor = rule.number("factor")
            effect = {"type": "multiply", "factor": plain(factor)} if factor else {"type": "exclude"}
            setup.rules.append(([*_least(rule), *_goods(rule)], effect | _last(rule)))
        elif kind == "event":
            _event(rule, setup)
        elif kind in {"product", "product_purchase"}:
            points = {"type": "points", "points": plain(rule.number("points")), "per": "piece"}
            setup.rules.append(([*_least(rule), *_goods(rule)], points | _last(rule)))
        else:
            raise rule.refuse(f"there is no rule of kind {kind!r}")
        rule.done()
    setup.earns = True
    if len(bases) == 1 and not bases[0][1] and not bases[0][3]:
        # One rule for everything is the programme's base; what it leaves out earns nothing else either.
        base, _, excluded, _ = bases[0]
        setup.program["earn_points"] = base
        setup.rules += [([condition], {"type": "exclude"}) for condition in excluded]
        return
    if any(effect["type"] == "multiply" for _, effect in setup.rules):
        raise NotConfigurable("given.config.rules: a factor multiplies the base only, not what other rules add")
    for rate, conditions, excluded, last in bases:
        conditions = conditions + [condition | {"not": True} for condition in excluded]
        setup.rules.append((conditions, {"type": "points_per_money", "points": plain(rate)} | last))


# Points for what is no sale: only for becoming a member, and for the first sale.
JOINING = frozenset({"account_created", "registered", "sign_up", "customer_registered", "enrolled"})
_FIRST_SALE = frozenset({"first_purchase", "first_order"})


def _event(rule: Words, setup: Setup) -> None:
    event, points = str(rule.take("event")), rule.number("points")
    if event in JOINING:
        # A gift to newcomers must not pay a whole bill; how much it may pay nobody asks here.
        setup.program |= {"welcome_points": points, "redeem_max_percent": 99}
    elif event in _FIRST_SALE:
        setup.rules.append(([{"type": "first_purchase"}], {"type": "points", "points": plain(points)}))
    else:
        raise rule.refuse(f"there are no points for the event {event!r}: it is no sale")


def _per_money(rule: Words) -> tuple[Decimal, list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]:
    """(points, conditions, goods that are left out, whether it ends the rules after it)"""
    conditions = [*_least(rule), *_goods(rule)]
    excluded = []
    for key in ("exclude_skus", "excluded_skus"):
        if key in rule:
            excluded.append({"type": "product", "skus": rule.texts(key)})
    if "exclude_labels" in rule:
        excluded.append({"type": "category", "codes": [category_code(label) for label in rule.texts("exclude_labels")]})
    if rule.flag("exclude_delivery"):
        excluded.append({"type": "category", "codes": ["delivery"]})
    return rule.number("points"), conditions, excluded, _last(rule)


def _last(rule: Words) -> dict[str, Any]:
    return {"last": True} if rule.flag("last") else {}


def _goods(rule: Words) -> list[dict[str, Any]]:
    words = [key for key in ("skus", "labels", "include_labels", "include_skus") if key in rule]
    if len(words) > 1:
        raise rule.refuse(f"{words} in one rule: whether both or one must hold is not said")
    if not words:
        return []
    if words[0].endswith("skus"):
        return [{"type": "product", "skus": rule.texts(words[0])}]
    return [{"type": "category", "codes": [category_code(label) for label in rule.texts(words[0])]}]


def _lives(config: Words, setup: Setup) -> None:
    if "activation_days" in config:
        setup.program["activation_days"] = config.whole("activation_days")
    lives = [key for key in ("expiry_months", "expiry_days", "lot_life_days") if key in config]
    if len(lives) > 1:
        raise config.refuse(f"several lives of points: {lives}")
    if lives == ["expiry_months"]:
        setup.program["expiry_months"] = config.whole("expiry_months")
    elif lives:
        setup.program |= {"expiry_kind": "days", "expiry_days": config.whole(lives[0])}


def _taxes(config: Words, setup: Setup) -> None:
    """How the tax in a bill is rounded, and the rate of lines that say none (in their price, as tills print it)."""
    if "currency" in config:
        currency = str(config.take("currency")).upper()
        setup.program |= {"currency": currency, "currency_exponent": _EXPONENTS.get(currency, 2)}
    if "tax_rate" in config:
        setup.tax_rate = config.number("tax_rate")
    if "mode" in config:
        setup.program["tax_rounding"] = config.only("mode", {key: key for key in ("line", "sum_net", "sum_keep_gross")})
        setup.is_by_piece = True  # there a line is one piece


def _next_coupon(config: Words, setup: Setup) -> None:
    """A coupon that every sale brings, usable after some days, for some days."""
    if not any(key in config for key in ("days_inactive", "days_valid")):
        return
    effect: dict[str, Any] = {"type": "next_coupon", "series": NEXT, "after": config.whole("days_inactive", 0)}
    days = config.whole("days_valid", 0)
    if not config.flag("unlimited") and days:
        effect["days"] = days
    setup.next_coupon = True
    setup.rules.append(([], effect))


def _multiplier(step: Words, setup: Setup) -> Decimal:
    """Of a tier with its own money per point: how much better than the programme's (or the first tier's) that is."""
    if "per_amount" not in step:
        multiplier: Decimal = step.number("multiplier", Decimal(1))
        return multiplier
    per = step.number("per_amount")
    if not per:
        raise step.refuse("points for every 0 of money")
    if not setup.earns:
        setup.earns = True
        setup.program |= {"earn_points": Decimal(1), "earn_per": per}
    return Decimal(setup.program.get("earn_per", Decimal(1)) / per)


def _tiers(config: Words, setup: Setup) -> None:
    if "tiers" in config and "levels" in config:
        raise config.refuse("both 'tiers' and 'levels'")
    steps, threshold = [], "min_spent"
    if "tiers" in config:
        steps = config.each("tiers")
    if "levels" in config:
        standing.read_ladder(config, setup)
        steps, threshold = config.each("levels"), "from"
    for step in steps:
        setup.tiers.append(
            {
                "name": str(step.take("name")),
                "threshold": step.number(threshold),
                "multiplier": _multiplier(step, setup),
            }
        )
        step.done()
        if setup.tiers[-1]["multiplier"] < 1:
            raise step.refuse("a tier cannot take points away")
