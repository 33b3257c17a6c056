"""The draft as a list of sentences, each with what is wrong with it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import number_format
from django.utils.translation import gettext

from loyalty_site.ground.rules.money import plain_text
from programs.admin.designer.sight import Sight
from programs.models import Program, Reward, Rule
from programs.queries.naming import sentence, spoken, whole
from programs.rules.conditions import ConditionError
from programs.rules.documents import DocumentError, parse_reward, parse_rule
from programs.rules.parsing import Units
from programs.rules.saying import conditioned, rule_words
from programs.services.programs import compile_draft, raw_reward, raw_rule
from programs.services.reviewing import found_in


@dataclass
class Row:
    """A rule or a reward: its sentence, what stops it (`problems`) and what may be meant otherwise (`warnings`)."""

    one: Any
    words: str = ""
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass
class DraftPage:
    """All that the page of a draft shows; `base` is what every purchase earns before any rule, `general` are findings
    about no single rule."""

    sight: Sight
    base: str
    rules: list[Row]
    rewards: list[Row]
    general: list[str] = field(default_factory=list)


def draft_page(program: Program, document: dict[str, Any], *, now: dt.datetime) -> DraftPage:
    """The draft of a programme, those rules that are off included."""
    rules, rewards = list(program.rules.all()), list(program.rewards.all())
    sight = Sight.of(program, document, [*map(raw_rule, rules), *map(raw_reward, rewards)])
    served = Units(sight.units.money, sight.units.points, calendars=sight.units.calendars)
    page = DraftPage(
        sight,
        _base(program),
        [_rule_row(rule, sight, served) for rule in rules],
        [_reward_row(reward, sight, served) for reward in rewards],
    )
    _find(page, program, document, now.astimezone(ZoneInfo(program.time_zone)).date())
    return page


def _base(program: Program) -> str:
    if not program.earn_points:
        return gettext("A purchase earns no points by itself: only what the rules give.")
    points, per = (
        number_format(plain_text(figure), use_l10n=True) for figure in (program.earn_points, program.earn_per)
    )
    known = {"points": points, "money": whole(f"{per} {program.currency}")}
    return gettext("Every purchase earns points: %(points)s for each %(money)s.") % known


def _rule_row(rule: Rule, sight: Sight, served: Units) -> Row:
    row = Row(rule)
    try:
        row.words = sentence(rule_words(parse_rule(raw_rule(rule), sight.units), sight.units))
        parse_rule(raw_rule(rule), served)
    except (DocumentError, ConditionError, AttributeError, TypeError) as error:
        row.problems.append(_words(error))
    return row


def _reward_row(reward: Reward, sight: Sight, served: Units) -> Row:
    row = Row(reward)
    try:
        parsed = parse_reward(raw_reward(reward), sight.units)
        row.words = sentence(conditioned(parsed.effect.words(sight.units), parsed, sight.units))
        parse_reward(raw_reward(reward), served)
    except (DocumentError, ConditionError, AttributeError, TypeError) as error:
        row.problems.append(_words(error))
    return row


def _find(page: DraftPage, program: Program, document: dict[str, Any], today: dt.date) -> None:
    """Put what the checks find beside the rules it is about."""
    try:
        found = found_in(program, compile_draft(document), today=today, units=page.sight.units)
    except (DocumentError, ConditionError) as error:
        if not any(row.problems for row in (*page.rules, *page.rewards)):
            page.general.append(_words(error))
        return
    rows = {row.one.key: row for row in (*page.rewards, *page.rules)}
    for one in found:
        said = spoken(one.said)
        row = rows.get(one.rule)
        if row is None:
            page.general.append(said)
        else:
            (row.problems if one.refuses else row.warnings).append(said)


def _words(error: Exception) -> str:
    said = getattr(error, "said", None)
    if said is not None and "problem" in said.context and ("rule" in said.context or "reward" in said.context):
        said = said.context["problem"]  # the row says already which rule it is
    return gettext("This cannot be read. Write it anew.") if said is None else sentence(said)
