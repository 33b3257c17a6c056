"""The sentences of offline conflicts, in the reader's words."""

from __future__ import annotations

import pytest
from django.utils import translation

from programs.queries.conflicts import problem_sentence


@pytest.mark.parametrize(
    ("language", "key"), [("en", "card …9999"), ("ru", "карта …9999"), ("he", "כרטיס \u2066…9999\u2069")]
)
def test_the_kind_of_a_key_is_said_in_words(language: str, key: str):
    with translation.override(language):
        assert f" {key}" in problem_sentence("member_unknown", {"shown": "card …9999"})


def test_a_key_of_no_kind_stays_as_it_is():
    assert "by any …9999." in problem_sentence("member_unknown", {"shown": "any …9999"})
