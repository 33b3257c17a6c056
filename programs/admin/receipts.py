"""Receipts: looked at, never edited. Each says why it earned what it earned."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, override

from django.contrib import admin
from django.db.models import QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from loyalty_site.ground.admin import Column, ReadOnlyModelAdmin, left_to_right, principal_of
from loyalty_site.ground.models import Company
from loyalty_site.ground.policy import Action, permits
from loyalty_site.ground.rules.money import from_minor
from members.services import mask_name
from programs.admin.filters import CardFilter, HistoryFilter, StoreFilter
from programs.models import Program, Purchase, PurchaseKind
from programs.queries.figures import Currency
from programs.queries.receipts import receipt_detail
from programs.templatetags.loyalty import money, points, signed_points


@admin.register(Purchase)
class ReceiptAdmin(ReadOnlyModelAdmin):
    """Sales and returns. A shop manager sees the own stores', and of the member only a masked name."""

    empty_says = _("Receipts of your tills appear here. Enrol a terminal under Till, Terminals, and sell.")
    store_lookup = "store_id"
    list_display = ["receipt", "shown_kind", "store", "business_on", "who", "total", "earned", "paid_with_points"]
    list_display_links = ["receipt"]
    list_filter = [("business_on", RangeDateFilter), StoreFilter, "kind", CardFilter, HistoryFilter]
    list_select_related = ["store", "member", "version__program"]
    search_fields = ["=receipt_number"]
    search_help_text = _("The number printed on the receipt")
    ordering = ["-id"]
    sortable_by = ()
    change_form_template = "programs/receipt.html"
    export_columns = (
        Column(_("number"), lambda row: row.pk),
        Column(_("kind"), lambda row: row.get_kind_display()),
        Column(_("store"), lambda row: row.store.name),
        Column(_("register"), lambda row: row.register),
        Column(_("receipt"), lambda row: row.receipt_number),
        Column(_("business day"), lambda row: row.business_on),
        Column(_("time at the till"), lambda row: row.occurred_at),
        Column(_("number of the member"), lambda row: row.member_id),
        Column(_("member"), lambda row: row.member.name if row.member else "", "members.member"),
        Column(_("currency"), lambda row: row.currency),
        Column(_("total"), lambda row: from_minor(row.total_minor, row.currency_exponent)),
        Column(_("discounts of the programme"), lambda row: from_minor(row.reward_minor, row.currency_exponent)),
        Column(_("points earned"), lambda row: _whole(row, row.points_earned)),
        Column(_("points paid"), lambda row: _whole(row, row.points_redeemed)),
        Column(_("from before the programme"), lambda row: str(_("yes")) if row.is_historic else ""),
    )

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the decimals of each receipt's money; a receipt from before any programme has the company's."""
        company = Company.objects.values("currency_exponent")[:1]
        decimals = Coalesce("version__program__currency_exponent", Subquery(company), Value(2))
        return super().get_queryset(request).annotate(currency_exponent=decimals)

    @display(description=_("receipt"))
    def receipt(self, obj: Purchase) -> SafeString:
        return left_to_right(obj)

    @display(
        description=_("kind"), label={PurchaseKind.SALE: "success", PurchaseKind.RETURN: "warning", "historic": "info"}
    )
    def shown_kind(self, obj: Purchase) -> tuple[str, str]:
        if obj.is_historic:
            return "historic", gettext("%(kind)s, from before") % {"kind": obj.get_kind_display()}
        return obj.kind, obj.get_kind_display()

    @display(description=_("member"), empty_value="—")
    def who(self, obj: Purchase) -> str | None:
        return obj.member.name or str(obj.member) if obj.member else None

    @display(description=_("total"))
    def total(self, obj: Purchase) -> SafeString:
        return money(obj.total_minor, currency_of(obj))

    @display(description=_("points earned"), empty_value="—")
    def earned(self, obj: Purchase) -> SafeString | None:
        return self._points(obj, obj.points_earned)

    @display(description=_("points paid"), empty_value="—")
    def paid_with_points(self, obj: Purchase) -> SafeString | None:
        if obj.kind == PurchaseKind.SALE and obj.version and obj.points_redeemed:
            return points(obj.points_redeemed, obj.version.program)  # a payment, so no sign
        return self._points(obj, obj.points_redeemed)

    def _points(self, obj: Purchase, minor: int) -> SafeString | None:
        if not obj.version or not minor:
            return None
        # A return's figures are what came back.
        return signed_points(-minor if obj.kind == PurchaseKind.RETURN else minor, obj.version.program)

    @override
    def get_list_display(self, request: HttpRequest) -> list[Any]:
        may_see_names = permits(principal_of(request), Action.VIEW, "members.member")
        return [name if name != "who" or may_see_names else masked_member for name in self.list_display]

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        purchase = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if purchase is not None and self.has_view_permission(request, purchase):
            context = {
                "detail": receipt_detail(purchase),
                "program": purchase.version.program if purchase.version else Program.objects.first(),
                "currency": currency_of(purchase),
                "may_see_import": permits(principal_of(request), Action.VIEW, "programs.importbatch"),
                "may_see_member": permits(principal_of(request), Action.VIEW, "members.member"),
                "may_see_keys": permits(principal_of(request), Action.VIEW, "members.identifier"),
                "masked_presenter": mask_name(purchase.presented_by.name) if purchase.presented_by else "",
                "masked_name": mask_name(purchase.member.name) if purchase.member else "",
            }
        answer: HttpResponse = super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})
        return answer


def _whole(purchase: Any, minor: int) -> Decimal | None:
    """Minor points of a receipt as points."""
    return from_minor(minor, purchase.version.program.point_decimals) if purchase.version else None


def currency_of(purchase: Any) -> Currency:
    """The currency of a receipt from this page's queryset."""
    return Currency(purchase.currency, purchase.currency_exponent)


@display(description=_("member"), empty_value="—")
def masked_member(obj: Purchase) -> str | None:
    """For people whose role does not open the Members room."""
    return mask_name(obj.member.name) if obj.member else None
