"""What makes the ledger provable: nothing is rewritten, and the seals of closed days still fit (I9)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.apps import apps
from django.db import connection, models

from loyalty_site.ground.queries.verify import Check, Looked
from programs.models import DailySeal
from programs.queries.seals import digest_of_day

# Of these nothing may ever be changed, so a release that forgot their triggers is a violation too.
NEVER_REWRITTEN = {
    "programs_ledgertransaction", "programs_posting", "programs_award", "programs_tierstanding", "programs_dailyseal",
    "programs_programversion", "members_consent", "ground_audit",
}  # fmt: skip
_ARMED = """
    SELECT c.relname, g.tgname FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
    WHERE g.tgenabled IN ('O', 'A') AND g.tgname LIKE 'pgtrigger_%%' AND pg_table_is_visible(c.oid)
"""


def _unprotected(_since: dt.datetime | None, limit: int) -> Looked:
    """Append-only tables whose triggers are missing or switched off."""
    wanted: list[tuple[Any, ...]] = []
    for model in apps.get_models():
        triggers = getattr(model._meta, "triggers", [])
        table = model._meta.db_table
        wanted += [(table, trigger.get_pgid(model)) for trigger in triggers]
    with connection.cursor() as cursor:
        cursor.execute(_ARMED)
        armed = set(cursor.fetchall())
    missing = [one for one in wanted if one not in armed]
    missing += [(table, "no trigger at all") for table in sorted(NEVER_REWRITTEN - {table for table, _name in wanted})]
    return len(wanted), missing[:limit]


def _broken_seals(since: dt.datetime | None, limit: int) -> Looked:
    """Seals that do not fit the rows of their day, and days without one between sealed days."""
    seals = DailySeal.objects.select_related("program").order_by("program", "sealed_on")
    count = 0
    broken: list[tuple[Any, ...]] = []
    before: DailySeal | None = None
    for seal in seals.iterator():
        follows = before if before is not None and before.program_id == seal.program_id else None
        before = seal
        if since is not None and seal.sealed_on < since.date():
            continue
        count += 1
        if len(broken) >= limit:
            continue
        if follows is not None and (seal.sealed_on - follows.sealed_on).days != 1:
            broken.append((seal.pk, seal.program_id, seal.sealed_on.isoformat(), "the day before has no seal"))
            continue
        found = digest_of_day(seal.program, seal.sealed_on, previous=follows.digest if follows else "")
        wanted = (seal.transaction_count, seal.posting_count, seal.digest)
        if (found.transaction_count, found.posting_count, found.digest) != wanted:
            broken.append((seal.pk, seal.program_id, seal.sealed_on.isoformat(), "the rows of the day are others"))
    return count, broken


def unconstrained() -> list[models.ForeignKey[Any, Any]]:
    """The references that no foreign key of the database guards (docs/adr/0026)."""
    fields = [field for model in apps.get_models() for field in model._meta.concrete_fields]
    return [
        field for field in fields if isinstance(field, models.ForeignKey) and not getattr(field, "db_constraint", True)
    ]


def _orphans(_since: dt.datetime | None, limit: int) -> Looked:
    """Rows that name a row which is not there, and tables that are named so although rows may be deleted from them.

    Whatever the moment asked for, all are looked at: what is gone has no date.
    """
    count = 0
    found: list[tuple[Any, ...]] = []
    for field in unconstrained():
        parent = field.remote_field.model
        if not any(
            trigger.operation is not None and "DELETE" in str(trigger.operation)
            for trigger in getattr(parent._meta, "triggers", [])
        ):
            found.append((parent._meta.db_table, "rows may be deleted"))
        child, column, named = field.model._meta.db_table, field.column, parent._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count({column}) FROM {child}")
            count += cursor.fetchone()[0]
            cursor.execute(
                f"SELECT '{child}', c.id, '{column}', c.{column} FROM {child} c WHERE c.{column} IS NOT NULL"
                f" AND NOT EXISTS (SELECT FROM {named} p WHERE p.id = c.{column}) ORDER BY c.id LIMIT %s",
                [limit],
            )
            found += cursor.fetchall()
    return count, found[:limit]


CHECKS = [
    Check("I9", "what only grows is guarded by its triggers", find=_unprotected),
    Check("I9", "every seal fits the movements of its day", find=_broken_seals),
    Check("I9", "what is named without a foreign key is there", find=_orphans),
]
