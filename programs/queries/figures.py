"""Points and money as text in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.formats import number_format

from loyalty_site.ground.rules.money import from_minor


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency with its decimals, named like the columns of programmes and the company."""

    currency: str
    currency_exponent: int


def points_text(minor: int, decimals: int) -> str:
    """12345 with 2 decimals -> '123.45' in English, '123,45' in Russian; thousands are grouped."""
    return number_format(from_minor(minor, decimals), decimal_pos=decimals, use_l10n=True, force_grouping=True)


def signed_text(minor: int, decimals: int) -> str:
    """With a plus, or a true minus sign."""
    sign = "+" if minor > 0 else "−" if minor < 0 else ""
    return sign + points_text(abs(minor), decimals)


def money_text(minor: int, currency: str, exponent: int) -> str:
    """125 USD cents -> '1.25 USD': the code after the figure reads right in all our languages."""
    figure = number_format(from_minor(minor, exponent), decimal_pos=exponent, use_l10n=True, force_grouping=True)
    return f"{figure} {currency}"
