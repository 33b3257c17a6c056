"""The settings that conditions and effects are made of: each knows its fields, and how a document says it.

`initial` reads a part of a document, `write` puts the checked values back; what means the same as saying nothing is not
written, so that a rule that is opened and saved again stays what it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, override

from django import forms
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from programs.admin.designer import widgets
from programs.admin.designer.sight import Sight
from programs.queries.rule_choices import PRODUCTS

MONEY, POINTS, PERCENT, NUMBER = "money", "points", "percent", "number"
_MOST = Decimal(10) ** 9


@dataclass(frozen=True)
class Setting:
    """`name` is that of the document; `is_rare` stands behind "More"."""

    name: str
    label: Any = ""
    help: Any = ""
    is_rare: bool = False
    required: bool = True

    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        """{name of the field: field}."""
        raise NotImplementedError

    def initial(self, raw: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
        """Values of the fields for a part of a document."""
        return {self.name: raw.get(self.name)}

    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        """Put what was filled in into a part of a document."""
        raise NotImplementedError

    def check(self, data: Mapping[str, Any]) -> tuple[str, Any] | None:
        """(field, what is wrong) where two of its fields contradict each other."""
        return None


@dataclass(frozen=True)
class Count(Setting):
    """A whole number; `default` is what saying nothing means."""

    least: int = 1
    default: int | None = None
    unit: Any = ""

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        return {
            self.name: forms.IntegerField(
                label=self.label,
                help_text=self.help,
                min_value=self.least,
                max_value=10**9,
                required=self.required,
                initial=self.default,
                widget=widgets.NumberInput(unit=self.unit),
            )
        }

    @override
    def initial(self, raw: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
        return {self.name: raw.get(self.name, self.default)}

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        value = data.get(self.name)
        if value is not None and value != self.default:
            part[self.name] = value


@dataclass(frozen=True)
class Amount(Setting):
    """Money, points, a share or a plain number, a decimal text in the document."""

    kind: str = MONEY
    default: str | None = None
    least: Decimal | None = None  # None: above nought

    def _decimals(self, sight: Sight) -> int:
        return {MONEY: sight.units.money, POINTS: sight.units.points, PERCENT: 2, NUMBER: 4}[self.kind]

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        decimals = self._decimals(sight)
        unit = {MONEY: sight.currency, POINTS: _("points"), PERCENT: "%", NUMBER: ""}[self.kind]
        least = Decimal(1).scaleb(-decimals) if self.least is None else self.least
        return {
            self.name: forms.DecimalField(
                label=self.label,
                help_text=self.help,
                min_value=least,
                max_value=Decimal(100) if self.kind == PERCENT else _MOST,
                decimal_places=decimals,
                max_digits=16,
                required=self.required,
                initial=self.default,
                widget=widgets.NumberInput(unit=unit, step="any"),
            )
        }

    @override
    def initial(self, raw: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
        return {self.name: raw.get(self.name, self.default)}

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        value = data.get(self.name)
        if value is not None and (self.default is None or value != Decimal(self.default)):
            part[self.name] = f"{value:f}"


@dataclass(frozen=True)
class Choice(Setting):
    """One word out of a closed list; the first is what saying nothing means, unless it `is_said`. `needs`: {word: what
    must be served before it is offered}."""

    options: tuple[tuple[str, Any], ...] = ()
    is_said: bool = False
    needs: Mapping[str, str] | None = None

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        needs = self.needs or {}
        offered = [(word, said) for word, said in self.options if sight.serves(needs.get(word, ""))]
        return {
            self.name: forms.ChoiceField(
                label=self.label,
                help_text=self.help,
                choices=offered,
                required=bool(offered[0][0]),
                widget=widgets.Select(),
                initial=offered[0][0],
            )
        }

    @override
    def initial(self, raw: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
        return {self.name: raw.get(self.name, self.options[0][0])}

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        if data[self.name] != self.options[0][0] or self.is_said:
            part[self.name] = data[self.name]


@dataclass(frozen=True)
class Flag(Setting):
    """Yes, or nothing said."""

    need: str = ""

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        return {
            self.name: forms.BooleanField(
                label=self.label, help_text=self.help, required=False, widget=widgets.Checkbox()
            )
        }

    @override
    def initial(self, raw: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
        return {self.name: raw.get(self.name, False)}

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        if data.get(self.name):
            part[self.name] = True


@dataclass(frozen=True)
class Many(Setting):
    """Some of what there is (codes in the document), ticked by name; of articles, found by name."""

    source: str = ""
    none_yet: Any = ""

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        if self.source == PRODUCTS:
            return {
                self.name: widgets.ArticlesField(
                    label=self.label, help_text=self.help, required=self.required, known=sight.articles
                )
            }
        return {
            self.name: widgets.CodesField(
                label=self.label,
                help_text=self.help,
                required=self.required,
                known=sight.choices.get(self.source, {}),
                none_yet=self.none_yet,
            )
        }

    @override
    def initial(self, raw: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
        return {self.name: raw.get(self.name, [])}

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        if data.get(self.name):
            part[self.name] = list(data[self.name])


@dataclass(frozen=True)
class One(Setting):
    """One of what there is, by its code."""

    source: str = ""

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        known = sight.choices.get(self.source, {})
        return {
            self.name: widgets.CodeField(
                label=self.label, help_text=self.help, known=known, required=self.required, widget=widgets.Select()
            )
        }

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        if data.get(self.name):
            part[self.name] = data[self.name]


@dataclass(frozen=True)
class Listed(Setting):
    """Some words, with commas between them: a list of texts in the document."""

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        return {
            self.name: widgets.ListedField(
                label=self.label, help_text=self.help, required=self.required, widget=widgets.TextInput()
            )
        }

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        if data.get(self.name):
            part[self.name] = data[self.name]


@dataclass(frozen=True)
class Numbers(Setting):
    """Some whole numbers, with commas between them."""

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        return {
            self.name: widgets.NumbersField(
                label=self.label, help_text=self.help, required=self.required, widget=widgets.TextInput()
            )
        }

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        if data.get(self.name):
            part[self.name] = data[self.name]


@dataclass(frozen=True)
class Card(Setting):
    """The name of a stamp card: one that other rules use, or a new one. Empty, where it may be: the rule's own."""

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        return {
            self.name: forms.CharField(
                label=self.label,
                help_text=self.help,
                max_length=40,
                required=self.required,
                widget=widgets.TextInput(suggestions=sight.cards),
            )
        }

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        if data.get(self.name):
            part[self.name] = data[self.name]


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
class Clock(Setting):
    """A time of the day. `ends`: midnight is the end of the day, 24:00 in the document."""

    ends: bool = False

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


@dataclass(frozen=True)
class Texts(Setting):
    """A text in each of the languages; the first must be there."""

    LANGUAGES: ClassVar = (("en", "English"), ("ru", "Русский"), ("he", "עברית"))

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        return {
            f"{self.name}_{code}": forms.CharField(
                label=said, required=False, max_length=200, widget=widgets.TextInput(lang=code)
            )
            for code, said in self.LANGUAGES
        }

    @override
    def initial(self, raw: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
        said = raw.get(self.name)
        texts = {"en": said} if isinstance(said, str) else said or {}
        return {f"{self.name}_{code}": texts.get(code, "") for code, _said in self.LANGUAGES}

    @override
    def check(self, data: Mapping[str, Any]) -> tuple[str, Any] | None:
        if not any(data.get(f"{self.name}_{code}") for code, _said in self.LANGUAGES):
            return f"{self.name}_en", _("Write it in at least one language.")
        return None

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        part[self.name] = {
            code: data[f"{self.name}_{code}"] for code, _said in self.LANGUAGES if data.get(f"{self.name}_{code}")
        }


@dataclass(frozen=True)
class Steps(Setting):
    """Rows of a scale: from how much, and either a share or a sum that comes off."""

    rows: int = 8

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        return {
            self.name: widgets.StepsField(
                label=self.label, help_text=self.help, rows=self.rows, currency=sight.currency, money=sight.units.money
            )
        }

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        part[self.name] = data[self.name]


@dataclass(frozen=True)
class Inside(Setting):
    """Settings of a part within the part, such as “buy” and “get”: their fields carry its name in front."""

    parts: Sequence[Setting] = ()

    def _own(self, data: Mapping[str, Any]) -> dict[str, Any]:
        start = f"{self.name}_"
        return {key.removeprefix(start): value for key, value in data.items() if key.startswith(start)}

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        return {f"{self.name}_{key}": one for part in self.parts for key, one in part.fields(sight).items()}

    @override
    def initial(self, raw: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
        inside = raw.get(self.name) or {}
        return {f"{self.name}_{key}": one for part in self.parts for key, one in part.initial(inside, sight).items()}

    @override
    def check(self, data: Mapping[str, Any]) -> tuple[str, Any] | None:
        for part in self.parts:
            wrong = part.check(self._own(data))
            if wrong is not None:
                return f"{self.name}_{wrong[0]}", wrong[1]
        return None

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        inside: dict[str, Any] = {}
        for one in self.parts:
            one.write(self._own(data), inside, sight)
        part[self.name] = inside


@dataclass(frozen=True)
class Goods(Inside):
    """Some goods of one side of a bargain: so many pieces of these categories or articles."""

    @override
    def check(self, data: Mapping[str, Any]) -> tuple[str, Any] | None:
        own = self._own(data)
        if "codes" in own and "skus" in own and not own["codes"] and not own["skus"]:
            return f"{self.name}_codes", _("Tick a category or name an article.")
        return super().check(data)


@dataclass(frozen=True)
class Takes(Inside):
    """So many stamps of a card are taken for it; empty: none."""

    name: str = "takes"

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        return super().fields(sight) if sight.serves("counters") else {}

    @override
    def check(self, data: Mapping[str, Any]) -> tuple[str, Any] | None:
        own = self._own(data)
        if own and bool(own.get("card")) != bool(own.get("stamps")):
            missing = "stamps" if own.get("card") else "card"
            return f"{self.name}_{missing}", _("Say both the card and how many stamps, or neither.")
        return None

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        if self._own(data).get("card"):
            super().write(data, part, sight)


@dataclass(frozen=True)
class Which(Setting):
    """Every so manieth purchase, or these by their numbers."""

    name: str = "which"

    THESE: ClassVar = Numbers("numbers", _("or only these"), _("Such as 1, 3, 10"), required=False)

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        return {
            "every": forms.IntegerField(
                label=pgettext_lazy("purchase number", "every"),
                help_text=_("5: the 5th, 10th, 15th …"),
                min_value=1,
                max_value=10**6,
                required=False,
                widget=widgets.NumberInput(),
            ),
            **self.THESE.fields(sight),
        }

    @override
    def initial(self, raw: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
        return {"every": raw.get("every"), "numbers": raw.get("numbers")}

    @override
    def check(self, data: Mapping[str, Any]) -> tuple[str, Any] | None:
        if "every" in data and "numbers" in data and bool(data["every"]) == bool(data["numbers"]):
            return "every", _("Say either every how manieth purchase, or which ones.")
        return None

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        if data.get("every"):
            part["every"] = data["every"]
        else:
            part["numbers"] = data["numbers"]


@dataclass(frozen=True)
class Between(Setting):
    """At least and at most; one of them, or both."""

    name: str = "between"

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        def count(label: Any) -> forms.Field:
            return forms.IntegerField(
                label=label, min_value=0, max_value=10**6, required=False, widget=widgets.NumberInput()
            )

        return {"at_least": count(_("at least")), "at_most": count(_("at most"))}

    @override
    def initial(self, raw: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
        return {"at_least": raw.get("at_least"), "at_most": raw.get("at_most")}

    @override
    def check(self, data: Mapping[str, Any]) -> tuple[str, Any] | None:
        if "at_least" not in data or "at_most" not in data:
            return None
        least, most = data["at_least"], data["at_most"]
        if least is None and most is None:
            return "at_least", _("Say at least how long, at most how long, or both.")
        if least is not None and most is not None and least > most:
            return "at_most", _("This must not be less than “at least”.")
        return None

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        for name in ("at_least", "at_most"):
            if data.get(name) is not None:
                part[name] = data[name]


@dataclass(frozen=True)
class FieldAsked(Setting):
    """What a field of the company's own says of the member."""

    name: str = "asked"

    HOW: ClassVar = (
        ("known", _("is filled in")),
        ("one_of", _("says one of")),
        ("at_least", _("is at least")),
        ("at_most", _("is at most")),
    )

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        return {
            "asked": forms.ChoiceField(label=_("what it says"), choices=self.HOW, widget=widgets.Select()),
            "values": widgets.ListedField(
                label=_("values"),
                help_text=_("With commas between them; a date as 2026-12-31, yes or no as words."),
                required=False,
                widget=widgets.TextInput(),
            ),
        }

    @override
    def initial(self, raw: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
        how = next((name for name, _said in self.HOW if name in raw), "known")
        values = raw.get(how)
        if how == "known":
            return {"asked": how}
        return {"asked": how, "values": values if isinstance(values, list) else [values]}

    @override
    def check(self, data: Mapping[str, Any]) -> tuple[str, Any] | None:
        how, values = data.get("asked"), data.get("values")
        if how not in {None, "known"} and not values and "values" in data:
            return "values", _("Say which.")
        if how in {"at_least", "at_most"} and len(values or ()) > 1:
            return "values", _("One value, to compare with.")
        return None

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        how, values = data["asked"], data["values"]
        part[how] = True if how == "known" else values if how == "one_of" else values[0]
