"""Categories and products, as far as rules need them."""

from __future__ import annotations

from django.contrib import admin

from loyalty_site.ground.admin import BigTableMixin, PolicyModelAdmin
from programs.models import Category, Product


@admin.register(Category)
class CategoryAdmin(PolicyModelAdmin):
    """Rules name a category by its code."""

    list_display = ["name", "code", "parent"]
    list_select_related = ["parent"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["parent"]
    prepopulated_fields = {"code": ["name"]}


@admin.register(Product)
class ProductAdmin(BigTableMixin, PolicyModelAdmin):
    """Articles. A sale of an unknown SKU still counts; it simply has no category."""

    list_display = ["name", "sku", "category"]
    list_select_related = ["category"]
    list_filter = ["category"]
    search_fields = ["=sku", "name"]
    autocomplete_fields = ["category"]
