"""The profile on the member's page: what the company keeps besides the name, each field as its kind is typed."""

from __future__ import annotations

import datetime as dt
from typing import Any, override

from django import forms
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from members.models import Member, PersonValue, ProfileField
from members.queries.fields import asked_fields, known_fields
from members.queries.person import profile_facts
from members.services.fields import Field, FieldProblem, read_interests, read_text, value_text

PREFIX = "own_"
PROBLEMS = {
    "too_long": _("Write at most 300 letters."),
    "not_number": _("Write a number, such as 42 or 12.5."),
    "ambiguous_number": _(
        "This could be read in two ways. Write it without separators of thousands, or with four decimals."
    ),
    "too_large": _("The number is too large."),
    "too_fine": _("Write at most four decimals."),
    "not_day": _("Write a day, such as 2026-12-24."),
    "ambiguous_day": _("Write the day as 2026-12-24."),
    "not_yes_no": _("Choose yes or no."),
    "not_option": _("Choose one of the list."),
}


class ProfileForm(forms.ModelForm):
    """Name, language, birthday; then what is asked of our optional fields, then the company's own (`own`)."""

    own: tuple[Field, ...] = ()

    class Meta:
        model = Member
        fields = ["name"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if ProfileField.INTERESTS in self.fields:
            self.initial["interests"] = ", ".join(self.instance.interests or [])
        for field in self.own:
            if field.code in self.instance.custom:
                self.initial[f"{PREFIX}{field.code}"] = _initial(self.instance.custom[field.code])

    def clean_interests(self) -> list[str]:
        return read_interests(self.cleaned_data["interests"])

    @override
    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        custom = dict(self.instance.custom)
        for field in self.own:
            name = f"{PREFIX}{field.code}"
            if name not in data:
                continue
            try:
                value = read_text(field, _typed(data[name]))
            except FieldProblem as refusal:
                self.add_error(name, PROBLEMS.get(refusal.problem, gettext("This cannot be a value of the field.")))
                continue
            custom.pop(field.code, None)
            if value is not None:
                custom[field.code] = value
        self.instance.custom = custom
        return data


def profile_form() -> type[ProfileForm]:
    """The form with the fields that are asked now."""
    own = tuple(known_fields())
    members: dict[str, Any] = {f"{PREFIX}{field.code}": _form_field(field) for field in own}
    asked = asked_fields()
    if ProfileField.INTERESTS in asked:
        members["interests"] = forms.CharField(
            label=_("Interests"),
            help_text=_("Words with commas between."),
            required=False,
            widget=UnfoldAdminTextInputWidget,
        )
    if ProfileField.CARES_ABOUT in asked:
        members["cares_about"] = forms.MultipleChoiceField(
            label=_("What they value"),
            required=False,
            choices=PersonValue.choices,
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
        )
    return type("AskedProfileForm", (ProfileForm,), {**members, "own": own, "__module__": __name__})


def profile_fieldsets() -> list[tuple[Any, dict[str, Any]]]:
    """The parts of the page's form that depend on what the company keeps."""
    asked = asked_fields()
    ours = [one.value for one in ProfileField if one.value in asked]
    own = [f"{PREFIX}{field.code}" for field in known_fields()]
    parts: list[tuple[Any, dict[str, Any]]] = []
    if ours:
        parts.append((_("What they told about themselves"), {"fields": ours}))
    if own:
        parts.append((_("Fields of your own"), {"fields": own}))
    return parts


def facts_in_words(member: Member) -> list[tuple[str, str]]:
    """[(label, words)] of what is known of a member, for whoever reads the page."""
    ours, own = profile_facts(member, get_language() or "")
    return [*ours, *((field.label(get_language() or ""), value_in_words(field, text)) for field, text in own)]


def value_in_words(field: Field, text: str) -> str:
    """The text of a value (shown_values) as the reader's language has it."""
    if field.kind == "yes_no":
        return gettext("yes") if text == "yes" else gettext("no")
    if field.kind == "date":
        return str(date_format(dt.date.fromisoformat(text)))
    return text


def _form_field(field: Field) -> forms.Field:
    label = field.label(get_language() or "")
    choices = [(one.code, one.label(get_language() or "")) for one in field.choices]
    match field.kind:
        case "date":
            return forms.DateField(label=label, required=False, widget=UnfoldAdminSingleDateWidget)
        case "yes_no":
            pairs = [("", gettext("not known")), ("yes", gettext("yes")), ("no", gettext("no"))]
            return forms.ChoiceField(label=label, required=False, choices=pairs, widget=UnfoldAdminSelectWidget)
        case "choice":
            pairs = [("", gettext("not known")), *_with_archived(field, choices)]
            return forms.ChoiceField(label=label, required=False, choices=pairs, widget=UnfoldAdminSelectWidget)
        case "choices":
            return forms.MultipleChoiceField(
                label=label,
                required=False,
                choices=_with_archived(field, choices),
                widget=UnfoldAdminCheckboxSelectMultipleWidget,
            )
        case _:
            return forms.CharField(label=label, required=False, widget=UnfoldAdminTextInputWidget)


def _with_archived(field: Field, choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Whoever has an entry that is asked no more keeps it when the form is saved."""
    language = get_language() or ""
    gone = [
        (one.code, gettext("%(entry)s (asked no more)") % {"entry": one.label(language)})
        for one in field.options
        if one.is_archived
    ]
    return [*choices, *gone]


def _initial(value: Any) -> Any:
    return value if isinstance(value, list) else value_text(value)


def _typed(value: Any) -> str:
    """What the form's field gave, as text: None, a day, a list of codes."""
    if value is None:
        return ""
    return ", ".join(value) if isinstance(value, list) else str(value)
