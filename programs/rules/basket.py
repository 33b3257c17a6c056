"""What the engine is fed and what it answers: frozen values, all amounts in minor units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple, Self


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a basket. `amount` is minor money after the till's discounts and before points; `labels` and `brand` are
    those of the article."""

    sku: str
    quantity: Decimal
    amount: int
    category: str = ""
    labels: frozenset[str] = frozenset()
    brand: str = ""
    tax_rate: Decimal | None = None  # per cent, where the till said it
    tax_included: bool = True

    def costing(self, amount: int) -> Line:
        """The same for another price. dataclasses.replace would cost five times as much."""
        return Line(
            self.sku,
            self.quantity,
            amount,
            self.category,
            self.labels,
            self.brand,
            self.tax_rate,
            self.tax_included,
        )

    @property
    def net(self) -> int:
        """Without its tax, to the nearest minor unit; a line whose rate nobody said has none."""
        if self.tax_rate is None or not self.tax_included:
            return self.amount
        return int((self.amount * 100 / (100 + self.tax_rate)).to_integral_value(ROUND_HALF_UP))

    @property
    def gross(self) -> int:
        """With its tax, to the nearest minor unit."""
        if self.tax_rate is None or self.tax_included:
            return self.amount
        return self.amount + int((self.amount * self.tax_rate / 100).to_integral_value(ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Basket:
    """What is being bought, where and when (`at` in the store's own time). `partner` is the code of the store's partner,
    `channel` how the sale came in, `payments` the means it is paid by, as far as they are known when the rules are asked."""

    lines: tuple[Line, ...]
    store: str
    at: dt.datetime
    coupons: frozenset[str] = frozenset()  # keys of the series whose coupons were presented
    undiscounted: Basket | None = None  # the same before the programme's own discounts
    partner: str = ""
    channel: str = ""
    payments: frozenset[str] = frozenset()

    def holding(self, lines: tuple[Line, ...], undiscounted: Basket | None) -> Basket:
        """The same with other lines."""
        return Basket(lines, self.store, self.at, self.coupons, undiscounted, self.partner, self.channel, self.payments)

    @property
    def total(self) -> int:
        return sum([line.amount for line in self.lines])


@dataclass(frozen=True, slots=True)
class Facts:
    """What was known of the shopper when the rules were asked; stored with the purchase, so that the answer
    can be given again for ever. Balances in minor points, spend in minor money."""

    tier: str = ""
    spend: int = 0
    available: int = 0
    debt: int = 0
    purchases: int | None = None  # completed before this one; read only where a rule asks for it
    traits: Sequence[str] = ()  # keys of the conditions on the buyer that held (field_conditions.py)
    windows: Mapping[str, int] | None = None  # what was bought in each window that a rule asks for (windows.py)
    counters: Mapping[str, int] | None = None  # what limits and stamp cards had counted before (limits.py)

    def to_json(self) -> dict[str, Any]:
        known: dict[str, Any] = {"tier": self.tier, "spend": self.spend}
        known |= {"available": self.available, "debt": self.debt}
        if self.purchases is not None:
            known["purchases"] = self.purchases
        if self.windows is not None:
            known["windows"] = dict(self.windows)
        if self.counters is not None:
            known["counters"] = dict(self.counters)
        return known | {"traits": list(self.traits)} if self.traits else known

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The facts of a stored receipt, which may keep more beside them."""
        return cls(**{name: stored[name] for name in cls.__slots__ if name in stored})


class Given(NamedTuple):
    """Points that one rule gives to one line. `reason` is base, rule, tier ...; `details` fill its sentence.

    A tuple, because a basket of rules makes many and a tuple is made fastest.
    """

    line: int
    rule: str
    reason: str
    points: int
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Discount:
    """Minor money that one rule takes off one line. `details` fill its sentence; `pieces`: how many whole pieces of the
    receipt the rule made cheaper; `counted`: how many it took into account for that."""

    line: int
    rule: str
    reason: str
    money: int
    details: dict[str, Any] = field(default_factory=dict)
    pieces: int = 0
    counted: int = 0


@dataclass(frozen=True, slots=True)
class Claimed:
    """A reward that was claimed: minor points it cost, minor money it takes off each line."""

    key: str
    name: str
    points: int
    money_by_line: tuple[int, ...]

    @property
    def money(self) -> int:
        return sum(self.money_by_line)


class Redemption(NamedTuple):
    """Points taken as payment: minor points, the minor money they pay, and both spread over the lines.

    `rewards` are the part of it that claimed rewards made.
    """

    points: int = 0
    money: int = 0
    points_by_line: tuple[int, ...] = ()
    money_by_line: tuple[int, ...] = ()
    rewards: tuple[Claimed, ...] = ()


class Benefit(NamedTuple):
    """What a rule gives besides points and money off (benefits.py), so many `times`. `details` fill its sentence."""

    rule: str
    kind: str
    times: int
    details: dict[str, Any]


class Count(NamedTuple):
    """By how much a counter of limits.py moves with this sale: minor points or money, times, stamps (also below 0).

    `lines` is the part of it that belongs to goods, (line, amount): it is taken back with them. `whole` is taken back
    when everything comes back, and what is in neither only when the sale is cancelled.
    """

    key: str
    amount: int
    lines: tuple[tuple[int, int], ...] = ()
    whole: int = 0


class Outcome(NamedTuple):
    """The engine's whole answer. `points_maximum` is the most that could be redeemed on this basket now."""

    awards: tuple[Given, ...]
    redemption: Redemption
    points_maximum: int
    tier_after: str
    discounts: tuple[Discount, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    counts: tuple[Count, ...] = ()
    fitting: Mapping[str, Sequence[int]] = {}  # rewards with conditions, by key: the lines that they are for

    @property
    def discount(self) -> int:
        """Minor money that the programme's discounts take off the whole receipt."""
        return sum(one.money for one in self.discounts)

    @property
    def points(self) -> int:
        return sum(given.points for given in self.awards)

    def points_by_line(self, count: int) -> list[int]:
        shares = [0] * count
        for given in self.awards:
            shares[given.line] += given.points
        return shares

    def discount_by_line(self, count: int) -> list[int]:
        shares = [0] * count
        for one in self.discounts:
            shares[one.line] += one.money
        return shares
