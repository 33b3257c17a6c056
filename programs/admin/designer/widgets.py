"""Fields and widgets of the designer: plain inputs that need no script, with the unit beside the number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, override

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import CHECKBOX_CLASSES, INPUT_CLASSES

from loyalty_site.ground.rules.money import plain_text
from programs.queries.products import ARTICLES_MAX, articles_like, names_of_articles

_INPUT, _SELECT, _CHECKBOX = " ".join(INPUT_CLASSES), "designer-select", " ".join(CHECKBOX_CLASSES)


class OwnTemplate:
    """A widget whose template stands with those of the pages."""

    def _render(self, template_name: str, context: dict[str, Any], renderer: Any = None) -> SafeString:
        return render_to_string(template_name, context)


class NumberInput(OwnTemplate, forms.NumberInput):
    """A number with what it counts beside it."""

    template_name = "programs/designer/number.html"

    def __init__(self, *, unit: Any = "", step: str = "1") -> None:
        super().__init__({"class": _INPUT, "step": step, "dir": "ltr"})
        self.unit = unit

    @override
    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, value, attrs) | {"unit": self.unit}


class TextInput(OwnTemplate, forms.TextInput):
    """A text; `suggestions` are offered while typing, `lang` is the language it is written in."""

    template_name = "programs/designer/text.html"

    def __init__(self, *, suggestions: Sequence[str] = (), lang: str = "") -> None:
        attrs = {"class": _INPUT, "dir": "auto"} | ({"lang": lang} if lang else {})
        super().__init__(attrs)
        self.suggestions = suggestions

    @override
    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        attrs = {**(attrs or {}), "list": f"list_{name}"} if self.suggestions else attrs
        return super().get_context(name, value, attrs) | {"suggestions": self.suggestions}


class Select(forms.Select):
    """One of a list; a value that is not in it any more stays to be seen."""

    def __init__(self) -> None:
        super().__init__({"class": _SELECT})

    @override
    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        offered = list(self.choices)
        if not any(isinstance(said, list | tuple) for _code, said in offered):
            known = {str(code) for code, _said in offered}
            self.choices = [*offered, *((one, one) for one in value if one and one not in known)]
        found = super().optgroups(name, value, attrs)
        self.choices = offered
        return found


class Checkbox(forms.CheckboxInput):
    """Yes or nothing."""

    def __init__(self) -> None:
        super().__init__({"class": _CHECKBOX})


class Checks(OwnTemplate, forms.CheckboxSelectMultiple):
    """Some of a list, each with its box; what is not in the list any more stays ticked."""

    template_name = "programs/designer/checks.html"
    is_wide = True

    def __init__(self, *, none_yet: Any = "", adds: str = "") -> None:
        super().__init__({"class": _CHECKBOX})
        self.none_yet, self.adds = none_yet, adds

    @override
    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        offered = list(self.choices)
        known = {str(code) for code, _said in offered}
        self.choices = [*offered, *((one, one) for one in value if one not in known)]
        found = super().optgroups(name, value, attrs)
        self.choices = offered
        return found

    @override
    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        is_long = len(context["widget"]["optgroups"]) > 12
        return context | {"none_yet": self.none_yet, "is_long": is_long, "adds": self.adds}


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__({"class": _INPUT}, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own clock."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__({"class": _INPUT}, format="%H:%M")


class CodesField(forms.MultipleChoiceField):
    """Codes, ticked by name. A code that nothing has any more may stay: a rule is not refused for a category that went."""

    def __init__(self, *, known: Mapping[str, str], none_yet: Any = "", adds: str = "", **options: Any) -> None:
        super().__init__(choices=_by_name(known), widget=Checks(none_yet=none_yet, adds=adds), **options)
        self.error_messages["required"] = _("Tick at least one.")

    @override
    def valid_value(self, value: Any) -> bool:
        return bool(value)


class CodeField(forms.ChoiceField):
    """One code, chosen by name."""

    def __init__(self, *, known: Mapping[str, str], **options: Any) -> None:
        super().__init__(choices=[("", _("choose …")), *_by_name(known)], **options)

    @override
    def valid_value(self, value: Any) -> bool:
        return bool(value)


class ListedField(forms.CharField):
    """Texts with commas between them; the value is a list."""

    @override
    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    @override
    def clean(self, value: Any) -> Any:
        texts = [one.strip() for one in super().clean(value).split(",")]
        return list(dict.fromkeys(filter(None, texts)))


class NumbersField(forms.CharField):
    """Whole numbers from 1 with commas between them; the value is a list."""

    @override
    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    @override
    def clean(self, value: Any) -> Any:
        parts = list(filter(None, [one.strip() for one in super().clean(value).split(",")]))
        if not all(one.isdecimal() and 0 < int(one) < 10**9 for one in parts):
            raise forms.ValidationError(_("Write whole numbers with commas between them, such as 1, 3, 10."))
        return sorted({int(one) for one in parts})


class ArticlesWidget(OwnTemplate, forms.Widget):
    """The chosen articles with their boxes, and a field to find more by name or number."""

    template_name = "programs/designer/articles.html"
    is_wide = True

    def __init__(self, known: Mapping[str, str]) -> None:
        super().__init__()
        self.known = known

    @override
    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return {"chosen": _all_of(data, name), "find": (data.get(f"{name}_find") or "").strip()}

    @override
    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    @override
    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        said: dict[str, Any] = value if isinstance(value, dict) else {"chosen": value or [], "find": ""}
        chosen, find = said["chosen"], said["find"]
        names = {**self.known, **names_of_articles([sku for sku in chosen if sku not in self.known])}
        found = [(sku, article) for sku, article in (articles_like(find) if find else []) if sku not in chosen]
        if is_meant(found, find):  # it will be taken as it is
            chosen, found, find = [*chosen, found[0][0]], [], ""
            names |= dict(articles_like(chosen[-1], most=1))
        return super().get_context(name, value, attrs) | {
            "chosen": [(sku, names.get(sku, sku)) for sku in chosen],
            "found": found,
            "is_cut": len(found) == ARTICLES_MAX,
            "find": find,
            "input": _INPUT,
            "checkbox": _CHECKBOX,
        }


def is_meant(found: Sequence[tuple[str, str]], find: str) -> bool:
    """Whether what was typed means one article and no other."""
    return bool(find) and len(found) == 1


class ArticlesField(forms.Field):
    """SKUs of articles; the value is a list."""

    def __init__(self, *, known: Mapping[str, str], **options: Any) -> None:
        super().__init__(widget=ArticlesWidget(known), **options)

    @override
    def clean(self, value: Any) -> Any:
        chosen = list(value["chosen"])
        if value["find"]:
            found = articles_like(value["find"])
            if not found:
                raise forms.ValidationError(_("No article has this name or number."))
            left = [one for one in found if one[0] not in chosen]
            if len(left) < len(found):  # it has served: some of what it found is ticked
                left = []
            if is_meant(left, value["find"]):
                chosen.append(left[0][0])
            elif left:
                raise forms.ValidationError(
                    gettext("Several articles fit. Tick those you mean, or write more of the name.")
                    if len(found) < ARTICLES_MAX
                    else gettext("Many articles fit. Write more of the name.")
                )
        if self.required and not chosen:
            raise forms.ValidationError(_("Name at least one article."))
        return chosen


class StepsWidget(OwnTemplate, forms.Widget):
    """Rows: from how much, how much comes off, of what sort."""

    template_name = "programs/designer/steps.html"
    is_wide = True

    def __init__(self, currency: str, least_rows: int) -> None:
        super().__init__()
        self.currency, self.least_rows = currency, least_rows

    @override
    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        froms, offs, sorts = (_all_of(data, f"{name}_{part}") for part in ("from", "off", "sort"))
        return [
            {"from": start.strip(), "off": off.strip(), "sort": sort}
            for start, off, sort in zip(froms, offs, sorts, strict=False)
        ]

    @override
    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    @override
    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        rows = [_step_row(one) for one in value or [] if isinstance(one, Mapping)]
        rows = [row for row in rows if row["from"] or row["off"]]
        rows += [{"from": "", "off": "", "sort": "percent"}] * max(2, self.least_rows - len(rows))
        return super().get_context(name, value, attrs) | {
            "rows": rows,
            "currency": self.currency,
            "input": _INPUT,
            "select": _SELECT,
        }


class StepsField(forms.Field):
    """Steps of a scale as a document says them; empty rows are left out."""

    def __init__(self, *, rows: int, currency: str, money: int, **options: Any) -> None:
        super().__init__(widget=StepsWidget(currency, 4), **options)
        self.rows, self.money = rows, money

    @override
    def clean(self, value: Any) -> Any:
        rows = [one for one in value if one["from"] or one["off"]]
        if not rows:
            raise forms.ValidationError(_("Fill in at least one row."))
        steps = []
        for number, row in enumerate(rows, start=1):
            start, off = plain(row["from"] or "0"), plain(row["off"])
            if start is None or off is None or off == "0":
                raise forms.ValidationError(
                    gettext("Row %(number)s: say from how much, and how much comes off.") % {"number": number}
                )
            if row["sort"] == "percent" and Decimal(off) > 100:
                raise forms.ValidationError(gettext("Row %(number)s: at most 100 %%.") % {"number": number})
            steps.append({"from": start, "amount" if row["sort"] == "amount" else "percent": off})
        if len({Decimal(one["from"]) for one in steps}) < len(steps):
            raise forms.ValidationError(_("Two rows begin at the same place."))
        return sorted(steps, key=lambda one: Decimal(one["from"]))


def _step_row(step: Mapping[str, Any]) -> dict[str, Any]:
    if "sort" in step:
        return dict(step)
    sort = "amount" if "amount" in step else "percent"
    start, off = (str(step.get(name, "")) for name in ("from", sort))
    return {"from": plain(start or "0") or start, "off": plain(off) or off, "sort": sort}


def plain(text: str) -> str | None:
    """A number of at least 0 without noughts that say nothing; None: it is none."""
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return plain_text(value) if value.is_finite() and 0 <= value < 10**12 else None


def _all_of(data: Any, name: str) -> list[str]:
    return list(data.getlist(name) if hasattr(data, "getlist") else data.get(name) or [])


def _by_name(known: Mapping[str, str] | Collection[Any]) -> list[tuple[str, str]]:
    return sorted(dict(known).items(), key=lambda one: (str(one[1]).casefold(), one[0]))
