"""Adjustments: those that wait for somebody first, each with what it would do, and the yes or no of a second person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, override

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from loyalty_site.ground.admin import Column, ObjectPages, principal_of
from loyalty_site.ground.policy import Action, permits
from loyalty_site.ground.rules.money import from_minor
from members.models import Member
from members.services import mask_name
from programs.admin.adjustment_forms import WhoseForm
from programs.admin.ledger import MemberColumnAdmin, whose
from programs.models import Adjustment, AdjustmentState
from programs.rules.dates import last_day
from programs.services.adjustments import approve_adjustment, refuse_adjustment, withdraw_adjustment
from programs.templatetags.loyalty import signed_points

WAITING_FIRST = Case(When(state=AdjustmentState.WAITING, then=Value(0)), default=Value(1), output_field=IntegerField())


@admin.register(Adjustment)
class AdjustmentAdmin(ObjectPages, MemberColumnAdmin):
    """Points changed by hand, one account at a time; lines of lists stand on their list's page."""

    empty_says = _("Points that somebody adds or takes by hand appear here, with the reason and who approved them.")
    list_display = ["shown_points", "shown_state", "shown_reason", "requested_by", "requested_at", "decided_by"]
    list_filter = ["state", "reason"]
    list_select_related = ["account__owner", "account__program", "requested_by", "decided_by"]
    ordering = [WAITING_FIRST, "-id"]
    export_columns = (
        Column(_("number"), lambda row: row.pk),
        *whose(lambda row: row.account.owner),
        Column(_("programme"), lambda row: row.account.program.name),
        Column(_("points"), lambda row: from_minor(row.points, row.account.program.point_decimals)),
        Column(_("reason"), lambda row: row.get_reason_display()),
        Column(_("state"), lambda row: str(row.state_in_words)),
        Column(_("asked by"), lambda row: str(row.requested_by or "")),
        Column(_("asked for"), lambda row: row.requested_at),
        Column(_("decided by"), lambda row: str(row.decided_by or "")),
    )

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(batch__isnull=True)

    @override
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Adding leads to the member's page, where the balance is seen."""
        return self.may(request, Action.ADD)

    @override
    def member_of(self, obj: Adjustment) -> Member:
        return obj.account.owner

    @display(description=_("points"))
    def shown_points(self, obj: Adjustment) -> SafeString:
        return signed_points(obj.points, obj.account.program)

    @display(description=_("reason"), ordering="reason")
    def shown_reason(self, obj: Adjustment) -> str:
        return obj.get_reason_display()

    @display(
        description=_("state"),
        ordering="state",
        label={
            AdjustmentState.WAITING: "warning",
            AdjustmentState.POSTED: "success",
            AdjustmentState.REFUSED: "danger",
            AdjustmentState.FAILED: "danger",
        },
    )
    def shown_state(self, obj: Adjustment) -> tuple[str, str]:
        return obj.state, obj.state_in_words

    @override
    def get_urls(self) -> list[URLPattern]:
        own = {
            "approve": self._deciding(approve_adjustment, _("Approved: the points have moved.")),
            "refuse": self._deciding(refuse_adjustment, _("Refused: nothing has moved.")),
            "withdraw": self._deciding(withdraw_adjustment, pgettext_lazy("an act", "cancelled")),
        }
        return [*self.object_routes(own), *super().get_urls()]

    def _deciding(self, service: Callable[..., Adjustment], said: Any) -> Callable[..., HttpResponseBase]:
        def decide(request: HttpRequest, adjustment: Adjustment) -> HttpResponseBase:
            service(adjustment.pk, actor=principal_of(request), now=timezone.now())
            messages.success(request, capfirst(said))
            return HttpResponseRedirect(self.page_url("change", adjustment))

        return require_POST(decide)

    @override
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Whose points? Then on to that member's page."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = WhoseForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return HttpResponseRedirect(reverse("admin:members_member_adjust", args=[form.found().pk]))
        return self.row_page(request, "programs/adjustment/whose", gettext("Adjust points"), form=form)

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One adjustment: what it does and why, and the decision."""
        if not self.has_view_permission(request) or request.method != "GET":
            raise PermissionDenied
        adjustment = self.get_object(request, object_id)
        if adjustment is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        who, account = principal_of(request), adjustment.account
        is_waiting = adjustment.state == AdjustmentState.WAITING
        repaid = min(account.debt, max(adjustment.points, 0))
        may_see_member = permits(who, Action.VIEW, "members.member")
        is_mine = adjustment.requested_by_id == who.id
        return self.row_page(
            request,
            "programs/adjustment/detail",
            gettext("Adjustment %(number)s") % {"number": adjustment.pk},
            adjustment=adjustment,
            account=account,
            program=account.program,
            repaid=repaid,
            last_day=last_day(adjustment.expires_at, account.program.time_zone) if adjustment.expires_at else None,
            after=account.available + adjustment.points - repaid,
            is_waiting=is_waiting,
            is_mine=is_mine,
            may_decide=is_waiting and permits(who, Action.ACT, self.resource),
            may_see_member=may_see_member,
            member_name=account.owner if may_see_member else mask_name(account.owner.name),
        )
