"""Settings of several fields: texts in languages, steps, goods on two sides, one of two ways to say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, override

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from programs.admin.designer import widgets
from programs.admin.designer.settings import Numbers, Setting
from programs.admin.designer.sight import Sight
from programs.queries.rule_choices import OPTIONS


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

    these: Numbers = field(default_factory=lambda: Numbers("numbers"))

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
            **self.these.fields(sight),
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
        options = sight.choices.get(OPTIONS)
        return {
            "asked": forms.ChoiceField(label=_("what it says"), choices=self.HOW, widget=widgets.Select()),
            **(
                {}
                if not options
                else {"options": widgets.CodesField(label=_("of these"), known=options, required=False)}
            ),
            "values": widgets.ListedField(
                label=_("or what it says") if options else _("what is written in it"),
                help_text=_("With commas between them; a date as 2026-12-31."),
                required=False,
                widget=widgets.TextInput(),
            ),
        }

    @override
    def initial(self, raw: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
        how = next((name for name, _said in self.HOW if name in raw), "known")
        said = raw.get(how)
        values = [] if how == "known" else said if isinstance(said, list) else [said]
        known = sight.choices.get(OPTIONS, {})
        ticked = [value for value in values if f"{raw.get('field')}:{value}" in known]
        return {
            "asked": how,
            "options": [f"{raw.get('field')}:{value}" for value in ticked],
            "values": [value for value in values if value not in ticked],
        }

    @override
    def check(self, data: Mapping[str, Any]) -> tuple[str, Any] | None:
        if "asked" not in data or "values" not in data:
            return None
        how, ticked, typed = data["asked"], data.get("options") or [], data["values"]
        if how == "known":
            return (
                ("asked", _("Choose “says one of” to ask for what you ticked or wrote.")) if ticked or typed else None
            )
        if how != "one_of" and ticked:
            return "options", _("These cannot be compared: choose “says one of”.")
        if any(not one.startswith(f"{data.get('field')}:") for one in ticked):
            return "options", _("Tick only what the chosen field can say.")
        if not ticked and not typed:
            return "values", _("Say which.")
        if how != "one_of" and len(typed) > 1:
            return "values", _("One value, to compare with.")
        return None

    @override
    def write(self, data: Mapping[str, Any], part: dict[str, Any], sight: Sight) -> None:
        how = data["asked"]
        values = [*(one.partition(":")[2] for one in data.get("options") or []), *data["values"]]
        part[how] = True if how == "known" else values if how == "one_of" else values[0]
