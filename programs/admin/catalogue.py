"""Categories and products, as far as rules need them."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.admin import BigTableMixin, PolicyModelAdmin
from programs.models import Category, Product


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
    list_display = ["name", "sku", "category", "brand"]
    list_select_related = ["category"]
    list_filter = ["category"]
    search_fields = ["=sku", "name"]
    autocomplete_fields = ["category"]
