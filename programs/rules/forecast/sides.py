"""One version asked about one member's receipts in their order: what must be remembered between them. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from programs.rules.basket import Basket, Facts, Line, Outcome
from programs.rules.buyer_conditions import Buyer
from programs.rules.documents import Compiled
from programs.rules.engine import evaluate
from programs.rules.limits import PROGRAM, Counter
from programs.rules.returns import SoldAward, SoldLine, return_line
from programs.rules.windows import SPEND, VISITS, Window

NOBODY = Buyer()


class Side:
    """A version and the member it is being asked about. `begin` for each member, then `ask` receipt by receipt.

    What is remembered is the tier, the accumulated spend and the count of purchases; windows, counters and traits only
    where a rule asks for them. Limits of the whole programme are not counted: members are replayed apart.
    """

    __slots__ = (
        "_asked",
        "_asks_buyer",
        "_counters",
        "_counts_purchases",
        "_held",
        "_is_plain",
        "_past",
        "_sold",
        "_windows",
        "_zone",
        "buyer",
        "purchases",
        "spend",
        "tier",
        "version",
    )

    def __init__(self, version: Compiled) -> None:
        asked = version.asked
        self.version = version
        self._counts_purchases = version.needs_purchases
        self._asks_buyer = bool(asked.buyer or asked.fields)
        self._windows: tuple[Window, ...] = asked.windows
        self._counters: tuple[Counter, ...] = tuple(one for one in asked.counters if one.per != PROGRAM)
        self._is_plain = not (self._asks_buyer or self._windows or self._counters)
        self._zone = ZoneInfo(version.time_zone)
        self.begin(NOBODY)

    @property
    def asks_buyer(self) -> bool:
        """Whether its rules ask who is buying."""
        return self._asks_buyer

    def begin(self, buyer: Buyer) -> None:
        """The next member, who has bought nothing yet."""
        self.buyer = buyer
        self.tier = ""
        self.spend = self.purchases = 0
        self._past: list[tuple[dt.date, int, int, int]] = []
        self._held: dict[str, tuple[object, int]] = {}
        self._asked: dict[int, tuple[tuple[Line, ...], Outcome]] = {}
        self._sold: dict[int, list[SoldLine]] = {}

    def ask(self, basket: Basket, available: int = 0, *, receipt: int) -> tuple[Outcome, int]:
        """The outcome of the receipt of that id, and the money off; moves the member on."""
        if self._is_plain:  # by far the most
            facts = Facts(self.tier, self.spend, available, 0, self.purchases if self._counts_purchases else None)
        else:
            facts = self._facts(basket, available)
        outcome = evaluate(self.version, facts, basket)
        off = sum([one.money for one in outcome.discounts]) if outcome.discounts else 0
        total = basket.total - off
        self.spend += total
        self.tier = outcome.tier_after
        self.purchases += 1
        if self._windows:
            self._past.append((basket.at.date(), total, 1, outcome.points))
        if self._counters:
            self._count(basket, outcome)
        self._asked[receipt] = (basket.lines, outcome)
        return outcome, off

    def give_back(
        self, original: int, pieces: Sequence[tuple[int, Decimal]], on: dt.date, *, is_void: bool = False
    ) -> tuple[int, int, int] | None:
        """Pieces (position from 1, quantity) of a receipt come back: (money, money off, points) that go with them, each
        above 0. None: that receipt was not asked about."""
        if original not in self._asked:
            return None
        sold = self._sold.get(original)
        if sold is None:
            sold = self._sold[original] = _sold_lines(*self._asked[original])
        money = off = points = 0
        for position, quantity in pieces:
            if not 0 < position <= len(sold):
                continue
            line = sold[position - 1]
            back = return_line(line, min(quantity, line.left))
            sold[position - 1] = _less(line, back.quantity)
            money, off, points = money + back.amount, off + back.reward, points + back.points
        self.spend -= money - off
        self.purchases -= is_void
        if self._windows:
            self._past.append((on, off - money, 0, -points))
        return money, off, points

    def _facts(self, basket: Basket, available: int) -> Facts:
        today = basket.at.date()
        return Facts(
            self.tier,
            self.spend,
            available,
            0,
            self.purchases if self._counts_purchases else None,
            self.version.asked.traits(self.buyer, today) if self._asks_buyer else (),
            {window.key: self._within(window, today) for window in self._windows} if self._windows else None,
            {one.key: self._counted(one, basket) for one in self._counters} if self._counters else None,
        )

    def _within(self, window: Window, today: dt.date) -> int:
        since, place = window.since(today), {SPEND: 1, VISITS: 2}.get(window.of, 3)
        total = 0
        for past in reversed(self._past):
            if past[0] < since:
                break
            total += past[place]  # type: ignore[operator]
        return total

    def _counted(self, counter: Counter, basket: Basket) -> int:
        period, amount = self._held.get(counter.key, (None, 0))
        return amount if period == self._period(counter, basket) else 0

    def _count(self, basket: Basket, outcome: Outcome) -> None:
        by_key = {one.key: one for one in self._counters}
        for count in outcome.counts:
            counter = by_key.get(count.key)
            if counter is not None:
                held = self._counted(counter, basket) + count.amount
                self._held[count.key] = (self._period(counter, basket), held)

    def _period(self, counter: Counter, basket: Basket) -> object:
        """The day, month or year of the programme's calendar that a counter counts in; True for ever."""
        today = basket.at.astimezone(self._zone).date()
        match counter.within:
            case "day":
                return today
            case "month":
                return today.year, today.month
            case "year":
                return today.year
        return True


def _sold_lines(lines: Sequence[Line], outcome: Outcome) -> list[SoldLine]:
    """A receipt as returns look at it (rules/returns.py); lines and awards have numbers of their own."""
    awards: list[list[SoldAward]] = [[] for _line in lines]
    rewards = [0] * len(lines)
    for off in outcome.discounts:
        awards[off.line].append(SoldAward(0, off.rule, off.reason, 0, off.money))
        rewards[off.line] += off.money
    for given in outcome.awards:
        awards[given.line].append(SoldAward(0, given.rule, given.reason, given.points))
    return [
        SoldLine(
            place, place + 1, line.quantity, Decimal(0), line.amount, 0, 0, 0, tuple(awards[place]), rewards[place]
        )
        for place, line in enumerate(lines)
    ]


def _less(line: SoldLine, quantity: Decimal) -> SoldLine:
    return SoldLine(
        line.line_id,
        line.position,
        line.quantity,
        line.returned + quantity,
        line.amount,
        line.discount,
        line.tender,
        line.points_redeemed,
        line.awards,
        line.reward,
    )
