"""Audiences: rows that read as a sentence, a count that moves while they are changed, and ten of the people."""

from __future__ import annotations

import json
from typing import Any, override

from django import forms
from django.contrib import admin, messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection, transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from campaigns.admin.audience_words import (
    PHRASES,
    channel_choices,
    contact_choices,
    language_name,
    problem_in_words,
    sentence,
)
from campaigns.admin.field_words import field_choices, offered
from campaigns.errors import SegmentWouldBeEmpty
from campaigns.models import Audience
from campaigns.queries.audiences import AudienceCount, SamplePerson, company_frame, look_at_audience
from campaigns.queries.choices import known_categories, known_stores, known_tiers
from campaigns.queries.segments import filled_by_audiences
from campaigns.rules.audiences import check_fields, parse_criteria
from campaigns.rules.criteria import (
    BIRTHDAY_DAYS_MAX,
    DAYS_MAX,
    LANGUAGES,
    SCORES,
    CriteriaError,
    Criterion,
)
from campaigns.services.audiences import note_count, save_audience
from loyalty_site.ground import policy
from loyalty_site.ground.admin import PolicyModelAdmin, principal_of
from loyalty_site.ground.models import Company
from loyalty_site.ground.policy import Action
from members.models import MessageReason
from members.queries.fields import fields_by_code, known_cities
from members.services import mask_name
from programs.queries.lifecycle import lifecycle_model
from programs.queries.stage_words import score_choices, stage_choices, stage_names

# Somebody is typing: an answer that takes longer is of no use, and the database has other things to do.
COUNT_MS_MAX = 10_000


class AudienceForm(forms.ModelForm):
    """Name and note; the rows come as the JSON that the page's script keeps."""

    criteria_json = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Audience
        fields = ["name", "note"]
        widgets = {"name": UnfoldAdminTextInputWidget, "note": UnfoldAdminTextInputWidget}

    def clean_criteria_json(self) -> tuple[Criterion, ...]:
        return read_criteria(self.cleaned_data["criteria_json"] or "[]")


def read_criteria(text: str) -> tuple[Criterion, ...]:
    """The criteria that a page sends. Raises ValidationError with a sentence for each row that cannot be."""
    try:
        return _checked(text)
    except json.JSONDecodeError as error:
        raise forms.ValidationError(gettext("The rows cannot be read. Load the page again.")) from error
    except CriteriaError as error:
        raise forms.ValidationError(
            [
                gettext("Row %(number)s: %(problem)s")
                % {"number": problem.row + 1, "problem": problem_in_words(problem)}
                for problem in error.problems
            ]
        ) from error


def _checked(text: str) -> tuple[Criterion, ...]:
    criteria = parse_criteria(json.loads(text))
    kinds = {
        code: (field.kind, frozenset(option.code for option in field.options))
        for code, field in fields_by_code().items()
    }
    check_fields(criteria, kinds)
    return criteria


def sentences(criteria: tuple[Criterion, ...]) -> list[str]:
    """Every row in words."""
    company = Company.objects.first()
    tiers, stages, fields = known_tiers(), stage_names(lifecycle_model().model), fields_by_code()
    currency = company.currency if company else ""
    shops = {"store": known_stores(), "category": known_categories()}
    return [
        sentence(one, currency=currency, tiers=tiers, stages=stages, fields=fields, shops=shops) for one in criteria
    ]


def left_out_in_words(left_out: dict[str, int]) -> list[dict[str, Any]]:
    """[{reason, words, count}] of people who are left out."""
    return [
        {"reason": reason, "words": str(MessageReason(reason).label), "count": count}
        for reason, count in sorted(left_out.items(), key=lambda item: -item[1])
    ]


@admin.register(Audience)
class AudienceAdmin(PolicyModelAdmin):
    """Who can be written to; a campaign chooses one."""

    empty_says = _(
        "An audience says whom you write to: everybody in Boston, everybody who has not bought for two months. "
        "The people are looked up anew each time."
    )
    list_display = ["name", "people", "says", "used"]
    search_fields = ["name", "note"]
    ordering = ["-id"]

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(campaign_count=Count("campaigns"))

    @display(description=_("can be written to"))
    def people(self, obj: Audience) -> str:
        if obj.last_count is None or obj.counted_at is None:
            return "—"
        return ngettext("%(count)s person", "%(count)s people", obj.last_count) % {"count": intcomma(obj.last_count)}

    @display(description=_("who"))
    def says(self, obj: Audience) -> str:
        try:
            found = sentences(parse_criteria(obj.criteria))
        except CriteriaError:
            return gettext("the rows cannot be read; open them")
        return "; ".join(found) or gettext("everybody")

    @display(description=_("campaigns"), ordering="campaign_count")
    def used(self, obj: Any) -> int:
        return int(obj.campaign_count)

    @override
    def get_urls(self) -> list[URLPattern]:
        count = path("count/", self.admin_site.admin_view(self.count_view), name="campaigns_audience_count")
        return [count, *super().get_urls()]

    @override
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._edit(request, Audience())

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        audience = self.get_object(request, object_id)
        if not self.has_view_permission(request, audience):
            raise PermissionDenied
        if audience is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST" and not self.has_change_permission(request, audience):
            raise PermissionDenied
        return self._edit(request, audience)

    def _edit(self, request: HttpRequest, audience: Audience) -> HttpResponse:
        form = AudienceForm(request.POST or None, instance=audience)
        if request.method == "POST" and form.is_valid():
            criteria = form.cleaned_data["criteria_json"]
            now = timezone.now()
            try:
                save_audience(audience=form.instance, criteria=criteria, actor=principal_of(request), now=now)
            except SegmentWouldBeEmpty as refusal:
                form.add_error(None, refusal.message(gettext))
                return TemplateResponse(request, "campaigns/audience.html", self._context(request, audience, form))
            found = look_in_time(criteria)
            if found:
                note_count(audience_id=audience.pk, count=found[0].reachable, now=now)
            messages.success(request, gettext("The audience %(name)s is saved.") % {"name": audience})
            return HttpResponseRedirect(reverse("admin:campaigns_audience_change", args=[audience.pk]))
        return TemplateResponse(request, "campaigns/audience.html", self._context(request, audience, form))

    def _context(self, request: HttpRequest, audience: Audience, form: AudienceForm) -> dict[str, Any]:
        typed = form.data.get("criteria_json") if form.is_bound else None
        try:
            rows = json.loads(typed) if typed else audience.criteria
        except json.JSONDecodeError:
            rows = audience.criteria
        company = Company.objects.first()
        may_change = self.has_change_permission(request) if audience.pk else self.has_add_permission(request)
        may_segment = audience.pk and policy.permits(principal_of(request), Action.ADD, "members.segment")
        may_write = audience.pk and policy.permits(principal_of(request), Action.ADD, "campaigns.campaign")
        return {
            **self.admin_site.each_context(request),
            "title": audience.name or gettext("New audience"),
            "opts": self.opts,
            "original": audience if audience.pk else None,
            "audience": audience,
            "form": form,
            "may_change": may_change,
            "write_url": f"{reverse('admin:campaigns_campaign_add')}?audience={audience.pk}" if may_write else "",
            "segment_url": reverse("admin:members_segment_add", query={"audience": audience.pk, "name": audience.name})
            if may_segment
            else "",
            "segments": [
                {"name": str(one), "url": reverse("admin:members_segment_change", args=[one.pk])}
                for one in (filled_by_audiences(audience.pk) if may_segment else ())
            ],
            "rows": rows,
            "phrases": [
                {"type": kind, "fixed": fixed, "says": str(said), "opposite": str(opposite)}
                for kind, fixed, said, opposite in offered(PHRASES)
            ],
            "choices": {
                "cities": known_cities(),
                "tiers": list(known_tiers().items()),
                "shops": {"store": list(known_stores().items()), "category": list(known_categories().items())},
                "stages": stage_choices(lifecycle_model().model),
                "fifths": {name: score_choices(name) for name in SCORES},
                "languages": [(value, language_name(value)) for value in LANGUAGES],
                "roles": [(value, str(label)) for value, label in contact_choices()],
                "channels": [(value, str(label)) for value, label in channel_choices()],
                **field_choices(),
                "currency": company.currency if company else "",
                "days_max": DAYS_MAX,
                "birthday_days_max": BIRTHDAY_DAYS_MAX,
            },
        }

    def count_view(self, request: HttpRequest) -> HttpResponse:
        """Who the rows mean now: {reachable, matching, left_out, sample} or {problems: [{row, text}]} or {is_slow}."""
        if not policy.may_open(principal_of(request), "admin:campaigns_audience_count"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        try:
            criteria = _checked(request.POST.get("criteria", ""))
        except json.JSONDecodeError:
            return JsonResponse(
                {"problems": [{"row": 0, "text": gettext("The rows cannot be read. Load the page again.")}]}
            )
        except CriteriaError as error:
            problems = [{"row": one.row, "text": problem_in_words(one)} for one in error.problems]
            return JsonResponse({"problems": problems})
        found = look_in_time(criteria)
        if found is None:
            return JsonResponse({"is_slow": True})
        counted, sample = found
        may_see = policy.permits(principal_of(request), Action.VIEW, "members.member")
        return JsonResponse(
            {
                "reachable": counted.reachable,
                "says": people_in_words(counted.reachable),
                "matching": intcomma(counted.matching),
                "left_out": [{**one, "count": intcomma(one["count"])} for one in left_out_in_words(counted.left_out)],
                "sample": [_person(one, may_see=may_see) for one in sample],
            }
        )


def people_in_words(count: int) -> str:
    """ "8,214 people"."""
    return ngettext("%(count)s person", "%(count)s people", count) % {"count": intcomma(count)}


def look_in_time(criteria: tuple[Criterion, ...]) -> tuple[AudienceCount, list[SamplePerson]] | None:
    """The count and ten of the people, or None when it takes longer than anybody waits."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                # More memory than a page usually has: a million people would be hashed on disk otherwise.
                cursor.execute(f"SET LOCAL statement_timeout = '{COUNT_MS_MAX}ms'; SET LOCAL work_mem = '64MB'")
            found = look_at_audience(criteria, company_frame(timezone.now()))
            with connection.cursor() as cursor:
                # Of no use after a transaction, but a test (or a caller) may have begun one around us.
                cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = DEFAULT")
            return found
    except OperationalError:
        return None


def _person(one: SamplePerson, *, may_see: bool) -> dict[str, str]:
    """One of the ten, the name masked: the page says what kind of people they are, not who."""
    return {
        "name": mask_name(one.name) or "—",
        "city": one.city,
        "language": language_name(one.language),
        "url": reverse("admin:members_member_change", args=[one.member_id]) if may_see else "",
    }
