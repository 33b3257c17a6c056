"""What guards the points: the limits at the till, and the list of what a person should look at."""

from __future__ import annotations

from typing import Any, override

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget

from loyalty_site.ground.admin import PolicyModelAdmin, ReadOnlyModelAdmin, principal_of
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.policy import Action, permits
from members.services import mask_name
from programs.admin.filters import StoreFilter
from programs.admin.flag_words import findings, meaning
from programs.models import Flag, FlagState, Purchase, TillPolicy
from programs.services.flags import decide_flag


@admin.register(TillPolicy)
class TillPolicyAdmin(PolicyModelAdmin):
    """Limits and safeguards. They apply from the next request of a till; an empty one is no limit."""

    empty_says = _("Nothing limits what is given and spent at the tills. Add the limits of your programme.")
    list_display = ["program", "member_spend_day", "step_up_points", "lookup_misses", "cashier_pin_required"]
    list_select_related = ["program"]
    ordering = ["program"]
    fieldsets = [
        (None, {"fields": ["program"]}),
        (
            _("In a day"),
            {
                "fields": [
                    ("member_spend_day", "member_earn_day"),
                    ("member_receipts_day", "cashier_earn_day"),
                ],
                "description": _("Spending above its limit is refused. The others only raise a flag to look at."),
            },
        ),
        (
            _("Before points are spent"),
            {
                "fields": [
                    ("step_up_points", "step_up_first"),
                    ("step_up_new_till_hours", "step_up_contact_hours"),
                ],
                "description": _("The member then confirms with their PIN or with a code sent to them."),
            },
        ),
        (_("At the till"), {"fields": [("cashier_pin_required", "lookup_misses"), "hold_minutes"]}),
        (_("Without a connection"), {"fields": [("offline_days", "offline_spend_day")]}),
    ]

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["program"] if obj is not None else []


class DecisionForm(forms.Form):
    """What the person who looked found out."""

    state = forms.ChoiceField(
        label=_("What is it?"),
        choices=[(FlagState.DISMISSED, _("All right")), (FlagState.CONFIRMED, _("Misuse"))],
        widget=UnfoldAdminRadioSelectWidget,
    )
    note = forms.CharField(
        label=_("What did you find out?"), max_length=2000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


@admin.register(Flag)
class FlagAdmin(ReadOnlyModelAdmin):
    """Things to look at. A shop manager sees the own stores', and of members only masked names."""

    empty_says = _("Nothing looks like misuse. Every night the receipts of the last weeks are looked through.")
    store_lookup = "store_id"
    list_display = ["shown_kind", "store", "cashier", "who", "raised_at", "shown_state"]
    list_display_links = ["shown_kind"]
    list_filter = ["state", "kind", StoreFilter]
    list_select_related = ["store", "cashier", "member", "terminal", "purchase"]
    ordering = ["-id"]
    sortable_by = ()
    change_form_template = "programs/flag.html"

    @display(description=_("what"))
    def shown_kind(self, obj: Flag) -> str:
        return capfirst(obj.get_kind_display())

    @display(
        description=_("state"),
        label={FlagState.OPEN: "warning", FlagState.CONFIRMED: "danger", FlagState.DISMISSED: "success"},
    )
    def shown_state(self, obj: Flag) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @display(description=_("member"), empty_value="—")
    def who(self, obj: Flag) -> str | None:
        return str(obj.member) if obj.member else None

    @override
    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [name if name != "who" or _sees_names(request) else masked_member for name in self.list_display]

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        flag = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if flag is not None and self.has_view_permission(request, flag):
            context = self._page(request, flag, DecisionForm())
        answer: HttpResponse = super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})
        return answer

    @override
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.decide)
        urls: list[URLPattern] = super().get_urls()
        return [path("<path:object_id>/decide/", view, name="programs_flag_decide"), *urls]

    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Takes the form of the flag's page; anything that is missing leads back to it."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        flag = self.get_object(request, object_id)
        if flag is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        page = reverse("admin:programs_flag_change", args=[flag.pk])
        form = DecisionForm(request.POST or None)
        if not form.is_valid():
            if request.method == "POST":
                messages.error(request, gettext("Say what it is and what you found out."))
            return HttpResponseRedirect(page)
        try:
            decide_flag(flag_id=flag.pk, **form.cleaned_data, actor=principal_of(request), now=timezone.now())
        except DomainError as refusal:
            messages.error(request, refusal.message(gettext))
        else:
            messages.success(request, gettext("Decided."))
        return HttpResponseRedirect(page)

    def _page(self, request: HttpRequest, flag: Flag, form: DecisionForm) -> dict[str, Any]:
        stores = principal_of(request).store_ids
        receipts = Purchase.objects.filter(pk__in=flag.details.get("purchases") or [flag.purchase_id])
        if stores is not None:
            receipts = receipts.filter(store_id__in=stores)
        return {
            "title": capfirst(flag.get_kind_display()),
            "flag": flag,
            "meaning": meaning(flag),
            "findings": findings(flag),
            "receipts": receipts.select_related("store", "cashier").order_by("-occurred_at"),
            "may_see_member": _sees_names(request),
            "masked_name": mask_name(flag.member.name) if flag.member else "",
            "may_decide": flag.state == FlagState.OPEN and self.has_act_permission(request),
            "decision": form,
        }


def _sees_names(request: HttpRequest) -> bool:
    return permits(principal_of(request), Action.VIEW, "members.member")


@display(description=_("member"), empty_value="—")
def masked_member(obj: Flag) -> str | None:
    """For people whose role does not open the Members room."""
    return mask_name(obj.member.name) if obj.member else None
