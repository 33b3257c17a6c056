"""Counting what held."""

from __future__ import annotations

from dataclasses import dataclass


class CheckFailed(Exception):
    """What was expected and what came instead."""


@dataclass
class Checks:
    """Counts what held; the first that does not ends the proof."""

    count: int = 0

    def that(self, what: str, held: object, seen: object = "") -> None:
        """`what` must hold; `seen` is shown when it does not."""
        if not held:
            raise CheckFailed(f"{what}: {seen}")
        self.count += 1
