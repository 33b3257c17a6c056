"""Finding, the basket, paying and the receipt."""

from __future__ import annotations

SELLING: dict[str, object] = {}
