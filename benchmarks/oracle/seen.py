"""What the steps of a scenario brought, and how an expected word is read from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from benchmarks.oracle.actions import Step
from benchmarks.oracle.given import Setup


@dataclass
class Seen:
    """What the steps brought: answers of the sales and returns, the first refusal, and the member at the end."""

    sold: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)  # of every version of every basket
    status: int = 0  # of the last answer
    is_cancelled: bool = False
    entries: int = 0  # movements that the last step made
    returned: list[dict[str, Any]] = field(default_factory=list)
    refused_at: int | None = None
    refusal: str = ""
    sentence: str = ""
    balance: str = "0"
    pending: str = "0"  # points that cannot be spent yet
    tier: str = ""
    before: list[tuple[Step, str]] = field(default_factory=list)
    after: list[tuple[Step, str, list[Decimal]]] = field(default_factory=list)
    applied: list[bool] = field(default_factory=list)
    uses: list[tuple[Decimal, Decimal]] = field(default_factory=list)  # (used, left) of a limit
    coupon_days: tuple[str | None, str | None] = (None, None)  # of the last coupon that was given out
    changes: list[Decimal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


Read = Callable[[Seen], Any]
Maker = Callable[[Setup, list[Step], Any], Read]
