"""Names keep their letters and lose what nobody can see."""

from __future__ import annotations

import pytest

from members.rules.text import clean_name, mask_name, search_form


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("\u200fדנה כהן\u200e", "דנה כהן"),
        ("Иван\u200b Иванов", "Иван Иванов"),
        ("\ufeffПётр", "Пётр"),
        ("Андрей Е\u0308лкин", "Андрей Ёлкин"),
        ("Mr. \u202eEvil", "Mr. Evil"),
        ("  a \t b\r\nc ", "a b c"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("\x00\x07", ""),
        ("x" * 300, "x" * 200),
    ],
)
def test_clean_name(text, name):
    assert clean_name(text) == name


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("Anna Petrova", "Anna P."),
        ("Иванов Иван Иванович", "Иванов И. И."),
        ("Anna", "A."),
        ("Bo", "Bo"),
        ("", ""),
        ("A B C D E", "A B. C."),
    ],
)
def test_mask_name(name, masked):
    assert mask_name(name) == masked


def test_search_form_folds_case_width_and_io():
    assert search_form("  ＡNNA  Ёлкина ") == "anna елкина"
