"""Filters of the list of people that the figures of "Base and lifecycle" lead to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, override

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models import IdentifierKind
from programs.queries import base_lists
from programs.queries.base_lists import ACTIVE_DAYS, BANDS
from programs.queries.lifecycle import lifecycle_model
from programs.queries.stage_words import band_name, score_choices, stage_choices


class Chosen(SimpleListFilter):
    """A filter that takes one of its own choices and nothing else."""

    def choices_there_are(self) -> Iterable[tuple[str, Any]]:
        """(value, words)."""
        raise NotImplementedError

    def narrow(self, people: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The people of one choice."""
        raise NotImplementedError

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.choices_there_are())

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        known = {choice for choice, _words in self.lookup_choices}
        return self.narrow(queryset, value) if value in known else queryset


class StageFilter(Chosen):
    """The stage as of the last night."""

    title = _("stage")
    parameter_name = "stage"

    @override
    def choices_there_are(self) -> Iterable[tuple[str, Any]]:
        return stage_choices(lifecycle_model().model)

    @override
    def narrow(self, people: QuerySet[Any], value: str) -> QuerySet[Any]:
        return base_lists.in_stage(people, value)


class LastBoughtFilter(Chosen):
    """How long ago somebody bought: within so many days, or in one of the bands."""

    title = _("last purchase")
    parameter_name = "bought"

    @override
    def choices_there_are(self) -> Iterable[tuple[str, Any]]:
        within = [(f"last{days}", gettext("in the last %(days)s days") % {"days": days}) for days in ACTIVE_DAYS[1:]]
        return [*((key, band_name(key)) for key in BANDS), ("never", gettext("never")), *within]

    @override
    def narrow(self, people: QuerySet[Any], value: str) -> QuerySet[Any]:
        now = timezone.now()
        if value.startswith("last"):
            return base_lists.bought_since(people, int(value.removeprefix("last")), now=now)
        return base_lists.bought_in_band(people, value, now=now)


class HeardFilter(Chosen):
    """How long ago a mail or SMS reached somebody's mail server."""

    title = _("last message confirmed")
    parameter_name = "heard"

    @override
    def choices_there_are(self) -> Iterable[tuple[str, Any]]:
        return [(key, band_name(key)) for key in (*BANDS, "never")]

    @override
    def narrow(self, people: QuerySet[Any], value: str) -> QuerySet[Any]:
        return base_lists.heard_in_band(people, value, now=timezone.now())


class HoldsFilter(Chosen):
    """Enrolled people who can be identified at a till in this way."""

    title = _("can show")
    parameter_name = "holds"

    @override
    def choices_there_are(self) -> Iterable[tuple[str, Any]]:
        return [("any", _("any identifier")), *IdentifierKind.choices]

    @override
    def narrow(self, people: QuerySet[Any], value: str) -> QuerySet[Any]:
        return base_lists.holding(people, value)


class GiftFilter(Chosen):
    """Who took the welcome gift and never came back."""

    title = _("welcome gift")
    parameter_name = "gift"

    @override
    def choices_there_are(self) -> Iterable[tuple[str, Any]]:
        return [("gone", _("taken, and never came back"))]

    @override
    def narrow(self, people: QuerySet[Any], value: str) -> QuerySet[Any]:
        return base_lists.gift_gone(people, lifecycle_model().at_risk_days, now=timezone.now())


class _ScoreFilter(Chosen):
    @override
    def choices_there_are(self) -> Iterable[tuple[str, Any]]:
        return score_choices(str(self.parameter_name))

    @override
    def narrow(self, people: QuerySet[Any], value: str) -> QuerySet[Any]:
        return base_lists.with_score(people, str(self.parameter_name), int(value))


class RecencyFilter(_ScoreFilter):
    """By the fifth of recency."""

    title = _("recency")
    parameter_name = "recency"


class FrequencyFilter(_ScoreFilter):
    """By the fifth of frequency."""

    title = _("frequency")
    parameter_name = "frequency"


BASE_FILTERS = [
    StageFilter, LastBoughtFilter, HeardFilter, HoldsFilter, GiftFilter, RecencyFilter, FrequencyFilter,
]  # fmt: skip
