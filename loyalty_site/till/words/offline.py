"""Without a line, and what went wrong: queue, conflicts, clock, storage, server."""

from __future__ import annotations

OFFLINE: dict[str, object] = {}
