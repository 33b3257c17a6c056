"""Points and money as text, in the reader's form."""

from __future__ import annotations

import pytest
from django.utils import translation

from programs.queries.figures import money_text, points_text, signed_text


@pytest.mark.parametrize(
    ("language", "points", "money"),
    [
        ("en", "1,234,567.89", "12,345.60 USD"),
        ("ru", "1\xa0234\xa0567,89", "12\xa0345,60 USD"),
        ("he", "1,234,567.89", "12,345.60 USD"),
    ],
)
def test_each_language_groups_in_its_own_way(language: str, points: str, money: str):
    with translation.override(language):
        assert points_text(123456789, 2) == points
        assert money_text(1234560, "USD", 2) == money


@pytest.mark.parametrize(("minor", "text"), [(0, "0"), (5, "+5"), (-1500, "−1,500")])
def test_a_change_says_its_direction(minor: int, text: str):
    with translation.override("en"):
        assert signed_text(minor, 0) == text
