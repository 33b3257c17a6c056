"""Filters of the Feedback room's lists, and the addresses that set them: each figure opens exactly its rows."""

from __future__ import annotations

import datetime as dt
from typing import Any, override
from urllib.parse import urlencode

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter

from feedback.queries.nps import in_band, reached
from feedback.rules.nps import Band

BAND_WORDS = {
    Band.PROMOTER: _("promoter (9 or 10)"),
    Band.PASSIVE: _("passive (7 or 8)"),
    Band.DETRACTOR: _("detractor (0 to 6)"),
}


def answers_url(
    *, survey_id: int | None = None, first: dt.date | None = None, last: dt.date | None = None, **more: Any
) -> str:
    """The list of answers with the filters set that give exactly the rows behind a figure."""
    return _rows_url("response", "first_answered_at", survey_id, first, last, more)


def invitations_url(*, survey_id: int | None = None, first: dt.date | None = None, last: dt.date | None = None) -> str:
    """The list of the people invited, as feedback.queries.nps.asked counts them."""
    return _rows_url("invitation", "created_at", survey_id, first, last, {"reached": "yes"})


def _rows_url(
    model: str, field: str, survey_id: int | None, first: dt.date | None, last: dt.date | None, query: dict[str, Any]
) -> str:
    if survey_id is not None:
        query["survey__id__exact"] = survey_id
    if first is not None and last is not None:
        query |= {f"{field}_from": first.isoformat(), f"{field}_to": last.isoformat()}
    return f"{reverse(f'admin:feedback_{model}_changelist')}?{urlencode(query)}"


class DayFilter(RangeDateFilter):
    """Whole days by the company's clock, both ends included."""

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = self._day("from"), self._day("to")
        if first:
            queryset = queryset.filter(**{f"{self.field_path}__gte": _midnight(first)})
        if last:
            queryset = queryset.filter(**{f"{self.field_path}__lt": _midnight(last + dt.timedelta(days=1))})
        return queryset

    def _day(self, end: str) -> dt.date | None:
        text = self.used_parameters.get(f"{self.parameter_name}_{end}") or ""
        for form in ("%Y-%m-%d", *_date_inputs()):
            try:
                return dt.datetime.strptime(text, form).date()  # noqa: DTZ007  # a day has no zone
            except ValueError:
                continue
        return None


def _date_inputs() -> list[str]:
    """How the reader's language writes a day."""
    return list(get_format("DATE_INPUT_FORMATS"))


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


class BandFilter(SimpleListFilter):
    """The three bands; of people only, since machines are in none."""

    title = _("band")
    parameter_name = "band"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(band), words) for band, words in BAND_WORDS.items()]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value not in set(Band):
            return queryset
        return queryset.filter(in_band(Band(value)), is_machine=False)


class ReachedFilter(SimpleListFilter):
    """Whether the mail that carried the link may have arrived."""

    title = _("mail")
    parameter_name = "reached"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("may have arrived")), ("no", _("has not arrived"))]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "yes":
            return queryset.filter(reached())
        if self.value() == "no":
            return queryset.exclude(reached())
        return queryset
