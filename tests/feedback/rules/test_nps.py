"""The arithmetic of the net promoter score, against cases worked out by hand and against its own definition."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.rules.nps import ANSWERS_MIN, SCORES, Band, NpsFigures, band_of, figures_of

COUNTS = st.integers(min_value=0, max_value=100_000)


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (0, Band.DETRACTOR),
        (6, Band.DETRACTOR),
        (7, Band.PASSIVE),
        (8, Band.PASSIVE),
        (9, Band.PROMOTER),
        (10, Band.PROMOTER),
    ],
)
def test_the_bands_are_exact(score: int, band: Band):
    assert band_of(score) is band


@pytest.mark.parametrize("score", [-1, 11, 100])
def test_other_scores_have_no_band(score: int):
    with pytest.raises(ValueError, match="no score"):
        band_of(score)


@pytest.mark.parametrize(
    ("counts", "score", "error", "margin", "difference"),
    [
        ((40, 35, 25), 15.0, 7.92, 15.53, 15),
        ((5, 0, 5), 0.0, 31.62, 61.98, 0),
        ((1, 3, 1), 0.0, 28.28, 55.44, 0),
        ((0, 60, 40), -40.0, 4.90, 9.60, -40),
        ((400, 350, 250), 15.0, 2.5, 4.91, 150),
    ],
)
def test_score_error_and_margin(
    counts: tuple[int, int, int], score: float, error: float, margin: float, difference: int
):
    figures = NpsFigures(*counts)
    assert figures.score == score
    assert round(figures.standard_error, 2) == error
    assert round(figures.margin95, 2) == margin
    assert figures.difference == difference
    assert not figures.is_too_few


@pytest.mark.parametrize("counts", [(0, 0, 0), (4, 0, 0), (1, 1, 2)])
def test_under_five_answers_nothing_is_said(counts: tuple[int, int, int]):
    figures = NpsFigures(*counts)
    assert figures.is_too_few
    assert (figures.score, figures.standard_error, figures.margin95) == (None, None, None)


@pytest.mark.parametrize(("counts", "score"), [((9, 0, 0), 100.0), ((0, 9, 0), 0.0), ((0, 0, 9), -100.0)])
def test_one_band_alone_has_a_score_and_no_margin(counts: tuple[int, int, int], score: float):
    figures = NpsFigures(*counts)
    assert figures.is_uniform
    assert (figures.score, figures.margin95) == (score, None)


@given(promoters=COUNTS, passives=COUNTS, detractors=COUNTS)
def test_score_and_error_stay_in_bounds(promoters: int, passives: int, detractors: int):
    figures = NpsFigures(promoters, passives, detractors)
    assert figures.n == promoters + passives + detractors
    if figures.is_too_few:
        assert figures.score is None
        return
    assert -100 <= figures.score <= 100
    assert 0 <= figures.standard_error <= 100 / math.sqrt(figures.n) + 1e-9
    assert (figures.margin95 is None) == (figures.n in {promoters, passives, detractors})


@given(promoters=COUNTS, passives=COUNTS, detractors=COUNTS)
def test_turning_everybody_round_turns_the_sign(promoters: int, passives: int, detractors: int):
    one, other = NpsFigures(promoters, passives, detractors), NpsFigures(detractors, passives, promoters)
    if not one.is_too_few:
        assert one.score == -other.score
        assert one.standard_error == other.standard_error


@given(scores=st.lists(st.sampled_from(list(SCORES)), min_size=ANSWERS_MIN, max_size=300))
def test_it_is_the_mean_of_plus_one_nought_and_minus_one(scores: list[int]):
    figures = figures_of(scores)
    signs = [{Band.PROMOTER: 1, Band.PASSIVE: 0, Band.DETRACTOR: -1}[band_of(score)] for score in scores]
    assert figures.score == pytest.approx(100 * statistics.fmean(signs))
    assert figures.standard_error == pytest.approx(100 * statistics.pstdev(signs) / math.sqrt(len(signs)), abs=1e-6)


@given(counts=st.tuples(COUNTS, COUNTS, COUNTS), times=st.integers(min_value=2, max_value=50))
def test_more_of_the_same_keeps_the_score_and_narrows_the_error(counts: tuple[int, int, int], times: int):
    once, often = NpsFigures(*counts), NpsFigures(*(count * times for count in counts))
    if not once.is_too_few:
        assert often.score == pytest.approx(once.score)
        assert often.standard_error == pytest.approx(once.standard_error / math.sqrt(times), abs=1e-9)
