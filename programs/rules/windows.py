"""Windows of time over what a member bought: what is counted, since when. Pure.

    {"of": "spend"}                         all there ever was
    {"of": "visits", "days": 90}            today and the 89 days before it
    {"of": "spend", "months": 3}            since the same day three months ago
    {"of": "points", "calendar": "year"}    since 1 January

A window counts whole days by the store's calendar, and sales before the one that is asked about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from loyalty_site.ground.errors import Said
from programs.rules.basket import Facts
from programs.rules.dates import add_days, add_months
from programs.rules.parsing import ConditionError, chosen, whole

SPEND, VISITS, POINTS = "spend", "visits", "points"
EVER = "ever"
_LENGTHS = ("days", "months", "calendar")
WINDOW = ("of", *_LENGTHS)  # settings of whatever has a window
_CALENDAR = ("month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Window:
    """`of` spend (minor money after discounts), visits (sales) or points (minor points earned); `length` is of days or months, of a calendar 0; `kind`
    ever, days, months, month, quarter or year."""

    of: str
    kind: str = EVER
    length: int = 0

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Reads “of” and one of “days”, “months”, “calendar”, or none. Raises ConditionError."""
        of = chosen(raw, "of", (SPEND, VISITS, POINTS), SPEND)
        said = [name for name in _LENGTHS if name in raw]
        if len(said) > 1:
            raise ConditionError(
                "condition “%(type)s”: say one of “days”, “months”, “calendar”, or none", type=raw.get("type")
            )
        if not said:
            return cls(of)
        if said[0] == "calendar":
            return cls(of, chosen(raw, "calendar", _CALENDAR, ""))
        return cls(of, said[0], whole(raw, said[0], least=1))

    @property
    def key(self) -> str:
        """Its name in Facts.windows: "spend", "visits:90:days", "spend:year"."""
        return _key(self)

    @property
    def is_kept(self) -> bool:
        """Whether it is counted for ever anyway, outside Facts.windows."""
        return self.kind == EVER and self.of != POINTS

    @property
    def needs(self) -> str:
        """The fact that answers it."""
        if not self.is_kept:
            return "windows"
        return "purchases" if self.of == VISITS else "spend"

    def since(self, today: dt.date) -> dt.date:
        """The first day that counts."""
        match self.kind:
            case "days":
                return add_days(today, 1 - self.length)
            case "months":
                return add_months(today, -self.length)
            case "month":
                return today.replace(day=1)
            case "quarter":
                return dt.date(today.year, today.month - (today.month - 1) % 3, 1)
            case "year":
                return dt.date(today.year, 1, 1)
        return dt.date.min

    def before(self, facts: Facts) -> int | None:
        """What there was before the sale; None where nobody knows."""
        if self.is_kept:
            return facts.purchases if self.of == VISITS else facts.spend
        return None if facts.windows is None else facts.windows.get(self.key, 0)

    def words(self) -> Said:
        """When, within a sentence."""
        match self.kind:
            case "days":
                return Said("within %(count)s days", count=self.length)
            case "months":
                return Said("within %(count)s months", count=self.length)
            case "month":
                return Said("in this month")
            case "quarter":
                return Said("in this quarter")
            case "year":
                return Said("in this year")
        return Said("altogether")


@lru_cache(maxsize=1024)
def _key(window: Window) -> str:
    return ":".join(filter(None, [window.of, str(window.length or ""), "" if window.kind == EVER else window.kind]))
