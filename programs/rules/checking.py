"""What is wrong with a draft that can be compiled: rules that never hold or are never asked, tiers and rewards that make
no sense, a programme that gives more than it takes. Pure.

A refusal must be put right before the draft is published; a warning may be meant so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise

from loyalty_site.ground.errors import Said
from loyalty_site.ground.rules.money import minor_text
from programs.rules.benefits import Message
from programs.rules.conditions import Condition, OnTier, inner
from programs.rules.contradictions import contradiction
from programs.rules.discounts import AmountOff, PercentOff
from programs.rules.documents import Compiled
from programs.rules.effects import Multiply
from programs.rules.history_conditions import Redeemed
from programs.rules.limits import EVER, MEMBER
from programs.rules.margins import Sold, margin_warnings
from programs.rules.matching import CompiledRule, Conditioned
from programs.rules.parsing import Units, names
from programs.rules.receipt_conditions import BetweenDates
from programs.rules.windows import POINTS

# So many rules and rewards can still be told at the till.
EASY = 12


@dataclass(frozen=True, slots=True)
class Finding:
    """`rule` is the key of the rule, tier or reward that it is about, "" for the programme."""

    rule: str
    refuses: bool
    said: Said


def _refusal(rule: str, said: Said) -> Finding:
    return Finding(rule, refuses=True, said=said)


def _warning(rule: str, said: Said) -> Finding:
    return Finding(rule, refuses=False, said=said)


def findings(
    version: Compiled,
    *,
    today: dt.date,
    margin: Fraction | None = None,
    sold: Sequence[Sold] = (),
    units: Units | None = None,
) -> list[Finding]:
    """All that is wrong, refusals first. `margin`: what is left of a unit of money after the goods are paid, where it is
    known (0.3 is 30 %). `sold`: articles whose cost is known. `units` say it with names instead of codes."""
    units = units or Units(version.currency_exponent, version.point_decimals)
    found = [
        *_of_rules(version, today, units),
        *_never_asked(version.rules.rules),
        *_never_asked(version.discounts),
        *_exclusives(version),
        *_of_no_points(version),
        *_of_tiers(version),
        *_of_gratitude(version),
        *_of_redemption(version),
        *_of_rewards(version),
        *(_warning(rule, said) for rule, said in margin_warnings(version, margin, sold, units)),
    ]
    return sorted(found, key=lambda one: not one.refuses)


def all_rules(version: Compiled) -> tuple[CompiledRule, ...]:
    """Every rule of a version, sort by sort."""
    caps = (*version.caps, *version.discount_caps)
    return (*version.rules.rules, *version.discounts, *version.excludes, *caps, *version.benefits)


def _conditions(rule: Conditioned) -> tuple[Condition, ...]:
    return (*rule.of_line, *rule.of_receipt)


def _of_rules(version: Compiled, today: dt.date, units: Units) -> Iterator[Finding]:
    tiers = {tier.key for tier in version.tiers}
    rewards = {reward.key for reward in version.rewards}
    asking: list[Conditioned] = [*all_rules(version), *version.rewards]
    for rule in asking:
        pair = contradiction(_conditions(rule))
        if pair is not None:
            known = {"rule": rule.name, "one": pair[0].words(units), "other": pair[1].words(units)}
            yield _refusal(
                rule.key, Said("“%(rule)s” can never apply: %(one)s, and at the same time %(other)s", **known)
            )
        for condition in _conditions(rule):
            if isinstance(condition, BetweenDates) and condition.last < today:
                yield _warning(rule.key, Said("“%(rule)s” is over since %(day)s", rule=rule.name, day=condition.last))
            asked = inner(condition)
            missing = asked.keys - tiers if isinstance(asked, OnTier) else frozenset()
            if missing:
                said = Said(
                    "“%(rule)s” asks for a tier that is not there: %(tiers)s", rule=rule.name, tiers=names(missing)
                )
                yield _refusal(rule.key, said)
            if isinstance(asked, Redeemed) and asked.reward and asked.reward not in rewards:
                known = {"rule": rule.name, "reward": asked.reward}
                yield _refusal(rule.key, Said("“%(rule)s” asks for a reward that is not there: %(reward)s", **known))


def _never_asked(rules: Sequence[CompiledRule]) -> Iterator[Finding]:
    """Rules behind one that always applies and ends the rest."""
    for place, rule in enumerate(rules):
        if rule.is_last and not rule.limits and not _conditions(rule):
            for later in rules[place + 1 :]:
                known = {"rule": later.name, "earlier": rule.name}
                yield _warning(
                    later.key,
                    Said("“%(rule)s” never applies: “%(earlier)s” always does and ends the rest", **known),
                )
            return


def _exclusives(version: Compiled) -> Iterator[Finding]:
    """Pairs that one receipt may fit both of: what they ask of its lines may hold for two of them."""
    for one, other in combinations(version.exclusive, 2):
        if contradiction((*one.of_receipt, *other.of_receipt)) is None:
            known = {"one": one.name, "other": other.name}
            yield _warning(
                other.key,
                Said("“%(one)s” and “%(other)s” are both to count alone: where both fit, only the first does", **known),
            )


def _of_no_points(version: Compiled) -> Iterator[Finding]:
    """Rules that multiply where there is nothing to multiply."""
    for rule in version.rules.rules:
        if isinstance(rule.effect, Multiply) and not version.rate:
            said = Said("“%(rule)s” multiplies nothing: a purchase earns no points by itself", rule=rule.name)
            yield _warning(rule.key, said)


def _of_tiers(version: Compiled) -> Iterator[Finding]:
    for lower, higher in pairwise(version.tiers):
        if higher.multiplier < lower.multiplier:
            known = {"higher": higher.name, "lower": lower.name}
            yield _warning(
                higher.key, Said("the tier “%(higher)s” gives fewer points than “%(lower)s” below it", **known)
            )
    most = _points_at_most(version)
    if version.ladder.window.of != POINTS or most is None:
        return
    for tier in version.tiers:
        if tier.threshold > most:
            known = {"tier": tier.name, "most": minor_text(most, version.point_decimals)}
            yield _warning(
                tier.key,
                Said("the tier “%(tier)s” is out of reach: nobody can earn more than %(most)s points for it", **known),
            )


def _points_at_most(version: Compiled) -> int | None:
    """The most minor points that anybody can earn in the window that the tiers go by; None where nothing bounds it."""
    if not version.rate and not version.rules.rules:
        return 0
    window = version.ladder.window.kind
    limits = [rule.limits[0] for rule in version.caps if not _conditions(rule)]
    return min([one.most for one in limits if one.per == MEMBER and one.within in (EVER, window)], default=None)


def _of_gratitude(version: Compiled) -> Iterator[Finding]:
    """A discount thanks for something, and members must be able to tell what they get (P46, P50)."""
    for rule in version.discounts:
        if isinstance(rule.effect, (PercentOff, AmountOff)) and not _conditions(rule) and not rule.limits:
            yield _warning(
                rule.key,
                Said(
                    "“%(rule)s” takes money off every purchase of everybody: soon it is the only reason to come. "
                    "Let it thank for something, such as a number of purchases, a tier or a birthday",
                    rule=rule.name,
                ),
            )
    told = [rule for rule in all_rules(version) if not isinstance(rule.effect, Message)]
    count = len(told) + len(version.rewards)
    if count > EASY:
        yield _warning(
            "",
            Said(
                "members have to understand %(count)s rules and rewards: whoever cannot tell what they get does not come "
                "for it",
                count=count,
            ),
        )


def _of_redemption(version: Compiled) -> Iterator[Finding]:
    most = version.redeem_max_points
    if most is not None and most < max(version.redeem_minimum, version.redeem_step):
        yield _refusal("", Said("points can never be redeemed: at most fewer are taken than at least"))
    pays = version.point_value and version.redeem_max_percent and most != 0
    if not pays and not version.rewards and version.rate:
        yield _warning("", Said("points pay for nothing: they have no value and there is no reward"))
    life = version.expiry.days if version.expiry.kind == "days" else None
    if life is not None and life <= version.activation_days:
        yield _refusal("", Said("points burn before they can be spent"))


def _of_rewards(version: Compiled) -> Iterator[Finding]:
    """Those that take a sum off: beside paying with points, and beside each other."""
    worth = sorted(
        [
            (reward.cost, Fraction(reward.effect.amount, reward.cost), reward)
            for reward in version.rewards
            if isinstance(reward.effect, AmountOff) and not reward.effect.per_piece
        ],
        key=lambda one: one[0],
    )
    for _, value, reward in worth:
        if value < Fraction(version.point_value) and version.redeem_max_percent:
            said = Said("the reward “%(reward)s” gives less than its points would pay", reward=reward.name)
            yield _warning(reward.key, said)
    for (_, value, smaller), (_, more, larger) in pairwise(worth):
        if more < value:
            known = {"larger": larger.name, "smaller": smaller.name}
            yield _warning(
                larger.key, Said("the reward “%(larger)s” gives less for a point than “%(smaller)s”", **known)
            )
