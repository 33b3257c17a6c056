"""A disk without room, told apart from everything else that may go wrong with a file or the database."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import OperationalError

from loyalty_site.ground.errors import DiskFull

# No space, the quota is used up, larger than this process may write.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_full(error: BaseException) -> bool:
    """Was it for want of room, on our disk or on the database's?"""
    if isinstance(error, OSError):
        return error.errno in _FULL
    return isinstance(error, OperationalError) and isinstance(error.__cause__, psycopg.errors.DiskFull)


@contextmanager
def needs_room() -> Iterator[None]:
    """Raises DiskFull where the block fails for want of room. What was written is the caller's to take away."""
    try:
        yield
    except (OSError, OperationalError) as error:
        if is_full(error):
            raise DiskFull from error
        raise
