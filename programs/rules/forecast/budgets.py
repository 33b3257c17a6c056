"""What limits for everybody together would have cut off: members are played one by one, so it is reckoned on the sums. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from programs.rules.benefits import Gift, Service
from programs.rules.documents import Compiled
from programs.rules.forecast.totals import Totals
from programs.rules.limits import EVER, MONEY, POINTS, PROGRAM, TIMES

# Where the sums of a rule (totals.py) hold what a limit counts.
_PLACES = {POINTS: 0, MONEY: 1, TIMES: 2}


class Over(NamedTuple):
    """A rule that gave more than everybody together may get of it; minor points, minor money or times (`of`)."""

    rule: str
    name: str
    of: str
    given: int
    most: int

    @property
    def cut(self) -> int:
        return self.given - self.most


def over_budget(totals: Totals, version: Compiled) -> list[Over]:
    """Rules beyond a limit for everybody together that never begins anew; the least where one has several of a kind."""
    benefits = {rule.key for rule in version.benefits}
    found: dict[tuple[str, str], Over] = {}
    for rule in (*version.rules.rules, *version.discounts, *version.benefits):
        sums = totals.rules.get(rule.key)
        for limit in rule.limits if sums else ():
            is_counted = limit.of != TIMES or rule.key in benefits  # of the others nobody counted how often
            if limit.per == PROGRAM and limit.within == EVER and is_counted and sums is not None:
                one = Over(rule.key, rule.name, limit.of, sums[_PLACES[limit.of]], limit.most)
                before = found.get((rule.key, limit.of), one)
                if one.cut > 0:
                    found[rule.key, limit.of] = min(one, before, key=lambda over: over.most)
    return list(found.values())


def cut_of(over: list[Over], of: str) -> int:
    """All that is too much of points or money."""
    return sum(one.cut for one in over if one.of == of)


def gift_costs(
    totals: Totals,
    version: Compiled,
    over: list[Over],
    costs: Mapping[str, Decimal],
    guess: tuple[Decimal, Decimal, Decimal],
) -> tuple[int, int, int]:
    """Minor money of gifts and free services: at least, likely, at most. A gift costs what its article costs us (`costs`,
    minor money a piece; of several the cheapest, their mean, the dearest) less its surcharge; what nobody knows costs
    the `guess` (minor money). Words, stamps, privileges and coupons are no gifts."""
    cut = {one.rule: one.cut for one in over if one.of == TIMES}
    ends = [Fraction(0)] * 3
    for rule in version.benefits:
        effect, times = rule.effect, totals.rules.get(rule.key, [0, 0, 0])[2] - cut.get(rule.key, 0)
        if isinstance(effect, Gift):
            known = [Fraction(costs[sku]) for sku in effect.skus if sku in costs]
            mean = sum(known, Fraction(0)) / max(1, len(known))
            each = [min(known), mean, max(known)] if known else list(map(Fraction, guess))
            each = [max(Fraction(0), cost - effect.surcharge) for cost in each]
        elif isinstance(effect, Service):
            each = list(map(Fraction, guess))
        else:
            continue
        ends = [end + times * cost for end, cost in zip(ends, each, strict=True)]
    return int(ends[0]), int(ends[1]), int(ends[2])
