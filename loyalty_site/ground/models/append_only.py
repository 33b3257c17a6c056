"""Triggers for tables that only ever grow: the database itself refuses UPDATE, DELETE and TRUNCATE."""

from __future__ import annotations

import pgtrigger


def append_only(*, truncate: bool = True) -> list[pgtrigger.Trigger]:
    """The triggers for a Meta.triggers list.

    `regulars.allow_truncate` is set by the test runner alone, which empties tables between tests.
    """
    triggers: list[pgtrigger.Trigger] = [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
    ]
    if truncate:
        triggers.append(
            pgtrigger.Trigger(
                name="no_truncate",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="""
                    IF coalesce(current_setting('regulars.allow_truncate', true), '') = 'on' THEN
                        RETURN NULL;
                    END IF;
                    RAISE EXCEPTION 'regulars: % is append-only', TG_TABLE_NAME;
                """,
            )
        )
    return triggers
