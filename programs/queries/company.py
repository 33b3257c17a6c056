"""The company's settings that every request needs; read once per process and minute."""

from __future__ import annotations

import time

from loyalty_site.ground.models import Company

_KEEP_SECONDS = 60.0
_kept: dict[str, tuple[float, str]] = {}


def default_region() -> str:
    """Two letters: the country as whose a phone without a country code is read."""
    return _setting("country", "US")


def company_zone() -> str:
    """The name of the time zone in which the back office shows moments."""
    return _setting("time_zone", "UTC")


def company_decimals() -> int:
    """How many decimals the company's currency has."""
    found = Company.objects.values_list("currency_exponent", flat=True).first()
    return 2 if found is None else found


def _setting(column: str, default: str) -> str:
    kept = _kept.get(column)
    if kept is None or kept[0] < time.monotonic():
        value = Company.objects.values_list(column, flat=True).first() or default
        kept = _kept[column] = (time.monotonic() + _KEEP_SECONDS, value)
    return kept[1]
