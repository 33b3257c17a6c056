"""Filters of lists, which offer only what the person who asks may see."""

from __future__ import annotations

from typing import Any, override

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.admin import principal_of
from programs.models import Store


class StoreFilter(SimpleListFilter):
    """By store; a shop manager is offered the own ones."""

    title = _("store")
    parameter_name = "store"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        stores = Store.objects.order_by("name")
        mine = principal_of(request).store_ids
        if mine is not None:
            stores = stores.filter(id__in=mine)
        return [(str(store_id), name) for store_id, name in stores.values_list("id", "name")]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(store_id=int(value)) if value and value.isdigit() else queryset


class CardFilter(SimpleListFilter):
    """Receipts of people we know, and of everybody else."""

    title = _("card")
    parameter_name = "card"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("with", _("with a card")), ("without", _("without a card"))]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "with":
            return queryset.filter(member__isnull=False)
        if self.value() == "without":
            return queryset.filter(member__isnull=True)
        return queryset


class HistoryFilter(SimpleListFilter):
    """What tills of ours booked, and what imports brought from before."""

    title = _("brought by an import")
    parameter_name = "history"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("booked by a till")), ("yes", _("from before the programme"))]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in {"yes", "no"}:
            return queryset.filter(import_batch__isnull=self.value() == "no")
        return queryset
