"""Every spelling of a key people were seen to use."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.errors import IdentifierUnreadable
from members.rules import identifiers
from members.rules.identifiers import read_key

PHONES = [
    ("RU", "+7 (900) 123-45-01", "+79001234501"),
    ("RU", "8 900 123 45 02", "+79001234502"),
    ("RU", "9001234503", "+79001234503"),
    ("RU", "7-900-123-45-04", "+79001234504"),
    ("RU", "8(900)1234505 доб. 12", "+79001234505"),
    ("RU", "т. 8-900-123-45-06", "+79001234506"),
    ("RU", "810 7 900 123 45 08", "+79001234508"),
    ("RU", "+375 29 123 45 67", "+375291234567"),
    ("RU", "375291234567", "+375291234567"),
    ("RU", "8\u00a0900\u00a0123\u201145\u201112", "+79001234512"),
    ("RU", "８９００１２３４５１３", "+79001234513"),
    ("RU", "\u200e+7 900 123-45-14\u200f", "+79001234514"),
    ("RU", "+7 900 123-45-15 (мама)", "+79001234515"),
    ("IL", "054-2000001", "+972542000001"),
    ("IL", "972542000004", "+972542000004"),
    ("IL", "00972-54-2000005", "+972542000005"),
    ("IL", "+972 (0)54-2000009", "+972542000009"),
    ("IL", "03-6123456", "+97236123456"),
    ("US", "(415) 555-2671 ext 9", "+14155552671"),
    ("RU", "'+7 900 123\u221245\u221216", "+79001234516"),
    ("RU", "[900] 123_45_17", "+79001234517"),
    ("IL", "054/2000018", "+972542000018"),
    ("IL", "٠٥٤٢٠٠٠٠١٩", "+972542000019"),
]


@pytest.mark.parametrize(("region", "text", "value"), PHONES)
def test_a_phone_is_read_in_any_spelling(region, text, value):
    assert read_key("phone", text, region).value == value


def test_of_two_phones_the_first_counts_and_a_warning_says_so():
    reading = read_key("phone", "8 900 123 45 09, 8 900 123 45 10", "RU")
    assert reading.value == "+79001234509"
    assert reading.warnings == ("more_than_one_phone_in_cell",)


@pytest.mark.parametrize(
    ("region", "text"),
    [
        ("RU", "00 7 900 123 45 07"),
        ("RU", "8-900-12З-45-11"),  # a Cyrillic letter for the digit 3
        ("RU", "+7 900 123 45"),
        ("RU", "+7 900 123 45 67 89"),
        ("RU", "нет"),
        ("RU", "0"),
        ("RU", ""),
        ("RU", "111-11-11"),
        ("RU", "7,90012E+10"),
        ("IL", "*6123"),
        ("IL", "054-200001"),
        ("IL", "054-20000111"),
        ("IL", "ללא"),
    ],
)
def test_a_phone_that_cannot_be_rung_is_refused(region, text):
    with pytest.raises(IdentifierUnreadable) as refusal:
        read_key("phone", text, region)
    assert refusal.value.context["why"] == "phone_invalid"


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("email", " Anna.Petrova@Example.COM ", "anna.petrova@example.com"),
        ("email", "x2@example.com\u200b", "x2@example.com"),
        ("email", "mailto:o'neill+shop@example.co.il", "o'neill+shop@example.co.il"),
        ("email", "a@пример.рф", "a@пример.рф"),
        ("card", "0000 1234-5678", "000012345678"),
        ("card", "\u202aab-12\u202c", "AB12"),
        ("code", "１２３", "123"),
        ("card", "٠٠١٢٣", "00123"),
        ("email", "mailto:anna@example.com?subject=Hello", "anna@example.com"),
        ("email", "Anna P <Anna@example.com>", "anna@example.com"),
    ],
)
def test_other_keys(kind, text, value):
    assert read_key(kind, text, "RU").value == value


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        ("email", "аdmin@example.com", "email_mixed_scripts"),  # the first letter is Cyrillic
        ("email", "admin@example", "email_unreadable"),
        ("email", "a b", "email_unreadable"),
        ("email", "нет", "email_unreadable"),
        ("card", "4,60702E+12", "card_unreadable"),
        ("card", "---", "card_unreadable"),
        ("card", "АB12", "card_unreadable"),  # the first letter is Cyrillic
        ("code", "=1+1", "code_unreadable"),
    ],
)
def test_unreadable_keys_say_why(kind, text, why):
    with pytest.raises(IdentifierUnreadable) as refusal:
        read_key(kind, text, "RU")
    assert refusal.value.context["why"] == why


_PARTS = st.text("ab7ZÉя+-_. ", max_size=6)


@given(st.builds("{}@{}.{}".format, _PARTS, _PARTS, st.sampled_from(["org", "c", "co.uk", "7a", "рф", "a-b"])))
def test_an_address_read_at_once_is_one_that_the_whole_rule_reads(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identifiers, "_USUAL_EMAIL", re.compile(r"(?!)"))
        try:
            slow = read_key("email", text, "RU").value
        except IdentifierUnreadable:
            slow = ""
    try:
        quick = read_key("email", text, "RU").value
    except IdentifierUnreadable:
        quick = ""
    assert quick == slow
