"""One effect per key: the claim of the key, the effect and the stored answer commit together.

A repeat that arrives while the first is still at work waits on the unique index and then gets the
first one's answer, to the byte. An exception rolls the claim back with everything else, so a repeat
runs again. Safe because nothing inside talks to anybody but PostgreSQL.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import OperationalError, transaction

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.statements import Statement
from programs.errors import IdempotencyKeyReused, InProgress
from programs.models import IdempotencyRecord

TRIES = 3
# Longer than any till stays offline; afterwards the receipt's own number still refuses a second booking.
KEPT = dt.timedelta(days=35)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over the wire. `is_replay` marks an answer that had been given before."""

    status: int
    body: str
    content_type: str
    is_replay: bool = False


_CLAIM = Statement("""
    INSERT INTO programs_idempotencyrecord (terminal_id, key, endpoint, body_hash, content_type, created_at)
    VALUES (%(terminal)s, %(key)s, %(endpoint)s, %(hash)s, '', %(now)s)
    ON CONFLICT (terminal_id, key) DO NOTHING RETURNING id
""")
_FIND = Statement("""
    SELECT endpoint, body_hash, status, body, content_type FROM programs_idempotencyrecord
    WHERE terminal_id = %(terminal)s AND key = %(key)s
""")
_STORE = Statement("""
    UPDATE programs_idempotencyrecord SET status = %(status)s, body = %(body)s, content_type = %(content_type)s
    WHERE id = %(id)s
""")


def once(
    *, terminal_id: int, key: str, endpoint: str, body_hash: bytes, now: dt.datetime, run: Callable[[], Answer]
) -> Answer:
    """Run `run` once for (terminal, key) and keep its answer; give that answer to every repeat.

    `run` turns business refusals into answers itself (they are stored); what it raises is not stored.
    Raises IdempotencyKeyReused when the key came with another endpoint or body, InProgress when the
    first request holds the key for longer than the lock time-out. Serialization failures and deadlocks
    are repeated up to TRIES times.
    """
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                answer = _once(terminal_id, key, endpoint, body_hash, now, run)
            failpoint("once.after_commit")
            return answer
        except OperationalError as error:
            if not isinstance(error.__cause__, psycopg.errors.SerializationFailure | psycopg.errors.DeadlockDetected):
                raise
            if attempt == TRIES:
                raise
            time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311  jitter, not a secret
    raise AssertionError("unreachable")


def _once(
    terminal_id: int, key: str, endpoint: str, body_hash: bytes, now: dt.datetime, run: Callable[[], Answer]
) -> Answer:
    named = {"terminal": terminal_id, "key": key}
    try:
        claimed = _CLAIM.row({**named, "endpoint": endpoint, "hash": body_hash, "now": now})
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            raise InProgress from error
        raise
    failpoint("once.after_claim")
    if claimed is None:
        first_endpoint, first_hash, status, body, content_type = _FIND.row(named)
        if first_endpoint != endpoint or bytes(first_hash) != body_hash:
            raise IdempotencyKeyReused
        return Answer(status, body, content_type, is_replay=True)
    answer = run()
    _STORE.run({"status": answer.status, "body": answer.body, "content_type": answer.content_type, "id": claimed[0]})
    failpoint("once.before_commit")
    return answer


def forget_name(*, public_id: str, name: str) -> int:
    """Take a member's masked `name`, and those under which they were told of before, out of every stored answer that
    speaks of them; how many did.

    Joins the caller's transaction. A repeat of such a request then hears the same answer without the name.
    """
    changed = 0
    for record in IdempotencyRecord.objects.filter(body__contains=public_id).iterator(chunk_size=500):
        told = json.loads(record.body or "null")
        names = sorted({name, *_names_in(told, public_id)} - {"", "—"}, key=len, reverse=True)
        body = json.dumps(_nameless(told, names), ensure_ascii=False, separators=(",", ":"))
        changed += IdempotencyRecord.objects.filter(pk=record.pk).update(body=body)
    return changed


def _names_in(value: Any, public_id: str) -> list[str]:
    """What the objects about this member have as their name."""
    if isinstance(value, dict):
        own = [value["name"]] if public_id in (value.get("id"), value.get("member")) and "name" in value else []
        return [*own, *(name for inner in value.values() for name in _names_in(inner, public_id))]
    if isinstance(value, list):
        return [name for inner in value for name in _names_in(inner, public_id)]
    return []


def _nameless(value: Any, names: Sequence[str]) -> Any:
    if isinstance(value, dict):
        return {key: _nameless(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_nameless(inner, names) for inner in value]
    if isinstance(value, str):
        for name in names:
            value = value.replace(name, "—")
    return value


def forget_old_answers(*, now: dt.datetime) -> int:
    """Delete stored answers older than KEPT; returns how many."""
    return IdempotencyRecord.objects.filter(created_at__lt=now - KEPT).delete()[0]
