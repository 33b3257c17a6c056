"""Codes that people read aloud and type: letters that are not mistaken for each other, and one that checks the rest."""

from __future__ import annotations

import re
from collections.abc import Callable

# No 0/O and no 1/I/L. Their number is a prime, so the weighted sum below notices every wrong letter and every
# two neighbours that changed places.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
LENGTH = 12
_GROUP = 4
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015]")


def check_letter(body: str) -> str:
    """The letter that makes `body` a whole code: the sum of its letters, each times its place, modulo their number."""
    return LETTERS[sum(place * LETTERS.index(letter) for place, letter in enumerate(body, start=2)) % len(LETTERS)]


def make_code(choose: Callable[[str], str]) -> str:
    """A code of LENGTH letters, all but the last picked by `choose` (secrets.choice, say)."""
    body = "".join(choose(LETTERS) for _ in range(LENGTH - 1))
    return body + check_letter(body)


def read_code(text: str) -> str:
    """What somebody typed, as it is stored: in capitals, without the spaces and strokes between groups."""
    return _BETWEEN.sub("", text).upper()


def is_whole(code: str) -> bool:
    """Whether a code as stored has our length and letters, and the last one fits."""
    return len(code) == LENGTH and set(code) <= set(LETTERS) and check_letter(code[:-1]) == code[-1]


def shown(code: str) -> str:
    """In groups, as people read it: ABCD-EFGH-JKMN."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))
