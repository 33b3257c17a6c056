"""What is held to be a machine, and what is not."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.rules.machines import EVERY_SCORE, TOO_FAST, machine_reason

HANDED = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("seconds", "scores", "reason"),
    [
        (0.0, [9], TOO_FAST),
        (1.999, [9], TOO_FAST),
        (2.0, [9], ""),
        (-1.0, [9], TOO_FAST),  # before the mail was handed over at all
        (3600.0, [3, 4, 3], ""),
        (3600.0, list(range(11)), EVERY_SCORE),
        (3600.0, [*range(11), 5], EVERY_SCORE),
        (3600.0, list(range(10)), ""),
        (1.0, list(range(11)), EVERY_SCORE),
    ],
)
def test_signs(seconds: float, scores: list[int], reason: str):
    answered = HANDED + dt.timedelta(seconds=seconds)
    assert machine_reason(handed_at=HANDED, answered_at=answered, scores=scores) == reason


def test_without_a_mail_there_is_no_too_fast():
    assert machine_reason(handed_at=None, answered_at=HANDED, scores=[9]) == ""


@given(scores=st.lists(st.integers(min_value=0, max_value=10), max_size=40))
def test_a_person_who_changes_the_mind_is_a_person_until_every_score_was_sent(scores: list[int]):
    reason = machine_reason(handed_at=HANDED, answered_at=HANDED + dt.timedelta(hours=1), scores=scores)
    assert reason == (EVERY_SCORE if len(set(scores)) == 11 else "")
