"""A rule as a sentence: what it gives, when, and up to where. Made of the words of its parts, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from loyalty_site.ground.errors import Said
from programs.rules.effects import CAPS
from programs.rules.matching import CompiledRule
from programs.rules.parsing import Units, listed


def rule_words(rule: CompiledRule, units: Units) -> Said:
    """The whole rule: "points times 2, when the article is of dairy and it is Monday; at most 500 points on a receipt"."""
    what = rule.effect.words(units)
    when = [condition.words(units) for condition in (*rule.of_line, *rule.of_receipt)]
    sentence = (
        Said("%(what)s, when %(when)s", what=what, when=both(when)) if when else Said("%(what)s, always", what=what)
    )
    extras = settings_words(rule, units)
    return Said("%(rule)s; %(settings)s", rule=sentence, settings=listed(extras)) if extras else sentence


def settings_words(rule: CompiledRule, units: Units) -> list[Said]:
    """What goes with a rule besides its conditions and its effect."""
    found = [] if isinstance(rule.effect, CAPS) else [limit.words(units) for limit in rule.limits]
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
