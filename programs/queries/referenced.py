"""Which rows of configuration anything else names: those that must not go."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import models


def referenced(model: type[models.Model], ids: Collection[int]) -> set[int]:
    """Those of `ids` that some row of any table points at, by a foreign key or in a list of several."""
    found: set[int] = set()
    relations: list[tuple[Any, str]] = [
        (one.related_model, one.field.name) for one in model._meta.related_objects if not one.many_to_many
    ]
    relations += [(many.remote_field.through, many.m2m_field_name()) for many in model._meta.many_to_many]
    for other, column in relations:
        left = set(ids) - found
        if left:
            named = other._default_manager.filter(**{f"{column}__in": left})
            found |= set(named.values_list(f"{column}_id", flat=True).distinct())
    return found
