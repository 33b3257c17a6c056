"""Triggers for tables that only ever grow: the database itself refuses DELETE and TRUNCATE, and UPDATE where rows never change."""

from __future__ import annotations

import pgtrigger


def append_only() -> list[pgtrigger.Trigger]:
    """The triggers for a Meta.triggers list.

    `regulars.allow_truncate` is set by the test runner alone, which empties tables between tests.
    """
    return [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete), no_truncate()]


def never_deleted() -> list[pgtrigger.Trigger]:
    """The triggers of a table whose rows change but stay, so that what names them needs no foreign key (docs/adr/0026)."""
    return [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete), no_truncate()]


def no_truncate() -> pgtrigger.Trigger:
    """The trigger that lets nobody empty a table."""
    return pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        # Indented as it was first written down: the migrations know it by its hash.
        func="""
                    IF coalesce(current_setting('regulars.allow_truncate', true), '') = 'on' THEN
                        RETURN NULL;
                    END IF;
                    RAISE EXCEPTION 'regulars: % is append-only', TG_TABLE_NAME;
                """,
    )
