"""Numbers, money and days as a member of each language reads them. Cached where a mailing repeats itself."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_currency

NO_BREAK = "\u00a0"
# (between thousands, before decimals)
_MARKS = {"en": (",", "."), "ru": (NO_BREAK, ","), "he": (",", ".")}


def number_text(value: int | float | Decimal, language: str) -> str:
    """1234.5 -> '1,234.5' in English and Hebrew, '1 234,5' in Russian."""
    thousands, decimals = _MARKS.get(language, _MARKS["en"])
    plain = f"{value:,}" if isinstance(value, int) else f"{value:,f}"
    whole, point, part = plain.partition(".")
    if point and not isinstance(value, Decimal):
        part = part.rstrip("0")
    whole = whole.replace(",", thousands)
    return f"{whole}{decimals}{part}" if part else whole


def amount_text(minor: int, decimals: int, language: str) -> str:
    """Minor units as a figure with exactly `decimals` decimals."""
    return number_text(Decimal(minor).scaleb(-decimals) if decimals else minor, language)


def money_text(minor: int, currency: str, exponent: int, language: str) -> str:
    """1250 USD cents -> '$12.50', '12,50 $', with the sign where the language wants it."""
    before, after = _around(currency, language)
    return f"{before}{amount_text(minor, exponent, language)}{after}"


@lru_cache(maxsize=100)
def _around(currency: str, language: str) -> tuple[str, str]:
    """What stands before and after the figure. Asked from Babel once, because it needs 50 microseconds."""
    shown = format_currency(1, currency, format="\u00a4#" if language == "en" else None, locale=language)
    before, _one, after = shown.partition("1")
    after = after.lstrip("0.,")
    if before.endswith(currency):  # no sign of its own: RUB 5 and not RUB5
        before += NO_BREAK
    return before, after


@lru_cache(maxsize=10_000)
def date_text(day: dt.date, language: str) -> str:
    """10 March 2026, 10 марта 2026, 10 במרץ 2026."""
    shown: str = format_date(day, format="long" if language == "he" else "d MMMM y", locale=language)
    return shown
