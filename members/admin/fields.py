"""What the company keeps of its people: which of our optional fields, and fields of its own."""

from __future__ import annotations

import re
from typing import Any, override

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from loyalty_site.ground.admin import PolicyModelAdmin, left_to_right
from members.models import CustomField, FieldKind, ProfileField, ProfilePolicy
from members.rules.custom import Option, is_code, merge_options

OPTION_MAX = 80
OPTIONS_MAX = 200


class ProfilePolicyForm(forms.ModelForm):
    """One box a field."""

    asked = forms.MultipleChoiceField(
        label=_("We keep"),
        choices=ProfileField.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_(
            "Only what you will use: the less you ask, the more people join. What is not ticked is not asked, not imported "
            "and not exported."
        ),
    )

    class Meta:
        model = ProfilePolicy
        fields = ["asked"]


@admin.register(ProfilePolicy)
class ProfilePolicyAdmin(PolicyModelAdmin):
    """One row, so its list leads straight to it."""

    form = ProfilePolicyForm
    add_says = _("Choose what we keep")
    empty_says = _(
        "Of the optional fields nothing is kept: neither interests nor social status. Add those you will use."
    )
    list_display = ["__str__", "shown_fields"]
    sortable_by = ()
    fieldsets = [(None, {"fields": ["asked"]})]

    @display(description=_("we keep"), empty_value="—")
    def shown_fields(self, obj: ProfilePolicy) -> str:
        return ", ".join(str(ProfileField(one).label) for one in obj.asked)

    @override
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one row: a second is a change of the first."""
        if self.has_add_permission(request) and ProfilePolicy.objects.exists():
            return HttpResponseRedirect(reverse("admin:members_profilepolicy_change", args=[1]))
        answer: HttpResponse = super().add_view(request, form_url, extra_context)
        return answer

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # Django's signature
        obj.pk = 1
        super().save_model(request, obj, form, change)


class CustomFieldForm(forms.ModelForm):
    """The list is written as lines, because that is how people have it: "red = Red | Красный | אדום"."""

    lines = forms.CharField(
        label=_("Entries of the list"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "dir": "auto"}),
        help_text=_(
            "One a line. Russian and Hebrew may follow after bars: Red | Красный | אדום. A code for tills and rules may stand "
            "before: red = Red. An entry that you take away is kept for those who have it."
        ),
    )

    class Meta:
        model = CustomField
        fields = ["name", "name_ru", "name_he", "code", "kind", "till", "position", "is_archived"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "code" in self.fields:
            self.fields["code"].required = False
            self.fields["code"].help_text = _("For tills, rules and files; made from the name when empty. It stays.")
        if self.instance.pk:
            self.initial["lines"] = "\n".join(map(_line, self.instance.definition.choices))

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        return code or free_code(code_of(self.cleaned_data.get("name", ""), "field"))

    @override
    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        kind = self.instance.kind if self.instance.pk else data.get("kind")
        if kind not in (FieldKind.CHOICE, FieldKind.CHOICES):
            return data
        before = self.instance.definition.options if self.instance.pk else ()
        try:
            now = read_options(data.get("lines", ""), before)
        except forms.ValidationError as error:
            self.add_error("lines", error)
            return data
        self.instance.options = [one.to_json() for one in merge_options(before, now)]
        return data


@admin.register(CustomField)
class CustomFieldAdmin(PolicyModelAdmin):
    """Fields of the company's own. Kind and code stay: people have values."""

    form = CustomFieldForm
    empty_says = _(
        "Here you add what only your shop wants to know: shoe size, a pet's name, the favourite table. It can be filled in "
        "on the member's page, imported, filtered by, asked by rules and exported."
    )
    list_display = ["shown_name", "kind", "shown_code", "shown_list", "till", "is_archived"]
    list_filter = ["kind", "is_archived"]
    search_fields = ["name", "name_ru", "name_he", "code"]
    ordering = ["position", "id"]
    sortable_by = ()
    fieldsets = [
        (None, {"fields": ["name", ("name_ru", "name_he"), ("kind", "code"), "lines"]}),
        (None, {"fields": ["till", ("position", "is_archived")]}),
    ]

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["kind", "code"] if obj is not None else []

    @display(description=_("name"))
    def shown_name(self, obj: CustomField) -> str:
        return str(obj)

    @display(description=_("code"))
    def shown_code(self, obj: CustomField) -> Any:
        return left_to_right(obj.code)

    @display(description=_("list"), empty_value="—")
    def shown_list(self, obj: CustomField) -> str:
        return ", ".join(option.label(get_language() or "") for option in obj.definition.choices)


def read_options(text: str, before: tuple[Option, ...]) -> list[Option]:
    """The entries of a list as lines. An entry that was there before keeps its code. Raises ValidationError."""
    codes = {option.label(): option.code for option in before}
    found: dict[str, Option] = {}
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > OPTIONS_MAX:
        raise forms.ValidationError(gettext("A list has at most %(most)s entries.") % {"most": OPTIONS_MAX})
    for number, line in enumerate(lines, start=1):
        head, _equals, rest = line.partition("=")
        code, words = (head.strip(), rest) if _equals else ("", line)
        labels = [part.strip()[:OPTION_MAX] for part in words.split("|")]
        if not labels[0] or (code and not is_code(code)):
            raise forms.ValidationError(
                gettext("Line %(number)s cannot be read. Write “Red” or “red = Red | Красный | אדום”.")
                % {"number": number}
            )
        code = code or codes.get(labels[0]) or code_of(labels[0], f"option_{number}")
        while code in found:
            if _equals:
                raise forms.ValidationError(gettext("Two entries have the code %(code)s.") % {"code": code})
            code = f"{code[:36]}_{number}"
        names = dict(zip(("", "ru", "he"), labels, strict=False))
        found[code] = Option(code, {language: label for language, label in names.items() if label})
    return list(found.values())


def code_of(name: str, otherwise: str) -> str:
    """A code made of Latin letters and digits of a name; `otherwise` when there are none."""
    code = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")[:36]
    return code if is_code(code) else otherwise


def free_code(code: str) -> str:
    """The same, with a number when another field has it."""
    taken = set(CustomField.objects.filter(code__startswith=code).values_list("code", flat=True))
    return next(one for one in (code, *(f"{code}_{number}" for number in range(2, len(taken) + 3))) if one not in taken)


def _line(option: Option) -> str:
    labels = [option.labels.get("", ""), option.labels.get("ru", ""), option.labels.get("he", "")]
    while len(labels) > 1 and not labels[-1]:
        labels.pop()
    return f"{option.code} = {' | '.join(labels)}"
