"""The welcome gift: what a new member gets the minute they join, and that it can never pay a whole bill."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from loyalty_site.ground.errors import Said
from loyalty_site.ground.rules.money import to_minor
from programs.rules.dates import burns_at
from programs.rules.documents import Compiled, DocumentError


@dataclass(frozen=True, slots=True)
class Welcome:
    """`points` are minor points, 0 for no gift; `days` is how long they live, None as long as earned ones."""

    points: int = 0
    days: int | None = None

    def burns_at(self, version: Compiled, given_at: dt.datetime) -> dt.datetime | None:
        """When a gift of `given_at` burns; None: never."""
        if self.days is None:
            return version.burns_at(given_at)
        return burns_at(given_at, zone=version.time_zone, days=self.days)


def read_welcome(document: Mapping[str, Any]) -> Welcome:
    """The gift of a document (`{"welcome": {"points": "50", "days": 30}}`; older ones have none).

    Raises DocumentError for a gift that could pay a whole bill or is finer than a point.
    """
    raw = document.get("welcome") or {}
    points = Decimal(str(raw.get("points", 0)))
    if points == 0:
        return Welcome()
    if int(document["redemption"]["max_percent"]) >= 100:
        raise DocumentError(
            "the welcome gift could pay a whole bill: let points pay less than 100 % of it, or give no points to start with"
        )
    try:
        return Welcome(to_minor(points, int(document["point_decimals"])), raw.get("days"))
    except ValueError as error:
        raise DocumentError(
            "%(what)s has more decimals than %(most)s: %(value)s",
            what=Said("welcome gift (points)"),
            most=document["point_decimals"],
            value=points,
        ) from error
