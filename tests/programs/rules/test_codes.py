"""Codes that people type: mistakes are noticed before anybody looks for the code."""

from __future__ import annotations

import random

from programs.rules.codes import LETTERS, is_whole, make_code, read_code, shown

CODE = make_code(random.Random(1).choice)


def test_a_code_is_whole_in_any_spelling():
    assert is_whole(CODE)
    assert read_code(f" {shown(CODE).lower()} ") == CODE


def test_every_single_wrong_letter_is_noticed():
    for place, letter in enumerate(CODE):
        for other in set(LETTERS) - {letter}:
            assert not is_whole(CODE[:place] + other + CODE[place + 1 :])


def test_neighbours_that_changed_places_are_noticed():
    for place in range(len(CODE) - 1):
        one, two = CODE[place], CODE[place + 1]
        if one != two:
            assert not is_whole(CODE[:place] + two + one + CODE[place + 2 :])


def test_nothing_else_is_a_code():
    assert not any(is_whole(text) for text in ("", CODE[:-1], CODE + "A", CODE[:-1] + "0", "I" * 12))
