"""The settings that conditions and effects are made of: each knows its fields, and how a document says it.

`initial` reads a part of a document, `write` puts the checked values back; what means the same as saying nothing is not
written, so that a rule that is opened and saved again stays what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, override

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.rules.money import plain_text
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
        """Put what was filled in into a part of a document; what was left empty is not said there."""
        if data.get(self.name):
            part[self.name] = data[self.name]

    def check(self, data: Mapping[str, Any]) -> tuple[str, Any] | None:
        """(field, what is wrong) where two of its fields contradict each other."""
        return None


@dataclass(frozen=True)
class Count(Setting):
    """A whole number; `default` is what saying nothing means, `usual` what a new rule begins with."""

    least: int = 1
    most: int = 10**9
    default: int | None = None
    usual: int | None = None
    unit: Any = ""

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        return {
            self.name: forms.IntegerField(
                label=self.label,
                help_text=self.help,
                min_value=self.least,
                max_value=self.most,
                required=self.required,
                initial=self.usual if self.default is None else self.default,
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
    """Money, points, a share or a plain number, a decimal text in the document; `default` and `usual` as above."""

    kind: str = MONEY
    default: str | None = None
    usual: str | None = None
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
                initial=self.usual if self.default is None else self.default,
                widget=widgets.NumberInput(unit=unit, step="any"),
            )
        }

    @override
    def initial(self, raw: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
        said = raw.get(self.name, self.default)
        return {self.name: said if said is None else widgets.plain(str(said)) or said}

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        value = data.get(self.name)
        if value is not None and (self.default is None or value != Decimal(self.default)):
            part[self.name] = plain_text(value)


@dataclass(frozen=True)
class Reached(Amount):
    """How much was reached of what "of" says: visits are whole."""

    @override
    def check(self, data: Mapping[str, Any]) -> tuple[str, Any] | None:
        value = data.get(self.name)
        if data.get("of") == "visits" and value is not None and value != int(value):
            return self.name, _("Visits are whole: write a number without decimals.")
        return None


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


@dataclass(frozen=True)
class Many(Setting):
    """Some of what there is (codes in the document), ticked by name; of articles, found by name. `adds` is the route of
    the page on which one more is made."""

    source: str = ""
    none_yet: Any = ""
    adds: str = ""

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
                adds=self.adds,
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


@dataclass(frozen=True)
class Words(Listed):
    """The same of words that people have: ticked where somebody has them, others with commas between them. `known` is
    asked only where the form is shown; `beside` is the setting that may stand instead."""

    known: Callable[[], Sequence[str]] = list
    beside: str = ""

    @override
    def fields(self, sight: Sight) -> dict[str, forms.Field]:
        known = self.known()
        if not known:
            return super().fields(sight)
        more = Listed(self._more, _("others"), _("With commas between them."), required=False)
        ticked = widgets.CodesField(
            label=self.label, help_text=self.help, required=False, known={one: one for one in known}
        )
        return {self.name: ticked, **more.fields(sight)}

    @property
    def _more(self) -> str:
        return f"{self.name}_more"

    @override
    def check(self, data: Mapping[str, Any]) -> tuple[str, Any] | None:
        if self.beside and not any(data.get(name) for name in (self.name, self._more, self.beside)):
            return self.name, _("Name a city or a postcode.")
        if self.required and self._more in data and not data.get(self.name) and not data[self._more]:
            return self.name, _("Tick at least one, or write it.")
        return None

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        found = [*(data.get(self.name) or []), *(data.get(self._more) or [])]
        if found:
            part[self.name] = list(dict.fromkeys(found))


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
