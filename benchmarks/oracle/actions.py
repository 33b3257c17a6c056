"""What happens in a scenario: sales, returns, balances, days that pass, as plain values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

DUTY = "duty"  # what a line is for that no discount lowers


@dataclass(frozen=True)
class Line:
    """A line of a receipt; `traits` of its article are what rules may ask for: category, labels, delivery."""

    sku: str
    quantity: Decimal
    amount: Decimal
    traits: tuple[str, ...] = ()
    tax_rate: Decimal | None = None


class Claim(Enum):
    """How many points pay: a stated number, as many as the product allows."""

    STATED = "stated"
    MOST = "most"


@dataclass(frozen=True)
class Sale:
    """`is_setup`: it only brings the member to where the scenario starts. `is_asked`: a basket that a later step changes
    before it is sold. `rewards` are keys, `coupons` codes, `claims` what the till says of its own accord."""

    lines: tuple[Line, ...]
    claim: Claim = Claim.STATED
    points: Decimal = Decimal(0)
    is_setup: bool = False
    rewards: tuple[str, ...] = ()
    coupons: tuple[str, ...] = ()
    is_asked: bool = False
    claims: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Trial:
    """Does the discount apply? Asked of a basket of its own, after `purchases` sales; nothing of it stays."""

    amount: Decimal = Decimal(100)
    purchases: int = 0
    day: dt.date | None = None
    has_member: bool = True


@dataclass(frozen=True)
class Trials:
    trials: tuple[Trial, ...]


@dataclass(frozen=True)
class Uses:
    """Baskets that use up a limit. `used`: each of them a beginning of its own, after so many baskets, then `orders` more
    and `cancels` of the last ones cancelled, of which nothing stays; `baskets`: one after the other, and it `stays`."""

    used: tuple[Decimal, ...] = ()
    of_money: bool = False  # `used` is money and not how often
    orders: int = 0
    cancels: int = 0
    baskets: tuple[Decimal, ...] = ()
    stays: bool = False


@dataclass(frozen=True)
class Stand:
    """The member stands on a tier (its key): as a file of another system brings it, or as the least, set by staff."""

    tier: str
    by_hand: bool


@dataclass(frozen=True)
class Recalculate:
    """So many points are earned; then time passes, and the night looks at the tiers."""

    points: Decimal = Decimal(0)
    waits: bool = True  # until a tier that is kept for some time could be lost; else it is the next night


@dataclass(frozen=True)
class Return:
    """Of the `sale`-th sale: these (line, quantity); none means all of it. `share`: so much of every line."""

    sale: int
    pieces: tuple[tuple[int, Decimal], ...] = ()
    share: Fraction = Fraction(1)


@dataclass(frozen=True)
class Opening:
    """A balance to start from, or more points beside what is there. No endpoint gives points without a sale."""

    points: Decimal
    mode: str


@dataclass(frozen=True)
class Manual:
    """Points given or taken by hand, with a reason."""

    points: Decimal
    reason: str


@dataclass(frozen=True)
class Enrol:
    """Somebody becomes a member at the till."""


@dataclass(frozen=True)
class Cancel:
    """The `sale`-th sale never was."""

    sale: int


@dataclass(frozen=True)
class Burn:
    """The days of these lots pass (from 1, in the order in which they were given), and the night's job runs."""

    lots: tuple[int, ...]


@dataclass(frozen=True)
class Days:
    days: int
    run_expiry: bool


@dataclass(frozen=True)
class Retry:
    """The last request again, with the same key."""


Action = Sale | Trials | Uses | Stand | Recalculate | Return | Enrol | Cancel | Opening | Manual | Burn | Days | Retry


@dataclass(frozen=True)
class Step:
    """`number` counts from 1 as the scenario does, 0 stands before its first; `on` sets the day before the action."""

    number: int
    action: Action | None
    on: dt.date | None = None


def needs_clock(steps: list[Step]) -> bool:
    """Does the scenario need another day than today? The API reads the clock itself."""
    return any(
        step.on is not None
        or isinstance(step.action, Days | Burn | Recalculate)
        or (isinstance(step.action, Trials) and any(trial.day for trial in step.action.trials))
        for step in steps
    )


def sales(steps: list[Step]) -> list[Sale]:
    """The sales that a scenario is about."""
    return [
        step.action
        for step in steps
        if isinstance(step.action, Sale) and not step.action.is_setup and not step.action.is_asked
    ]


def versions(steps: list[Step]) -> list[Sale]:
    """The same with every basket as it was before it changed."""
    return [step.action for step in steps if isinstance(step.action, Sale) and not step.action.is_setup]
