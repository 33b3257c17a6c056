"""The draft of a campaign as a form."""

from __future__ import annotations

from typing import Any, override

from django import forms
from django.utils.translation import gettext
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTimeWidget

from campaigns.models import Campaign
from feedback.models import Survey, SurveyState


class CampaignForm(forms.ModelForm):
    """Refuses what cannot be: a day without its time, a survey that takes no answers."""

    class Meta:
        model = Campaign
        fields = [
            "name",
            "audience",
            "template",
            "survey",
            "send_on",
            "send_time",
            "grace_minutes",
            "holdout_percent",
            "expectation",
        ]
        widgets = {
            "expectation": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
            "send_time": UnfoldAdminTimeWidget(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        survey = self.fields.get("survey")  # absent where the page is read-only
        if isinstance(survey, forms.ModelChoiceField):
            survey.queryset = Survey.objects.filter(state=SurveyState.OPEN)
            survey.empty_label = gettext("asks nothing")

    @override
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if bool(cleaned.get("send_on")) != bool(cleaned.get("send_time")):
            missing = "send_time" if cleaned.get("send_on") else "send_on"
            self.add_error(missing, gettext("Give both a day and a time, or neither to send at once."))
        return cleaned
