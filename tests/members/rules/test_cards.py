"""Card numbers: whole, not guessable, and a slip of the finger on our own is told from a stranger's card."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.rules.cards import check_digit, fits, is_mistyped, make_card, shown_card

OURS = {"prefix": "29", "length": 16}
digits = st.text("0123456789", min_size=1, max_size=18)


def test_the_check_digit_is_damm_s():
    assert check_digit("572") == "4"  # the example of his dissertation
    assert check_digit("5724") == "0"


@given(digits, st.data())
def test_one_wrong_digit_is_noticed(body, data):
    whole = body + check_digit(body)
    place = data.draw(st.integers(0, len(whole) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != whole[place]]))
    changed = whole[:place] + wrong + whole[place + 1 :]
    assert check_digit(changed[:-1]) != changed[-1]


@given(digits, st.data())
def test_two_neighbours_that_changed_places_are_noticed(body, data):
    whole = body + check_digit(body)
    place = data.draw(st.integers(0, len(whole) - 2))
    swapped = whole[:place] + whole[place + 1] + whole[place] + whole[place + 2 :]
    assert swapped == whole or check_digit(swapped[:-1]) != swapped[-1]


def test_only_our_own_range_is_judged():
    number = make_card(random.Random(1).choice, **OURS)
    assert (len(number), number[:2], is_mistyped(number, **OURS)) == (16, "29", False)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert is_mistyped(wrong, **OURS)
    assert not is_mistyped(wrong[:-1], **OURS)
    assert not is_mistyped("30" + wrong[2:], **OURS)
    assert not is_mistyped("29" + "A" * 14, **OURS)
    assert not is_mistyped(wrong, prefix="", length=16)


def test_numbers_are_read_in_fours():
    assert shown_card("2912345678901234") == "2912 3456 7890 1234"


@pytest.mark.parametrize(
    ("number", "rule", "fits_it"),
    [
        ("4539578763621486", "luhn", True),
        ("4539578763621487", "luhn", False),
        ("4006381333931", "ean", True),
        ("4006381333932", "ean", False),
        ("96385074", "ean", True),
        ("5724", "damm", True),
        ("5725", "damm", False),
        ("123", "none", True),
    ],
)
def test_numbers_of_partners_fit_their_rule(number: str, rule: str, fits_it: bool):
    assert fits(number, rule) is fits_it


def test_an_unknown_rule_is_an_error():
    with pytest.raises(ValueError, match="no such check rule"):
        fits("1", "iban")
