"""The company's settings that every request needs; read once per process and minute."""

from __future__ import annotations

import time

from loyalty_site.ground.models import Company

_KEEP_SECONDS = 60.0
_kept: dict[str, tuple[float, str]] = {}


def default_region() -> str:
    """Two letters: the country as whose a phone without a country code is read."""
    kept = _kept.get("region")
    if kept is None or kept[0] < time.monotonic():
        region = Company.objects.values_list("country", flat=True).first() or "US"
        kept = _kept["region"] = (time.monotonic() + _KEEP_SECONDS, region)
    return kept[1]
