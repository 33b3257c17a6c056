"""Categories and products, as far as rules need them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, override

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from loyalty_site.ground.admin import BigTableMixin, PolicyModelAdmin
from loyalty_site.ground.policy import Action
from programs.models import Category, Product
from programs.rules.importing.products import cost_text

_BY_COST = ("cost", EmptyFieldListFilter)
_OF_COST = ("cost", "shown_cost", _BY_COST)


@admin.register(Category)
class CategoryAdmin(PolicyModelAdmin):
    """Rules name a category by its code."""

    empty_says = _("Categories group products, so that a rule can make some count more.")
    list_display = ["name", "code", "parent"]
    list_select_related = ["parent"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["parent"]
    prepopulated_fields = {"code": ["name"]}


@admin.register(Product)
class ProductAdmin(BigTableMixin, PolicyModelAdmin):
    """Articles. A sale of an unknown SKU still counts; it simply has no category."""

    empty_says = _("Products tell rules which category a line belongs to. A sale works without them.")
    list_display = ["name", "sku", "category", "brand", "shown_cost"]
    list_select_related = ["category"]
    list_filter = ["category", _BY_COST]
    search_fields = ["=sku", "name"]
    autocomplete_fields = ["category"]
    fields = ["name", "sku", "category", "brand", "labels", "cost"]

    @display(description=_("costs us"), ordering="cost", empty_value="—")
    def shown_cost(self, obj: Product) -> Decimal | None:
        if obj.cost is None:
            return None
        cents = obj.cost.quantize(Decimal("0.01"))
        return cents if cents == obj.cost else Decimal(cost_text(obj.cost))

    @override
    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self._allowed(request, super().get_list_display(request))

    @override
    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return self._allowed(request, super().get_list_filter(request))

    @override
    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self._allowed(request, super().get_fields(request, obj))

    def _allowed(self, request: HttpRequest, shown: Any) -> list[Any]:
        """Columns, filters or fields, for whoever may not see what goods cost us without that."""
        return [one for one in shown if one not in _OF_COST or self.may(request, Action.ACT)]
