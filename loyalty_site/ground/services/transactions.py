"""Joining the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


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
