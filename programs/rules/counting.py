"""What a sale gives besides points and money off, what limits cut, and what is counted for the next sale. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from loyalty_site.ground.rules.money import spread
from programs.rules.basket import Basket, Benefit, Count, Discount, Facts, Given, Line, Redemption
from programs.rules.benefits import BenefitEffect, Gift, Stamps
from programs.rules.discounts import StampCard
from programs.rules.documents import Compiled
from programs.rules.effects import CAPS, DiscountCap, PointsCap
from programs.rules.history_conditions import redeemed_of
from programs.rules.limits import MONEY, POINTS, TIMES, Limit, left_of
from programs.rules.matching import CompiledRule, matching_lines


def limited(rule: CompiledRule, given: list[Given], facts: Facts) -> list[Given]:
    """What the rule's own limits leave of its points, of all lines alike."""
    if left_of(rule.limits, TIMES, facts) == 0:
        return []
    left = left_of(rule.limits, POINTS, facts)
    points = [one.points for one in given]
    if left is None or sum(points) <= left:
        return given
    return [
        one._replace(points=kept, details=one.details | {"capped": rule.name})
        for one, kept in zip(given, spread(left, points), strict=True)
        if kept
    ]


def benefits_of(
    version: Compiled, facts: Facts, basket: Basket, gifts: Mapping[str, int] | None = None
) -> tuple[Benefit, ...]:
    """What the rules give of other things, in their order; `basket` as it costs after discounts. Of a group the first
    that gives something counts; stamps that one took are gone for the next. Of gifts only those that are taken, by the
    key of their rule; None: all."""
    held = dict(facts.counters or {})
    found, groups = [], set()
    for rule in version.benefits:
        effect = cast(BenefitEffect, rule.effect)
        positions = matching_lines(rule, basket, facts)
        if not positions or (rule.group and rule.group in groups):
            continue
        count = effect.count([basket.lines[position] for position in positions])
        left = left_of(rule.limits, TIMES, facts)
        count = count if left is None else min(count, left)
        if gifts is not None and isinstance(effect, Gift):
            count = min(count, gifts.get(rule.key, 0))
        takes = effect.takes
        if count <= 0 or (takes and held.get(takes.counter.key, 0) < takes.stamps):
            continue
        if takes:
            held[takes.counter.key] -= takes.stamps
        groups.add(rule.group)
        found.append(Benefit(rule.key, effect.type, count, {"name": rule.name, **effect.details}))
    return tuple(found)


def counts_of(
    version: Compiled,
    facts: Facts,
    basket: Basket,
    given: tuple[Sequence[Given], Sequence[Discount], Sequence[Benefit]],
    redemption: Redemption,
    *,
    before: Facts,
) -> tuple[Count, ...]:
    """What the sale adds to the counters, by key: what limited rules have given, stamps that came and went, how points
    were spent. `before` are the facts that the discounts saw: they know nothing of the tier that the sale reaches."""
    sums: dict[str, _Sum] = defaultdict(_Sum)
    if version.counting:
        gave = {one.rule for row in given for one in row}
        # A cap counts what others give.
        acted = [rule for rule in version.counting if rule.key in gave or isinstance(rule.effect, CAPS)]
        for rule, limit in [(one, limit) for one in acted for limit in one.limits if limit.key]:
            seen = before if isinstance(rule.effect, DiscountCap) else facts
            _add_given(sums[limit.key], rule, limit, seen, basket, given)
    for rule in version.stamp_cards:
        positions = matching_lines(rule, basket.undiscounted or basket, before)
        if positions:
            _add_card(sums[cast(StampCard, rule.effect).counter.key], rule, positions, basket, given[1])
    counts = {one.rule: one.times for one in given[2]}
    for rule in version.benefits if counts else ():
        effect = cast(BenefitEffect, rule.effect)
        if rule.key in counts and isinstance(effect, Stamps):
            _add_stamps(sums[effect.counter.key], rule, effect, counts[rule.key], facts, basket)
        elif rule.key in counts and effect.takes:
            sums[effect.takes.counter.key].rest -= effect.takes.stamps
    _add_redeemed(sums, version, redemption)
    return tuple([one.count(key) for key, one in sums.items() if one.amount])


@dataclass(slots=True)
class _Sum:
    """A counter on its way: what belongs to lines, to the whole receipt, and to the sale as such."""

    lines: dict[int, int] = field(default_factory=dict)
    whole: int = 0
    rest: int = 0

    @property
    def amount(self) -> int:
        return sum(self.lines.values()) + self.whole + self.rest

    def add(self, line: int, amount: int) -> None:
        self.lines[line] = self.lines.get(line, 0) + amount

    def count(self, key: str) -> Count:
        return Count(key, self.amount, tuple((line, part) for line, part in self.lines.items() if part), self.whole)


def _add_redeemed(sums: dict[str, _Sum], version: Compiled, redemption: Redemption) -> None:
    if redemption.points:
        claimed = [one.key for one in redemption.rewards]
        for reward in version.asked.redeemed:
            sums[redeemed_of(reward).key].whole += claimed.count(reward) if reward else 1


def _add_card(
    into: _Sum, rule: CompiledRule, positions: list[int], basket: Basket, discounts: Sequence[Discount]
) -> None:
    """Every piece of the lines at `positions` is a stamp; those of the free pieces are gone again, from the lines that
    were free."""
    card = cast(StampCard, rule.effect)
    original = basket.undiscounted or basket
    for position in positions:
        into.add(position, int(original.lines[position].quantity))
    free = [one for one in discounts if one.rule == rule.key]
    if free:
        gone = card.every * int(free[0].details["pieces"])
        for one, part in zip(free, spread(gone, [one.money for one in free]), strict=True):
            into.add(one.line, -part)


def _add_stamps(into: _Sum, rule: CompiledRule, effect: Stamps, count: int, facts: Facts, basket: Basket) -> None:
    if not effect.per_piece:
        into.whole += count
        return
    positions = matching_lines(rule, basket, facts)
    pieces = [int(basket.lines[position].quantity) for position in positions]
    for position, part in zip(positions, spread(count, pieces), strict=True):
        into.add(position, part)


def stamped(rule: CompiledRule, facts: Facts, basket: Basket) -> list[Line]:
    """The lines whose pieces are stamps: those that match before any discount of the programme."""
    original = basket.undiscounted or basket
    return [original.lines[position] for position in matching_lines(rule, original, facts)]


def _add_given(
    into: _Sum,
    rule: CompiledRule,
    limit: Limit,
    facts: Facts,
    basket: Basket,
    given: tuple[Sequence[Given], Sequence[Discount], Sequence[Benefit]],
) -> None:
    """What the rule gave of what its limit counts."""
    awards, discounts, benefits = given
    if limit.of == TIMES:
        gave = {one.rule for one in awards} | {one.rule for one in discounts}
        into.rest += sum([one.times for one in benefits if one.rule == rule.key]) or int(rule.key in gave)
        return
    lines: set[int] | None = None
    if isinstance(rule.effect, PointsCap):
        lines = set(matching_lines(rule, basket, facts))
    elif isinstance(rule.effect, DiscountCap):
        lines = set(matching_lines(rule, basket.undiscounted or basket, facts))
    parts = [(one.line, one.rule, one.points) for one in awards] if limit.of == POINTS else []
    parts += [(one.line, one.rule, one.money) for one in discounts] if limit.of == MONEY else []
    for line, key, amount in parts:
        if (line in lines) if lines is not None else (key == rule.key):
            into.add(line, amount)
