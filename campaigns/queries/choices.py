"""What an audience's rows can be about: the tiers, stores and categories that there are."""

from __future__ import annotations

from programs.models import Category, Store, Tier

CATEGORIES_MAX = 500


def known_tiers() -> dict[str, str]:
    """{key: name} of every tier of every programme, by the ladder. The same key in two programmes is one choice."""
    found: dict[str, str] = {}
    for key, name in Tier.objects.order_by("program_id", "threshold").values_list("key", "name"):
        found.setdefault(key, name)
    return found


def known_stores() -> dict[str, str]:
    """{id: name} of every store, also of those that are closed: people bought there."""
    return {str(pk): name for pk, name in Store.objects.order_by("name", "id").values_list("pk", "name")}


def known_categories() -> dict[str, str]:
    """{code: name} of the categories, by name."""
    return dict(Category.objects.order_by("name", "id").values_list("code", "name")[:CATEGORIES_MAX])
