"""One version asked about one member's receipts in their order: what must be remembered between them. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from programs.rules.asking import NOTHING
from programs.rules.basket import Basket, Facts, Line, Outcome
from programs.rules.buyer_conditions import Buyer
from programs.rules.counted import Counted, counted_of, period_of, taken_back
from programs.rules.documents import Compiled
from programs.rules.engine import evaluate
from programs.rules.ladder import Standing, look
from programs.rules.limits import Counter
from programs.rules.returns import SoldAward, SoldLine, return_line
from programs.rules.windows import SPEND, VISITS, Window

NOBODY = Buyer()
# Where a window finds what it counts in a day's [spend, visits, points].
_PLACES = {SPEND: 0, VISITS: 1}


class _More:
    """Of a receipt what only some returns need. `bought` is its row of what windows count."""

    __slots__ = ("bought", "counted", "counted_back", "left")

    def __init__(self) -> None:
        self.left: list[SoldLine] | None = None
        self.bought: list[int] = []
        self.counted: tuple[Counted, ...] = ()
        self.counted_back: list[Counted] = []


class Side:
    """A version and the member it is being asked about. `begin` for each member, then `ask` receipt by receipt.

    What is remembered is the tier, the accumulated spend and the count of purchases; windows, counters and traits only
    where a rule asks for them. What everybody shares is not counted: members are replayed apart.
    """

    def __init__(self, version: Compiled) -> None:
        asked = version.asked
        self.version = version
        self.asks_buyer = bool(asked.buyer or asked.fields)
        self._counts_purchases = version.needs_purchases
        self._windows: list[tuple[str, Window, int]] = [
            (window.key, window, _PLACES.get(window.of, 2)) for window in asked.windows
        ]
        self._since: dict[dt.date, dict[str, dt.date]] = {}  # the first day of each window, by day
        self._counters: tuple[Counter, ...] = asked.counters
        self._zone = ZoneInfo(version.time_zone)
        self._periods: dict[dt.date, list[tuple[str, tuple[str, dt.date | None]]]] = {}  # of each counter, by day
        self.looks = bool(version.tiers) and not version.ladder.is_simple  # somebody looks at the ladder every night
        self._order = [tier.key for tier in version.tiers]
        self._is_plain = not (self.asks_buyer or self._windows or self._counters)
        self.begin(NOBODY)

    def begin(self, buyer: Buyer) -> None:
        """The next member, who has bought nothing yet."""
        self.buyer = buyer
        self.tier = ""
        self.spend = self.purchases = 0
        self._asked: dict[int, tuple[Basket, Outcome]] = {}
        self._more: dict[int, _More] = {}
        self._past: list[tuple[dt.date, list[int]]] = []  # [spend, visits, points] of each day's receipts
        self._held: dict[tuple[str, dt.date | None], int] = {}
        self._standing: Standing | None = None
        self._looked_on = dt.date.min

    def look_until(self, today: dt.date) -> None:
        """The looks at the ladder of all nights since the last, that of `today` among them: what only time brings."""
        ladder, standing = self.version.ladder, self._standing
        if standing is not None:
            if standing.tier != self.tier:  # climbed with the last receipt
                standing = Standing(self.tier, self._looked_on)
            day = self._looked_on
            while day < today:
                day += dt.timedelta(days=1)
                standing = look(ladder, self._order, standing, self.version.tier_for(self._climbed(day)), day)
            self.tier = standing.tier
        self._standing, self._looked_on = standing or Standing("", today), today

    def _climbed(self, today: dt.date) -> int:
        """What the ladder counts on a day."""
        window = self.version.ladder.window
        if window.is_kept:
            return self.purchases if window.of == VISITS else self.spend
        return self._within(window.since(today), _PLACES.get(window.of, 2))

    def ask(
        self, basket: Basket, available: int = 0, *, receipt: int, told: Mapping[str, bool] = NOTHING
    ) -> tuple[Outcome, int]:
        """The outcome of the receipt of that id, and the money off; moves the member on. `told` as in Asked.traits."""
        if self._is_plain:  # by far the most
            facts = Facts(self.tier, self.spend, available, 0, self.purchases if self._counts_purchases else None)
        else:
            facts = self._facts(basket, available, told)
        outcome = evaluate(self.version, facts, basket)
        off = sum([one.money for one in outcome.discounts]) if outcome.discounts else 0
        total = basket.total - off
        self.spend += total
        self.tier = outcome.tier_after
        self.purchases += 1
        self._asked[receipt] = (basket, outcome)
        if not self._is_plain:
            more = self._more[receipt] = _More()
            if self._windows:
                more.bought = [total, 1, outcome.points]
                self._past.append((basket.at.date(), more.bought))
            if outcome.counts:
                more.counted = counted_of(self.version, outcome, basket.at)
                self._count(more.counted)
        return outcome, off

    def bought_at(self, receipt: int) -> dt.datetime | None:
        """When a receipt was that was asked about."""
        asked = self._asked.get(receipt)
        return asked[0].at if asked is not None else None

    def give_back(
        self, original: int, pieces: Sequence[tuple[int, Decimal]], *, is_void: bool = False
    ) -> tuple[int, int, int] | None:
        """Pieces (position from 1, quantity) of a receipt come back: (money, money off, points) that go with them, each
        above 0. None: that receipt was not asked about."""
        asked = self._asked.get(original)
        if asked is None:
            return None
        basket, outcome = asked
        more = self._more.setdefault(original, _More())
        if more.left is None:
            more.left = _sold_lines(basket.lines, outcome)
        sold, moved = more.left, {}
        money = off = points = 0
        for position, quantity in pieces:
            if not 0 < position <= len(sold):
                continue
            line = sold[position - 1]
            back = return_line(line, min(quantity, line.left))
            sold[position - 1] = replace(line, returned=line.returned + back.quantity)
            moved[position] = (line.quantity, line.returned, back.quantity)
            money, off, points = money + back.amount, off + back.reward, points + back.points
        self.spend -= money - off
        self.purchases -= is_void
        if self._windows:  # as if they had never been bought
            more.bought[0] -= money - off
            more.bought[1] -= is_void
            more.bought[2] -= points
        if more.counted:
            is_whole = not any(line.left for line in sold)
            less = taken_back(more.counted, more.counted_back, moved, is_whole=is_whole, is_void=is_void)
            more.counted_back += less
            self._count(less)
        return money, off, points

    def _facts(self, basket: Basket, available: int, told: Mapping[str, bool]) -> Facts:
        today, asked = basket.at.date(), self.version.asked
        return Facts(
            self.tier,
            self.spend,
            available,
            0,
            self.purchases if self._counts_purchases else None,
            asked.traits(self.buyer, today, told) if self.asks_buyer else (),
            self._window_sums(today) if self._windows else None,
            self._counts(basket.at) if self._counters else None,
        )

    def _window_sums(self, today: dt.date) -> dict[str, int]:
        since = self._since.get(today)
        if since is None:
            since = self._since[today] = {key: window.since(today) for key, window, _place in self._windows}
        return {key: self._within(since[key], place) for key, _window, place in self._windows}

    def _within(self, since: dt.date, place: int) -> int:
        total = 0
        for day, bought in reversed(self._past):
            if day < since:
                break
            total += bought[place]
        return max(0, total)

    def _counts(self, at: dt.datetime) -> dict[str, int]:
        day = at.date() if at.tzinfo is self._zone else at.astimezone(self._zone).date()
        places = self._periods.get(day)
        if places is None:
            places = self._periods[day] = [(one.key, (one.key, period_of(one.within, day))) for one in self._counters]
        held = self._held
        return {key: held.get(place, 0) for key, place in places}

    def _count(self, counted: Sequence[Counted]) -> None:
        for one in counted:
            if one.of_member:
                place = (one.key, one.on)
                self._held[place] = max(0, self._held.get(place, 0) + one.amount)


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
