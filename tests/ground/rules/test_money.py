"""Money: nothing is lost at the borders, and a spread always adds up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_site.ground.rules.money import cumulative_share, from_minor, minor_text, round_minor, spread, to_minor


@pytest.mark.parametrize(
    ("amount", "exponent", "minor"), [("1.25", 2, 125), ("1.250", 2, 125), ("7", 0, 7), ("1E+2", 2, 10000), ("0", 2, 0)]
)
def test_decimals_become_minor_units(amount, exponent, minor):
    assert to_minor(Decimal(amount), exponent) == minor


@pytest.mark.parametrize("amount", ["1.255", "NaN", "Infinity"])
def test_what_has_too_many_decimals_or_is_no_number_is_refused(amount):
    with pytest.raises(ValueError, match=r"decimals|number"):
        to_minor(Decimal(amount), 2)


@given(st.integers(-(10**15), 10**15), st.integers(0, 4))
def test_there_and_back(minor, exponent):
    assert to_minor(from_minor(minor, exponent), exponent) == minor


@given(st.integers(-(10**15), 10**15), st.integers(0, 4))
def test_the_text_is_that_of_the_number(minor, exponent):
    assert minor_text(minor, exponent) == f"{from_minor(minor, exponent):f}"


@pytest.mark.parametrize(
    ("value", "rounding", "whole"), [("2.5", "down", 2), ("2.5", "half_up", 3), ("2.5", "half_even", 2)]
)
def test_rounding_is_named(value, rounding, whole):
    assert round_minor(Decimal(value), rounding) == whole


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_a_spread_adds_up_and_is_fair(total, weights):
    shares = spread(total, weights)
    assert sum(shares) == total
    whole = sum(weights)
    if whole:
        assert all(abs(share - total * weight / whole) < 1 for share, weight in zip(shares, weights, strict=True))


def test_spreading_over_nothing():
    assert spread(0, []) == []
    assert spread(5, [0, 0]) == [5, 0]
    with pytest.raises(ValueError, match="nothing"):
        spread(1, [])


@given(st.integers(0, 10**9), st.lists(st.decimals("0.001", "99", places=3), min_size=1, max_size=8))
def test_parts_of_a_quantity_add_up_to_the_whole(total, parts):
    whole = sum(parts)
    given_back, before = 0, Decimal(0)
    for part in parts:
        given_back += cumulative_share(total, before + part, whole) - cumulative_share(total, before, whole)
        before += part
    assert given_back == total
