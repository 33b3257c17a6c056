"""Stages, scores and contradictions, as tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.rules.lifecycle import (
    Bought,
    LifecycleRules,
    ModelKind,
    Silence,
    Stage,
    active_stages,
    contradictions,
    quintile_bounds,
    score,
    stage_of,
    stages_of,
)

TODAY = dt.date(2026, 3, 10)
DAYS = LifecycleRules(silence=Silence.DAYS)
RHYTHM = LifecycleRules()


def bought(purchases: int, first: int, last: int) -> Bought:
    """So many purchases, the first and the last so many days ago."""
    return Bought(purchases, TODAY - dt.timedelta(days=first), TODAY - dt.timedelta(days=last))


@pytest.mark.parametrize(
    ("rules", "who", "stage"),
    [
        (DAYS, Bought(0, None, None), Stage.POTENTIAL),
        (DAYS, bought(0, 5, 5), Stage.POTENTIAL),  # the only sale was cancelled
        (DAYS, bought(1, 0, 0), Stage.FIRST),
        (DAYS, bought(1, -1, -1), Stage.FIRST),  # a till whose clock runs ahead
        (DAYS, bought(1, 90, 90), Stage.FIRST),
        (DAYS, bought(1, 91, 91), Stage.AT_RISK),
        (DAYS, bought(1, 365, 365), Stage.AT_RISK),
        (DAYS, bought(1, 366, 366), Stage.LOST),
        (DAYS, bought(2, 30, 5), Stage.REPEAT),
        (DAYS, bought(4, 30, 5), Stage.ATTACHED),
        (DAYS, bought(8, 179, 5), Stage.ATTACHED),  # often, and not for long
        (DAYS, bought(8, 180, 5), Stage.LOYAL),
        (DAYS, bought(20, 364, 5), Stage.LOYAL),
        (DAYS, bought(20, 365, 5), Stage.COMMITTED),
        (DAYS, bought(2, 400, 366), Stage.LOST),
        (replace(DAYS, model=ModelKind.A), bought(20, 400, 5), Stage.LOYAL),
        (replace(DAYS, model=ModelKind.B), bought(4, 30, 5), Stage.REPEAT),
        (replace(DAYS, model=ModelKind.B), bought(20, 400, 5), Stage.COMMITTED),
        (replace(DAYS, model=ModelKind.C), bought(4, 30, 5), Stage.FIRST),
        (replace(DAYS, model=ModelKind.C), bought(8, 200, 5), Stage.LOYAL),
        # Every 20 days: twice that is 40, four times 80.
        (RHYTHM, bought(6, 140, 40), Stage.ATTACHED),
        (RHYTHM, bought(6, 141, 41), Stage.AT_RISK),
        (RHYTHM, bought(6, 180, 80), Stage.AT_RISK),
        (RHYTHM, bought(6, 181, 81), Stage.LOST),
        # Every second day: 30 days are never too long, 31 are more than four gaps.
        (RHYTHM, bought(20, 68, 30), Stage.ATTACHED),
        (RHYTHM, bought(20, 69, 31), Stage.LOST),
        # Twice a year: 200 days of silence are nothing yet.
        (RHYTHM, bought(5, 930, 200), Stage.ATTACHED),
        # No rhythm yet: three purchases, or all on one day.
        (RHYTHM, bought(3, 130, 90), Stage.REPEAT),
        (RHYTHM, bought(5, 90, 90), Stage.ATTACHED),
        (RHYTHM, bought(5, 91, 91), Stage.AT_RISK),
    ],
)
def test_stages(rules: LifecycleRules, who: Bought, stage: Stage):
    assert stage_of(who, rules, today=TODAY) == stage


def test_the_models_have_their_stages():
    assert stages_of(ModelKind.FULL) == tuple(Stage)
    assert [len(active_stages(model)) for model in ModelKind] == [5, 4, 4, 3]
    for model in ModelKind:
        assert stages_of(model)[0] == Stage.POTENTIAL
        assert stages_of(model)[-2:] == (Stage.AT_RISK, Stage.LOST)


@given(st.sampled_from(list(ModelKind)), st.integers(0, 40), st.integers(0, 900), st.integers(0, 900))
def test_a_longer_silence_never_wakes_anybody(model: ModelKind, purchases: int, span: int, silent: int):
    """And whoever is in a stage is in one of the model's."""
    rules = replace(RHYTHM, model=model)
    order = {Stage.AT_RISK: 1, Stage.LOST: 2}
    now, later = (stage_of(bought(purchases, span + days, days), rules, today=TODAY) for days in (silent, silent + 1))
    assert now in stages_of(model)
    assert order.get(later, 0) >= order.get(now, 0)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]),
        (list(range(10)), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]),
        ([7], [1]),
        ([3, 3, 3, 3], [1, 1, 1, 1]),
        ([1, 1, 1, 1, 1, 1, 2, 2, 3, 9], [1, 1, 1, 1, 1, 1, 4, 4, 5, 5]),
    ],
)
def test_scores_are_fifths_and_equals_are_equal(values: list[int], expected: list[int]):
    bounds = quintile_bounds(values)
    assert bounds is not None
    assert [score(value, bounds) for value in values] == expected


def test_nobody_has_no_fifths():
    assert quintile_bounds([]) is None


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (RHYTHM, []),
        (DAYS, []),
        (replace(RHYTHM, attached_purchases=2), [("attached_purchases", "not_more")]),
        (replace(RHYTHM, attached_purchases=2, model=ModelKind.B), []),  # that model knows no attached ones
        (replace(RHYTHM, loyal_purchases=3), [("loyal_purchases", "not_more")]),
        (replace(RHYTHM, committed_days=100), [("committed_days", "not_fewer_days")]),
        (replace(RHYTHM, committed_days=100, model=ModelKind.A), []),
        (replace(RHYTHM, lost_days=90), [("lost_days", "lost_not_later")]),
        (replace(RHYTHM, lost_tenths=20), [("lost_tenths", "factor_not_more")]),
        (replace(DAYS, lost_tenths=20), []),
        (replace(RHYTHM, repeat_purchases=1), [("repeat_purchases", "out_of_range"), ("repeat_purchases", "not_more")]),
        (replace(RHYTHM, rhythm_purchases=2), [("rhythm_purchases", "out_of_range")]),
        (replace(RHYTHM, at_risk_tenths=9), [("at_risk_tenths", "out_of_range")]),
    ],
)
def test_contradictions(rules: LifecycleRules, expected: list[tuple[str, str]]):
    assert [(one.field, one.code) for one in contradictions(rules)] == expected
