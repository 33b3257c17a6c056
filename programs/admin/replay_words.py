"""Figures of a trial on the past as text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

from django.utils.formats import date_format, number_format

from programs.queries.figures import money_text, points_text, signed_text
from programs.rules.documents import Compiled

# Okabe and Ito, as everywhere.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#E69F00", "#009E73", "#a3a8af"


class Shown:
    """Figures of one trial as text."""

    def __init__(self, version: Compiled) -> None:
        self.version = version

    def money(self, minor: int) -> str:
        return money_text(minor, self.version.currency, self.version.currency_exponent)

    def signed(self, minor: int) -> str:
        return f"{signed_text(minor, self.version.currency_exponent)} {self.version.currency}"

    def points(self, minor: int) -> str:
        return points_text(minor, self.version.point_decimals)

    def worth(self, points: int) -> int:
        return int(points * self.version.point_value)


def percent(share: Fraction | Decimal | None) -> str:
    """31.25 -> '31.3 %' in the reader's language; a dash where there is nothing to say."""
    return "—" if share is None else f"{number_format(round(float(share), 1), decimal_pos=1)} %"


def month_name(month: int) -> str:
    return date_format(dt.date(month // 12, month % 12 + 1, 1), "M Y")
