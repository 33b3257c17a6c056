"""A draft played over past receipts: purses, tiers, returns, windows and counters by hand, and what costs are made of."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from programs.rules.basket import Line
from programs.rules.buyer_conditions import Buyer
from programs.rules.documents import Compiled, compile_document
from programs.rules.forecast import Player, Totals, sum_of
from programs.rules.forecast.assumptions import MEASURED, OURS, THEIRS, assumed
from programs.rules.forecast.costs import (
    burning_ahead,
    costs_of,
    points_by_month,
    reach_of,
    steps_of,
    whole,
)
from programs.rules.forecast.gaps import gaps_of
from programs.rules.forecast.purse import NEVER, Purse
from programs.rules.forecast.totals import SAME, Cell, month_of
from programs.rules.served import EVERYTHING

UTC = ZoneInfo("UTC")
JANUARY = month_of(2025, 1)
UNTIL = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def version(*rules: dict[str, Any], **more: Any) -> Compiled:
    """A point for 1.00, worth 0.01; they live for six months."""
    numbered = [{"key": f"rule-{n}", "name": f"Rule {n}", "conditions": [], **rule} for n, rule in enumerate(rules)]
    document = {
        "schema": 1,
        "name": "Draft",
        "currency": "USD",
        "currency_exponent": 2,
        "point_decimals": 0,
        "time_zone": "UTC",
        "earning": {"points": "1", "per": "1", "rounding": "down", "on_points": False},
        "redemption": {"point_value": "0.01", "minimum": "0", "step": "1", "max_percent": 50},
        "activation_days": 0,
        "expiry_months": 6,
        "negative": {"policy": "allow", "floor": "0"},
        "tiers": [],
        "rules": numbered,
    }
    return compile_document(document | more, served=EVERYTHING)


def at(month: int, day: int = 1, hour: int = 12) -> dt.datetime:
    return dt.datetime(2025, month, day, hour, tzinfo=UTC)


def line(amount: int, quantity: int = 1) -> Line:
    return Line("milk", Decimal(quantity), amount, "dairy")


def played(
    draft: Compiled, *sales: tuple[dt.datetime, int], current: Compiled | None = None, until: dt.datetime = UNTIL
) -> Totals:
    """One member who bought for so much at these moments."""
    player = Player(draft, current, until=until)
    player.begin(1, Buyer())
    for number, (moment, amount) in enumerate(sales, 1):
        player.sell(moment, "main", (line(amount),), number)
    player.finish()
    return player.totals


def test_points_burn_on_their_day_whether_somebody_comes_or_not():
    totals = played(version(), (at(1, 10), 10_000), (at(9), 5_000))
    likely = assumed({})["take_up"]
    rows = {row.month: row for row in points_by_month(totals, likely)}
    assert rows[JANUARY].issued == 100
    # Nobody spends: the hundred of January burn after 10 July, the fifty of September are still there.
    assert totals.flows[month_of(2025, 7)][2] == 100
    assert totals.ahead == {month_of(2026, 3): [50, 50]}
    # Somebody who spends all they can has nothing to spend in January and nothing left to spend in September.
    assert sum(flow[6] for flow in totals.flows.values()) == 0


def test_who_spends_all_they_can_spends_within_the_programme_s_limits_and_earns_on_the_rest():
    totals = played(version(), (at(1, 10), 100_000), (at(2, 10), 1_000))
    # 1,000 points are worth 10.00; half of a bill of 10.00 may be paid.
    assert totals.flows[month_of(2025, 2)][6:8] == [500, 500]
    assert totals.flows[month_of(2025, 2)][3] == 5
    assert totals.flows[month_of(2025, 2)][0] == 10


def test_points_wait_until_they_can_be_spent():
    totals = played(version(activation_days=30), (at(1, 10), 100_000), (at(1, 20), 1_000), (at(3, 1), 1_000))
    assert {month: flow[6] for month, flow in totals.flows.items() if flow[6]} == {month_of(2025, 3): 500}


def test_a_pause_burns_everything():
    totals = played(version(idle_months=2, expiry_months=None), (at(1, 10), 10_000), (at(9), 5_000))
    assert totals.flows[month_of(2025, 3)][2] == 100
    assert totals.flows[month_of(2025, 11)][2] == 50
    assert totals.ahead == {}


def test_what_counts_is_what_the_member_had_by_then():
    tiers = [{"key": "gold", "name": "Gold", "threshold": "100", "multiplier": "2"}]
    totals = played(version(tiers=tiers), (at(1), 15_000), (at(2), 15_000))
    assert {key[2]: Cell(*values).points for key, values in totals.cells.items()} == {"": 150, "gold": 300}
    [first, gold] = steps_of(totals, version(tiers=tiers))
    assert (gold.people, gold.visits, gold.days) == (1, 1, 3)
    assert (first.rung.cost, first.people) == (1, 1)


def test_returns_take_back_what_their_goods_brought():
    draft = version({"effect": {"type": "percent_off", "percent": "10"}})
    player = Player(draft, draft, until=UNTIL)
    player.begin(1, Buyer())
    player.sell(at(1), "main", (line(10_000, 4), line(2_000)), 7)
    player.give_back(at(2), "main", 7, [(1, Decimal(1))], 2_500)
    player.give_back(at(3), "main", 99, [(1, Decimal(1))], 500)
    player.finish()
    all_of = whole(player.totals)
    assert (all_of.points, all_of.back_points) == (108, 22)
    assert (all_of.discount, all_of.back_discount, all_of.back_money) == (1_200, 250, 3_000)
    assert (all_of.now_back_points, all_of.now_back_discount) == (22, 250)
    assert (player.totals.returns, player.totals.loose) == (2, 1)
    # What they had is on its way to burning, less what came back.
    assert player.totals.flows[month_of(2025, 7)][2] == 86


def test_points_that_came_back_after_they_had_burnt_are_owed_and_repaid():
    player = Player(version(), None, until=UNTIL)
    player.begin(1, Buyer())
    player.sell(at(1), "main", (line(10_000),), 1)
    player.give_back(at(8), "main", 1, [(1, Decimal(1))], 10_000)
    player.sell(at(9), "main", (line(15_000),), 2)
    player.finish()
    assert sum(player.totals.ahead[month_of(2026, 3)]) == 100


def test_a_cancelled_sale_is_no_purchase():
    player = Player(
        version({"conditions": [{"type": "first_purchase"}], "effect": {"type": "points", "points": "50"}}),
        None,
        until=UNTIL,
    )
    player.begin(1, Buyer())
    player.sell(at(1), "main", (line(100),), 1)
    player.give_back(at(1, 1, 13), "main", 1, [(1, Decimal(1))], 100, is_void=True)
    player.sell(at(2), "main", (line(100),), 2)
    player.finish()
    assert player.totals.rules["rule-0"][0] == 100


def test_stamps_and_limits_are_counted_for_each_member_and_go_back_with_goods():
    card = version({"effect": {"type": "stamp_card", "card": "coffee", "every": 3}})
    player = Player(card, None, until=UNTIL)
    player.begin(1, Buyer())
    for number in range(1, 4):
        player.sell(at(number), "main", (line(300),), number)
    player.finish()
    assert whole(player.totals).discount == 300
    player.begin(2, Buyer())
    player.sell(at(1), "main", (line(300),), 4)
    player.sell(at(2), "main", (line(300),), 5)
    player.give_back(at(2, 2), "main", 5, [(1, Decimal(1))], 300)
    player.sell(at(3), "main", (line(300),), 6)
    player.finish()
    assert whole(player.totals).discount == 300


def test_windows_see_what_was_bought_in_them():
    rule = {
        "conditions": [{"type": "accumulated", "minimum": "50", "days": 30}],
        "effect": {"type": "points", "points": "7"},
    }
    totals = played(version(rule), (at(1, 1), 6_000), (at(1, 20), 100), (at(3, 1), 100))
    assert totals.rules["rule-0"][0] == 7


def test_birthdays_are_those_of_the_member_s_record():
    rule = {"conditions": [{"type": "birthday", "before": 3, "after": 3}], "effect": {"type": "points", "points": "9"}}
    draft = version(rule)
    player = Player(draft, None, until=UNTIL)
    assert player.asks_buyer
    for member, birthday in ((1, (1, 2)), (2, (6, 1)), (3, None)):
        player.begin(member, Buyer(birthday=birthday))
        player.sell(at(1), "main", (line(100),), member)
        player.finish()
    assert player.totals.rules["rule-0"][0] == 9
    assert any("Birthdays" in said.message(str) for said in gaps_of(draft))


def test_a_welcome_gift_goes_to_those_who_joined_while_it_was_played():
    player = Player(version(), None, until=UNTIL, welcome=(50, 10))
    for member, joined in ((1, dt.date(2020, 1, 1)), (2, dt.date(2025, 1, 1))):
        player.begin(member, Buyer(joined_on=joined))
        player.sell(at(1), "main", (line(100),), member)
        player.finish()
    assert player.totals.flows[JANUARY][2] == 50


def test_winners_and_losers_are_told_apart_by_what_they_get():
    better = version(
        {"conditions": [{"type": "store", "codes": ["main"]}], "effect": {"type": "multiply", "factor": "3"}}
    )
    totals = played(better, (at(1), 10_000), current=version())
    assert [people for people, _sum in totals.bands].index(1) == SAME + 2
    assert totals.winners == [[200, 1, 1, 10_000, 300, 100]]
    assert played(version(), (at(1), 10_000), current=better).losers == [[200, 1, 1, 10_000, 100, 300]]
    assert played(version(), (at(1), 10_000), current=version()).bands[SAME] == [1, 0]


def test_people_are_watched_as_long_as_they_can_be():
    draft = version(redemption={"point_value": "0.01", "minimum": "150", "step": "50", "max_percent": 50})
    player = Player(draft, None, until=dt.datetime(2025, 4, 1, tzinfo=dt.UTC))
    for member, first, second in ((1, at(1), at(1, 20)), (2, at(1), at(3, 10)), (3, at(3, 15), at(3, 16))):
        player.begin(member, Buyer())
        player.sell(first, "main", (line(10_000),), 2 * member)
        player.sell(second, "main", (line(10_000),), 2 * member + 1)
        player.finish()
    assert [(one.seen, one.reached) for one in reach_of(player.totals)] == [(2, 1), (2, 1), (2, 2)]


def test_parts_add_up_to_the_whole():
    draft = version({"effect": {"type": "percent_off", "percent": "3"}})
    sales = [[(at(month, member), 1_000 * member + month) for month in range(1, 9)] for member in range(1, 9)]
    players = [Player(draft, version(), until=UNTIL) for _part in range(3)]
    for number, mine in enumerate(sales):
        for player in (players[0], players[1 + number % 2]):
            player.begin(number + 1, Buyer())
            for place, (moment, amount) in enumerate(mine):
                player.sell(moment, "main", (line(amount),), place)
            player.finish()
    together, *parts = [player.totals.to_json() for player in players]
    assert sorted_json(sum_of(parts)) == sorted_json(Totals.from_json(together))


def sorted_json(totals: Totals) -> dict[str, Any]:
    found = totals.to_json()
    return {name: sorted(value) if isinstance(value, list) else value for name, value in found.items()}


def test_the_cost_is_that_of_everything():
    draft = version({"effect": {"type": "percent_off", "percent": "10"}}, {"effect": {"type": "gift", "skus": ["mug"]}})
    totals = played(draft, (at(1), 100_000), (at(2), 100_000))
    said = {
        key: {"low": value, "likely": value, "high": value}
        for key, value in {
            "take_up": "50",
            "margin": "20",
            "uplift": "10",
            "card": "2",
            "gift": "3",
            "wage": "36",
            "seconds": "10",
            "hours": "1",
            "once": "100",
        }.items()
    }
    costs = costs_of(totals, draft, Decimal(0), assumed(said))
    assert costs.discounts == 20_000
    assert set(costs.points) == {450}  # 900 points could be spent, half of which are
    assert (set(costs.gifts), set(costs.cards), set(costs.once)) == ({600}, {200}, {10_000})
    assert set(costs.staff) == {7_220}  # two hours of two months, and twenty seconds
    assert set(costs.total) == {38_470}
    assert costs.sales == 180_000
    # 20 % of so much more must bring 384.70.
    assert [round(float(share or 0), 3) for share in costs.break_even] == [106.861] * 3
    assert set(costs.gain) == {3_600 - 38_470}


def test_gifts_cost_what_their_article_does_and_words_and_stamps_nothing():
    draft = version(
        {"effect": {"type": "gift", "skus": ["mug", "cup"], "surcharge": "1", "stock": 3}},
        {"effect": {"type": "free_service", "text": "wrapping"}},
        {"effect": {"type": "stamps", "card": "tea", "stamps": 50}},
        {"effect": {"type": "message", "text": "hello"}},
    )
    totals = played(draft, *((at(month), 1_000) for month in range(1, 6)))
    costs = costs_of(totals, draft, Decimal(0), assumed({}), {"mug": Decimal(300), "cup": Decimal(500)})
    assert [(one.of, one.given, one.most) for one in costs.over] == [("times", 5, 3)]
    # Three gifts of 3.00 to 5.00 less 1.00, and five services of 1.00 to 4.00.
    assert costs.gifts == (600 + 500, 900 + 1_000, 1_200 + 2_000)


def test_a_budget_for_everybody_cuts_the_cost():
    limit = {"of": "points", "per": "program", "most": "150"}
    draft = version({"effect": {"type": "points", "points": "100", "limits": [limit]}})
    free = version({"effect": {"type": "points", "points": "100"}})
    receipts = [(at(month), 10_000) for month in range(1, 4)]
    costs, without = (costs_of(played(one, *receipts), one, Decimal(0), assumed({})) for one in (draft, free))
    assert [(one.of, one.cut) for one in costs.over] == [("points", 150)]
    assert costs.points.likely < without.points.likely
    assert without.given - costs.given == int(150 * draft.point_value)


def test_the_margin_is_known_where_costs_are():
    player = Player(version(), None, until=UNTIL, costs={"milk": Decimal(600)})
    player.begin(1, Buyer())
    player.sell(at(1), "main", (line(1_000), Line("bread", Decimal(1), 1_000)), 1)
    player.finish()
    costs = costs_of(player.totals, version(), Decimal(0), assumed({}))
    assert costs.estimated == 50
    assert [float(share) for share in costs.margin] == [30, 35, 40]


def test_what_people_say_comes_before_what_is_measured_and_that_before_our_guess():
    measured = {"take_up": (Decimal(10), Decimal(20), Decimal(30)), "card": (Decimal(1), Decimal(1), Decimal(1))}
    found = assumed({"card": {"low": "3", "likely": "3", "high": "4", "note": "offer"}}, measured)
    assert (found["take_up"].source, found["take_up"].likely) == (MEASURED, Decimal(20))
    assert (found["card"].source, found["card"].high, found["card"].note) == (THEIRS, Decimal(4), "offer")
    assert found["wage"].source == OURS


def test_more_is_spent_and_less_burns_the_more_people_take_up():
    totals = played(version(), (at(1, 10), 100_000), (at(2, 10), 1_000))
    for row in points_by_month(totals, assumed({})["take_up"]):
        assert row.spent.low <= row.spent.likely <= row.spent.high
        assert row.burnt.low <= row.burnt.likely <= row.burnt.high
        assert row.held.low <= row.held.likely <= row.held.high
    for _month, ahead in burning_ahead(totals, assumed({})["take_up"]):
        assert ahead.low <= ahead.likely <= ahead.high


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ({"conditions": [{"type": "coupon", "series": ["spring"]}], "effect": {"type": "exclude"}}, "No coupon"),
        (
            {"effect": {"type": "points", "points": "5", "limits": [{"of": "points", "per": "program", "most": "9"}]}},
            "for everybody together",
        ),
        (
            {"conditions": [{"type": "segment", "keys": ["best"]}], "effect": {"type": "exclude"}},
            "those tell how it was",
        ),
    ],
)
def test_what_receipts_do_not_say_is_told(rule: dict[str, Any], part: str):
    assert any(part in said.message(str) for said in gaps_of(version(rule)))


class TestPurse:
    def test_soonest_burns_first_and_is_spent_first(self):
        purse = Purse()
        purse.grant(10, at(5), None)
        purse.grant(10, NEVER, None)
        purse.grant(10, at(3), None)
        purse.pay(15, at(1))
        assert [(lot.burns, lot.points) for lot in purse.lots] == [(at(5), 5), (NEVER, 10)]
        assert list(purse.burn(at(6))) == [(at(5), 5)]
        assert purse.held == 10

    def test_what_is_owed_is_repaid_first_and_nothing_can_be_spent_before(self):
        purse = Purse()
        purse.debt = 15
        assert purse.grant(10, at(5), None) == 0
        assert (purse.debt, purse.spendable(at(1)), purse.lots) == (5, 0, [])
        assert purse.grant(10, at(5), None) == 5
        assert purse.spendable(at(1)) == 5


def test_a_tier_that_is_no_longer_reached_is_lost_in_the_night():
    tiers = [{"key": "gold", "name": "Gold", "threshold": "100", "multiplier": "2"}]
    ladder = {"of": "spend", "days": 30, "keeps_months": 1}
    draft = version(tiers=tiers, ladder=ladder)
    totals = played(draft, (at(1, 1), 15_000), (at(1, 20), 1_000), (at(6, 1), 1_000))
    assert {key: Cell(*values).points for key, values in totals.cells.items()} == {
        (JANUARY, "main", ""): 150,
        (JANUARY, "main", "gold"): 20,
        (month_of(2025, 6), "main", ""): 10,
    }
