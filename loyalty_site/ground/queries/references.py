"""Which rows nothing points at any more: asked of every table there is, so that a new table cannot be forgotten."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models.fields.reverse_related import ForeignObjectRel


def unreferenced(model: type[models.Model], alias: str, *, besides: Collection[type[models.Model]] = ()) -> str:
    """A condition in SQL: no row of any table points at `alias`, a row of `model`. Tables `besides` do not count."""
    found = sorted(
        {
            (relation.related_model._meta.db_table, relation.field.column)
            # Hidden ones too: most of ours have no name from the other side.
            for relation in model._meta.get_fields(include_hidden=True)
            if isinstance(relation, ForeignObjectRel) and relation.related_model not in besides
        }
    )
    parts = [
        f'NOT EXISTS (SELECT 1 FROM "{table}" r WHERE r."{column}" = {alias}."{model._meta.pk.column}")'
        for table, column in found
    ]
    return " AND ".join(parts) or "true"
