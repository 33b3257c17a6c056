"""How a mailing went, in honest figures. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from programs.rules.shares import FEW, wilson


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total` people."""

    count: int
    total: int

    @property
    def percent(self) -> float | None:
        return 100 * self.count / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Difference:
    """By how many percentage points the first share is above the second: the estimate and its 95 % interval."""

    points: float
    low: float
    high: float

    @property
    def shows_effect(self) -> bool:
        """Whether the interval leaves zero out. Otherwise nothing is shown, which is a result too."""
        return self.low > 0 or self.high < 0


def difference(treated: Share, held_out: Share) -> Difference | None:
    """Treated minus held out, with Newcombe's interval (1998, method 10: from the two Wilson intervals).

    It stays honest for few people and for shares near 0, where the usual one does not. None while either group has
    fewer than FEW people.
    """
    if treated.total < FEW or held_out.total < FEW:
        return None
    first, second = treated.count / treated.total, held_out.count / held_out.total
    low_1, high_1 = wilson(treated.count, treated.total)
    low_2, high_2 = wilson(held_out.count, held_out.total)
    gap = first - second
    low = gap - sqrt((first - low_1) ** 2 + (high_2 - second) ** 2)
    high = gap + sqrt((high_1 - first) ** 2 + (second - low_2) ** 2)
    return Difference(100 * gap, 100 * low, 100 * high)
