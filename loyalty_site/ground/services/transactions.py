"""Joining the caller's transaction, and how long one waits for another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

PATIENCE_SECONDS = 30


@contextmanager
def joined_transaction() -> Iterator[None]:
    """The caller's transaction when there is one, else a new one.

    For operations whose refusals the caller keeps as an answer in the same transaction (a till's repeat
    must hear the same no): a nested atomic block would mark the outer one for rollback, a savepoint
    would cost two more statements a sale. Such operations must refuse before they write.
    """
    if connection.in_atomic_block:
        yield
    else:
        with transaction.atomic():
            yield


def wait_patiently() -> None:
    """Until this transaction ends, wait for locks as long as a person or a job would, not as a queue at a till does.

    Somebody who presses Pause while workers take turns on a busy machine must be heard, not told to try again.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'")
