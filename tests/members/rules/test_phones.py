"""The quick way of reading phones against the library: whatever it reads, the library reads the same."""

from __future__ import annotations

import random

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.errors import IdentifierUnreadable
from members.rules import identifiers
from members.rules.identifiers import read_phone
from members.rules.phones import quick_phone

HOMES = ("RU", "IL", "US", "DE", "GB", "UA", "FR", "KZ", "BY", "GE")


def slowly(text: str, region: str) -> str:
    """What the library makes of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identifiers, "quick_phone", lambda _text, _region: "")
        try:
            return read_phone(text, region).value
        except IdentifierUnreadable:
            return ""


def spellings(dice: random.Random, number: phonenumbers.PhoneNumber) -> list[str]:
    """As the library writes it in two of its ways, each also damaged: a digit changed, a digit more, the plus lost."""
    found = []
    for way in (0, 2):
        text = phonenumbers.format_number(number, way)
        place = dice.choice([at for at, char in enumerate(text) if char.isdigit()])
        digit = dice.choice("0123456789")
        found += [text, text[:place] + digit + text[place + 1 :], text[:place] + digit + text[place:], text.lstrip("+")]
    return found


def test_every_country_s_examples_and_damaged_ones_are_read_as_the_library_reads_them():
    dice, quick = random.Random(5), 0
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (0, 1):
            number = phonenumbers.example_number_for_type(region, kind)
            for text in spellings(dice, number) if number else []:
                home = dice.choice([region, dice.choice(HOMES)])
                value = quick_phone(text, home)
                quick += bool(value)
                assert value in {"", slowly(text, home)}, (text, home)
    assert quick > 1000


@given(
    st.sampled_from(HOMES),
    st.sampled_from(["", "+", "00", "0", "8", "7", "1", "810", "+7", "+972", "+0", "+00"]),
    st.text("0123456789", min_size=4, max_size=13),
    st.sampled_from([" ", "-", "", ") ", "."]),
)
def test_no_run_of_digits_is_read_otherwise_than_by_the_library(region, before, digits, between):
    text = before + digits[:3] + between + digits[3:]
    assert quick_phone(text, region) in {"", slowly(text, region)}


@pytest.mark.parametrize(
    "text", ["+79001234567", "89001234567", "9001234567", "79001234567", "8 (900) 123-45-67", "+7 900 123.45.67"]
)
def test_the_usual_spellings_take_the_quick_way(text):
    assert quick_phone(text, "RU") == "+79001234567"


@pytest.mark.parametrize(
    "text", ["+7900123456O", "٠٥٠١٢٣٤٥٦٧", "+7 900 123-45-67 доб. 5", "7 + 9001234567", "", "+", "12"]
)
def test_whatever_is_odd_goes_the_long_way(text):
    assert quick_phone(text, "RU") == ""
