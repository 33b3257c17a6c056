"""Campaigns: the draft, its consequences, and a page worth watching while it goes out. Each button calls one service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, override

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import formats, timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.admin.campaign_forms import CampaignForm
from campaigns.admin.campaign_pages import progress, review_context, watch_context
from campaigns.admin.campaign_words import LABELS, shift_in_words, state_in_words, steps, when_in_words
from campaigns.models import Campaign, CampaignState, Run
from campaigns.services.approval import approve_campaign, copy_campaign, reopen_campaign
from campaigns.services.running import (
    cancel_campaign,
    confirm_held_campaign,
    pause_campaign,
    resume_campaign,
    start_campaign,
)
from loyalty_site.ground.admin import ObjectPages, PolicyModelAdmin, principal_of
from loyalty_site.ground.models import Company

# The buttons that need no page of their own: URL name -> the service it calls.
DEEDS: dict[str, Callable[..., Any]] = {
    "approve": approve_campaign,
    "send": start_campaign,
    "reopen": reopen_campaign,
    "confirm": confirm_held_campaign,
    "pause": pause_campaign,
    "resume": resume_campaign,
}


@admin.register(Campaign)
class CampaignAdmin(ObjectPages, PolicyModelAdmin):
    """What we tell whom, when, and how we will know that it worked."""

    empty_says = _(
        "A campaign tells an audience something: write it, look at its consequences, send it and watch it go."
    )
    form = CampaignForm
    change_form_template = "campaigns/draft.html"
    list_display = ["name", "shown_state", "audience", "when", "figures", "approved_by"]
    list_filter = ["state"]
    list_select_related = ["audience", "approved_by"]
    search_fields = ["name"]
    ordering = ["-id"]
    page_related = ("audience", "template", "survey", "created_by", "approved_by")
    fieldsets = [
        (None, {"fields": ["name"]}),
        (_("Who"), {"fields": ["audience"]}),
        (_("What"), {"fields": [("template", "survey")]}),
        (_("When"), {"fields": [("send_on", "send_time"), "grace_minutes"]}),
        (_("How we will know that it worked"), {"fields": ["holdout_percent", "expectation"]}),
    ]

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("runs")

    @display(description=_("state"), ordering="state", label=LABELS)
    def shown_state(self, obj: Campaign) -> tuple[str, str]:
        return obj.state, state_in_words(obj, _newest(obj))

    @display(description=_("when"))
    def when(self, obj: Campaign) -> str:
        run = _newest(obj)
        if run and run.started_at:
            return formats.date_format(timezone.localtime(run.started_at), "SHORT_DATETIME_FORMAT")
        return when_in_words(obj.send_on, obj.send_time, run.time_zone if run else _zone())

    @display(description=_("people"))
    def figures(self, obj: Campaign) -> str:
        run = _newest(obj)
        if run is None or run.frozen_at is None:
            return "—"
        return gettext("%(planned)s written to, %(holdout)s held out, %(excluded)s left out") % {
            "planned": run.planned_count,
            "holdout": run.holdout_count,
            "excluded": run.excluded_count,
        }

    @override
    def get_urls(self) -> list[URLPattern]:
        own = {
            "review": self.review_view,
            "progress": self.progress_view,
            "cancel": self.cancel_view,
            "copy": require_POST(self.copy_view),
            **{name: require_POST(self._deed(name)) for name in DEEDS},
        }
        return [*self.object_routes(own), *super().get_urls()]

    def _deed(self, name: str) -> Callable[..., HttpResponse]:
        def deed(request: HttpRequest, campaign: Campaign) -> HttpResponse:
            DEEDS[name](campaign_id=campaign.pk, actor=principal_of(request), now=timezone.now())
            return HttpResponseRedirect(self.page_url("change", campaign))

        return deed

    def _page(self, request: HttpRequest, campaign: Campaign, template: str, **more: Any) -> TemplateResponse:
        run = _newest(campaign)
        context = {
            **self.admin_site.each_context(request),
            "title": campaign.name,
            "original": campaign,
            "opts": self.opts,
            "campaign": campaign,
            "run": run,
            "steps": steps(campaign),
            "when": when_in_words(campaign.send_on, campaign.send_time, run.time_zone if run else _zone()),
            "shift": shift_in_words(campaign.send_on, campaign.send_time, run.time_zone if run else _zone()),
            "may_act": self.has_act_permission(request),
            **more,
        }
        return TemplateResponse(request, f"campaigns/{template}.html", context)

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # Django's signature
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    @override
    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        return self._after_saving(request, obj) or super().response_add(request, obj, post_url_continue)

    @override
    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._after_saving(request, obj) or super().response_change(request, obj)

    def _after_saving(self, request: HttpRequest, campaign: Campaign) -> HttpResponse | None:
        """Save leads on to the consequences, which is where a draft goes next."""
        if "_save" not in request.POST:
            return None
        return HttpResponseRedirect(self.page_url("review", campaign))

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The form of a draft; the page of everything after it."""
        campaign = self.get_object(request, object_id)
        if not self.has_view_permission(request, campaign):
            raise PermissionDenied
        if campaign is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if campaign.state == CampaignState.DRAFT:
            extra = {
                "steps": steps(campaign),
                "campaign": campaign,
                "may_act": self.has_act_permission(request),
                "show_save_and_add_another": False,
            }
            return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})
        if request.method != "GET":
            if not self.has_change_permission(request, campaign):
                raise PermissionDenied
            messages.error(request, gettext("Only a draft can be changed. Take the campaign back to the draft first."))
            return HttpResponseRedirect(self.page_url("change", campaign))
        if campaign.state == CampaignState.APPROVED:
            return HttpResponseRedirect(self.page_url("review", campaign))
        return self._page(request, campaign, "watch", **watch_context(campaign, _newest(campaign), timezone.now()))

    def review_view(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        """What sending this would do, before the button that does it."""
        if campaign.state not in {CampaignState.DRAFT, CampaignState.APPROVED}:
            return HttpResponseRedirect(self.page_url("change", campaign))
        return self._page(request, campaign, "review", **review_context(campaign, _newest(campaign), timezone.now()))

    def progress_view(self, request: HttpRequest, campaign: Campaign) -> JsonResponse:
        """How far it is, for the page that watches."""
        run = _newest(campaign)
        return JsonResponse(progress(campaign, run, timezone.now()) if run else {"state": campaign.state})

    def copy_view(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        """A new draft like this one."""
        copy = copy_campaign(campaign_id=campaign.pk, actor=principal_of(request), now=timezone.now())
        messages.success(request, gettext("This is a new draft. Change what is different this time."))
        return HttpResponseRedirect(self.page_url("change", copy))

    def cancel_view(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        """What cancelling means, and the button."""
        if request.method == "POST":
            cancel_campaign(campaign_id=campaign.pk, actor=principal_of(request), now=timezone.now())
            messages.success(request, gettext("The campaign is cancelled. Nobody else will be written to."))
            return HttpResponseRedirect(self.page_url("change", campaign))
        if campaign.state in {CampaignState.DONE, CampaignState.CANCELLED}:
            return HttpResponseRedirect(self.page_url("change", campaign))
        return self._page(request, campaign, "cancel", **watch_context(campaign, _newest(campaign), timezone.now()))


def _newest(campaign: Campaign) -> Run | None:
    """The run that counts now; a draft that was taken back has none."""
    if campaign.state == CampaignState.DRAFT:
        return None
    runs = sorted(campaign.runs.all(), key=lambda run: run.pk)
    return runs[-1] if runs else None


def _zone() -> str:
    company = Company.objects.first()
    return company.time_zone if company else "UTC"
