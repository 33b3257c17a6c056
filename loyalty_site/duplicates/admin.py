"""The pages: the list of pairs, two records side by side, and the three deeds."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from loyalty_site.duplicates.sides import sides_of
from loyalty_site.duplicates.words import left_in_words, reasons_in_words
from loyalty_site.ground import policy
from loyalty_site.ground.admin import ObjectPages, ReadOnlyModelAdmin, left_to_right, principal_of
from loyalty_site.ground.policy import Action, permits
from loyalty_site.services.merging import merge_members, undo_merge
from members.models import DuplicatePair, Merge, PairState
from members.rules.duplicates import THRESHOLD
from members.rules.merging import FIELDS, MERGED, SURVIVOR
from members.services.duplicates import keep_apart, request_scan

_STATE_COLOURS = {PairState.PROPOSED: "warning", PairState.MERGED: "success", PairState.APART: "info"}


@admin.register(DuplicatePair)
class DuplicatePairAdmin(ObjectPages, ReadOnlyModelAdmin):
    """Found every night; a person decides about each."""

    empty_says = _(
        "Nobody seems to be here twice. A search runs every night over everybody who is new or has changed; "
        "“Look now” starts one at once."
    )
    list_display = ["both", "reasons_told", "strength", "shown_state", "found_at"]
    list_display_links = ["both"]
    list_filter = ["state"]
    list_select_related = ["first", "second"]
    page_related = ("first", "second")
    sortable_by = ()
    list_before_template = "loyalty_site/duplicates/search.html"

    @override
    def get_ordering(self, request: HttpRequest) -> list[str]:
        """What waits for a person first: 'proposed' is the last of the three by its letters."""
        return ["-state", "-score", "id"]

    @display(description=_("who"))
    def both(self, obj: DuplicatePair) -> SafeString:
        return format_html("<bdi>{}</bdi> · <bdi>{}</bdi>", obj.first, obj.second)

    @display(description=_("why"))
    def reasons_told(self, obj: DuplicatePair) -> str:
        return reasons_in_words(obj.reasons)

    @display(description=_("evidence"))
    def strength(self, obj: DuplicatePair) -> SafeString:
        return left_to_right(f"{obj.score:.0f}")

    @display(description=_("state"), label=_STATE_COLOURS)
    def shown_state(self, obj: DuplicatePair) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @override
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        answer: HttpResponse = super().changelist_view(
            request, {"may_search": self.has_act_permission(request), **(extra_context or {})}
        )
        return answer

    def search_view(self, request: HttpRequest) -> HttpResponse:
        """Start a search over what has changed since the last one."""
        if not policy.may_open(principal_of(request), "admin:members_duplicatepair_search"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        request_scan(now=timezone.now())
        messages.success(request, gettext("The search has begun. New pairs show here as they are found."))
        return HttpResponseRedirect(reverse("admin:members_duplicatepair_changelist"))

    @override
    def get_urls(self) -> list[URLPattern]:
        deeds = {
            "merge": require_POST(self.merge_view),
            "apart": require_POST(self.apart_view),
            "undo": require_POST(self.undo_view),
        }
        search = path(
            "search/",
            self.admin_site.admin_view(self.search_view),
            name="members_duplicatepair_search",
        )
        return [search, *self.object_routes(deeds), *super().get_urls()]

    def merge_view(self, request: HttpRequest, pair: DuplicatePair) -> HttpResponse:
        """Make them one, with the fields as chosen."""
        stays, goes = (pair.second, pair.first) if _stays_second(request.POST, pair) else (pair.first, pair.second)
        choices = {
            field: whose for field in FIELDS if (whose := request.POST.get(f"take_{field}", "")) in {SURVIVOR, MERGED}
        }
        merge_members(stays.pk, goes.pk, choices=choices, actor=principal_of(request), now=timezone.now())
        messages.success(request, gettext("They are one member now."))
        return HttpResponseRedirect(self.page_url("change", pair))

    def apart_view(self, request: HttpRequest, pair: DuplicatePair) -> HttpResponse:
        """They are two people; back to the list."""
        keep_apart(pair_id=pair.pk, actor=principal_of(request), now=timezone.now())
        messages.success(request, gettext("Kept apart. This pair is not proposed again."))
        return HttpResponseRedirect(reverse("admin:members_duplicatepair_changelist"))

    def undo_view(self, request: HttpRequest, pair: DuplicatePair) -> HttpResponse:
        """Make them two again, as far as that goes."""
        merge = _merge_of(pair)
        if merge is not None:
            undo_merge(merge.pk, actor=principal_of(request), now=timezone.now())
            messages.success(request, gettext("They are two members again."))
        return HttpResponseRedirect(self.page_url("change", pair))

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        pair = self.get_object(request, object_id)
        if pair is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST":  # nothing is saved here
            raise PermissionDenied
        merge = _merge_of(pair)
        stays, goes = (pair.second, pair.first) if _stays_second(request.GET, pair) else (pair.first, pair.second)
        if merge is not None:
            stays, goes = merge.survivor, merge.merged
        context = {
            **self.admin_site.each_context(request),
            "threshold": THRESHOLD,
            "title": gettext("One person twice?") if pair.state == PairState.PROPOSED else gettext("A pair"),
            "opts": self.opts,
            "pair": pair,
            "reasons": reasons_in_words(pair.reasons),
            "sides": sides_of(stays, goes),
            "merge": merge,
            "left": left_in_words(merge.left) if merge else [],
            "is_merged": pair.state == PairState.MERGED,
            "may_act": self.has_act_permission(request),
            "may_see_keys": permits(principal_of(request), Action.VIEW, "members.identifier"),
            "other_way": goes.pk,
            "may_merge": pair.state != PairState.MERGED and stays.survivor_id is None and goes.survivor_id is None,
        }
        return TemplateResponse(request, "loyalty_site/duplicates/pair.html", context)


def _stays_second(asked: Any, pair: DuplicatePair) -> bool:
    """Which of the two stays: the one asked for, else the one who was here first."""
    return str(asked.get("stays", "")) == str(pair.second_id)


def _merge_of(pair: DuplicatePair) -> Merge | None:
    """The newest merge of the two, undone or not."""
    two = [pair.first_id, pair.second_id]
    found = Merge.objects.filter(survivor__in=two, merged__in=two).select_related("survivor", "merged")
    return found.order_by("-id").first()
