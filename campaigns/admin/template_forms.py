"""A template's form: its name, and its words in each language, checked as the renderer will read them."""

from __future__ import annotations

from typing import Any, override

from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from campaigns.admin.template_words import language_name, problem_in_words
from campaigns.models import Template, TemplateText
from campaigns.rules.templates import RIGHT_TO_LEFT
from campaigns.services.content import check_text, ordered_languages
from feedback.models import Survey, SurveyState
from loyalty_site.ground.models import Company

PARTS = ("subject", "preheader", "heading", "body", "button_label", "button_url")


def shown_languages() -> list[str]:
    """The company's languages first, and the others, since members may speak them."""
    return ordered_languages(Company.objects.first())


def word_fields(languages: list[str]) -> dict[str, forms.Field]:
    """The form's fields for the words of these languages, made from the model's columns."""
    fields: dict[str, forms.Field] = {}
    for language in languages:
        for part in PARTS:
            column: Any = TemplateText._meta.get_field(part)
            is_body = part == "body"
            attrs = {
                "lang": language,
                "dir": "ltr" if part == "button_url" else "rtl" if language in RIGHT_TO_LEFT else "ltr",
                "data-template-words": "",
            }
            widget = (
                UnfoldAdminTextareaWidget(attrs={**attrs, "rows": 14}) if is_body else UnfoldAdminTextInputWidget(attrs)
            )
            fields[f"{part}_{language}"] = forms.CharField(
                label=column.verbose_name.capitalize(),
                help_text=column.help_text,
                max_length=column.max_length,
                validators=column.validators,
                required=False,
                widget=widget,
            )
    return fields


def word_fieldsets(languages: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """A tab a language."""
    return [
        (
            language_name(language),
            {
                "fields": [
                    f"subject_{language}",
                    f"preheader_{language}",
                    f"heading_{language}",
                    f"body_{language}",
                    (f"button_label_{language}", f"button_url_{language}"),
                ],
                "classes": ["tab"],
            },
        )
        for language in languages
    ]


class TemplateForm(forms.ModelForm):
    """What is left empty in every field of a language is not written in that language."""

    class Meta:
        model = Template
        fields = ["name", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for text in self.instance.texts.all():
                for part in PARTS:
                    if f"{part}_{text.language}" in self.fields:
                        self.fields[f"{part}_{text.language}"].initial = getattr(text, part)

    def texts(self) -> dict[str, TemplateText]:
        """{language: the words typed}, of the languages in which something was typed."""
        found = {}
        for language in shown_languages():
            words = {part: self.cleaned_data.get(f"{part}_{language}", "") for part in PARTS}
            if any(words.values()):
                found[language] = TemplateText(language=language, **words)
        return found

    @override
    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        texts = self.texts()
        if not texts and not self.errors:
            raise forms.ValidationError(_("Write the text in at least one language."))
        for language, text in texts.items():
            self._clean_text(language, text)
        return data

    def _clean_text(self, language: str, text: TemplateText) -> None:
        for part in ("subject", "body"):
            if not getattr(text, part) and f"{part}_{language}" not in self.errors:
                self.add_error(f"{part}_{language}", _("Without this there is no mail in this language."))
        if bool(text.button_label) != bool(text.button_url):
            missing = "button_url" if text.button_label else "button_label"
            self.add_error(f"{missing}_{language}", _("A button needs its words and its link."))
        for part, problems in check_text(text).items():
            for problem in problems:
                self.add_error(f"{part}_{language}", problem_in_words(problem))

    def save_texts(self, template: Template) -> None:
        """Write the words of each language, and remove those that were emptied. In the transaction of the page."""
        texts = self.texts()
        template.texts.exclude(language__in=texts).delete()
        for language, text in texts.items():
            template.texts.update_or_create(language=language, defaults={part: getattr(text, part) for part in PARTS})


class PreviewForm(forms.Form):
    """As whom and in which language to look at a template. Nothing in it can be wrong: odd values mean the default."""

    survey = forms.ModelChoiceField(
        Survey.objects.exclude(state=SurveyState.CLOSED).order_by("-state", "-id"),
        label=_("With the question of the survey"),
        required=False,
        empty_label=_("no survey"),
        widget=UnfoldAdminSelectWidget,
    )


class TestMailForm(forms.Form):
    """Where to send a test."""

    __test__ = False  # not a test of pytest's

    address = forms.CharField(
        label=_("Send a test to"), max_length=254, widget=UnfoldAdminEmailInputWidget(attrs={"dir": "ltr"})
    )

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"].strip()
        try:
            validate_email(address)
        except forms.ValidationError as error:
            raise forms.ValidationError(
                gettext("This is not an e-mail address. Look for a missing @ or dot.")
            ) from error
        return address
