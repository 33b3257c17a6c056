"""Holds: what tills and shops have set aside, until when, and what became of it."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from loyalty_site.ground.admin import ReadOnlyModelAdmin, principal_of
from loyalty_site.ground.policy import Action, permits
from members.services import mask_name
from programs.admin.ledger import named
from programs.models import Hold, HoldState
from programs.queries.holds import hold_detail
from programs.services.holds import end_hold_by_hand
from programs.templatetags.loyalty import points


@admin.register(Hold)
class HoldAdmin(ReadOnlyModelAdmin):
    """Baskets with points and coupons set aside. A shop manager sees the own stores'."""

    empty_says = _("Baskets that a till or an online shop holds appear here. They end by themselves.")
    store_lookup = "terminal__store_id"
    list_display = ["id", "shown_state", "terminal", "shown_points", "reference", "created_at", "expires_at", "receipt"]
    list_display_links = ["id"]
    list_filter = ["state"]
    list_select_related = ["terminal__store", "member", "purchase", "account__program", "version__program"]
    search_fields = ["=reference"]
    search_help_text = _("The shop's own number of the order")
    ordering = ["-id"]
    sortable_by = ()
    actions_detail = ["release"]
    change_form_template = "programs/hold.html"

    @override
    def get_list_display(self, request: HttpRequest) -> list[Any]:
        may_see = permits(principal_of(request), Action.VIEW, "members.member")

        @display(description=_("member"), empty_value="—")
        def who(obj: Hold) -> SafeString | str | None:
            if obj.member is None:
                return None
            return named(obj.member) if may_see else mask_name(obj.member.name)

        return [*self.list_display, who]

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        hold = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if hold is not None and self.has_view_permission(request, hold):
            who = principal_of(request)
            context = {
                "hold": hold,
                "detail": hold_detail(hold),
                "program": hold.account.program if hold.account else None,
                "may_see_member": permits(who, Action.VIEW, "members.member"),
                "may_see_lots": permits(who, Action.VIEW, "programs.lot"),
                "masked_name": mask_name(hold.member.name) if hold.member else "",
            }
        answer: HttpResponse = super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})
        return answer

    @display(
        description=_("state"),
        label={
            HoldState.OPEN: "warning",
            HoldState.COMMITTED: "success",
            HoldState.RELEASED: "info",
            HoldState.EXPIRED: "danger",
        },
    )
    def shown_state(self, obj: Hold) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @display(description=_("points held"), empty_value="—")
    def shown_points(self, obj: Hold) -> SafeString | None:
        return points(obj.points, obj.account.program) if obj.account and obj.points else None

    @display(description=_("receipt"), empty_value="—")
    def receipt(self, obj: Hold) -> SafeString | None:
        if obj.purchase is None:
            return None
        address = reverse("admin:programs_purchase_change", args=[obj.purchase_id])
        return format_html('<a class="regulars-link" href="{}"><bdi dir="ltr">{}</bdi></a>', address, obj.purchase)

    @action(description=_("Release"), permissions=["act"], url_path="release", icon="lock_open")
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then give points and coupons back."""
        hold = self.get_object(request, object_id)
        if hold is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST":
            if end_hold_by_hand(hold=hold, actor=principal_of(request), now=timezone.now()):
                messages.success(request, gettext("Released: its points and coupons can be used again."))
            else:
                messages.warning(request, gettext("This hold had ended already."))
            return HttpResponseRedirect(reverse("admin:programs_hold_change", args=[hold.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Release"),
            "opts": self.opts,
            "hold": hold,
        }
        return TemplateResponse(request, "programs/hold_release.html", context)
