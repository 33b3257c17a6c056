"""Effects that take money off: how much each of the lines they match gives, never more than is left of it.

`shares(lines, left)` answers in minor money per line; `left` is what the lines still cost after earlier discounts.
A fraction is rounded once on the sum, and the sum is spread by `left` (see `spread_exactly`). Where pieces are chosen,
a piece of a line costs its share of what is left of the line.
"""

from programs.rules.discounts.bundles import BuyGet
from programs.rules.discounts.cards import StampCard
from programs.rules.discounts.history import Scale
from programs.rules.discounts.pieces import CheapestOff, FixedPrice, PieceOff
from programs.rules.discounts.shares import LEFTOVERS, DiscountEffect
from programs.rules.discounts.sums import AmountOff, PercentOff, Steps

__all__ = [
    "DISCOUNTS",
    "LEFTOVERS",
    "PERSONAL",
    "AmountOff",
    "BuyGet",
    "CheapestOff",
    "DiscountEffect",
    "FixedPrice",
    "PercentOff",
    "PieceOff",
    "Scale",
    "StampCard",
    "Steps",
]

DISCOUNTS = (PercentOff, AmountOff, Steps, PieceOff, CheapestOff, FixedPrice, BuyGet, Scale, StampCard)
# Their size depends on what the member has bought before.
PERSONAL = (Scale, StampCard)
