"""Shares of few people, with what chance may have done to them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

FEW = 5  # fewer people are no picture of anybody, and could be named
Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Proportion:
    """`count` of `total` people. `is_too_few`: no share is said. Shares are from 0 to 1."""

    count: int
    total: int

    @property
    def is_too_few(self) -> bool:
        return self.total < FEW

    @property
    def share(self) -> float:
        return self.count / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval (1927); of nobody: everything is possible."""
        return wilson(self.count, self.total)


def wilson(count: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a proportion (1927), from 0 to 1; it stays sensible near 0 and 1 and for few people."""
    if total == 0:
        return 0.0, 1.0
    p = count / total
    middle = p + Z95**2 / (2 * total)
    spread = Z95 * sqrt(p * (1 - p) / total + Z95**2 / (4 * total**2))
    scale = 1 + Z95**2 / total
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
