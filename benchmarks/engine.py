"""Twenty rules on a basket of four lines: our engine beside the same questions written out in plain Python.

No database. The yardstick is what a programmer would write by hand for this one programme: dictionaries by category,
integers, nothing explained and nothing general. It asks and multiplies; it neither names its reasons nor limits a
redemption. No rule library can be faster than that.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from programs.rules.basket import Basket, Facts, Line
from programs.rules.documents import SCHEMA, compile_document
from programs.rules.engine import evaluate

RULES, ROUNDS, EACH = 20, 15, 400
GOAL_MICROSECONDS = 12
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


def main() -> int:
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
    print(f"evaluate {ours:.1f} us, with a redemption {paid:.1f} us, by hand {theirs:.1f} us")
    print(f"RATIO engine-by-hand {ours / theirs:.2f}")
    print(f"RATIO engine {ours:.1f} goal <={GOAL_MICROSECONDS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
