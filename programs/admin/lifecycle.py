"""How stages are drawn (with a preview before anything is saved), the moves between them, and the page that shows all."""

from __future__ import annotations

from typing import Any, override

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminIntegerFieldWidget, UnfoldAdminRadioSelectWidget

from loyalty_site.ground.admin import PolicyModelAdmin, principal_of
from loyalty_site.ground.policy import may_open
from members.models import Member
from programs.admin.base_page import REPORT, base_context, base_file, percent
from programs.admin.ledger import MemberColumnAdmin
from programs.models import LifecycleModel, MemberStageChange
from programs.queries.lifecycle import lifecycle_model, stages_by
from programs.queries.stage_words import STAGE_COLOURS, stage_name
from programs.services.lifecycle import change_lifecycle

_COUNTS = [
    "repeat_purchases", "attached_purchases", "loyal_purchases", "loyal_days", "committed_purchases", "committed_days",
    "at_risk_days", "lost_days", "rhythm_purchases", "rhythm_least_days",
]  # fmt: skip


class LifecycleForm(forms.ModelForm):
    """The model and its thresholds; the model's own clean() refuses what contradicts itself."""

    class Meta:
        model = LifecycleModel
        fields = ["model", *_COUNTS, "silence", "at_risk_factor", "lost_factor"]
        widgets = {
            "model": UnfoldAdminRadioSelectWidget,
            "silence": UnfoldAdminRadioSelectWidget,
            **dict.fromkeys(_COUNTS, UnfoldAdminIntegerFieldWidget),
            "at_risk_factor": UnfoldAdminDecimalFieldWidget,
            "lost_factor": UnfoldAdminDecimalFieldWidget,
        }

    def groups(self) -> list[dict[str, Any]]:
        """The fields as the page arranges them."""
        arranged = [
            (_("Which stages"), "", [["model"]]),
            (
                _("When a buyer reaches a stage"),
                _("Those of the chosen model count; the others are kept and do nothing."),
                [
                    ["repeat_purchases", "attached_purchases"],
                    ["loyal_purchases", "loyal_days"],
                    ["committed_purchases", "committed_days"],
                ],
            ),
            (
                _("When a silence is too long"),
                _("Days hold for everybody whose rhythm is not known yet, and for all if you choose so."),
                [
                    ["silence"],
                    ["at_risk_days", "lost_days"],
                    ["at_risk_factor", "lost_factor"],
                    ["rhythm_purchases", "rhythm_least_days"],
                ],
            ),
        ]
        return [
            {"title": title, "says": says, "rows": [[self[name] for name in row] for row in rows]}
            for title, says, rows in arranged
        ]


@admin.register(LifecycleModel)
class LifecycleModelAdmin(PolicyModelAdmin):
    """One row, so its list leads straight to it. Look first, then save."""

    show_add_link = False

    @override
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(self._page_url())

    @override
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(self._page_url())

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The one row; until somebody saves it, with the defaults."""
        model = lifecycle_model()
        if not self.has_view_permission(request, model):
            raise PermissionDenied
        if object_id != str(model.pk):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        may_change = self.has_change_permission(request, model)
        if request.method == "POST" and not may_change:
            raise PermissionDenied
        before = lifecycle_model()
        form = LifecycleForm(request.POST or None, instance=model)
        is_good = request.method == "POST" and form.is_valid()
        if is_good and "_save" in request.POST:
            change_lifecycle(
                changed=form.instance, fields=form.changed_data, actor=principal_of(request), now=timezone.now()
            )
            messages.success(
                request, gettext("Saved. The stages of all members are computed anew now; it takes a few seconds.")
            )
            return HttpResponseRedirect(reverse(f"admin:{REPORT}"))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("How stages are drawn"),
            "opts": self.opts,
            "form": form,
            "before": before,
            "may_change": may_change,
            "preview": self._preview(before, form.instance) if is_good else None,
            "report_url": reverse(f"admin:{REPORT}") if may_open(principal_of(request), f"admin:{REPORT}") else "",
        }
        return TemplateResponse(request, "programs/lifecycle.html", context)

    def _preview(self, before: LifecycleModel, after: LifecycleModel) -> list[dict[str, Any]]:
        """People per stage as it is drawn now and as it would be, both counted at this moment."""
        now = timezone.now()
        old, new = stages_by(before.rules, now=now), stages_by(after.rules, now=now)
        total = sum(new.values())
        return [
            {
                "name": stage_name(stage, after.model if stage in new else before.model),
                "before": old.get(stage, 0),
                "after": new.get(stage, 0),
                "share": percent(new.get(stage, 0) / total) if total else "",
            }
            for stage in dict.fromkeys([*new, *old])
        ]

    def _page_url(self) -> str:
        return reverse("admin:programs_lifecyclemodel_change", args=[lifecycle_model().pk])


@admin.register(MemberStageChange)
class MemberStageChangeAdmin(MemberColumnAdmin):
    """Who moved from which stage to which, and when the night saw it."""

    empty_says = _("Who moves from one stage to another appears here, from the second night on.")
    list_display = ["was", "became", "changed_on", "is_redrawn"]
    list_filter = ["from_stage", "to_stage", "is_redrawn", ("changed_on", RangeDateFilter)]
    list_select_related = ["member"]
    ordering = ["-id"]
    fields = ["from_stage", "to_stage", "changed_on", "is_redrawn"]
    readonly_fields = fields

    @override
    def member_of(self, obj: MemberStageChange) -> Member:
        return obj.member

    @override
    def get_urls(self) -> list[URLPattern]:
        page = path("base/", self.admin_site.admin_view(self.base_view), name=REPORT)
        return [page, *super().get_urls()]

    def base_view(self, request: HttpRequest) -> HttpResponse:
        """Stages, scores and freshness of the base, as a page or as a file."""
        if not may_open(principal_of(request), f"admin:{REPORT}"):
            raise PermissionDenied
        now = timezone.now()
        if request.GET.get("format") == "csv":
            return base_file(now=now)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Base and lifecycle"),  # without `opts`, so that it stands at the head of the page
            **base_context(principal_of(request), now=now),
        }
        return TemplateResponse(request, "programs/base.html", context)

    @display(description=_("from"), label=STAGE_COLOURS)
    def was(self, obj: MemberStageChange) -> tuple[str, str]:
        return obj.from_stage, obj.get_from_stage_display()

    @display(description=_("to"), label=STAGE_COLOURS)
    def became(self, obj: MemberStageChange) -> tuple[str, str]:
        return obj.to_stage, obj.get_to_stage_display()
