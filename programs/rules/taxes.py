"""The tax in a bill, by rate: a till that prints a receipt needs it after the programme's discounts. Pure.

Points are a means of payment, so what they pay is still taxed.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from programs.rules.basket import Line

PER_LINE, SUM_NET, SUM_KEEP_GROSS = "line", "sum_net", "sum_keep_gross"
TAX_ROUNDINGS = (PER_LINE, SUM_NET, SUM_KEEP_GROSS)


class TaxPart(NamedTuple):
    """What the lines of one rate (per cent) cost, in minor money; net and tax together are gross."""

    rate: Decimal
    net: int
    tax: int
    gross: int


def taxes(lines: Sequence[Line], rounding: str) -> list[TaxPart]:
    """The tax in `lines` by rising rate; lines without a rate are left out. Every rounding is to the nearest.

    "line": net and gross of each line are rounded and added up. "sum_net": of the sum of the net prices, so the gross may
    be a little off what the lines cost. "sum_keep_gross": of what the lines cost, so the net may be.
    """
    by_rate: dict[Decimal, list[Line]] = {}
    for line in lines:
        if line.tax_rate is not None:
            by_rate.setdefault(line.tax_rate.normalize(), []).append(line)
    return [_part(rate, by_rate[rate], rounding) for rate in sorted(by_rate)]


def _part(rate: Decimal, lines: list[Line], rounding: str) -> TaxPart:
    net, gross = sum([line.net for line in lines]), sum([line.gross for line in lines])
    if rounding == SUM_NET:
        gross = net + _nearest(net * rate / 100)
    elif rounding == SUM_KEEP_GROSS:
        net = _nearest(gross * 100 / (100 + rate))
    return TaxPart(rate, net, gross - net, gross)


def _nearest(minor: Decimal) -> int:
    return int(minor.to_integral_value(ROUND_HALF_UP))
