"""Partners, their stores, and the people at the tills."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from loyalty_site.ground.admin import PolicyModelAdmin
from programs.admin.filters import StoreFilter
from programs.models import Cashier, Partner, Store


@admin.register(Partner)
class PartnerAdmin(PolicyModelAdmin):
    """Firms whose stores serve each other's receipts."""

    empty_says = _("A partner is a firm with stores. Add your own company first.")
    list_display = ["name", "code", "store_count"]
    ordering = ["name"]
    search_fields = ["name", "code"]
    prepopulated_fields = {"code": ["name"]}

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(store_count=Count("stores"))

    @display(description=_("stores"), ordering="store_count")
    def store_count(self, obj: Any) -> int:
        count: int = obj.store_count
        return count


@admin.register(Store)
class StoreAdmin(PolicyModelAdmin):
    """Outlets, and the shop managers who see them."""

    empty_says = _("Add the first store; its terminals and cashiers come next.")
    store_lookup = "id"
    list_display = ["name", "partner", "city", "time_zone", "is_open"]
    list_select_related = ["partner"]
    list_filter = ["is_open", "partner"]
    ordering = ["name"]
    search_fields = ["name", "code", "city"]
    autocomplete_fields = ["staff", "partner"]
    prepopulated_fields = {"code": ["name"]}


@admin.register(Cashier)
class CashierAdmin(PolicyModelAdmin):
    """People at the tills. Receipts name them by number."""

    empty_says = _("People at the tills. Receipts name them by their number.")
    store_lookup = "store_id"
    list_display = ["name", "number", "store", "is_active"]
    list_select_related = ["store"]
    list_filter = [StoreFilter, "is_active"]
    ordering = ["name"]
    search_fields = ["name", "number"]
    autocomplete_fields = ["store"]
