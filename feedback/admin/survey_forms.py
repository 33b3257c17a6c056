"""A survey's form: its settings, and its words in each language side by side with the standard ones."""

from __future__ import annotations

import dataclasses
from typing import Any

from django import forms
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from feedback.models import Survey, SurveyState
from feedback.queries.words import SurveyWords, own_words, standard_words
from loyalty_site.ground.models import Company, Language

# What may be written at any time, and what is fixed once people have been asked.
LATER_WORDS = ("thanks", "changes")
WORD_FIELDS: dict[str, tuple[Any, int, bool]] = {
    "question": (gettext_lazy("Question"), 300, False),
    "low": (gettext_lazy("Name of 0"), 60, False),
    "high": (gettext_lazy("Name of 10"), 60, False),
    "follow_up": (gettext_lazy("Second question, answered in words"), 300, False),
    "thanks": (gettext_lazy("Thanks"), 1000, True),
    "changes": (gettext_lazy("What we changed because of earlier answers"), 2000, True),
}


def shown_languages() -> list[str]:
    """The company's languages, or all there are before it has chosen."""
    company = Company.objects.first()
    return list(company.languages) if company and company.languages else list(Language.values)


def language_name(code: str) -> str:
    """In its own letters, as the people who write in it know it."""
    return str(get_language_info(code)["name_local"]).capitalize()


class SurveyForm(forms.ModelForm):
    """Settings and words. Once the survey has opened its questions are shown and stay."""

    class Meta:
        model = Survey
        fields = ["name", "is_anonymous", "expires_days", "edit_days"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        company = Company.objects.first()
        own = own_words(self.instance.pk) if self.instance.pk else {}
        is_draft = self.instance.state == SurveyState.DRAFT
        for language in shown_languages():
            standard = dataclasses.asdict(standard_words(language, company.name if company else "…"))
            written = dataclasses.asdict(own.get(language, SurveyWords()))
            for name in WORD_FIELDS:
                field = self.fields[f"{name}_{language}"]
                field.initial = written[name]
                field.disabled = not is_draft and name not in LATER_WORDS
                field.widget.attrs |= {"lang": language, "dir": "auto", "placeholder": standard[name]}

    def words(self) -> dict[str, SurveyWords]:
        """{language: what was written}."""
        return {
            language: SurveyWords(**{name: self.cleaned_data.get(f"{name}_{language}", "") for name in WORD_FIELDS})
            for language in shown_languages()
        }


def word_fields(languages: list[str]) -> dict[str, forms.Field]:
    """The form's fields for the words of these languages."""
    fields: dict[str, forms.Field] = {}
    for language in languages:
        for name, (label, length, is_long) in WORD_FIELDS.items():
            widget = UnfoldAdminTextareaWidget(attrs={"rows": 3}) if is_long else UnfoldAdminTextInputWidget()
            fields[f"{name}_{language}"] = forms.CharField(
                label=label, max_length=length, required=False, widget=widget
            )
    return fields


def word_fieldsets() -> list[tuple[str, dict[str, Any]]]:
    """One per language, beginning with what people read first."""
    help_text = _("What is left empty says the standard words, shown in grey.")
    return [
        (
            language_name(language),
            {
                "description": help_text,
                "fields": [
                    f"question_{language}",
                    (f"low_{language}", f"high_{language}"),
                    f"follow_up_{language}",
                    f"thanks_{language}",
                    f"changes_{language}",
                ],
                "classes": ["tab"],
            },
        )
        for language in shown_languages()
    ]
