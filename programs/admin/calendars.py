"""Calendars: days with a name that rules may ask about."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from loyalty_site.ground.admin import PolicyModelAdmin, PolicyTabularInline
from programs.models import Calendar, CalendarDay


class CalendarDayInline(PolicyTabularInline):
    """Its days, in the order of the year."""

    model = CalendarDay
    fields = ["day", "month", "year", "name"]
    extra = 1


@admin.register(Calendar)
class CalendarAdmin(PolicyModelAdmin):
    """What a published version says about a day is its own copy; a change here counts from the next publication on."""

    empty_says = _(
        "A calendar is a list of days with a name, such as public holidays. A rule can then give more on these days, or "
        "some days before and after them."
    )
    list_display = ["name", "key", "day_count"]
    search_fields = ["name", "key"]
    prepopulated_fields = {"key": ["name"]}
    inlines = [CalendarDayInline]
    fieldsets = [
        (
            None,
            {
                "fields": [("name", "key")],
                "description": _(
                    "Rules of a published programme keep the days as they were when it was published: after a change "
                    "here publish the programme again."
                ),
            },
        )
    ]

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(count=Count("days"))

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Rules name it by its key."""
        fields = [*super().get_readonly_fields(request, obj)]
        return [*fields, "key"] if obj else fields

    @override
    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    @display(description=_("days"))
    def day_count(self, obj: Any) -> int:
        return int(obj.count)
