"""What there is for a rule to name: the choices of its form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Func, QuerySet
from django.utils.translation import get_language

from members.queries.fields import known_fields, option_names
from members.queries.segments import segment_names
from programs.models import Calendar, Category, CouponSeries, Partner, Product, Program, SaleChannel, Store

CATEGORIES, PRODUCTS, SERIES, TIERS, FIELDS = "categories", "products", "series", "tiers", "fields"
STORES, PARTNERS, CHANNELS, CALENDARS = "stores", "partners", "channels", "calendars"
BRANDS, LABELS, SEGMENTS, REWARDS, OPTIONS = "brands", "labels", "segments", "rewards", "options"

_MOST = 500

type Choices = Mapping[str, Mapping[str, str]]


def choices_for(program: Program) -> dict[str, dict[str, str]]:
    """{what: {code: name}}; articles are too many for that and are found by their names (products.articles_like)."""
    language = get_language() or ""
    fields = known_fields()
    return {
        CATEGORIES: dict(Category.objects.values_list("code", "name")),
        STORES: dict(Store.objects.values_list("code", "name")),
        PARTNERS: dict(Partner.objects.values_list("code", "name")),
        SERIES: dict(CouponSeries.objects.filter(program=program).values_list("key", "name")),
        TIERS: dict(program.tiers.values_list("key", "name")),
        REWARDS: dict(program.rewards.values_list("key", "name")),
        # One without days means nothing yet.
        CALENDARS: dict(Calendar.objects.filter(days__isnull=False).distinct().values_list("key", "name")),
        CHANNELS: {code: str(said) for code, said in SaleChannel.choices},
        BRANDS: _themselves(Product.objects.exclude(brand="").order_by("brand").values_list("brand", flat=True)),
        LABELS: _themselves(
            Product.objects.annotate(one=Func("labels", function="unnest"))
            .order_by("one")
            .values_list("one", flat=True)
        ),
        SEGMENTS: segment_names(language),
        FIELDS: {one.code: one.label(language) for one in fields},
        OPTIONS: {
            code: f"{one.label(language)}: {said}"
            for one in fields
            for code, said in option_names(one, language).items()
        },
    }


def _themselves(found: QuerySet[Any, str]) -> dict[str, str]:
    """Words that are their own names."""
    return {one: one for one in found.distinct()[:_MOST]}
