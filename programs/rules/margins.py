"""What a programme may give away of a sale, and the goods that it may push under their cost. Pure.

Rules on some goods, sums and fixed points are in it as far as an article tells what they are worth; a sum off a whole
receipt is not, because the receipt is not known. What a limit allows only some people or only for a while, it allows.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from loyalty_site.ground.errors import Said
from loyalty_site.ground.rules.money import plain_text
from programs.rules.basket import Basket, Facts, Line
from programs.rules.contradictions import contradiction
from programs.rules.discounts import AmountOff, CheapestOff, FixedPrice, PercentOff, Scale, StampCard, Steps
from programs.rules.discounts.shares import DiscountEffect
from programs.rules.documents import Compiled
from programs.rules.effects import Multiply, PerMoney, Points
from programs.rules.matching import CompiledRule
from programs.rules.parsing import Units, money_text, names

type Fits = Callable[[CompiledRule], bool]
# What is said: the rule's key ("" for the programme), and the words.
type Warned = tuple[str, Said]
_ANY_DAY = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
# A discount on groups of pieces is reckoned on one full group: this setting says how many.
_GROUPS = {CheapestOff: "every", FixedPrice: "quantity", StampCard: "every"}


@dataclass(frozen=True, slots=True)
class Sold:
    """An article as it was sold lately: `line` is one piece at its usual price, `cost` the minor money it costs us."""

    line: Line
    name: str
    cost: Decimal

    @property
    def room(self) -> Fraction:
        """The share of the price that may be given away before it is under its cost."""
        return 1 - Fraction(self.cost) / self.line.amount


class Most(NamedTuple):
    """`share` of the price where all of `parts` apply at once: (rule, None for the programme's own points; its share)."""

    share: Fraction
    parts: tuple[tuple[CompiledRule | None, Fraction], ...] = ()


def margin_warnings(version: Compiled, margin: Fraction | None, sold: Sequence[Sold], units: Units) -> Iterator[Warned]:
    """What may cost more than it brings: on average (`margin`, the share of the price that is left after the goods are
    paid; None: not known) and article by article, where the cost is known."""
    yield from _on_average(version, margin)
    if margin is not None:
        yield from _on_some_goods(version, margin, sold)
    yield from _under_cost(version, sold, units)


def most_given(version: Compiled) -> Fraction:
    """The share of the price that a sale gives away where every rule on all goods applies at once: discounts by percent
    without a most, and the points on what is left, at what they pay, on the highest tier. Rules on some goods only, sums
    and fixed points are not in it."""
    return _most(version, _is_on_all).share


def _is_on_all(rule: CompiledRule) -> bool:
    return not rule.of_line and not rule.limits


def _on_average(version: Compiled, margin: Fraction | None) -> Iterator[Warned]:
    share = most_given(version)
    limit = Fraction(1) if margin is None else margin
    if share < limit:
        return
    known = {"share": _percent(share), "margin": _percent(limit)}
    if share >= 1:
        yield "", Said("a sale may give away %(share)s %% of its price or more", **known)
    else:
        yield "", Said("a sale may give away %(share)s %% of its price; the margin is %(margin)s %%", **known)


def _on_some_goods(version: Compiled, margin: Fraction, sold: Sequence[Sold]) -> Iterator[Warned]:
    """Rules on goods of which no cost is known, beside the average margin."""
    if most_given(version) >= margin:  # it is said of all goods
        return
    for rule in version.discounts:
        if not rule.of_line or any(_on_line(one.line)(rule) for one in sold):
            continue
        alone = _off(rule, None)
        share = _most(version, lambda one, rule=rule: one is rule or _is_on_all(one)).share  # type: ignore[misc]
        known = {"rule": rule.name, "margin": _percent(margin)}
        if alone >= margin:
            said = Said(
                "“%(rule)s” gives away %(share)s %% of the price; the margin is %(margin)s %%",
                **known,
                share=_percent(alone),
            )
            yield rule.key, said
        elif alone and share >= margin:
            said = Said(
                "with all that counts beside it “%(rule)s” may give away %(share)s %% of the price; the margin is %(margin)s %%",
                **known,
                share=_percent(share),
            )
            yield rule.key, said


def _under_cost(version: Compiled, sold: Sequence[Sold], units: Units) -> Iterator[Warned]:
    """Of each rule that alone pushes articles under their cost, and of those that do it together, the article that sells
    most (`sold` begins with it)."""
    alone: dict[str, list[tuple[Fraction, Sold]]] = defaultdict(list)
    together: list[tuple[Fraction, Sold, Most]] = []
    named = {rule.key: rule.name for rule in (*version.discounts, *version.rules.rules)}
    for one in sold:
        if one.room <= 0:  # it is sold under its cost without us
            continue
        most = _most(version, _on_line(one.line), one.line)
        guilty = [(rule, share) for rule, share in most.parts if rule is not None and share > one.room]
        for rule, share in guilty:
            alone[rule.key].append((share, one))
        if not guilty and most.share > one.room:
            together.append((most.share, one, most))

    def figures(share: Fraction, one: Sold, count: int) -> dict[str, object]:
        return {
            "article": one.name,
            "price": money_text(one.line.amount, units),
            "given": money_text(int(share * one.line.amount), units),
            "cost": money_text(int(one.cost), units),
            "count": count,
            "all": len(sold),
        }

    for key, found in alone.items():
        yield (
            key,
            Said(
                "“%(rule)s” sells goods under their cost: of “%(article)s” at %(price)s it gives away %(given)s, and it costs us %(cost)s. So it is with %(count)s of %(all)s articles that were sold lately and whose cost is known",
                rule=named[key],
                **figures(*found[0], len(found)),
            ),
        )
    if together:
        share, one, most = together[0]
        known = figures(share, one, len(together))
        rules = [f"“{rule.name}”" for rule, _share in most.parts if rule is not None]
        said = Said(
            "the programme's own points sell goods under their cost: of “%(article)s” at %(price)s they give away %(given)s, and it costs us %(cost)s. So it is with %(count)s of %(all)s articles that were sold lately and whose cost is known",
            **known,
        )
        if rules:
            said = Said(
                "these rules and the points together sell goods under their cost: %(rules)s. Of “%(article)s” at %(price)s up to %(given)s is given away, and it costs us %(cost)s. So it is with %(count)s of %(all)s articles that were sold lately and whose cost is known",
                rules=names(rules),
                **known,
            )
        yield "", said


def _on_line(line: Line) -> Fits:
    basket, nobody = Basket((line,), "", _ANY_DAY), Facts()
    return lambda rule: all(condition.holds(line, basket, nobody) for condition in rule.of_line)


def _most(version: Compiled, fits: Fits, line: Line | None = None) -> Most:
    """The most that the rules which fit give at once; `line` is one piece of an article, None: of no certain one."""
    offs = [(share, rule) for rule in version.discounts if fits(rule) and (share := _off(rule, line))]
    chosen = _together([row for row in offs if not row[1].is_exclusive]) if version.stacking == "all" else []
    best = max((chosen, *([row] for row in offs)), key=_taken, default=[])
    left = 1 - _taken(best)
    pays = Fraction(version.point_value) if version.redeem_max_percent else Fraction(0)
    if not pays or any(fits(rule) and not rule.of_receipt and line is not None for rule in version.excludes):
        return Most(1 - left, tuple((rule, share) for share, rule in best))
    base = version.rate * max([Fraction(tier.multiplier) for tier in version.tiers], default=Fraction(1))
    rates = [(rate, rule) for rule in version.rules.rules if fits(rule) and (rate := _rate(rule, version.rate, line))]
    points = _together(rates, beside=[rule for _share, rule in best])
    parts: list[tuple[CompiledRule | None, Fraction]] = [(rule, share) for share, rule in best]
    parts += [(rule, rate * pays) for rate, rule in points]
    if base:
        parts.append((None, base * pays))
    return Most(1 - left + left * pays * (base + sum(rate for rate, _rule in points)), tuple(parts))


def _taken(offs: Sequence[tuple[Fraction, CompiledRule]]) -> Fraction:
    """The share that discounts take one after the other."""
    left = Fraction(1)
    for share, _rule in offs:
        left *= 1 - share
    return 1 - left


def _together(
    rows: Sequence[tuple[Fraction, CompiledRule]], beside: Sequence[CompiledRule] = ()
) -> list[tuple[Fraction, CompiledRule]]:
    """Those that can count on one receipt, the largest first: the best of a group, none that contradicts another."""
    found: list[tuple[Fraction, CompiledRule]] = []
    groups: set[str] = set()
    for row in sorted(rows, key=lambda row: -row[0]):
        rule = row[1]
        if rule.group in groups or any(_never_both(rule, other) for other in (*beside, *(one for _, one in found))):
            continue
        found.append(row)
        if rule.group:
            groups.add(rule.group)
    return found


def _never_both(one: CompiledRule, other: CompiledRule) -> bool:
    return contradiction((*one.of_receipt, *other.of_receipt)) is not None


def _off(rule: CompiledRule, line: Line | None) -> Fraction:
    """The share of the price that a discount takes off one piece, where a piece tells it."""
    effect = rule.effect
    if isinstance(effect, Scale) or (isinstance(effect, Steps) and line is not None):
        return Fraction(max([step[1] for step in effect.steps]), 100_00)
    if line is None:
        if isinstance(effect, PercentOff) and effect.most is None and effect.pieces is None:
            return Fraction(effect.hundredths, 100_00)
        return Fraction(0)
    if isinstance(effect, AmountOff) and not effect.per_piece:
        return Fraction(0)
    group = _GROUPS.get(type(effect))
    count = int(getattr(effect, group)) if group else 1
    if isinstance(effect, StampCard):
        effect = replace(effect, free=1)
    several = replace(line, quantity=Decimal(count), amount=count * line.amount)
    taken: DiscountEffect = effect  # type: ignore[assignment]
    return Fraction(sum(taken.shares([several], [several.amount], "largest")), several.amount)


def _rate(rule: CompiledRule, base: Fraction, line: Line | None) -> Fraction:
    """Minor points more for a minor unit of money."""
    effect = rule.effect
    if isinstance(effect, Multiply):
        return base * (Fraction(effect.factor) - 1)
    if isinstance(effect, PerMoney):
        return effect.rate
    if isinstance(effect, Points) and effect.per_piece and line is not None:
        return Fraction(effect.points, line.amount)
    return Fraction(0)


def _percent(share: Fraction) -> str:
    return plain_text((Decimal(share.numerator) * 100 / share.denominator).quantize(Decimal("0.1")))
