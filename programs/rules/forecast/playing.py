"""Playing a draft over past receipts, member by member and in the order of time. Pure.

What a draft gives for a receipt is exact: the engine says it, with what the member would have had by then. What members
do with their points nobody knows, so two purses are kept of each: one of which nothing is ever spent, and one of which all
that can be spent is spent at every visit. What truly happens lies between (costs.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from programs.rules.asking import NOTHING
from programs.rules.basket import Basket, Line, Outcome
from programs.rules.buyer_conditions import Buyer
from programs.rules.dates import add_months, last_day, midnight_after
from programs.rules.documents import Compiled
from programs.rules.forecast.purse import NEVER, Purse
from programs.rules.forecast.rungs import Rung, rungs_of
from programs.rules.forecast.sides import Side
from programs.rules.forecast.totals import CELL, FLOW, HORIZONS, WEEKS, Standout, Totals, month_of
from programs.rules.returns import debt_and_write_off

# Places in the rows of totals.py.
_LOW_GRANTED, _LOW_BACK, _LOW_BURNT, _HIGH_GRANTED, _HIGH_BACK, _HIGH_BURNT, _HIGH_SPENT, _HIGH_PAID = range(FLOW)


@dataclass(slots=True)
class _Way:
    """What one member has been seen to do so far."""

    member: int = 0
    receipts: int = 0
    money: int = 0
    draft_points: int = 0
    draft_off: int = 0
    current_points: int = 0
    current_off: int = 0
    first_on: dt.date | None = None
    last_on: dt.date | None = None
    rung: int = 0  # the next on points
    tier: int = -1  # the highest reached
    first_reward: int | None = None  # days until the first


class Player:
    """Plays receipts of members into `totals`. Call `begin`, then `sell` and `give_back` in order, then `finish`, for each.

    `until` is the end of what is known (UTC): what burns later is ahead. `costs` are minor money a piece by article.
    """

    def __init__(
        self,
        draft: Compiled,
        current: Compiled | None,
        *,
        until: dt.datetime,
        costs: Mapping[str, Decimal] | None = None,
        welcome: tuple[int, int | None] = (0, None),
    ) -> None:
        self.draft, self.current = Side(draft), Side(current) if current is not None else None
        self.until, self.costs = until, costs or {}
        self.totals = Totals()
        self._version = draft
        self._zone = ZoneInfo(draft.time_zone)
        self._last_on = until.astimezone(self._zone).date()
        self._days: dict[dt.date, tuple[int, dt.datetime]] = {}
        self._burn_months: dict[dt.datetime, int] = {NEVER: 0}
        self._welcome = welcome
        self._value, self._ratio = draft.point_value, draft.money_per_points
        self._current_value = current.point_value if current is not None else Decimal(0)
        rungs = rungs_of(draft)
        self._rungs: list[Rung] = [rung for rung in rungs if not rung.is_tier]
        # Where there are rewards, the first of them counts as the first; else the first points that pay.
        self._first = next((place for place, rung in enumerate(self._rungs) if rung.reward is not None), 0)
        self._tiers = {rung.key: (place, rung) for place, rung in enumerate(one for one in rungs if one.is_tier)}
        self._way = _Way()
        self._low, self._high = Purse(), Purse()

    @property
    def asks_buyer(self) -> bool:
        """Whether anything depends on who is buying."""
        return bool(self._welcome[0]) or any(side.asks_buyer for side in self._sides)

    @property
    def needs(self) -> frozenset[str]:
        """What the rules need to be told of each receipt (served.py)."""
        return frozenset().union(*(side.version.asked.needs for side in self._sides))

    @property
    def segment_keys(self) -> frozenset[str]:
        """Keys of the conditions that ask for segments."""
        return frozenset(one.key for side in self._sides for one in side.version.asked.segments)

    @property
    def _sides(self) -> list[Side]:
        return [self.draft, self.current] if self.current is not None else [self.draft]

    def begin(self, member: int, buyer: Buyer) -> None:
        """The next member."""
        self._way = _Way(member)
        self._low, self._high = Purse(), Purse()
        self.draft.begin(buyer)
        if self.current is not None:
            self.current.begin(buyer)

    def sell(
        self,
        at: dt.datetime,
        store: str,
        lines: tuple[Line, ...],
        receipt: int,
        *,
        partner: str = "",
        channel: str = "",
        told: Mapping[str, bool] = NOTHING,
    ) -> None:
        """A receipt of that id, `at` in the store's own time; `told` is what it knows of its buyer (Asked.traits)."""
        basket = Basket(lines, store, at, partner=partner, channel=channel)
        day = at.date() if at.tzinfo is self._zone else at.astimezone(self._zone).date()
        month, burns = self._days.get(day) or self._new_day(day)
        way, totals, high = self._way, self.totals, self._high
        self._arrive(at, day)
        available = high.spendable(at) if high.lots else 0
        tier = self.draft.tier
        outcome, off = self.draft.ask(basket, available, receipt=receipt, told=told)
        points = self._note_points(outcome)
        total = basket.total
        cell = totals.cells.get((month, store, tier))
        if cell is None:
            cell = totals.cells[month, store, tier] = [0] * CELL
        cell[0] += 1
        cell[1] += total
        cell[2] += off
        cell[3] += points
        totals.receipts += 1
        way.receipts += 1
        way.money += total
        way.draft_points += points
        way.draft_off += off
        if off or outcome.benefits:
            self._note_rules(outcome)
        if self.current is not None:
            self._compare(self.current, basket, receipt, cell, told)
        if self.costs:
            self._note_costs(cell, lines)
        kept = self._spend(at, month, outcome, basket, total - off, available, points) if available else points
        if points:
            self._earn(at, day, month, burns, (points, kept))
        if outcome.tier_after != tier:
            self._reach_tier(outcome.tier_after, day)

    def give_back(
        self,
        at: dt.datetime,
        store: str,
        original: int,
        pieces: Sequence[tuple[int, Decimal]],
        total: int,
        *,
        is_void: bool = False,
    ) -> None:
        """Pieces of an earlier receipt come back; of one that was not played (before the first day, or unknown) only the
        `total` is known. `is_void`: the sale was cancelled."""
        day = at.astimezone(self._zone).date()
        month, burns = self._days.get(day) or self._new_day(day)
        totals, way = self.totals, self._way
        cell = totals.cells.setdefault((month, store, self.draft.tier), [0] * CELL)
        totals.returns += 1
        back = self.draft.give_back(original, pieces, is_void=is_void)
        if back is None:
            totals.loose += 1
            cell[4] += total
            for side in self._sides:
                side.spend -= total
            return
        self._burn_until(at)
        money, off, points = back
        cell[4] += money
        cell[5] += off
        cell[6] += points
        way.money -= money
        way.draft_points -= points
        way.draft_off -= off
        if self.current is not None:
            _money, now_off, now_points = self.current.give_back(original, pieces, is_void=is_void) or back
            cell[9] += now_off
            cell[10] += now_points
            way.current_points -= now_points
            way.current_off -= now_off
        if points:
            flow = totals.flows.get(month) or self._new_flow(month)
            bought_at = self.draft.bought_at(original)
            assert bought_at is not None
            bought_on = bought_at.astimezone(self._zone).date()
            burns = (self._days.get(bought_on) or self._new_day(bought_on))[1]
            flow[_LOW_BACK] += self._take(self._low, points, burns)
            flow[_HIGH_BACK] += self._take(self._high, points, burns)

    def finish(self) -> None:
        """The member's last receipt was that: what burns until the end, what is left, and where they stand."""
        way, totals = self._way, self.totals
        if way.first_on is None:
            return
        self._burn_until(self.until)
        idle = self._idle_end()
        for place, purse in ((0, self._low), (1, self._high)):
            for lot in purse.lots:
                month = self._month_of_burning(lot.burns if idle is None else min(lot.burns, idle))
                totals.ahead.setdefault(month, [0, 0])[place] += lot.points
        draft = int(way.draft_points * self._value) + way.draft_off
        current = int(way.current_points * self._current_value) + way.current_off
        difference = draft - current if self.current is not None else 0
        totals.note_member(Standout(difference, way.member, way.receipts, way.money, draft, current))
        seen = (self._last_on - way.first_on).days
        for place, horizon in enumerate(HORIZONS):
            if seen >= horizon:
                totals.reach[place][0] += 1
                totals.reach[place][1] += way.first_reward is not None and way.first_reward <= horizon

    # What happens inside a receipt.

    def _arrive(self, at: dt.datetime, day: dt.date) -> None:
        """What time has brought since the last receipt."""
        way, low_lots, high_lots = self._way, self._low.lots, self._high.lots
        first = low_lots[0].burns if low_lots else NEVER
        if self._version.idle_months is not None or first <= at or (high_lots and high_lots[0].burns <= at):
            self._burn_until(at)
        if way.first_on is None:
            way.first_on = day
            self._greet(at, day)
        way.last_on = day
        if self.draft.looks:
            self.draft.look_until(day)

    def _note_points(self, outcome: Outcome) -> int:
        points, rules = 0, self.totals.rules
        for given in outcome.awards:
            points += given.points
            if given.rule in rules:
                rules[given.rule][0] += given.points
            else:
                rules[given.rule] = [given.points, 0, 0]
        return points

    def _compare(self, current: Side, basket: Basket, receipt: int, cell: list[int], told: Mapping[str, bool]) -> None:
        """What the running version would give for the same receipt."""
        if current.looks:
            current.look_until(basket.at.date())
        outcome, off = current.ask(basket, receipt=receipt, told=told)
        points = sum([given.points for given in outcome.awards])
        cell[7] += off
        cell[8] += points
        self._way.current_points += points
        self._way.current_off += off

    def _earn(self, at: dt.datetime, day: dt.date, month: int, burns: dt.datetime, points: tuple[int, int]) -> None:
        """Points into both purses: of who spends nothing, and of who spends all."""
        days, way = self._version.activation_days, self._way
        flow = self.totals.flows.get(month) or self._new_flow(month)
        spendable = at + dt.timedelta(days=days) if days else None
        flow[_LOW_GRANTED] += self._low.grant(points[0], burns, spendable)
        flow[_HIGH_GRANTED] += self._high.grant(points[1], burns, spendable)
        if way.rung < len(self._rungs):
            self._climb(day)

    def _greet(self, at: dt.datetime, day: dt.date) -> None:
        """The welcome gift of somebody who joined on that day or has no older day of joining."""
        points, days = self._welcome
        joined = self.draft.buyer.joined_on
        if points and (joined is None or joined >= day):
            burns = (
                midnight_after(day + dt.timedelta(days=days), self._version.time_zone) if days else self._days[day][1]
            )
            flow = self.totals.flows.get(self._days[day][0]) or self._new_flow(self._days[day][0])
            flow[_LOW_GRANTED] += self._low.grant(points, burns, None)
            flow[_HIGH_GRANTED] += self._high.grant(points, burns, None)

    def _spend(
        self, at: dt.datetime, month: int, outcome: Outcome, basket: Basket, bill: int, available: int, points: int
    ) -> int:
        """Spend all that can be spent on this receipt; what it earns then."""
        version = self._version
        spent = min(outcome.points_maximum, available)
        paid = spent * self._ratio[0] // self._ratio[1]
        if not spent:
            every = range(len(basket.lines))
            for rung in reversed(self._rungs):
                fits = outcome.fitting.get(rung.key, every)
                if rung.reward and rung.cost <= available and fits:
                    amounts = [line.amount for line in basket.lines]
                    spent, paid = rung.cost, min(bill, sum(rung.reward.shares(basket.lines, amounts, fits, "largest")))
                    break
        if not spent or not paid:
            return points
        flow = self.totals.flows.get(month) or self._new_flow(month)
        flow[_HIGH_SPENT] += spent
        flow[_HIGH_PAID] += paid
        self._high.pay(spent, at)
        return points if version.earn_on_points or not bill else points * max(0, bill - paid) // bill

    def _take(self, purse: Purse, points: int, burns: dt.datetime) -> int:
        missing = purse.take_back(points, burns)
        debt, _loss = debt_and_write_off(
            missing, purse.debt, policy=self._version.negative_policy, floor=self._version.negative_floor
        )
        purse.debt += debt
        return points - missing

    def _burn_until(self, at: dt.datetime) -> None:
        idle = self._idle_end()
        for purse, place in ((self._low, _LOW_BURNT), (self._high, _HIGH_BURNT)):
            if purse.lots:
                for moment, points in purse.burn(at, idle):
                    month = self._month_of_burning(moment)
                    (self.totals.flows.get(month) or self._new_flow(month))[place] += points

    def _idle_end(self) -> dt.datetime | None:
        """When a pause since the last receipt burns all points; None: never."""
        months, last_on = self._version.idle_months, self._way.last_on
        if months is None or last_on is None:
            return None
        return midnight_after(add_months(last_on, months), self._version.time_zone)

    def _climb(self, day: dt.date) -> None:
        """Rungs on points that the purse of the thrifty reaches now."""
        way, held = self._way, self._low.held
        assert way.first_on is not None
        while way.rung < len(self._rungs) and held >= self._rungs[way.rung].cost:
            if way.rung == self._first:
                way.first_reward = (day - way.first_on).days
            self._note_rung(self._rungs[way.rung], day)
            way.rung += 1

    def _reach_tier(self, key: str, day: dt.date) -> None:
        place = self._tiers[key][0] if key in self._tiers else -1
        for other, rung in self._tiers.values():
            if self._way.tier < other <= place:
                self._note_rung(rung, day)
        self._way.tier = max(self._way.tier, place)

    def _note_rung(self, rung: Rung, day: dt.date) -> None:
        way = self._way
        assert way.first_on is not None
        row = self.totals.rungs.setdefault(rung.name, [0] * (2 + WEEKS))
        row[0] += 1
        row[1] += way.receipts
        row[2 + min(WEEKS - 1, (day - way.first_on).days // 7)] += 1

    def _note_rules(self, outcome: Outcome) -> None:
        rules = self.totals.rules
        for off in outcome.discounts:
            rules.setdefault(off.rule, [0, 0, 0])[1] += off.money
        for benefit in outcome.benefits:
            rules.setdefault(benefit.rule, [0, 0, 0])[2] += benefit.times

    def _note_costs(self, cell: list[int], lines: tuple[Line, ...]) -> None:
        for line in lines:
            cost = self.costs.get(line.sku)
            if cost is not None:
                cell[11] += line.amount
                cell[12] += int(cost * line.quantity)

    # Days and months, each reckoned once.

    def _new_day(self, day: dt.date) -> tuple[int, dt.datetime]:
        """(month, when points of that day burn)."""
        noon = dt.datetime.combine(day, dt.time(12), self._zone)
        found = month_of(day.year, day.month), self._version.burns_at(noon) or NEVER
        self._days[day] = found
        return found

    def _month_of_burning(self, moment: dt.datetime) -> int:
        month = self._burn_months.get(moment)
        if month is None:
            day = last_day(moment, self._version.time_zone)
            month = self._burn_months[moment] = month_of(day.year, day.month)
        return month

    def _new_flow(self, month: int) -> list[int]:
        return self.totals.flows.setdefault(month, [0] * FLOW)
