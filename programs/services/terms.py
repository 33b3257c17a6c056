"""The terms of a programme for its members: every rule, tier and reward of a document as sentences, what burns and when,
how points pay. In the active language; what stands in the document is all that is promised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from programs.queries.figures import points_text
from programs.queries.naming import sentence, units_of
from programs.rules.benefits import Message
from programs.rules.documents import Compiled, CompiledRule
from programs.rules.parsing import Units
from programs.rules.saying import ladder_words, reward_words, rule_words, tier_words
from programs.rules.welcome import Welcome, read_welcome
from programs.services.deals import (
    burning_words,
    coming_versions,
    earning_words,
    gift_words,
    least,
    paying_words,
    version_in_force,
)
from programs.services.programs import compile_draft, compiled_version


@dataclass(frozen=True, slots=True)
class Line:
    """`name` is what the rule, tier or reward is called, "" where the sentence is all."""

    text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Coming:
    """What a later version changes: `sections` of what is new in it, and the `gone` lines of the one before."""

    effective_from: dt.datetime
    sections: tuple[Section, ...]
    gone: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """`number` and `effective_from` are None for a draft; `sections` are empty before the first version counts."""

    name: str
    sections: tuple[Section, ...]
    number: int | None = None
    effective_from: dt.datetime | None = None
    coming: tuple[Coming, ...] = ()


def published_terms(*, now: dt.datetime) -> Terms | None:
    """Those in force, with what is published for a day to come; None before the first programme is published."""
    version, later = version_in_force(now=now), coming_versions(now=now)
    if version is None and not later:
        return None
    sections = sections_of(version.document, compiled_version(version.pk)) if version else ()
    coming, before = [], sections
    for one in later:
        after = sections_of(one.document, compiled_version(one.pk))
        coming.append(_coming(one.effective_from, before, after))
        before = after
    named = (version or later[0]).document["name"]
    if version is None:
        return Terms(str(named), (), coming=tuple(coming))
    return Terms(str(named), sections, version.number, version.effective_from, tuple(coming))


def _coming(effective_from: dt.datetime, before: tuple[Section, ...], after: tuple[Section, ...]) -> Coming:
    had = [line for section in before for line in section.lines]
    has = [line for section in after for line in section.lines]
    new = (Section(one.title, tuple(line for line in one.lines if line not in had)) for one in after)
    return Coming(
        effective_from, tuple(one for one in new if one.lines), tuple(line for line in had if line not in has)
    )


def terms_of_draft(document: Mapping[str, Any]) -> Terms:
    """What the terms would be. Raises DocumentError or ConditionError where the draft cannot be read."""
    return Terms(str(document["name"]), sections_of(document, compile_draft(dict(document))))


def sections_of(document: Mapping[str, Any], version: Compiled) -> tuple[Section, ...]:
    """All that a document promises; sections of which it says nothing are left out."""
    units, welcome = replace(units_of(document), for_members=True), read_welcome(document)
    has_points = bool(version.rate or version.rules.rules or version.rewards or welcome.points)
    found = [
        (gettext("How you earn points"), _earning(version, units)),
        (gettext("Money off"), _discounts(version, units)),
        (gettext("What else you get"), _rules(_for_members(version.benefits), units)),
        (gettext("When you join"), _plain(line for part in gift_words(version, welcome) for line in part)),
        (gettext("Tiers"), _tiers(version, units)),
        (gettext("Paying with points"), _paying(version, units, welcome) if has_points else []),
        (gettext("When points burn"), _plain(_life(version)) if has_points else []),
        (gettext("When you bring something back"), _plain(_returns(version)) if has_points else []),
    ]
    return tuple(Section(title, tuple(lines)) for title, lines in found if lines)


def _plain(sentences: Iterable[str]) -> list[Line]:
    return [Line(one) for one in sentences]


def _rules(rules: Iterable[CompiledRule], units: Units) -> list[Line]:
    return [Line(sentence(rule_words(rule, units)), rule.name) for rule in rules]


def _for_members(rules: Iterable[CompiledRule]) -> list[CompiledRule]:
    """Without what is told to the cashier."""
    return [rule for rule in rules if not isinstance(rule.effect, Message)]


def _earning(version: Compiled, units: Units) -> list[Line]:
    lines = _plain(earning_words(version))
    if version.rate:
        counted = (
            gettext("Points are counted on the prices before the discounts of the programme.")
            if version.earn_before_discounts
            else gettext("Points are counted on the prices after all discounts.")
        )
        tender = (
            gettext("The part of a bill that you pay with points earns points too.")
            if version.earn_on_points
            else gettext("The part of a bill that you pay with points earns none.")
        )
        lines += _plain([counted, tender])
    return [*lines, *_rules((*version.rules.rules, *version.excludes, *version.caps), units)]


def _discounts(version: Compiled, units: Units) -> list[Line]:
    lines = _rules((*version.discounts, *version.discount_caps), units)
    if len(version.discounts) < 2:
        return lines
    several = {
        "all": gettext("Where several fit, all of them count, one after the other."),
        "first": gettext("Where several fit an article, it gets the first of them."),
        "best": gettext("Where several fit, the one that takes most off counts."),
    }
    return [*lines, Line(several[version.stacking])]


def _tiers(version: Compiled, units: Units) -> list[Line]:
    if not version.tiers:
        return []
    steps = [Line(sentence(tier_words(tier, version.ladder, units)), tier.name) for tier in version.tiers]
    return [*steps, *_plain(sentence(said) for said in ladder_words(version.ladder))]


def _paying(version: Compiled, units: Units, welcome: Welcome) -> list[Line]:
    lines = paying_words(version)
    if lines:
        lines += least(version)
        if version.redeem_step > 10**version.point_decimals:
            step = points_text(version.redeem_step, version.point_decimals)
            lines.append(gettext("You spend them in steps of %(points)s points.") % {"points": step})
        if version.redeem_max_points is not None:
            most = points_text(version.redeem_max_points, version.point_decimals)
            lines.append(gettext("On one receipt you can spend at most %(points)s points.") % {"points": most})
        if version.own_points:
            lines.append(gettext("Points of a receipt can be spent on it at once."))
    rewards = [Line(sentence(reward_words(one, units)), one.name) for one in version.rewards]
    return [*_plain(lines), *rewards]


def _life(version: Compiled) -> list[str]:
    lines = []
    if version.activation_days:
        text = ngettext(
            "Points can be spent %(n)s day after the purchase.",
            "Points can be spent %(n)s days after the purchase.",
            version.activation_days,
        )
        lines.append(text % {"n": version.activation_days})
    expiry = version.expiry
    if expiry.kind == "never" or (expiry.kind == "months" and not expiry.months):
        lines.append(gettext("Points do not burn with time."))
    elif expiry.kind == "year_end":
        text = ngettext(
            "Points burn on 31 December, %(n)s year after the year in which they were earned.",
            "Points burn on 31 December, %(n)s years after the year in which they were earned.",
            expiry.years,
        )
        if not expiry.years:
            text = gettext("Points burn on 31 December of the year in which they were earned.")
        return [*lines, text % {"n": expiry.years} if expiry.years else text, *_idle(version)]
    return [*lines, *burning_words(version)]


def _idle(version: Compiled) -> list[str]:
    return burning_words(version)[1:]


def _returns(version: Compiled) -> list[str]:
    lines = []
    if version.return_days is not None:
        text = ngettext(
            "Goods can be brought back for %(n)s day.", "Goods can be brought back for %(n)s days.", version.return_days
        )
        lines.append(text % {"n": version.return_days})
    lines.append(
        gettext("The points that the goods brought are taken back, those that you paid with are given back.")
        if version.gives_back
        else gettext("The points that the goods brought are taken back, those that you paid with stay spent.")
    )
    if version.grace_days and version.gives_back:
        text = ngettext(
            "Where their day has passed meanwhile, you can spend them for %(n)s more day.",
            "Where their day has passed meanwhile, you can spend them for %(n)s more days.",
            version.grace_days,
        )
        lines.append(text % {"n": version.grace_days})
    owed = {
        "forbid": gettext("Where you have spent points already that are taken back, you owe nothing."),
        "floor": gettext(
            "Where you have spent points already that are taken back, what you earn next pays for them, up to %(points)s."
        )
        % {"points": points_text(version.negative_floor, version.point_decimals)},
        "allow": gettext("Where you have spent points already that are taken back, what you earn next pays for them."),
    }
    return [*lines, str(capfirst(owed[version.negative_policy]))]
