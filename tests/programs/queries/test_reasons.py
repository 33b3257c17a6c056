"""Why points were given, in the reader's words and with the reader's decimal sign."""

from __future__ import annotations

import pytest
from django.utils import translation

from programs.queries.reasons import award_sentence
from programs.rules.engine import BASE, TIER


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "Tier v1.5: points times 1.50"), ("ru", "Уровень v1.5: баллы × 1,50"), ("he", "דרגה v1.5: נקודות × 1.50")],
)
def test_numbers_have_the_sign_of_the_language_and_names_stay(language: str, expected: str):
    with translation.override(language):
        assert award_sentence(TIER, {"name": "v1.5", "factor": "1.50"}) == expected


def test_what_is_no_plain_number_stays():
    assert award_sentence(BASE, {"rate": "1 / 3"}).startswith("1 / 3 for every")
