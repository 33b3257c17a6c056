"""Discounts of a scenario as rules of the programme: promotions, coupons, steps, prices by the piece.

Goods that a scenario only names become a condition of the kind "named"; runner.py makes it one of articles or of a
category when the steps have said what the name is.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from benchmarks.oracle import limited
from benchmarks.oracle.words import NotConfigurable, Words, category_code, plain

if TYPE_CHECKING:
    from benchmarks.oracle.given import Setup

# What a scenario is tried with that only asks whether something applies.
PROBE = {"type": "percent_off", "percent": "1"}
# How the types of effects end that take money off.
TAKES_OFF = ("_off", "_price", "buy_get")
NOT_ELIGIBLE = "not-eligible"
_ALL_GOODS = frozenset({"order", "basket", "cart", "receipt", "all"})
_SHIPPING = frozenset({"free_shipping", "free_delivery"})


def read_promos(config: Words, setup: Setup) -> None:
    """Whatever of `config` says what comes off the price."""
    if "promo" in config:
        part = config.inner("promo")
        setup.rules.append(_promo(part, setup))
        part.done()
    if "promos" in config:
        parts = config.each("promos")
        made = []
        for part in parts:
            stage = part.number("stage", None)
            made.append((stage or 0, *_promo(part, setup, stage)))
            part.done()
        setup.rules += [(conditions, effect) for _, conditions, effect in sorted(made, key=lambda one: one[0])]
    if "coupon" in config:
        part = config.inner("coupon")
        conditions, effect = _promo(part, setup)
        part.done()
        setup.rules.append(([*conditions, _coupon("the coupon", setup)], effect))
    if "pricelist_percent" in config:
        # The prices are the till's.
        setup.price_percent -= config.number("pricelist_percent")
    _steps(config, setup)
    if "first" in config:
        effect = {"type": "piece_off", "first": plain(config.number("first")), "next": plain(config.number("next"))}
        most = config.whole("max_items", 0)  # 0 is what others call no limit
        effect |= {"pieces": most} if most else {}
        setup.rules.append(([], effect))
    setup.discounts = any(effect["type"].endswith(TAKES_OFF) for _, effect in setup.rules)


def read_rules(rules: list[Words], setup: Setup) -> None:
    """Rules with a percentage, of which each piece gets the first that fits it."""
    made = []
    for number, rule in enumerate(rules):
        place = rule.number("position", None)
        made.append((number if place is None else place, *_percent_rule(rule)))
        rule.done()
    setup.rules += [(conditions, effect) for _, conditions, effect in sorted(made, key=lambda one: one[0])]
    setup.program["discount_stacking"] = "first"


def _percent_rule(rule: Words) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    percent = plain(rule.number("percent"))
    conditions = dates(rule, "start", "end")
    of = names_of(rule.take("of")) if "of" in rule else {}
    if "channels" in rule:
        conditions.append({"type": "channel", "channels": rule.texts("channels")})
    for key in ("only", "on"):
        if key in rule:
            goods = names_of(rule.take(key))
            conditions.append({"type": "named", **goods})
            of = of or (goods if key == "only" else {})
    if "min_value" in rule:
        conditions.append({"type": "amount", "minimum": plain(rule.number("min_value")), **of})
    pieces = rule.whole("min_qty", None)
    if "only_cheapest" in rule:
        effect: dict[str, Any] = {"type": "cheapest_off", "every": pieces or 1, "percent": percent}
        return conditions, effect | {"pieces": rule.whole("only_cheapest")}
    if pieces is not None:
        conditions.append({"type": "quantity", "minimum": pieces, **of})
    return conditions, {"type": "percent_off", "percent": percent}


def _promo(promo: Words, setup: Setup, stage: Any = None) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    kind = promo.take("kind", None)
    conditions = dates(promo, "from", "to")
    if kind in _SHIPPING:
        promo.take("scope", None)
        goods, cheapest = [{"type": "named", "names": ["delivery"]}], False
    else:
        goods, cheapest = goods_of(promo)
    named = {"names": goods[0]["names"]} if goods else {}
    conditions += [*goods, *_left_out(promo)]
    conditions += _minimums(promo, named, is_worth=kind not in {"cheapest_free", "free_product"})
    if "code" in promo:
        conditions.append(_coupon(str(promo.take("code")), setup))
    effect = _effect(kind, promo, setup)
    conditions += effect.pop("conditions", [])
    if cheapest:
        if effect["type"] != "percent_off" or "pieces" in effect:
            raise promo.refuse("only a share is taken off the cheapest piece")
        effect["pieces"] = 1
    limited.limit_effect(effect, limited.read_limits(promo))
    promo.only("spread", {"by price": None}, None)
    if "leftover" in promo:
        setup.program["discount_leftover"] = promo.only("leftover", {key: key for key in ("largest", "first", "last")})
    if stage is not None:
        effect["group"] = f"stage-{plain(stage)}"
    if promo.flag("order_wide"):
        effect["group"] = "order"
    return conditions, effect


def goods_of(words: Words) -> tuple[list[dict[str, Any]], bool]:
    """(the goods that "scope" names, whether it is the cheapest piece of them: "cheapest", "cheapest of X")."""
    scope = words.take("scope", "order")
    cheapest = re.fullmatch(r"(?:the )?cheapest(?: of (.+))?", scope) if isinstance(scope, str) else None
    if cheapest:
        scope = cheapest[1] or "order"
    if isinstance(scope, str) and scope in _ALL_GOODS:
        return [], cheapest is not None
    if isinstance(scope, str) and " " in scope:
        raise words.refuse(f"the scope {scope!r} is told in a sentence")
    return [{"type": "named", **names_of(scope)}], cheapest is not None


def _left_out(promo: Words) -> list[dict[str, Any]]:
    """Goods that nothing comes off."""
    found = []
    for key in ("exclude_skus", "excluded_skus", "exclude"):
        if key in promo:
            found.append({"type": "named", "not": True, **names_of(promo.take(key))})
    if "exclude_labels" in promo:
        codes = [category_code(label) for label in promo.texts("exclude_labels")]
        found.append({"type": "category", "codes": codes, "not": True})
    if promo.flag("exclude_delivery"):
        found.append({"type": "category", "codes": ["delivery"], "not": True})
    return found


def _minimums(promo: Words, goods: dict[str, Any], *, is_worth: bool) -> list[dict[str, Any]]:
    conditions = []
    # The product's lines cost what the customer pays, so amounts are gross where nothing else is said.
    tax = {"tax": promo.only("measured", {"gross": "gross", "net": "net"})} if "measured" in promo else {}
    for key, measured in (("min_amount", "before"), ("min_amount_after", "after")):
        if key in promo:
            conditions.append({"type": "amount", "minimum": plain(promo.number(key)), "measured": measured} | tax)
    if "min_qty" in promo and is_worth:
        conditions.append({"type": "quantity", "minimum": plain(promo.number("min_qty")), **goods})
    return conditions


def _effect(kind: Any, promo: Words, setup: Setup) -> dict[str, Any]:
    if kind == "percent":
        effect: dict[str, Any] = {"type": "percent_off", "percent": plain(promo.number("value"))}
        if "max_amount" in promo:
            effect["most"] = plain(promo.number("max_amount"))
        if "max_items" in promo:
            effect["pieces"] = promo.whole("max_items")
        if promo.only("per", {"line": True, "order": False}, default=False):
            effect |= {"per": "line", "rounding": "half_up"}
        return effect
    if kind in _SHIPPING:
        return {"type": "percent_off", "percent": "100"}
    if kind == "fixed" and promo.only("per", {"piece": True, "item": True, "order": False}, default=False):
        effect = {"type": "piece_off", "first": plain(promo.number("value"))}
        return effect | ({"pieces": promo.whole("max_items")} if "max_items" in promo else {})
    if kind == "fixed":
        return {"type": "amount_off", "amount": plain(promo.number("value"))}
    if kind in {"fixed_price", "fixed_unit", "unit_price"}:
        price = plain(promo.number("price" if "price" in promo else "value"))
        return {"type": "fixed_price", "quantity": promo.whole("qty", 1), "price": price}
    if kind == "cheapest_free":
        return {"type": "cheapest_off", "every": promo.whole("min_qty")}
    if kind == "free_product":
        return _free_product(promo, setup)
    if kind is None and "off_each" in promo:
        return {
            "type": "piece_off",
            "first": plain(promo.number("off_each")),
            "group_of": promo.whole("group", 1),
        }
    if kind is None:
        setup.is_probe = True
        return dict(PROBE)
    raise promo.refuse(f"the product has no discount of kind {kind!r}")


def _free_product(promo: Words, setup: Setup) -> dict[str, Any]:
    """So many bought, so many free: on top of the basket where the scenario asks for the free pieces, else among those
    that are in it. Without the goods' names it is one article, whichever."""
    bought = promo.whole("buy_qty", None) or promo.whole("min_qty", 1)
    free = promo.whole("get_qty", 1)
    of = names_of(promo.take("of")) if "of" in promo else {}
    got = names_of(promo.take("get")) if "get" in promo else of
    promo.only("same", {True: None}, None)
    is_once = promo.flag("once") or promo.flag("once_per_order")
    if setup.gives_on_top:
        effect: dict[str, Any] = {"type": "gift", "pieces": free} | ({} if is_once else {"every": bought})
        effect["got"] = got
        effect["conditions"] = ([{"type": "named", **of}] if of else []) + [
            {"type": "quantity", "minimum": str(bought), **of}
        ]
        return effect
    most = {"most": free} if is_once else {}
    most = {"most": promo.whole("max_items")} if "max_items" in promo else most
    if of != got:
        times = {"most": most["most"] // free or 1} if most else {}
        return {"type": "buy_get", "buy": {"pieces": bought, **of}, "get": {"pieces": free, **got}, **times}
    effect = {"type": "cheapest_off", "every": bought + free, "pieces": free, "per_article": True}
    if of:
        effect["conditions"] = [{"type": "named", **of}]
    return effect | most


def _steps(config: Words, setup: Setup) -> None:
    for key, by, what in (
        ("steps", "amount", "amount"),
        ("steps_percent", "amount", "percent"),
        ("steps_by_qty", "quantity", "amount"),
        ("steps_percent_by_qty", "quantity", "percent"),
    ):
        if key in config:
            listed = config.take(key)
            if not isinstance(listed, dict) or not listed:
                raise config.refuse(f"{key!r} is not a list of steps")
            steps = [{"from": str(start), what: str(value)} for start, value in listed.items()]
            eligible = {"type": "category", "codes": [NOT_ELIGIBLE], "not": True}
            setup.rules.append(([eligible], {"type": "steps_off", "by": by, "steps": steps}))


# (how much is added to the sum, whether it must stay below that)
_OPERATORS = {
    "gte": (Decimal(0), False),
    "gt": (Decimal("0.01"), False),
    "lt": (Decimal(0), True),
    "lte": (Decimal("0.01"), True),
}
_FIRST = ("first_order", "first_purchase")
_KNOWN = ("logged_in", "members_only", "user_logged_in")


def read_conditions(config: Words, setup: Setup) -> None:
    """A scenario that only asks when something holds: tried with a discount that everybody sees."""
    if not any(key in config for key in ("from", "to", "nth", "operator", *_FIRST, *_KNOWN)):
        return
    conditions = dates(config, "from", "to")
    for key in _FIRST:
        if config.flag(key):
            conditions.append({"type": "first_purchase"})
    for key in _KNOWN:
        config.only(key, {True: None}, None)  # nothing comes off for whom nobody knows
    if "nth" in config:
        conditions.append({"type": "nth_purchase", "numbers": [config.whole("nth")]})
    if "operator" in config:
        # More than a sum is at least a cent more.
        more, below = config.only("operator", _OPERATORS)
        asked = {"type": "amount", "minimum": plain(config.number("amount") + more)}
        conditions.append(asked | ({"not": True} if below else {}))
    setup.is_probe = setup.discounts = True
    setup.rules.append((conditions, dict(PROBE)))


def _coupon(code: str, setup: Setup) -> dict[str, Any]:
    if code not in setup.coupons:
        setup.coupons.append(code)
    return {"type": "coupon", "series": [f"series-{setup.coupons.index(code)}"]}


def add_coupon(conditions: list[dict[str, Any]], code: str, setup: Setup) -> None:
    """The rule with these conditions counts with this code only."""
    conditions.append(_coupon(code, setup))


def names_of(raw: Any) -> dict[str, Any]:
    names = [raw] if isinstance(raw, str) else raw
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise NotConfigurable(f"given: goods are named by texts, not by {raw!r}")
    return {"names": names}


def dates(words: Words, first: str, last: str) -> list[dict[str, Any]]:
    """Both ends count. A day may be told from today: "+2d"."""
    found = {}
    for key, name in ((first, "from"), (last, "to")):
        value = words.take(key, None)
        if value is not None:
            found[name] = _day(str(value)).isoformat()
    return [{"type": "dates", **found}] if found else []


def _day(value: str) -> dt.date:
    relative = re.fullmatch(r"([+-]?\d+)d", value)
    if relative:
        return timezone.now().date() + dt.timedelta(days=int(relative[1]))
    try:
        return dt.date.fromisoformat(value.partition("T")[0])
    except ValueError:
        raise NotConfigurable(f"given: {value!r} is not a day") from None
