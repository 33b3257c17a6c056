"""The country that the phones of a file are of, where the file shows another than was said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import phonenumbers

# So many phones more must read before another country is worth a word, and so large a share of them.
MORE_MIN, MORE_SHARE = 3, 0.1
# What the letters of a file say of where it was written; the phones have the last word.
_LETTERS = (("RU", re.compile("[\u0400-\u04ff]")), ("IL", re.compile("[\u05d0-\u05ea]")))


class CountryShown(NamedTuple):
    """With `region` `readable` of the `looked` phones can be real numbers, with what was said only `readable_now`."""

    region: str
    looked: int
    readable: int
    readable_now: int


def country_shown_by(
    phones: Sequence[str], *, region: str, text: str, read: Callable[[str, str], str]
) -> CountryShown | None:
    """The country with which clearly more of these cells are phones than with `region` (two letters), or None.

    `read(cell, country)` is the phone in E.164, "" when it is none. Looked at are the countries that the cells name themselves by a country code, and those whose letters the `text` of
    the file has.
    """
    cells = [cell for cell in phones if cell.strip()]
    now = [read(cell, region) for cell in cells]
    named = Counter(filter(None, map(_country_of, now)))
    candidates = [country for country, _times in named.most_common(3)]
    candidates += [country for country, letters in _LETTERS if letters.search(text)]
    readable_now = sum(map(bool, now))
    best = max(
        (
            CountryShown(one, len(cells), sum(bool(read(cell, one)) for cell in cells), readable_now)
            for one in candidates
        ),
        key=lambda shown: shown.readable,
        default=None,
    )
    if best is None or best.region == region:
        return None
    return best if best.readable - readable_now >= max(MORE_MIN, MORE_SHARE * len(cells)) else None


def _country_of(phone: str) -> str:
    if not phone:
        return ""
    return phonenumbers.region_code_for_number(phonenumbers.parse(phone, None)) or ""
