"""The country that the phones of a file show."""

from __future__ import annotations

import pytest

from members.errors import IdentifierUnreadable
from members.rules.identifiers import read_phone
from programs.rules.importing.countries import country_shown_by

RUSSIAN = ["+79001000000", "89001007919", "8 (900) 101-58-38", "79001031676", "9001039595", "+7 900 102 37 57"]
ISRAELI = ["054-2000001", "0542000002", "054 200 0003", "03-6123456"]
AMERICAN = ["212-555-0112", "(816) 555-0100", "+12125550113", "2125550114"]


def read(cell: str, region: str) -> str:
    try:
        return read_phone(cell, region).value
    except IdentifierUnreadable:
        return ""


def shown(phones: list[str], region: str, text: str = "phone") -> tuple[str, int, int] | None:
    found = country_shown_by(phones, region=region, text=text, read=read)
    return found and (found.region, found.readable, found.readable_now)


@pytest.mark.parametrize(
    ("phones", "region", "text", "expected"),
    [
        (RUSSIAN, "US", "phone", ("RU", 6, 3)),  # their own country codes say it
        (RUSSIAN, "RU", "Телефон", None),  # already right
        (ISRAELI, "US", "phone", None),  # nothing says of which country they are
        (ISRAELI, "US", "טלפון", ("IL", 4, 0)),  # the letters do, and the phones agree
        (AMERICAN, "US", "Телефон", None),  # the letters alone decide nothing
        ([*AMERICAN, "+79001000000"], "US", "Телефон", None),  # a foreigner or two are no reason
        (["-", "", "нет"], "US", "Телефон", None),
        ([], "US", "", None),
    ],
)
def test_clearly_more_phones_decide(phones, region, text, expected):
    assert shown(phones, region, text) == expected


def test_a_few_more_are_not_enough():
    assert shown([*AMERICAN, *RUSSIAN[1:3]], "US", "Телефон") is None
