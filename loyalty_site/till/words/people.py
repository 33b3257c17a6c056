"""Enrolling, consents, the member's QR code, returns, voids, signing in."""

from __future__ import annotations

PEOPLE: dict[str, object] = {}
