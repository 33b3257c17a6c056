"""Coupons: their kinds, making codes (downloaded as a list, or given to one member), and withdrawing them."""

from __future__ import annotations

import csv
from typing import Any, override

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from loyalty_site.ground.admin import PolicyModelAdmin, ReadOnlyModelAdmin, principal_of
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.policy import Action, permits
from members.services import mask_name
from programs.admin.adjustment_forms import PersonField
from programs.admin.ledger import named
from programs.models import Coupon, CouponSeries
from programs.rules import codes
from programs.services.coupons import issue_coupons, withdraw_coupons
from programs.services.coupons.issuing import MOST


class IssueForm(forms.Form):
    """How many codes, or for whom."""

    count = forms.IntegerField(
        label=_("How many codes"), min_value=1, max_value=MOST, initial=1, widget=UnfoldAdminIntegerFieldWidget
    )
    member = PersonField(label=_("Member"), required=False)

    def __init__(self, series: CouponSeries, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if series.is_personal:
            self.fields["member"].required = True
        else:
            del self.fields["member"]


@admin.register(CouponSeries)
class CouponSeriesAdmin(PolicyModelAdmin):
    """Kinds of coupons. What they bring is a rule of the programme with the condition “coupon” that names the key."""

    empty_says = _(
        "A kind of coupon says how often and how long its codes can be used. A rule of the programme with the "
        "condition “coupon” says what they bring."
    )
    list_display = ["name", "key", "program", "is_personal", "made", "used_up", "is_active"]
    list_select_related = ["program"]
    list_filter = ["program", "is_personal", "is_active"]
    search_fields = ["name", "key"]
    ordering = ["-id"]
    prepopulated_fields = {"key": ["name"]}
    fields = [
        "program",
        ("name", "key"),
        ("is_personal", "is_active"),
        ("uses", "uses_per_member"),
        ("valid_days", "valid_until"),
    ]
    actions_detail = ["issue"]

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted = {"made_count": Count("coupons"), "used_count": Count("coupons", filter=Q(coupons__uses_left=0))}
        return super().get_queryset(request).annotate(**counted)

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Rules and codes cite the kind by its programme and key, so these stay once it exists."""
        fields = [*super().get_readonly_fields(request, obj)]
        return [*fields, "program", "key"] if obj else fields

    @override
    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"key": ["name"]}

    @display(description=_("codes made"), ordering="made_count")
    def made(self, obj: Any) -> int:
        return int(obj.made_count)

    @display(description=_("used up"), ordering="used_count")
    def used_up(self, obj: Any) -> int:
        return int(obj.used_count)

    @action(description=_("Make coupons…"), permissions=["act"], url_path="issue", icon="confirmation_number")
    def issue(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Codes for anybody come back as a list to download; one member's is shown on the list of coupons."""
        series = self.get_object(request, object_id)
        if series is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        form = IssueForm(series, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                made = issue_coupons(
                    series=series,
                    count=form.cleaned_data["count"],
                    member=form.cleaned_data.get("member"),
                    actor=principal_of(request),
                    now=timezone.now(),
                )
            except DomainError as refusal:
                form.add_error(None, refusal.message(gettext))
            else:
                if not series.is_personal:
                    return _download(series, made)
                messages.success(request, gettext("Given: %(codes)s") % {"codes": ", ".join(map(_shown, made))})
                listed = reverse("admin:programs_coupon_changelist")
                return HttpResponseRedirect(f"{listed}?series__id__exact={series.pk}")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Make coupons: %(name)s") % {"name": series.name},
            "opts": self.opts,
            "series": series,
            "form": form,
        }
        return TemplateResponse(request, "programs/coupon_issue.html", context)


def _shown(coupon: Coupon) -> str:
    return codes.shown(coupon.code)


def _download(series: CouponSeries, made: list[Coupon]) -> HttpResponse:
    """A CSV of the new codes, as they are read, with their last moment."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="coupons-{series.key}.csv"'
    rows = csv.writer(answer)
    rows.writerow(["code", "valid_until"])
    rows.writerows((_shown(one), one.valid_until.isoformat() if one.valid_until else "") for one in made)
    return answer


@admin.register(Coupon)
class CouponAdmin(ReadOnlyModelAdmin):
    """Codes that were handed out: whose they are, how often they can still be used."""

    empty_next = (_("Open the kinds of coupons"), "admin:programs_couponseries_changelist")
    empty_says = _("Coupons appear here when they are made. Open a kind of coupon and press Make coupons.")
    list_display = ["shown_code", "series", "shown_state", "uses_left", "uses_total", "valid_until"]
    list_select_related = ["series", "member"]
    list_filter = ["series", "is_withdrawn"]
    search_fields = ["=code"]
    search_help_text = _("The code, in any spelling")
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        "shown_code",
        "series",
        "said_state",
        "uses_left",
        "uses_total",
        "valid_from",
        "valid_until",
        "issued_by",
    ]
    actions_detail = ["withdraw"]

    @override
    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        return super().get_search_results(request, queryset, codes.read_code(search_term))

    @override
    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [*self.list_display, self._who(request)]

    @override
    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*self.fields, self._who(request)]

    def _who(self, request: HttpRequest) -> str:
        """The column that shows this person whose a coupon is."""
        may_see = permits(principal_of(request), Action.VIEW, "members.member")
        return "shown_member" if may_see else "masked_member"

    @display(description=_("member"), empty_value="—")
    def shown_member(self, obj: Coupon) -> SafeString | None:
        return named(obj.member) if obj.member else None

    @display(description=_("member"), empty_value="—")
    def masked_member(self, obj: Coupon) -> str | None:
        return mask_name(obj.member.name) if obj.member else None

    @display(description=_("code"))
    def shown_code(self, obj: Coupon) -> SafeString:
        return format_html('<bdi dir="ltr">{}</bdi>', _shown(obj))

    @display(
        description=_("state"),
        label={"withdrawn": "danger", "used": "info", "over": "warning", "usable": "success"},
    )
    def shown_state(self, obj: Coupon) -> tuple[str, Any]:
        if obj.is_withdrawn:
            return "withdrawn", pgettext_lazy("a coupon", "withdrawn")
        if obj.uses_left == 0:
            return "used", pgettext_lazy("a coupon", "used up")
        if obj.valid_until is not None and obj.valid_until <= timezone.now():
            return "over", pgettext_lazy("a coupon", "its time is over")
        return "usable", pgettext_lazy("a coupon", "usable")

    @display(description=_("state"))
    def said_state(self, obj: Coupon) -> Any:
        """In words alone: the page of one row knows no coloured labels."""
        return self.shown_state(obj)[1]

    @action(description=_("Withdraw"), permissions=["act"], url_path="withdraw", icon="block")
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then make it unusable."""
        coupon = self.get_object(request, object_id)
        if coupon is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST":
            withdraw_coupons(coupons=[coupon], actor=principal_of(request), now=timezone.now())
            messages.success(request, gettext("Coupon %(code)s cannot be used any more.") % {"code": _shown(coupon)})
            return HttpResponseRedirect(reverse("admin:programs_coupon_change", args=[coupon.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Withdraw"),
            "opts": self.opts,
            "coupon": coupon,
            "code": _shown(coupon),
        }
        return TemplateResponse(request, "programs/coupon_withdraw.html", context)
