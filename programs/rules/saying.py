"""A programme as sentences: what a rule gives, when, and up to where; what a tier and a reward are. Made of the words of
their parts, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from loyalty_site.ground.errors import Said
from loyalty_site.ground.rules.money import plain_text
from programs.rules.documents import TierStep
from programs.rules.effects import CAPS
from programs.rules.ladder import Ladder
from programs.rules.matching import CompiledRule, Conditioned
from programs.rules.parsing import Units, listed, money_text, points_text
from programs.rules.reading import Reward
from programs.rules.windows import POINTS, SPEND


def rule_words(rule: CompiledRule, units: Units) -> Said:
    """The whole rule: "points times 2, when the article is of dairy and it is a Monday; at most 500 points on a receipt"."""
    what = rule.effect.words(units)
    sentence = conditioned(what, rule, units)
    if sentence is what:
        sentence = Said("%(what)s, always", what=what)
    extras = settings_words(rule, units)
    return Said("%(rule)s; %(settings)s", rule=sentence, settings=listed(extras)) if extras else sentence


def settings_words(rule: CompiledRule, units: Units) -> list[Said]:
    """What goes with a rule besides its conditions and its effect."""
    found = [] if isinstance(rule.effect, CAPS) else [limit.words(units) for limit in rule.limits]
    takes = getattr(rule.effect, "takes", None)
    if takes is not None:
        found.append(Said("it costs stamps of the card %(card)s: %(count)s", card=takes.card, count=takes.stamps))
    if rule.is_exclusive:
        found.append(Said("it counts alone"))
    if rule.group:
        found.append(Said("of the group %(group)s the best one counts", group=rule.group))
    if rule.is_last:
        found.append(Said("no later rule counts after it"))
    return found


def both(parts: Iterable[Said]) -> Said:
    """All of these must hold."""
    return reduce(lambda before, after: Said("%(before)s and %(after)s", before=before, after=after), parts)


def tier_words(tier: TierStep, ladder: Ladder, units: Units) -> Said:
    """From where on somebody stands on a tier, and what it multiplies: "from 500 EUR on: points times 1.5"."""
    known = {"from": _reached(tier.threshold, ladder, units), "factor": plain_text(tier.multiplier)}
    if not tier.threshold:
        return (
            Said("from the start") if tier.multiplier == 1 else Said("from the start: points times %(factor)s", **known)
        )
    if tier.multiplier == 1:
        return Said("from %(from)s on", **known)
    return Said("from %(from)s on: points times %(factor)s", **known)


def ladder_words(ladder: Ladder) -> list[Said]:
    """What climbs the tiers, and how they are kept: whole sentences without their full stop."""
    counted = {
        SPEND: Said("what was spent %(when)s counts for the tier", when=ladder.window.words()),
        POINTS: Said("the points earned %(when)s count for the tier", when=ladder.window.words()),
    }
    found = [counted.get(ladder.window.of, Said("the visits %(when)s count for the tier", when=ladder.window.words()))]
    if ladder.this_sale:
        found.append(Said("the purchase that reaches a tier already counts on it"))
    if ladder.keeps_months is None:
        return [*found, Said("a tier that was reached is kept")]
    found.append(_kept_for(ladder.keeps_months))
    if ladder.grace_days:
        found.append(_grace_of(ladder.grace_days))
    if ladder.one_step:
        found.append(Said("tiers are lost one at a time"))
    return found


def _kept_for(months: int) -> Said:
    if months < 2:
        return Said("a tier is kept for a month") if months else Said("a tier is kept only while it is reached")
    return Said("a tier is kept for %(count)s months", count=months)


def _grace_of(days: int) -> Said:
    if days == 1:
        return Said("whoever does not reach it then keeps it for another day")
    return Said("whoever does not reach it then keeps it for another %(count)s days", count=days)


def reward_words(reward: Reward, units: Units) -> Said:
    """What a reward takes off and costs, and when it is given."""
    said = Said(
        "%(what)s for %(points)s points", what=reward.effect.words(units), points=points_text(reward.cost, units)
    )
    return conditioned(said, reward, units)


def conditioned(what: Said, of: Conditioned, units: Units) -> Said:
    """`what`, with its conditions where there are any."""
    when = [condition.words(units) for condition in (*of.of_line, *of.of_receipt)]
    return Said("%(what)s, when %(when)s", what=what, when=both(when)) if when else what


def _reached(threshold: int, ladder: Ladder, units: Units) -> Said | str:
    if ladder.window.of == SPEND:
        return money_text(threshold, units)
    if ladder.window.of == POINTS:
        return Said("%(points)s points", points=points_text(threshold, units))
    return Said("%(count)s visits", count=threshold)
