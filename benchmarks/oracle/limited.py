"""Offers with a limited number of uses, or a budget: limits of rules, and steps that use them up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from benchmarks.oracle.actions import Step, Uses
from benchmarks.oracle.words import Words, number, plain

if TYPE_CHECKING:
    from benchmarks.oracle.given import Setup

# How often, and for whom together.
_TIMES = {
    **dict.fromkeys(("max_per_member", "limit_per_member", "max_per_customer", "max_per_user"), "member"),
    **dict.fromkeys(("limit", "usage_limit", "max_uses", "max_global", "max_total"), "program"),
}
_BUDGETS = {
    **dict.fromkeys(("money", "spend", "amount"), "money"),
    **dict.fromkeys(("usage", "uses", "times", "count", "orders"), "times"),
}
# Whatever a basket costs comes off: for scenarios that limit something and do not say what.
_ALL = {"type": "percent_off", "percent": "100"}


@dataclass(frozen=True)
class Limited:
    """What is limited: `of` times or money, `per` member or program, `most` in the scenario's words."""

    of: str
    per: str
    most: Decimal


def read_limits(words: Words) -> list[Limited]:
    """The limits that a configuration or a promotion says."""
    found = [Limited("times", per, Decimal(words.whole(key))) for key, per in _TIMES.items() if key in words]
    for key in ("once_per_member", "once_per_customer", "one_use_per_user"):
        if words.flag(key):
            found.append(Limited("times", "member", Decimal(1)))
    for key in ("max_discount", "max_total_discount"):
        if key in words:
            found.append(Limited("money", "program", words.number(key)))
    if "budget" in words:
        budget = words.inner("budget")
        of = budget.only("type", _BUDGETS)
        found.append(
            Limited(
                of, budget.only("per", {"member": "member", "customer": "member"}, "program"), budget.number("limit")
            )
        )
        budget.done()
    return [limit for limit in found if limit.most]  # 0 is what others call no limit


def limit_effect(effect: dict[str, Any], limits: list[Limited]) -> None:
    if limits:
        said = [{"of": one.of, "per": one.per, "most": _most(one)} for one in limits]
        effect["limits"] = [*effect.get("limits", []), *said]


def read_given_limits(config: Words, setup: Setup) -> None:
    """Limits of all that the configuration gives."""
    limits = read_limits(config)
    if not limits:
        return
    if not setup.rules:
        setup.discounts = setup.is_probe = True
        setup.rules.append(([], dict(_ALL)))
    rules = [effect for _, effect in setup.rules if effect["type"].endswith(("_off", "_price"))]
    if len(rules) != 1:
        raise config.refuse("what of several rules the limit is of is not said")
    limit_effect(rules[0], limits)


def read_uses(words: Words, setup: Setup, before: list[Step]) -> Uses:
    """ "used" (one number, or a list of beginnings of their own) with "order" or "cancel" after it; "discounts": baskets
    off which so much comes."""
    if not setup.is_unread and not any("limits" in effect for _, effect in setup.rules):
        raise words.refuse("what is limited is not said")
    if "discounts" in words:
        raw = words.take("discounts")
        if not isinstance(raw, list) or not raw:
            raise words.refuse("'discounts' is not a list of sums")
        return Uses(baskets=tuple(number(one, words.where) for one in raw), stays=True)
    raw = words.take("used")
    counts = raw if isinstance(raw, list) else [raw]
    limits = [limit for _, effect in setup.rules for limit in effect.get("limits", ())]
    of_money = bool(limits) and limits[0]["of"] == "money"
    used = tuple(number(count, f"{words.where}: 'used'") for count in counts)
    if not of_money and any(count != int(count) for count in used):
        raise words.refuse(f"'used' is not how often: {raw!r}")
    orders, cancels = words.whole("order", 0), words.whole("cancel", 0)
    return Uses(used=used, of_money=of_money, orders=orders, cancels=cancels)


def _most(limit: Limited) -> Any:
    return int(limit.most) if limit.of == "times" else plain(limit.most)
