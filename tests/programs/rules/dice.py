"""Programmes, baskets and shoppers thrown by Hypothesis out of the tables of kinds.

A condition or an effect gets into every property below with its row in CONDITION_TABLE or SAID_TABLE, and into the real
sales of test_any_programme.py with the name of what it needs in SERVED: nobody has to think of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, cast

from hypothesis import strategies as st

from programs.rules.basket import Basket, Facts, Line
from programs.rules.documents import Compiled, compile_document
from programs.rules.parsing import ConditionError, DocumentError
from tests.programs.rules.test_conditions import CONDITION_TABLE, FEASTS
from tests.programs.rules.test_effect_words import SAID_TABLE
from tests.programs.rules.test_engine import TUESDAY, document

# What the tables name, and so what a shop must have for them: articles by (category, brand, labels).
ARTICLES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "sku-0": ("dairy", "acme", ("organic", "own")),
    "sku-1": ("c", "", ("own",)),
    "a": ("dairy", "acme", ()),
    "b": ("", "", ("organic",)),
    "other": ("c", "acme", ()),
    "mug": ("", "", ()),
}
TIERS = [
    {"key": "red", "name": "Red", "threshold": "10", "multiplier": "1"},
    {"key": "gold", "name": "Gold", "threshold": "60", "multiplier": "1.5"},
]
# Rows of the tables whose amounts no basket here would reach or leave behind say the same with other numbers.
MORE_CONDITIONS: list[dict[str, Any]] = [
    {"type": "amount", "minimum": "30", "measured": "before"},
    {"type": "tier", "keys": ["red", "gold"]},
    {"type": "nth_purchase", "every": 2},
    {"type": "accumulated", "minimum": "20", "with_this": True},
    {"type": "accumulated", "of": "visits", "minimum": 1},
    {"type": "coupon", "series": ["spring"], "not": True},
]
MORE_EFFECTS: list[dict[str, Any]] = [
    {"type": "points_cap", "points": "9"},
    {"type": "discount_cap", "money": "4", "per": "member", "within": "day"},
    {"type": "stamp_card", "card": "coffee", "every": 3},
    {"type": "fixed_price", "quantity": 2, "price": "0.05"},
    {"type": "amount_off", "amount": "999"},
    {"type": "percent_off", "percent": "100", "most": "3.33"},
    {"type": "steps_off", "steps": [{"from": "0.01", "percent": "33.33"}]},
    {"type": "scale_off", "steps": [{"from": "10", "percent": "7.77"}]},
    {"type": "buy_get", "buy": {"skus": ["sku-0"]}, "get": {"skus": ["a", "sku-1"]}, "percent": "33"},
]
CONDITIONS_OF_TABLE = [{"type": row[0]} | cast(dict[str, Any], row[1]) for row in CONDITION_TABLE] + MORE_CONDITIONS
EFFECTS_OF_TABLE = [effect for effect, _words in SAID_TABLE] + MORE_EFFECTS
LIMITS = [
    {"of": kind, "most": most, **within}
    for kind, most in (("points", "3"), ("money", "2.22"), ("times", 1))
    for within in ({"per": "receipt"}, {"per": "member", "within": "day"}, {"per": "program"})
]


def unlike(raws: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each once."""
    return list({json.dumps(raw, sort_keys=True): raw for raw in raws}.values())


def can_be(rules: list[dict[str, Any]], served: frozenset[str]) -> bool:
    """Whether a document of these rules may be published."""
    try:
        compile_document(whole(rules), served=served)
    except (DocumentError, ConditionError):
        return False
    return True


def whole(rules: list[dict[str, Any]], **settings: Any) -> dict[str, Any]:
    """A document with them; what needs to be there for the tables is there."""
    return document(rules=rules, tiers=TIERS, calendars=[FEASTS], **settings)


def made(effect: dict[str, Any], *conditions: dict[str, Any], key: str = "r") -> dict[str, Any]:
    return {"key": key, "name": key.title(), "conditions": list(conditions), "effect": effect}


def rules_of(served: frozenset[str], *, most: int = 6) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Lists of rules of every kind that is served, with the settings that any effect may have."""
    conditions = [raw for raw in unlike(CONDITIONS_OF_TABLE) if can_be([made(EFFECTS_OF_TABLE[0], raw)], served)]
    effects = [raw for raw in unlike(EFFECTS_OF_TABLE) if can_be([made(raw)], served)]
    extras: list[dict[str, Any]] = [{}, {}, {}, {"last": True}, {"group": "g"}, {"priority": 1}, {"exclusive": True}]
    extras += [{"limits": [limit]} for limit in LIMITS]
    # Which extras an effect takes is its own affair, so each pair is tried once.
    fitting = {
        place: [extra for extra in extras if can_be([made(raw | extra)], served)] for place, raw in enumerate(effects)
    }

    @st.composite
    def one(draw: Callable[..., Any]) -> dict[str, Any]:
        place = draw(st.integers(0, len(effects) - 1))
        chosen = draw(st.lists(st.sampled_from(conditions), max_size=2))
        return made(effects[place] | draw(st.sampled_from(fitting[place])), *chosen)

    def together(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those that may stand beside the ones before them."""
        kept: list[dict[str, Any]] = []
        for number, rule in enumerate(rules):
            named = rule | {"key": f"r{number}", "name": f"R{number}"}
            if can_be([*kept, named], served):
                kept.append(named)
        return kept

    return st.lists(one(), min_size=1, max_size=most).map(together)


SETTINGS = st.fixed_dictionaries(
    {
        "currency_exponent": st.sampled_from([2, 2, 3]),
        "point_decimals": st.sampled_from([0, 1, 2]),
        "ladder": st.fixed_dictionaries({"this_sale": st.booleans()}),
        "earning": st.fixed_dictionaries(
            {
                "rounding": st.sampled_from(["down", "half_up", "half_even"]),
                "rounds": st.sampled_from(["receipt", "line"]),
                "on_points": st.booleans(),
                "before_discounts": st.booleans(),
            }
        ),
        "discounts": st.fixed_dictionaries(
            {
                "stacking": st.sampled_from(["all", "first", "best"]),
                "order": st.sampled_from(["listed", "larger"]),
                "leftover": st.sampled_from(["largest", "first", "last"]),
            }
        ),
        "redemption": st.fixed_dictionaries(
            {
                "max_percent": st.sampled_from([0, 30, 100]),
                "step": st.sampled_from(["1", "5"]),
                "max_points": st.sampled_from([None, "20"]),
            }
        ),
    }
)
AMOUNTS = st.integers(0, 99) | st.integers(0, 10**5)
QUANTITIES = st.sampled_from([Decimal(1), Decimal(1), Decimal(2), Decimal(3), Decimal(7), Decimal("0.333")])


@st.composite
def lines(draw: Callable[..., Any]) -> Line:
    sku = draw(st.sampled_from(sorted(ARTICLES)))
    category, brand, labels = ARTICLES[sku]
    rate = draw(st.sampled_from([None, Decimal(19), Decimal("7.5")]))
    return Line(sku, draw(QUANTITIES), draw(AMOUNTS), category, frozenset(labels), brand, rate, draw(st.booleans()))


BASKETS = st.builds(
    Basket,
    lines=st.lists(lines(), min_size=1, max_size=6).map(tuple),
    store=st.sampled_from(["store", "elsewhere"]),
    at=st.sampled_from([TUESDAY, TUESDAY.replace(hour=23), TUESDAY.replace(month=12, day=25)]),
    coupons=st.sets(st.sampled_from(["spring", "summer"])).map(frozenset),
    partner=st.sampled_from(["north", "south"]),
    channel=st.sampled_from(["till", "web"]),
    payments=st.sets(st.sampled_from(["cash", "card"])).map(frozenset),
)


@st.composite
def facts_for(draw: Callable[..., Any], version: Compiled) -> Facts:
    """What may be known when this version is asked."""
    asked = version.asked
    traits = [one.key for one in (*asked.buyer, *version.fields)]
    return Facts(
        tier=draw(st.sampled_from(["", "red", "gold"])),
        spend=draw(st.integers(0, 10**4)),
        available=draw(st.integers(0, 500)),
        debt=draw(st.sampled_from([0, 0, 0, 7])),
        purchases=draw(st.integers(0, 20)),
        traits=draw(st.lists(st.sampled_from(traits), unique=True)) if traits else (),
        windows={window.key: draw(st.integers(0, 20_000)) for window in asked.windows},
        counters={counter.key: draw(st.integers(0, 30)) for counter in asked.counters},
    )
