"""Surveys: written, looked at, opened, closed; and the page of what they add up to."""

from __future__ import annotations

import datetime as dt
from typing import Any, override
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from feedback.admin.filters import answers_url, invitations_url
from feedback.admin.nps_page import DAYS_LONGEST, nps_context, signed
from feedback.admin.survey_forms import SurveyForm, shown_languages, word_fields, word_fieldsets
from feedback.models import Invitation, Response, Survey, SurveyState
from feedback.queries.nps import nps, reached
from feedback.queries.words import words_of
from feedback.rules.nps import SCORES, Band, band_of
from feedback.services import close_survey, create_survey, open_survey, write_words
from loyalty_site.ground.admin import PolicyModelAdmin, principal_of
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.models import Company
from loyalty_site.ground.policy import Action
from loyalty_site.ground.public import language_of, public_page


@admin.register(Survey)
class SurveyAdmin(PolicyModelAdmin):
    """A survey goes out as a link in a campaign; answers come in while it is open."""

    empty_says = _(
        "A survey asks how likely people are to recommend you. Add one, look at its page, open it, and put its link "
        "into a campaign."
    )
    form = SurveyForm
    list_display = ["name", "shown_state", "with_names", "invited", "answered", "score", "opened_at", "closed_at"]
    list_per_page = 20  # each row counts its own answers
    list_filter = ["state"]
    search_fields = ["name"]
    ordering = ["-id"]
    sortable_by = ()
    actions_detail = ["preview", "open", "close"]

    @display(
        description=_("state"),
        label={SurveyState.OPEN: "success", SurveyState.DRAFT: "info", SurveyState.CLOSED: ""},
    )
    def shown_state(self, obj: Survey) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @display(description=_("invited"))
    def invited(self, obj: Survey) -> SafeString:
        count = Invitation.objects.filter(reached(), survey=obj).count()
        return format_html('<a class="regulars-link" href="{}">{}</a>', invitations_url(survey_id=obj.pk), count)

    @display(description=_("answered"))
    def answered(self, obj: Survey) -> SafeString:
        count = Response.objects.filter(survey=obj, is_machine=False).count()  # a handful of surveys a page
        return format_html(
            '<a class="regulars-link" href="{}">{}</a>', answers_url(survey_id=obj.pk, is_machine__exact=0), count
        )

    @display(description=_("NPS"))
    def score(self, obj: Survey) -> SafeString:
        """Of all its answers; the page behind it has the margin."""
        figures = nps(obj.pk, obj.created_at, timezone.now() + dt.timedelta(days=1))
        text = gettext("too few answers") if figures.score is None else signed(figures.score)
        address = f"{reverse('admin:feedback_survey_nps')}?survey={obj.pk}&days={DAYS_LONGEST}"
        return format_html('<a class="regulars-link" href="{}"><bdi>{}</bdi></a>', address, text)

    @display(description=_("answers are kept"))
    def with_names(self, obj: Survey) -> str:
        return gettext("without names") if obj.is_anonymous else gettext("with names")

    @override
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """With a field for each word of each of the company's languages."""
        kwargs["form"] = type("SurveyWordsForm", (SurveyForm,), word_fields(shown_languages()))
        kwargs["fields"] = [
            name for name in SurveyForm.Meta.fields if name not in self.get_readonly_fields(request, obj)
        ]
        return super().get_form(request, obj, change, **kwargs)

    @override
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        settings = ["name", "is_anonymous", ("expires_days", "edit_days")]
        dates = [(_("State"), {"fields": ["state", ("opened_at", "closed_at")]})] if obj else []
        if not self.has_change_permission(request, obj) and obj:
            return [(None, {"fields": settings}), *dates]
        return [(None, {"fields": settings}), *dates, *word_fieldsets()]

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What was promised to those who have been asked stays."""
        shown = ["state", "opened_at", "closed_at"]
        return [*shown, "is_anonymous", "edit_days"] if obj and obj.state != SurveyState.DRAFT else shown

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            obj.save()
            write_words(survey=obj, words=form.words())
        else:
            create_survey(survey=obj, words=form.words(), now=timezone.now())

    @override
    def get_urls(self) -> list[URLPattern]:
        page = path("nps/", self.admin_site.admin_view(self.nps_view), name="feedback_survey_nps")
        return [page, *super().get_urls()]

    def nps_view(self, request: HttpRequest) -> HttpResponse:
        """NPS and satisfaction."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        zone = ZoneInfo(timezone.get_current_timezone_name())
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("NPS and satisfaction"),  # without `opts`, so that it stands at the head of the page
            "may_add": self.has_add_permission(request),
            **nps_context(request.GET, now=timezone.now(), zone=zone),
        }
        return TemplateResponse(request, "feedback/nps.html", context)

    # Buttons show only when they can be pressed; the services refuse the rest.
    def has_open_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may_move(request, object_id, {SurveyState.DRAFT, SurveyState.CLOSED})

    def has_close_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may_move(request, object_id, {SurveyState.OPEN})

    def _may_move(self, request: HttpRequest, object_id: Any, states: set[SurveyState]) -> bool:
        if not self.may(request, Action.ACT):
            return False
        match = request.resolver_match
        if match is None or match.url_name != "feedback_survey_change":
            return True  # somebody who was slower hears from the service why it cannot be done
        return Survey.objects.filter(pk=object_id, state__in=states).exists()

    @action(description=_("Open…"), permissions=["open"], url_path="open", icon="play_arrow")
    def open(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """First the consequences, then the button."""
        return self._move(request, object_id, open_survey, gettext("The survey is open."), is_opening=True)

    @action(description=_("Close…"), permissions=["close"], url_path="close", icon="stop")
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """First the consequences, then the button."""
        return self._move(request, object_id, close_survey, gettext("The survey is closed."), is_opening=False)

    def _move(self, request: HttpRequest, object_id: str, act: Any, done: str, *, is_opening: bool) -> HttpResponse:
        survey = self.get_object(request, object_id)
        if survey is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST":
            try:
                act(survey_id=survey.pk, actor=principal_of(request), now=timezone.now())
            except DomainError as refusal:
                messages.error(request, refusal.message(gettext))
            else:
                messages.success(request, done)
            return HttpResponseRedirect(reverse("admin:feedback_survey_change", args=[survey.pk]))
        waiting = Invitation.objects.filter(survey=survey).aggregate(
            invited=Count("id"), waiting=Count("id", filter=Q(is_answered=False, expires_at__gt=timezone.now()))
        )
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Open %(name)s") if is_opening else gettext("Close %(name)s"),
            "opts": self.opts,
            "original": survey,
            "survey": survey,
            "is_opening": is_opening,
            **waiting,
        }
        context["title"] = context["title"] % {"name": survey.name}
        return TemplateResponse(request, "feedback/move.html", context)

    @action(
        description=_("Preview"),
        permissions=["view"],
        url_path="preview",
        icon="visibility",
        attrs={"target": "_blank", "rel": "noopener"},
    )
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The public page as people will see it; its form leads to the thanks and saves nothing."""
        survey = self.get_object(request, object_id)
        if survey is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        company = Company.objects.first()
        language = language_of(request, shown_languages()[0])
        sent = request.GET.get("score", "")
        score = int(sent) if sent.isascii() and sent.isdigit() and int(sent) in SCORES else None
        context = {
            "words": words_of(survey.pk, language, company.name if company else ""),
            "is_preview": True,
            "is_anonymous": survey.is_anonymous,
            "scores": SCORES,
            "chosen": score,
            "is_detractor": score is not None and band_of(score) is Band.DETRACTOR,
        }
        template = "feedback/thanks.html" if request.GET.get("step") == "thanks" else "feedback/survey.html"
        return public_page(request, template, context, language=language)
