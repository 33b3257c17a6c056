"""Settings about time: days of a week and of a year, dates, hours, windows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, override

from django import forms
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext_lazy as _

from programs.admin.designer import widgets
from programs.admin.designer.settings import Setting
from programs.admin.designer.sight import Sight


@dataclass(frozen=True)
class Weekdays(Setting):
    """Days of a week; 1 is Monday in the document."""

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        return {
            self.name: forms.TypedMultipleChoiceField(
                label=self.label,
                choices=[(number + 1, name) for number, name in WEEKDAYS.items()],
                coerce=int,
                widget=widgets.Checks(),
                error_messages={"required": _("Tick at least one day.")},
            )
        }

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        part[self.name] = sorted(data[self.name])


@dataclass(frozen=True)
class Day(Setting):
    """A day of the calendar; an open end is empty."""

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        return {
            self.name: forms.DateField(
                label=self.label, help_text=self.help, required=self.required, widget=widgets.DateInput()
            )
        }

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        if data.get(self.name):
            part[self.name] = data[self.name].isoformat()


@dataclass(frozen=True)
class LastDay(Day):
    """The second of two days, "from" the first: one of them must be said."""

    @override
    def check(self, data: Mapping[str, Any]) -> tuple[str, Any] | None:
        if "from" not in data or self.name not in data:
            return None
        first, last = data["from"], data[self.name]
        if first is None and last is None:
            return "from", _("Say from when, until when, or both.")
        if first is not None and last is not None and last < first:
            return self.name, _("This day is before the first one.")
        return None


@dataclass(frozen=True)
class Clock(Setting):
    """A time of the day. `ends`: it ends what begins at "from", and midnight is the end of the day, 24:00 in the
    document."""

    ends: bool = False

    @override
    def check(self, data: Mapping[str, Any]) -> tuple[str, Any] | None:
        if self.ends and data.get(self.name) is not None and data[self.name] == data.get("from"):
            return self.name, _("It ends when it begins: choose another time.")
        return None

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        return {self.name: forms.TimeField(label=self.label, help_text=self.help, widget=widgets.TimeInput())}

    @override
    def initial(self, raw: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
        said = raw.get(self.name)
        return {self.name: "00:00" if said == "24:00" else said}

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        value: dt.time = data[self.name]
        part[self.name] = "24:00" if self.ends and value == dt.time() else f"{value:%H:%M}"


@dataclass(frozen=True)
class YearDay(Setting):
    """A day of any year, "08-31" in the document."""

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        return {
            f"{self.name}_day": forms.IntegerField(
                label=self.label, min_value=1, max_value=31, widget=widgets.NumberInput()
            ),
            f"{self.name}_month": forms.TypedChoiceField(
                label=_("month"), choices=list(MONTHS.items()), coerce=int, widget=widgets.Select()
            ),
        }

    @override
    def initial(self, raw: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
        month, _dash, day = str(raw.get(self.name) or "").partition("-")
        if not day.isdecimal() or not month.isdecimal():
            return {}
        return {f"{self.name}_day": int(day), f"{self.name}_month": int(month)}

    @override
    def check(self, data: Mapping[str, Any]) -> tuple[str, Any] | None:
        try:
            dt.date(2024, data[f"{self.name}_month"], data[f"{self.name}_day"])
        except KeyError:
            return None
        except ValueError:
            return f"{self.name}_day", _("This month has no such day.")
        return None

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        part[self.name] = f"{data[f'{self.name}_month']:02}-{data[f'{self.name}_day']:02}"


@dataclass(frozen=True)
class Period(Setting):
    """A window of time: for ever, the last so many days or months, or this month, quarter or year."""

    name: str = "period"

    LENGTHS: ClassVar = ("days", "months")
    CALENDAR: ClassVar = ("month", "quarter", "year")

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        offered: list[tuple[str, Any]] = [("ever", _("ever"))]
        if sight.serves("windows"):
            offered += [
                ("days", _("in the last … days")),
                ("months", _("in the last … months")),
                ("month", _("in this month")),
                ("quarter", _("in this quarter")),
                ("year", _("in this year")),
            ]
        kind = forms.ChoiceField(label=_("when"), choices=offered, widget=widgets.Select())
        length = forms.IntegerField(
            label=_("how many days or months"),
            min_value=1,
            max_value=9999,
            required=False,
            widget=widgets.NumberInput(),
        )
        return {"period": kind, "length": length} if len(offered) > 1 else {"period": kind}

    @override
    def initial(self, raw: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
        for name in self.LENGTHS:
            if name in raw:
                return {"period": name, "length": raw[name]}
        return {"period": raw.get("calendar", "ever")}

    @override
    def check(self, data: Mapping[str, Any]) -> tuple[str, Any] | None:
        if data.get("period") in self.LENGTHS and not data.get("length") and "length" in data:
            return "length", _("Say how many.")
        return None

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        period = data["period"]
        if period in self.LENGTHS:
            part[period] = data["length"]
        elif period in self.CALENDAR:
            part["calendar"] = period
