"""Money and points: Decimal at the borders, integer minor units inside."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

ROUNDINGS = {"down": ROUND_DOWN, "half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}


def to_minor(amount: Decimal, exponent: int) -> int:
    """1.25 with exponent 2 -> 125. Raises ValueError when `amount` has more decimals than `exponent`."""
    if not amount.is_finite():
        raise ValueError(f"{amount} is not a number")
    scaled = amount.scaleb(exponent)
    whole = scaled.to_integral_value()
    if whole != scaled:
        raise ValueError(f"{amount} has more than {exponent} decimals")
    return int(whole)


def is_finer(amount: Decimal, exponent: int) -> bool:
    """Has `amount` more decimals than a currency of so many? Noughts at the end are none."""
    scaled = amount.scaleb(exponent)
    return scaled != scaled.to_integral_value()


def from_minor(minor: int, exponent: int) -> Decimal:
    """125 with exponent 2 -> Decimal('1.25'), always with `exponent` decimals."""
    return Decimal(minor).scaleb(-exponent)


def plain_text(number: Decimal) -> str:
    """1.500 -> "1.5", 2E+1 -> "20": without noughts that say nothing and without an exponent."""
    return f"{number.normalize():f}"


def minor_text(minor: int, exponent: int) -> str:
    """125 with exponent 2 -> "1.25": the text of from_minor, without the number; an answer to a till has thirty of them."""
    if not exponent:
        return str(minor)
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    return f"{'-' if minor < 0 else ''}{digits[:-exponent]}.{digits[-exponent:]}"


def round_minor(value: Decimal, rounding: str) -> int:
    """A fraction of minor units to whole ones; `rounding` is a key of ROUNDINGS."""
    return int(value.to_integral_value(rounding=ROUNDINGS[rounding]))


def round_share(amount: int, rate: Fraction, rounding: str) -> int:
    """`amount` (>= 0) times an exact rate (>= 0) as whole minor units; a third of three is one."""
    numerator, denominator = rate.as_integer_ratio()
    if rounding == "down":
        return amount * numerator // denominator
    if rounding == "half_even":
        return round(amount * rate)
    return (amount * numerator + denominator // 2) // denominator


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` (>= 0) over `weights` (each >= 0) so that the shares add up to it exactly.

    Largest remainder (Hamilton): every share is the whole part of its quota, the units left over go to
    the largest fractions, ties to the first. With all weights 0 everything goes to the first. Empty
    weights with a total above 0 raise ValueError.
    """
    if not weights:
        if total:
            raise ValueError("nothing to spread over")
        return []
    whole = sum(weights)
    if whole == 0:
        return [total, *([0] * (len(weights) - 1))]
    shares = [total * weight // whole for weight in weights]
    left = total - sum(shares)
    if left:
        fractions = [total * weight % whole for weight in weights]
        if left == 1:  # by far the most; the first of the largest
            shares[fractions.index(max(fractions))] += 1
            return shares
        # Reversed, a sort still leaves equals in their order.
        for i in sorted(range(len(weights)), key=fractions.__getitem__, reverse=True)[:left]:
            shares[i] += 1
    return shares


def cumulative_share(total: int, part: Decimal, whole: Decimal) -> int:
    """What `part` of `whole` pieces carries of `total`, rounded down, and everything for the last piece.

    Taken cumulatively (share(0..b) - share(0..a)), so that any split of the pieces adds up to `total`.
    """
    if whole <= 0 or part >= whole:
        return total
    return int(Decimal(total) * part / whole)
