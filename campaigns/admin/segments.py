"""Members > Segments. The room is the members'; the page stands here, because audiences fill segments."""

from __future__ import annotations

from typing import Any, override

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from campaigns.admin.audiences import people_in_words, sentences
from campaigns.errors import AudienceInvalid, SegmentAsked
from campaigns.models import Audience
from campaigns.queries.audiences import criteria_of
from campaigns.services.segments import delete_segment, refuse_deleting, refuse_emptying, request_refresh, save_segment
from loyalty_site.ground.admin import PolicyModelAdmin, principal_of
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.policy import may_open
from members.models import Segment, SegmentMember
from programs.queries.cited import programs_naming


class SegmentForm(forms.ModelForm):
    """Its names and the audience that fills it. What rules call it is made of the name and stays."""

    audience = forms.ModelChoiceField(
        label=_("Audience"),
        queryset=Audience.objects.order_by("name"),
        help_text=_("Everybody enrolled of whom its rows hold, whether or not they may be written to."),
        widget=UnfoldAdminSelectWidget,
        empty_label=_("choose …"),
    )

    class Meta:
        model = Segment
        fields = ["name", "name_ru", "name_he"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk and "audience" in self.fields:
            self.initial["audience"] = self.instance.filled_by_id

    def clean_audience(self) -> Audience:
        audience: Audience = self.cleaned_data["audience"]
        try:
            criteria = criteria_of(audience.criteria)
            if self.instance.pk:
                refuse_emptying(self.instance, criteria, now=timezone.now())
        except DomainError as refusal:
            raise forms.ValidationError(refusal.message(gettext)) from refusal
        return audience


@admin.register(Segment)
class SegmentAdmin(PolicyModelAdmin):
    """Groups of members that rules ask for by name; who is in them is looked up every night."""

    empty_says = _(
        "A segment is a group of members that a rule of a programme can ask for: ten percent off for the best, a gift for "
        "those who have not come for long. An audience says who is in it; that is looked up anew every night."
    )
    form = SegmentForm
    list_display = ["shown_name", "shown_audience", "people", "refreshed_at", "asked_by"]
    search_fields = ["name", "name_ru", "name_he"]
    ordering = ["name"]
    sortable_by = ()
    change_form_outer_before_template = "campaigns/segment_people.html"

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With how many are in each: counted now, so that the figure and the list behind it agree."""
        inside = SegmentMember.objects.filter(segment=OuterRef("pk")).order_by().values("segment")
        names = Audience.objects.filter(pk=OuterRef("filled_by_id"))
        return (
            super()
            .get_queryset(request)
            .annotate(
                people_count=Coalesce(Subquery(inside.annotate(people=Count("*")).values("people")), 0),
                audience_name=Subquery(names.values("name")),
            )
        )

    @override
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        may_change = obj is None or self.has_change_permission(request, obj)
        filled = ["audience" if may_change else "shown_audience", *(["asked_by"] if obj else [])]
        return [(None, {"fields": ["name", ("name_ru", "name_he"), *filled]})]

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["shown_audience", "asked_by"]

    @display(description=_("name"))
    def shown_name(self, obj: Segment) -> str:
        return str(obj)

    @display(description=_("audience"))
    def shown_audience(self, obj: Any) -> str:
        return str(obj.audience_name)

    @display(description=_("people"))
    def people(self, obj: Any) -> Any:
        if obj.refreshed_at is None:
            return gettext("being looked up")
        url = reverse("admin:members_member_changelist", query={"segment": obj.key})
        return format_html('<a class="regulars-link" href="{}">{}</a>', url, people_in_words(obj.people_count))

    @display(description=_("rules that ask for it"))
    def asked_by(self, obj: Segment) -> str:
        return ", ".join(programs_naming(obj.key)) or "—"

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        save_segment(segment=obj, audience=form.cleaned_data["audience"], now=timezone.now())
        messages.info(request, gettext("Who is in it is being looked up. Load the page again in a moment."))

    @override
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.refresh_view)
        return [path("<int:object_id>/refresh/", view, name="members_segment_refresh"), *super().get_urls()]

    def refresh_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Not to wait for the night."""
        if not may_open(principal_of(request), "admin:members_segment_refresh"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        segment = get_object_or_404(Segment, pk=object_id)
        request_refresh(segment_id=segment.pk, now=timezone.now())
        messages.info(request, gettext("Who is in it is being looked up. Load the page again in a moment."))
        return HttpResponseRedirect(reverse("admin:members_segment_change", args=[segment.pk]))

    @override
    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        segment = context.get("original")
        if segment is not None:
            context |= {
                "people": self.people(segment),
                "says": self._says(segment),
                "may_refresh": self.has_act_permission(request, segment),
            }
        answer: HttpResponse = super().render_change_form(request, context, *args, **options)
        return answer

    def _says(self, segment: Segment) -> str:
        audience = Audience.objects.get(pk=segment.filled_by_id)
        try:
            return "; ".join(sentences(criteria_of(audience.criteria)))
        except AudienceInvalid as refusal:
            return refusal.message(gettext)

    @override
    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """A segment that rules ask for stays: said before the question, and again if they came meanwhile."""
        segment = self.get_object(request, object_id)
        try:
            if segment is not None and self.has_delete_permission(request, segment):
                refuse_deleting(segment)
            return super().delete_view(request, object_id, extra_context)
        except SegmentAsked as refusal:
            messages.error(request, refusal.message(gettext))
            return HttpResponseRedirect(reverse("admin:members_segment_change", args=[object_id]))

    @override
    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The segment and how many people leave it, in place of each of them."""
        return [[one, [people_in_words(one.people_count)]] for one in objs], {}, set(), []

    @override
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_segment(segment_id=obj.pk)
