"""One part of a rule as a form: a condition or an effect of some kind, or a limit; and the rule's own name and order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, override

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.rules.money import plain_text
from programs.admin.designer import kinds, widgets
from programs.admin.designer.kinds import Kind
from programs.admin.designer.settings import Setting
from programs.admin.designer.sight import Sight
from programs.rules.conditions import ConditionError, inner, parse_condition
from programs.rules.documents import DocumentError
from programs.rules.effects import parse_effect
from programs.rules.field_conditions import FieldSays, check_field
from programs.services.programs import field_kinds

NOT = "is_not"


class TypedForm(forms.Form):
    """A form that can show what was typed without judging it: a page that only adds a row must not complain."""

    def typed(self, data: Any) -> dict[str, Any]:
        """What `data` of a request holds for the fields, as it was typed."""
        return {
            name: field.widget.value_from_datadict(data, {}, self.add_prefix(name))
            for name, field in self.fields.items()
        }


class PartForm(TypedForm):
    """The settings of one kind. `raw` is the part of the document it begins with."""

    def __init__(self, kind: Kind, sight: Sight, *, raw: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.kind, self.sight = kind, sight
        self.rare_names: set[str] = set()
        self.settings: list[Setting] = []
        for setting in kind.settings:
            fields = setting.fields(sight)
            if not fields:  # nobody serves it yet
                continue
            self.settings.append(setting)
            self.fields |= fields
            if setting.is_rare:
                self.rare_names |= set(fields)
            if raw is not None:
                self.initial.update(setting.initial(raw, sight))
        self.add_own(raw or {})
        self.fallback_card = ""

    def add_own(self, raw: Mapping[str, Any]) -> None:
        """Fields of any such part besides those of its kind."""

    def plain(self) -> Iterator[forms.BoundField]:
        """The fields that are always in sight."""
        return (self[name] for name in self.fields if name not in self.rare_names)

    def rare(self) -> Iterator[forms.BoundField]:
        """Those behind “More”."""
        return (self[name] for name in self.fields if name in self.rare_names)

    @property
    def is_open(self) -> bool:
        """Whether “More” has something to show."""
        if any(name in self.errors for name in self.rare_names):
            return True
        return any(_says(self[name]) for name in self.rare_names)

    def part(self) -> dict[str, Any]:
        """The part as a document says it; of a form that is valid."""
        part: dict[str, Any] = {"type": self.kind.type}
        for setting in self.settings:
            setting.write(self.cleaned_data, part, self.sight)
        return part

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for setting in self.settings:
            wrong = setting.check(data)
            if wrong is not None:
                self.add_error(wrong[0] if wrong[0] in self.fields else None, wrong[1])
        if not self.errors:
            self.judge()
        return data

    def judge(self) -> None:
        """Ask the engine whether it understands the part: its words stand where no field of ours is to blame."""
        raise NotImplementedError


class ConditionForm(PartForm):
    """A condition, that may be turned round."""

    @override
    def add_own(self, raw: Mapping[str, Any]) -> None:
        self.fields[NOT] = forms.BooleanField(
            label=_("the opposite: when this is not so"), required=False, widget=widgets.Checkbox()
        )
        self.rare_names.add(NOT)
        self.initial[NOT] = bool(raw.get("not"))

    @override
    def part(self) -> dict[str, Any]:
        return super().part() | ({"not": True} if self.cleaned_data.get(NOT) else {})

    @override
    def judge(self) -> None:
        try:
            condition = parse_condition(self.part(), self.sight.units)
            asked = inner(condition)
            if isinstance(asked, FieldSays):
                check_field(asked, field_kinds())
        except (ConditionError, DocumentError) as error:
            self.add_error(None, error.said.message(gettext))


class EffectForm(PartForm):
    """What a rule gives. `fallback_card` fills a stamp card that nobody named."""

    @override
    def part(self) -> dict[str, Any]:
        part = super().part()
        if self.kind.type == "stamp_card" and not part.get("card"):
            part["card"] = self.fallback_card or "card"
        return part

    @override
    def judge(self) -> None:
        try:
            parse_effect(self.part(), self.sight.units)
        except (DocumentError, ConditionError) as error:
            self.add_error(None, error.said.message(gettext))


class LimitForm(TypedForm):
    """At most so much of what a rule gives, on one receipt or, where somebody counts, over many."""

    def __init__(self, effect: str, sight: Sight, *, raw: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.sight = sight
        self.fields["most"] = forms.DecimalField(
            label=_("how much"), max_digits=16, min_value=0, widget=widgets.NumberInput(step="any")
        )
        self.fields["of"] = forms.ChoiceField(
            label=_("of what"), choices=kinds.limit_sorts(effect), widget=widgets.Select()
        )
        self.per, self.within = kinds.CAP_PER, kinds.WITHIN
        self.fields |= self.per.fields(sight) | self.within.fields(sight)
        if not sight.serves("counters"):
            self.fields["within"].widget = forms.HiddenInput()
        if raw is not None:
            self.initial.update({"most": widgets.plain(str(raw.get("most", ""))), "of": raw.get("of")})
            self.initial.update(self.per.initial(raw, sight) | self.within.initial(raw, sight))

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        if data["per"] == "receipt" and data["within"] != "ever":
            self.add_error("within", _("On one receipt there is no day or month: choose “all the time”."))
        most = data["most"]
        decimals = {"points": self.sight.units.points, "money": self.sight.units.money}.get(data["of"], 0)
        if most <= 0 or most != round(most, decimals):
            self.add_error("most", _("Write a number above 0 with no more decimals than it can have."))
        return data

    def part(self) -> dict[str, Any]:
        """The limit as a document says it; of a form that is valid."""
        data = self.cleaned_data
        most = int(data["most"]) if data["of"] == "times" else plain_text(data["most"])
        part: dict[str, Any] = {"of": data["of"], "most": most}
        self.per.write(data, part, self.sight)
        self.within.write(data, part, self.sight)
        return part


class RuleForm(TypedForm):
    """The rule's name, and how it stands to the others."""

    name = forms.CharField(
        label=_("Name of the rule"),
        max_length=120,
        help_text=_("Printed on receipts as the reason: “Coffee Mondays”."),
        widget=widgets.TextInput(),
    )
    last = forms.BooleanField(
        label=_("stop after this rule: when it gave something, later ones do not count"),
        required=False,
        widget=widgets.Checkbox(),
    )
    group = forms.CharField(
        label=_("group"),
        max_length=60,
        required=False,
        help_text=_("Of rules with the same word here only the best one counts."),
        widget=widgets.TextInput(),
    )
    priority = forms.IntegerField(
        label=_("asked first"),
        min_value=1,
        max_value=10**6,
        required=False,
        help_text=_("1 before 2, and both before rules without a number. Empty: as listed."),
        widget=widgets.NumberInput(),
    )
    exclusive = forms.BooleanField(
        label=_("it counts alone: no other discount beside it"), required=False, widget=widgets.Checkbox()
    )

    def __init__(self, effect: str, *, raw: Mapping[str, Any] | None = None, name: str = "", **options: Any) -> None:
        super().__init__(**options)
        order = ("group", "priority") if kinds.takes_order(effect) else ()
        last = ("last",) if kinds.ends_others(effect) else ()
        exclusive = ("exclusive",) if kinds.is_discount(effect) else ()
        self.more = (*last, *exclusive, *order)
        for field in ("last", "group", "priority", "exclusive"):
            if field not in self.more:
                del self.fields[field]
        if raw is not None:
            self.initial.update({field: raw.get(field) for field in self.more} | {"name": name})

    def rest(self) -> list[forms.BoundField]:
        """All but the name."""
        return [self[field] for field in self.more]

    @property
    def is_open(self) -> bool:
        """Whether some of the rest is set."""
        return any(_says(self[field]) or self[field].errors for field in self.more)

    def part(self) -> dict[str, Any]:
        """What of it the effect says; of a form that is valid."""
        return {field: self.cleaned_data[field] for field in self.more if self.cleaned_data[field]}


class RewardForm(TypedForm):
    """What a reward is called and costs."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("Said at the till and printed on the receipt."),
        widget=widgets.TextInput(),
    )

    def __init__(self, sight: Sight, **options: Any) -> None:
        super().__init__(**options)
        self.fields["cost"] = forms.DecimalField(
            label=_("it costs"),
            min_value=0,
            max_digits=12,
            decimal_places=sight.units.points,
            widget=widgets.NumberInput(unit=_("points"), step="any"),
        )

    def clean_cost(self) -> Any:
        if self.cleaned_data["cost"] == 0:
            raise forms.ValidationError(_("A reward costs points; without a cost, make it a rule."))
        return self.cleaned_data["cost"]


def _says(field: forms.BoundField) -> bool:
    """Whether a field holds something else than what saying nothing means."""
    value, nothing = field.value(), field.field.initial
    if isinstance(value, dict):
        return any(value.values())
    return bool(value) and value not in (nothing, str(nothing))
