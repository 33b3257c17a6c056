"""The squashed migrations, which only new installations run, against those that they replace."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.special import RunPython, RunSQL
from django.db.migrations.serializer import serializer_factory

APPS = ["ground", "members", "programs"]


def state(*, is_squashed: bool) -> dict[tuple[str, str], Any]:
    """What the migrations of either way say of every model, written down; no database is asked."""
    found = MigrationLoader(None, replace_migrations=is_squashed).project_state().models
    return {key: _written(model) for key, model in found.items() if key[0] in APPS}


def _written(model: Any) -> dict[str, Any]:
    fields = {name: serializer_factory(field).serialize()[0] for name, field in model.fields.items()}
    options = {name: value for name, value in model.options.items() if value}
    lists = {
        name: sorted({serializer_factory(one).serialize()[0] for one in options.pop(name, [])})
        for name in ("indexes", "constraints", "triggers")
    }
    return {"fields": fields, "options": serializer_factory(options).serialize()[0], **lists}


def test_a_new_installation_has_the_tables_of_an_old_one():
    new, old = state(is_squashed=True), state(is_squashed=False)
    assert new.keys() == old.keys()
    assert [key for key in new if new[key] != old[key]] == []


@pytest.mark.parametrize("app", APPS)
def test_what_was_done_by_hand_is_done_by_both(app: str):
    """Statements of our own are in no state; each must stand in the squashed migration as well."""
    migrations = MigrationLoader(None).disk_migrations
    squashed = next(one for (label, _), one in migrations.items() if label == app and one.replaces)
    replaced = [migrations[key] for key in squashed.replaces]
    assert _by_hand([squashed]) == _by_hand(replaced)


def _by_hand(migrations: list[Any]) -> list[str]:
    operations = [one for migration in migrations for one in migration.operations]
    assert not [one for one in operations if isinstance(one, RunPython)]
    return [one.sql for one in operations if isinstance(one, RunSQL)]
