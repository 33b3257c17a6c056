"""Numbers of our own cards: a prefix that says whose they are, digits drawn by chance, one digit that checks the rest.

A number says who somebody is and never that they may: what it opens is decided by codes and PINs.
"""

from __future__ import annotations

from collections.abc import Callable

# Fewer than these drawn by chance, and a patient person finds somebody's card by trying.
RANDOM_MIN = 8
LENGTH_MAX = 19
# Damm's table (H. M. Damm, 2004), of order ten: it notices every wrong digit and every two neighbours that changed places.
_TABLE = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def check_digit(body: str) -> str:
    """The digit that makes `body` (ASCII digits) a whole number."""
    row = 0
    for digit in body:
        row = _TABLE[row][int(digit)]
    return str(row)


def make_card(choose: Callable[[str], str], *, prefix: str, length: int) -> str:
    """A number of `length` digits: `prefix`, digits picked by `choose` (secrets.choice, say), the check digit."""
    body = prefix + "".join(choose("0123456789") for _ in range(length - len(prefix) - 1))
    return body + check_digit(body)


def is_mistyped(number: str, *, prefix: str, length: int) -> bool:
    """Whether `number` is of our own range and its check digit does not fit. Without a prefix no range is our own."""
    is_ours = bool(prefix) and len(number) == length and number.isascii() and number.isdigit()
    return is_ours and number.startswith(prefix) and check_digit(number[:-1]) != number[-1]


def fits(number: str, rule: str) -> bool:
    """Whether the last digit of `number` (ASCII digits) is the one that `rule` (none, luhn, ean, damm) asks for."""
    if rule == "none":
        return True
    if rule == "damm":
        return check_digit(number[:-1]) == number[-1]
    digits = [int(digit) for digit in reversed(number)]
    if rule == "ean":  # GS1 General Specifications, 7.9: weights 3 and 1 from the right
        return (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0
    if rule == "luhn":  # ISO/IEC 7812-1, annex B
        return (sum(digits[0::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0
    raise ValueError(f"no such check rule: {rule!r}")


def shown_card(number: str) -> str:
    """In groups of four, as people read it aloud."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
