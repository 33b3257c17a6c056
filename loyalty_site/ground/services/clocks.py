"""A clock for work that lasts: services take `now`, and what takes minutes needs every moment after it too."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable


def clock_from(now: dt.datetime) -> Callable[[], dt.datetime]:
    """A clock that shows `now` and goes on from there, so that one chunk stays on the time it was given."""
    began = time.monotonic()
    return lambda: now + dt.timedelta(seconds=time.monotonic() - began)
