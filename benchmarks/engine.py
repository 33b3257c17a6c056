"""Twenty rules on a basket of four lines: our engine beside rule libraries, and beside the same written out by hand.

No database. Two questions:

Which rules match, and what does each give by itself? Three libraries can be asked that as well (peers.py says the same
twenty rules in their languages); their answers are compared with ours on every basket before anything is timed, and all
take turns on the same baskets in every round. The ratio is the fastest of them over ours.

What is the whole outcome, with every reason, limit and redemption? No library answers that. Its yardstick is what a
programmer would write by hand for this one programme: dictionaries by category, integers, nothing explained and nothing
general; and a goal in microseconds.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from benchmarks import peers
from programs.rules.basket import Basket, Facts, Line
from programs.rules.documents import SCHEMA, compile_document
from programs.rules.engine import evaluate
from programs.rules.served import EVERYTHING

RULES, ROUNDS, EACH = 20, 15, 400
GOAL_MICROSECONDS = 12
BASKETS, TURNS = 100, 11
GOAL_RATIO = 10
AT = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


def document() -> dict[str, Any]:
    """A point for every unit of money; each rule doubles the points of one category."""
    return {
        "schema": SCHEMA,
        "name": "Bench",
        "currency": "USD",
        "currency_exponent": 2,
        "point_decimals": 0,
        "time_zone": "UTC",
        "earning": {"points": "1", "per": "1", "rounding": "down", "on_points": False},
        "redemption": {"point_value": "0.01", "minimum": "0", "step": "1", "max_percent": 50},
        "activation_days": 0,
        "expiry_months": 12,
        "negative": {"policy": "allow", "floor": "0"},
        "tiers": [],
        "rules": [
            {
                "key": f"rule-{number}",
                "name": f"Rule {number}",
                "conditions": [{"type": "category", "codes": [f"category-{number}"]}],
                "effect": {"type": "multiply", "factor": "2"},
            }
            for number in range(RULES)
        ],
    }


def of(number: int) -> dict[str, Any]:
    """The condition that the line is of a category."""
    return {"type": "category", "codes": [f"category-{number}"]}


# One of many kinds: what a programme costs that uses all of it, with its reasons, caps and counters.
MIXED: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    ({"type": "multiply", "factor": "2"}, [of(0), {"type": "weekday", "days": [2]}]),
    ({"type": "multiply", "factor": "1.5"}, [of(5), {"type": "hours", "from": "09:00", "until": "18:00"}]),
    ({"type": "points", "points": "50"}, [{"type": "amount", "minimum": "20"}]),
    ({"type": "points", "points": "5", "per": "piece"}, [{"type": "label", "labels": ["organic"]}]),
    ({"type": "points_per_money", "points": "1"}, [{"type": "tier", "keys": ["gold"]}]),
    ({"type": "points", "points": "100"}, [{"type": "first_purchase"}]),
    ({"type": "points", "points": "10"}, [{"type": "nth_purchase", "every": 10}]),
    ({"type": "multiply", "factor": "3"}, [{"type": "birthday", "before": 7, "after": 7}]),
    ({"type": "multiply", "factor": "2"}, [{"type": "store", "codes": ["other"]}]),
    ({"type": "multiply", "factor": "2"}, [{"type": "dates", "from": "2026-12-01", "to": "2026-12-31"}]),
    (
        {
            "type": "points",
            "points": "20",
            "limits": [{"of": "points", "most": "500", "per": "member", "within": "month"}],
        },
        [{"type": "accumulated", "minimum": "100", "days": 90}],
    ),
    ({"type": "exclude"}, [of(99)]),
    ({"type": "points_cap", "points": "500"}, []),
    ({"type": "percent_off", "percent": "5"}, [of(10)]),
    ({"type": "amount_off", "amount": "3"}, [{"type": "coupon", "series": ["spring"]}]),
    ({"type": "cheapest_off", "every": 3}, [of(15)]),
    ({"type": "steps_off", "steps": [{"from": "20", "percent": "2"}]}, []),
    ({"type": "stamp_card", "card": "coffee", "every": 10}, [of(0)]),
    ({"type": "gift", "skus": ["mug"], "stock": 100}, [{"type": "amount", "minimum": "1000"}]),
    ({"type": "message", "text": "Greet them"}, [{"type": "segment", "keys": ["vip"]}]),
]


def mixed_document() -> dict[str, Any]:
    """The same programme with twenty rules of many kinds, some of which apply to the basket."""
    rules = [
        {"key": f"rule-{number}", "name": f"Rule {number}", "conditions": conditions, "effect": effect}
        for number, (effect, conditions) in enumerate(MIXED)
    ]
    return document() | {"rules": rules}


FACTORS = {f"category-{number}": 2 for number in range(RULES)}


def by_hand(basket: Basket) -> list[tuple[int, str, int]]:
    """(line, rule, points), rounded down a line: less than ours answers."""
    found = []
    for position, line in enumerate(basket.lines):
        base = line.amount // 100
        found.append((position, "base", base))
        factor = FACTORS.get(line.category, 1)
        if factor > 1:
            found.append((position, line.category, base * (factor - 1)))
    return found


def microseconds(work: Callable[[], object]) -> float:
    """CPU of one call in the fastest round: what a busy machine adds is not ours."""
    took = []
    for _round in range(ROUNDS):
        began = time.process_time()
        for _ in range(EACH):
            work()
        took.append((time.process_time() - began) / EACH * 1e6)
    return min(took)


def asked_document() -> dict[str, Any]:
    """The programme with the twenty rules that every library can be asked."""
    rules = [
        {"key": key, "name": key, "conditions": conditions, "effect": effect}
        for key, (effect, conditions) in zip(peers.KEYS, peers.RULES, strict=True)
    ]
    tiers = [
        {"key": key, "name": key, "threshold": threshold, "multiplier": multiplier}
        for key, threshold, multiplier in (("silver", "100", "1.5"), ("gold", "200", "2"))
    ]
    return document() | {"rules": rules, "tiers": tiers}


def beside_libraries() -> None:
    version = compile_document(asked_document())
    asked = peers.baskets(BASKETS)
    mine = "ours, which rules match and their raw effect"
    sides: dict[str, Callable[[peers.Asked], object]] = {mine: peers.ours(version)}
    each = {f"{library}, {form}": make() for library, forms in peers.EACH.items() for form, make in forms}
    fused = {f"{library}, all rules in one expression": make() for library, make in peers.FUSED.items()}
    sides |= each | fused
    matched = 0
    for one in asked:
        right = peers.given(version, one)
        matched += len(right)
        for name, ask in sides.items():
            assert ask(one) == right, (name, one, ask(one), right)
    print(f"{len(sides)} sides gave the same answers on {BASKETS} baskets; of 20 rules {matched / BASKETS:.1f} matched")
    whole = "ours, the whole outcome: every line's points with their reasons, tiers, limits"
    sides[whole] = lambda one: evaluate(version, one.facts, one.basket)

    took: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(TURNS):
        names = list(sides)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            ask, began = sides[name], time.process_time()
            for one in asked:
                ask(one)
            took[name].append((time.process_time() - began) / BASKETS * 1e6)
    for name, costs in took.items():
        print(f"{statistics.median(costs):8.1f} us ({min(costs):.1f} - {max(costs):.1f})  {name}")

    def ratios(names: Iterable[str]) -> list[float]:
        """The fastest of these over ours, in each round."""
        return [min(took[name][turn] for name in names) / took[mine][turn] for turn in range(TURNS)]

    glued, listed = ratios(fused), ratios(each)
    print(f"RATIO engine-fused {statistics.median(glued):.2f} range {min(glued):.2f}-{max(glued):.2f}")
    print(f"RATIO engine {statistics.median(listed):.2f} goal >={GOAL_RATIO} range {min(listed):.2f}-{max(listed):.2f}")


def whole_outcome() -> None:
    version = compile_document(document())
    lines = tuple(
        Line(f"sku-{number}", Decimal(1), 750 + 100 * number, f"category-{number * 5}") for number in range(4)
    )
    basket = Basket(lines, "store", AT)
    facts = Facts(spend=10_000, available=500)
    outcome = evaluate(version, facts, basket)
    assert len(outcome.awards) == len(by_hand(basket)) == 8, outcome.awards
    ours, theirs = microseconds(lambda: evaluate(version, facts, basket)), microseconds(lambda: by_hand(basket))
    paid = microseconds(lambda: evaluate(version, facts, basket, redeem=300))
    whole = compile_document(mixed_document(), served=EVERYTHING)
    known = Facts(
        spend=10_000, available=500, purchases=5, windows={"spend:90:days": 20_000}, counters={"stamps:coffee": 9}
    )
    assert evaluate(whole, known, basket).counts
    mixed = microseconds(lambda: evaluate(whole, known, basket))
    print(f"evaluate {ours:.1f} us, with a redemption {paid:.1f} us, by hand {theirs:.1f} us")
    print(f"twenty rules of many kinds, with discounts, limits and stamps: {mixed:.1f} us")
    print(f"RATIO engine-by-hand {ours / theirs:.2f}")
    print(f"RATIO engine-microseconds {ours:.1f} goal <={GOAL_MICROSECONDS}")


def main() -> int:
    whole_outcome()
    beside_libraries()
    return 0


if __name__ == "__main__":
    sys.exit(main())
