"""The company's calendars as a document takes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from programs.models import Calendar


def calendars_named(keys: Iterable[str]) -> list[dict[str, Any]]:
    """[{"key", "name", "days": ["12-25", "2026-04-02"]}] of the calendars with these keys, as far as there are such."""
    wanted = set(keys)
    return _said(Calendar.objects.filter(key__in=wanted)) if wanted else []


def _said(calendars: QuerySet[Calendar]) -> list[dict[str, Any]]:
    found = calendars.order_by("key").prefetch_related("days")
    return [{"key": one.key, "name": one.name, "days": [str(day) for day in one.days.all()]} for one in found]
