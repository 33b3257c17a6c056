"""Calendars of a document: named days such as holidays, that a rule may look at. Pure.

    "calendars": [{"key": "holidays", "name": "Public holidays", "days": ["12-25", "2026-04-02"]}]

A day with a year is that day; one without comes every year (29 February on the 28th in other years). They are frozen
with the version, as everything that decides what a sale earns.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from loyalty_site.ground.errors import Said
from programs.rules.basket import Basket, Facts, Line
from programs.rules.dates import yearly_within
from programs.rules.parsing import ConditionError, DayOfYear, DocumentError, Units, days_around, text

_YEARLY = re.compile(r"\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days of one year, and (month, day) that come every year."""

    name: str = ""
    days: frozenset[dt.date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """One calendar of a document. Raises DocumentError."""
        days, yearly = set(), set()
        for said in raw["days"]:
            try:
                if isinstance(said, str) and _YEARLY.fullmatch(said):
                    day = dt.date.fromisoformat(f"2024-{said}")  # a leap year, so that 02-29 is a day
                    yearly.add((day.month, day.day))
                else:
                    days.add(dt.date.fromisoformat(said))
            except (TypeError, ValueError) as error:
                raise DocumentError(
                    "calendar %(calendar)s: “%(day)s” is no day such as 2026-12-24, or 12-24 for every year",
                    calendar=raw["key"],
                    day=said,
                ) from error
        if not days and not yearly:
            raise DocumentError("calendar %(calendar)s has no days", calendar=raw["key"])
        return cls(str(raw["name"]), frozenset(days), frozenset(yearly))

    def is_near(self, today: dt.date, *, before: int, after: int) -> bool:
        """Whether `today` is at most `before` days before or `after` days after a day of the calendar."""
        if any(today + dt.timedelta(days=offset) in self.days for offset in range(-after, before + 1)):
            return True
        return any(yearly_within(*day, today, before=before, after=after) for day in self.yearly)


EMPTY = Calendar()


def read_calendars(document: Mapping[str, Any]) -> dict[str, Calendar]:
    """The calendars of a document by their keys. Raises DocumentError."""
    listed = document.get("calendars", [])
    found = {str(raw["key"]): Calendar.parse(raw) for raw in listed}
    if len(found) != len(listed):
        raise DocumentError("two calendars share a key")
    return found


@dataclass(frozen=True, slots=True)
class OnHoliday:
    """The sale falls on a day of one of the document's calendars, or at most so many days before or after one."""

    type: ClassVar[str] = "holiday"
    needs: ClassVar[str] = "calendars"
    of_receipt: ClassVar[bool] = True
    key: str
    before: int
    after: int
    calendar: Calendar = EMPTY

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(text(raw, "calendar"), *days_around(raw))

    def fitted(self, units: Units) -> Self:
        """With the days of its document; a form, which reads a condition alone, knows none."""
        if units.calendars is None:
            return self
        if self.key not in units.calendars:
            raise ConditionError(
                "condition “holiday”: there is no calendar “%(calendar)s”; there are %(known)s",
                calendar=self.key,
                known=", ".join(sorted(units.calendars)) or "—",
            )
        return replace(self, calendar=units.calendars[self.key])

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        return self.calendar.is_near(basket.at.date(), before=self.before, after=self.after)

    def words(self, units: Units) -> Said:
        known = {"calendar": self.calendar.name or self.key, "before": self.before, "after": self.after}
        if not self.before and not self.after:
            return Said("it is a day of the calendar %(calendar)s", **known)
        return Said("it is %(before)s days before to %(after)s days after a day of the calendar %(calendar)s", **known)


@dataclass(frozen=True, slots=True)
class InSeason:
    """The sale falls in a season that comes every year, both days included; from December to February is one winter."""

    type: ClassVar[str] = "season"
    of_receipt: ClassVar[bool] = True
    first: tuple[int, int]  # month, day
    last: tuple[int, int]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        return cls(cls._day(raw, "from"), cls._day(raw, "to"))

    @staticmethod
    def _day(raw: Mapping[str, Any], key: str) -> tuple[int, int]:
        said = raw.get(key)
        try:
            if not isinstance(said, str) or not _YEARLY.fullmatch(said):
                raise ValueError(said)
            day = dt.date.fromisoformat(f"2024-{said}")
        except ValueError as error:
            raise ConditionError(
                "condition “season”: “%(key)s” must be a day of any year such as 08-31", key=key
            ) from error
        return day.month, day.day

    def holds(self, line: Line, basket: Basket, facts: Facts) -> bool:
        today = (basket.at.month, basket.at.day)
        if self.first <= self.last:
            return self.first <= today <= self.last
        return today >= self.first or today <= self.last

    def words(self, units: Units) -> Said:
        first, last = (DayOfYear(f"{month:02}-{day:02}") for month, day in (self.first, self.last))
        return Said("it is between %(first)s and %(last)s of any year", first=first, last=last)
