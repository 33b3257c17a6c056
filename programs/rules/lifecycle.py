"""Where somebody is in their life as a customer, and how they score by recency, frequency and money. Pure.

The stages and the three models are those of the source (M14, M15, M16); it names stages and gives no figures. The
figures below are starting points of ours, and docs/algorithms/lifecycle.md says for each why it is what it is.

Silence is measured in days of the company's calendar. It counts from the last purchase, never from the last mail.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Stage(StrEnum):
    """In the order of the funnel; the last two are for those who have gone quiet."""

    POTENTIAL = "potential"  # we know them, they have bought nothing
    FIRST = "first"
    REPEAT = "repeat"
    ATTACHED = "attached"
    LOYAL = "loyal"
    COMMITTED = "committed"
    AT_RISK = "at_risk"
    LOST = "lost"


class ModelKind(StrEnum):
    """Which stages are told apart."""

    FULL = "full"
    A = "a"  # first visit, one-off purchase, repeat purchase, attachment, loyalty (M14)
    B = "b"  # potential buyer, buyer, regular, loyal, committed (M15)
    C = "c"  # purchase satisfaction, brand loyalty, partnership (M16)


class Silence(StrEnum):
    """How long a silence is too long: so many days for everybody, or measured by the member's own rhythm."""

    DAYS = "days"
    RHYTHM = "rhythm"


# The stages that active people can reach; everybody who knows us not as a buyer is potential, in every model.
_ACTIVE: dict[ModelKind, tuple[Stage, ...]] = {
    ModelKind.FULL: (Stage.FIRST, Stage.REPEAT, Stage.ATTACHED, Stage.LOYAL, Stage.COMMITTED),
    ModelKind.A: (Stage.FIRST, Stage.REPEAT, Stage.ATTACHED, Stage.LOYAL),
    ModelKind.B: (Stage.FIRST, Stage.REPEAT, Stage.LOYAL, Stage.COMMITTED),
    ModelKind.C: (Stage.FIRST, Stage.LOYAL, Stage.COMMITTED),
}
SCORES = range(1, 6)
DAYS_MAX = 3650
PURCHASES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class LifecycleRules:
    """A model and its thresholds. Purchases are counts, days are days; factors are tenths (20: twice the usual gap).

    At risk is who has been silent for MORE than the limit. By rhythm the limit is the factor times the usual gap
    between purchases, at least `rhythm_least_days`; who has fewer than `rhythm_purchases`, or all of them on one
    day, has no rhythm yet, and the fixed days hold.
    """

    model: ModelKind = ModelKind.FULL
    repeat_purchases: int = 2
    attached_purchases: int = 4
    loyal_purchases: int = 8
    loyal_days: int = 180
    committed_purchases: int = 20
    committed_days: int = 365
    silence: Silence = Silence.RHYTHM
    at_risk_days: int = 90
    lost_days: int = 365
    at_risk_tenths: int = 20
    lost_tenths: int = 40
    rhythm_purchases: int = 4
    rhythm_least_days: int = 30


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Why thresholds cannot be: the field to mend, a stable code, figures for the sentence."""

    field: str
    code: str
    context: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bought:
    """What somebody has bought, as the summary keeps it; the days are the company's calendar's."""

    purchases: int
    first_on: dt.date | None
    last_on: dt.date | None
    spend_minor: int = 0


def active_stages(model: ModelKind) -> tuple[Stage, ...]:
    """The stages of buyers who are not silent, from the first purchase upwards."""
    return _ACTIVE[model]


def stages_of(model: ModelKind) -> tuple[Stage, ...]:
    """Every stage of a model, in the order of the funnel."""
    return (Stage.POTENTIAL, *_ACTIVE[model], Stage.AT_RISK, Stage.LOST)


def needs_of(stage: Stage, rules: LifecycleRules) -> tuple[int, int]:
    """(purchases, days since the first one) that a buyer must have for an active stage."""
    return {
        Stage.FIRST: (1, 0),
        Stage.REPEAT: (rules.repeat_purchases, 0),
        Stage.ATTACHED: (rules.attached_purchases, 0),
        Stage.LOYAL: (rules.loyal_purchases, rules.loyal_days),
        Stage.COMMITTED: (rules.committed_purchases, rules.committed_days),
    }[stage]


def has_rhythm(bought: Bought, rules: LifecycleRules) -> bool:
    """Whether the member's own gaps say anything, and are asked."""
    return (
        rules.silence == Silence.RHYTHM
        and bought.purchases >= rules.rhythm_purchases
        and bought.first_on is not None
        and bought.last_on is not None
        and bought.last_on > bought.first_on
    )


def is_silent(bought: Bought, days: int, tenths: int, rules: LifecycleRules, *, today: dt.date) -> bool:
    """Silent for longer than `days`, or by rhythm longer than `tenths` / 10 of the usual gap (and the least days).

    The usual gap is (last - first) / (purchases - 1); both sides are multiplied out, so nothing is rounded.
    """
    assert bought.last_on is not None
    silent = (today - bought.last_on).days
    if not has_rhythm(bought, rules):
        return silent > days
    assert bought.first_on is not None
    span = (bought.last_on - bought.first_on).days
    return silent > rules.rhythm_least_days and silent * (bought.purchases - 1) * 10 > tenths * span


def stage_of(bought: Bought, rules: LifecycleRules, *, today: dt.date) -> Stage:
    """The stage of one member on a day; programs.queries.lifecycle says the same in SQL for all of them."""
    if bought.purchases < 1 or bought.first_on is None or bought.last_on is None:
        return Stage.POTENTIAL
    if is_silent(bought, rules.lost_days, rules.lost_tenths, rules, today=today):
        return Stage.LOST
    if is_silent(bought, rules.at_risk_days, rules.at_risk_tenths, rules, today=today):
        return Stage.AT_RISK
    known = (today - bought.first_on).days
    for stage in reversed(_ACTIVE[rules.model]):
        purchases, days = needs_of(stage, rules)
        if bought.purchases >= purchases and known >= days:
            return stage
    return Stage.FIRST


def quintile_bounds[T: (int, dt.date)](values: Sequence[T]) -> tuple[T, T, T, T] | None:
    """The values at 20, 40, 60 and 80 % of the people, in ascending order; None of nobody.

    As percentile_disc of SQL: the first value whose place is at or above that share.
    """
    if not values:
        return None
    order = sorted(values)
    first, second, third, fourth = (order[max(1, math.ceil(share * len(order))) - 1] for share in (0.2, 0.4, 0.6, 0.8))
    return first, second, third, fourth


def score[T: (int, dt.date)](value: T, bounds: Sequence[T]) -> int:
    """1 to 5: one more than the number of bounds below the value. Equal values get equal scores, so where most
    people bought once, all of them score 1 and some scores stay empty: better than telling equals apart by lot."""
    return 1 + sum(bound < value for bound in bounds)


def contradictions(rules: LifecycleRules) -> list[Contradiction]:
    """What in the thresholds contradicts itself: codes out_of_range, not_more, not_fewer_days, factor_not_more."""
    found = [*_ranges(rules)]
    ladder = [
        (f"{stage.value}_purchases", needs_of(stage, rules)[0])
        for stage in _ACTIVE[rules.model]
        if stage != Stage.FIRST
    ]
    least, before = 1, "first"
    for field, purchases in ladder:
        if purchases <= least:
            found.append(Contradiction(field, "not_more", {"least": least, "stage": before}))
        least, before = max(purchases, least), field.removesuffix("_purchases")
    active = _ACTIVE[rules.model]
    if Stage.LOYAL in active and Stage.COMMITTED in active and rules.committed_days < rules.loyal_days:
        found.append(Contradiction("committed_days", "not_fewer_days", {"least": rules.loyal_days}))
    if rules.lost_days <= rules.at_risk_days:
        found.append(Contradiction("lost_days", "lost_not_later", {"least": rules.at_risk_days}))
    if rules.silence == Silence.RHYTHM and rules.lost_tenths <= rules.at_risk_tenths:
        found.append(Contradiction("lost_tenths", "factor_not_more", {"least": rules.at_risk_tenths / 10}))
    return found


def _ranges(rules: LifecycleRules) -> list[Contradiction]:
    bounds = {
        "repeat_purchases": (2, PURCHASES_MAX),
        "attached_purchases": (2, PURCHASES_MAX),
        "loyal_purchases": (2, PURCHASES_MAX),
        "committed_purchases": (2, PURCHASES_MAX),
        "loyal_days": (0, DAYS_MAX),
        "committed_days": (0, DAYS_MAX),
        "at_risk_days": (1, DAYS_MAX),
        "lost_days": (2, DAYS_MAX),
        # Below the usual gap everybody would be at risk most of the time.
        "at_risk_tenths": (10, 1000),
        "lost_tenths": (11, 1000),
        # Two purchases are one gap, and one gap is no rhythm.
        "rhythm_purchases": (3, PURCHASES_MAX),
        "rhythm_least_days": (1, DAYS_MAX),
    }
    found = []
    for field, (least, most) in bounds.items():
        if not least <= getattr(rules, field) <= most:
            tenths = field.endswith("_tenths")
            figures = {"least": least / 10, "most": most / 10} if tenths else {"least": least, "most": most}
            found.append(Contradiction(field, "out_of_range", figures))
    return found
