"""Tokens of mails' links: what was made is read, nothing else is."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.rules.tokens import make_token, read_token

KEY, RETIRED, FOREIGN = b"k" * 32, b"r" * 32, b"f" * 32


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_a_token_is_read_back_and_safe_in_an_address(number: int) -> None:
    token = make_token(KEY, number)
    assert len(token) == 32
    assert token.replace("-", "").replace("_", "").isalnum()
    assert read_token([KEY, RETIRED], token) == number
    assert read_token([RETIRED, KEY], token) == number
    assert read_token([FOREIGN], token) is None


@given(st.integers(min_value=0, max_value=31), st.characters())
def test_one_changed_character_spoils_it(place: int, other: str) -> None:
    token = make_token(KEY, 42)
    changed = token[:place] + other + token[place + 1 :]
    assert (read_token([KEY], changed) == 42) == (changed == token)


@pytest.mark.parametrize("text", ["", "x", "x" * 31, "ж" * 32, "=" * 32, "A" * 32, " " * 32, "x" * 10_000])
def test_nonsense_is_nothing(text: str) -> None:
    assert read_token([KEY], text) is None


def test_guessing_hits_nothing(note_trials) -> None:
    assert not any(read_token([KEY], secrets.token_urlsafe(24)) for _ in range(10_000))
    note_trials("T60", 10_000)
