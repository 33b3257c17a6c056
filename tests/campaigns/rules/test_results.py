"""Shares and their difference, against published figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.rules.results import Share, difference


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17:873, table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_s_own_examples(first: tuple[int, int], second: tuple[int, int], low: float, high: float):
    found = difference(Share(*first), Share(*second))
    assert found is not None
    assert [found.low, found.high] == pytest.approx([100 * low, 100 * high], abs=0.01)


def test_too_few_people_say_nothing():
    assert difference(Share(1, 4), Share(1, 100)) is None
    assert difference(Share(1, 100), Share(0, 0)) is None
    assert Share(0, 0).percent is None


def test_no_effect_shown_is_a_result():
    same = difference(Share(100, 1000), Share(10, 100))
    clear = difference(Share(300, 1000), Share(10, 100))
    assert same is not None
    assert clear is not None
    assert not same.shows_effect
    assert clear.shows_effect


shares = st.integers(5, 10_000).flatmap(lambda total: st.builds(Share, st.integers(0, total), st.just(total)))


@given(shares, shares)
def test_the_interval_holds_the_estimate_and_turns_with_it(first: Share, second: Share):
    there, back = difference(first, second), difference(second, first)
    assert there is not None
    assert back is not None
    assert -100 - 1e-9 <= there.low <= there.points + 1e-9
    assert there.points - 1e-9 <= there.high <= 100 + 1e-9
    assert [back.low, back.high] == pytest.approx([-there.high, -there.low])
