"""Which rows nothing points at any more: asked of every table there is, so that a new table cannot be forgotten."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models.fields.reverse_related import ForeignObjectRel


def dependants(model: type[models.Model]) -> list[tuple[str, str]]:
    """(table, column) of rows that go with their row of `model` (on_delete=CASCADE)."""
    return _columns([one for one in _relations(model) if _goes_along(one)])


def unreferenced(model: type[models.Model], alias: str, *, besides: Collection[type[models.Model]] = ()) -> str:
    """A condition in SQL: no row of any table points at `alias`, a row of `model`. Dependants and the tables `besides`
    do not count."""
    found = _columns([one for one in _relations(model) if one.related_model not in besides and not _goes_along(one)])
    parts = [
        f'NOT EXISTS (SELECT 1 FROM "{table}" r WHERE r."{column}" = {alias}."{model._meta.pk.column}")'
        for table, column in found
    ]
    return " AND ".join(parts) or "true"


def _relations(model: type[models.Model]) -> list[ForeignObjectRel]:
    # Hidden ones too: most of ours have no name from the other side.
    return [one for one in model._meta.get_fields(include_hidden=True) if isinstance(one, ForeignObjectRel)]


def _columns(relations: list[ForeignObjectRel]) -> list[tuple[str, str]]:
    return sorted({(one.related_model._meta.db_table, str(one.field.column)) for one in relations})


def _goes_along(relation: ForeignObjectRel) -> bool:
    return relation.on_delete is models.CASCADE
