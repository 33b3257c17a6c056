"""The engine: what a basket earns and what points pay. Tables with names, then properties."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_site.ground.errors import DomainError
from programs.rules.basket import Basket, Facts, Line
from programs.rules.conditions import CONDITIONS, ConditionError, inner, parse_condition
from programs.rules.documents import DocumentError, compile_document
from programs.rules.engine import evaluate, tier_after
from programs.rules.field_conditions import FieldSays
from programs.rules.parsing import Units
from programs.rules.served import AWAITED, EVERYTHING, needs_of

ALL = Units(served=EVERYTHING)
TUESDAY = dt.datetime(2026, 3, 10, 12, 0)  # noqa: DTZ001  a time on the store's wall has no zone


def document(**changes):
    made = {
        "schema": 1,
        "currency": "USD",
        "currency_exponent": 2,
        "point_decimals": 0,
        "time_zone": "UTC",
        "earning": {"points": "1", "per": "1", "rounding": "down", "on_points": False},
        "redemption": {"point_value": "0.01", "minimum": "0", "step": "1", "max_percent": 50},
        "activation_days": 0,
        "expiry_months": 12,
        "negative": {"policy": "allow", "floor": "0"},
        "tiers": [],
        "rules": [],
    }
    for key, value in changes.items():
        made[key] = made.get(key, {}) | value if isinstance(value, dict) else value
    return made


def basket(*amounts: int, at: dt.datetime = TUESDAY, **more) -> Basket:
    """A piece of a line's own article for each of `amounts`; `more` is said of every line, or of the basket."""
    of_line = {name: more.pop(name) for name in ("category", *Line.__slots__[4:]) if name in more}
    lines = tuple(Line(f"sku-{n}", Decimal(1), amount, **of_line) for n, amount in enumerate(amounts))
    return Basket(lines, "store", at, **more)


def at(hour: int, minute: int = 0) -> dict:
    return {"at": TUESDAY.replace(hour=hour, minute=minute)}


def rule(*conditions: dict, factor: str = "2") -> dict:
    return {"key": "r", "name": "R", "conditions": list(conditions), "effect": {"type": "multiply", "factor": factor}}


@pytest.mark.parametrize(
    ("changes", "amounts", "points"),
    [
        pytest.param({}, [100], [1], id="one for one"),
        pytest.param({}, [99], [0], id="rounded down"),
        pytest.param({"earning": {"rounding": "half_up"}}, [50], [1], id="rounded to the nearest"),
        pytest.param({}, [50, 50], [1, 0], id="counted on the whole receipt, the left-over to the first"),
        pytest.param({"earning": {"per": "1000"}}, [1_000_000], [10], id="one per thousand"),
        pytest.param({"earning": {"points": "3", "per": "7"}}, [700, 1400], [3, 6], id="three per seven"),
        pytest.param({"earning": {"per": "3"}}, [300], [1], id="a third of three is one"),
        pytest.param({"earning": {"per": "3", "rounding": "half_up"}}, [150], [1], id="and of half of it one half"),
        pytest.param({"earning": {"per": "3", "rounding": "half_up"}}, [149], [0], id="just below one half"),
        pytest.param({"earning": {"rounding": "half_even"}}, [250], [2], id="to the even one"),
        pytest.param({"point_decimals": 2}, [150], [150], id="points with decimals"),
        pytest.param({"currency_exponent": 0}, [5], [5], id="a currency without cents"),
        pytest.param({"earning": {"points": "0"}}, [500], [0], id="a programme that gives nothing"),
        pytest.param({}, [0, 0], [0, 0], id="a receipt of nought"),
    ],
)
def test_base_points(changes, amounts, points):
    outcome = evaluate(compile_document(document(**changes)), Facts(), basket(*amounts))
    assert outcome.points_by_line(len(amounts)) == points


def trait(kind: str, **settings) -> str:
    """The key by which the facts say that a condition on the buyer held."""
    return parse_condition({"type": kind, **settings}, ALL).key


PET_KNOWN = FieldSays.parse({"field": "pet", "known": True}).key
CONDITION_TABLE = [
    ("category", {"codes": ["dairy"]}, {"category": "dairy"}, {}, True),
    ("category", {"codes": ["dairy"]}, {"category": ""}, {}, False),
    ("product", {"skus": ["sku-0"]}, {}, {}, True),
    ("product", {"skus": ["other"]}, {}, {}, False),
    ("weekday", {"days": [2]}, {}, {}, True),
    ("weekday", {"days": [1, 7]}, {}, {}, False),
    ("tier", {"keys": ["gold"]}, {}, {"tier": "gold"}, True),
    ("tier", {"keys": ["gold"]}, {}, {"tier": "red"}, False),
    ("tier", {"keys": ["gold"], "not": True}, {}, {"tier": "red"}, True),
    ("category", {"codes": ["dairy"], "not": True}, {"category": "dairy"}, {}, False),
    ("amount", {"minimum": "10"}, {}, {}, True),
    ("amount", {"minimum": "10.01"}, {}, {}, False),
    ("amount", {"minimum": "10", "codes": ["dairy"]}, {"category": "dairy"}, {}, True),
    ("amount", {"minimum": "0.01", "skus": ["other"]}, {}, {}, False),
    ("amount", {"minimum": "8.40", "tax": "net"}, {"tax_rate": Decimal(19)}, {}, True),
    ("amount", {"minimum": "8.41", "tax": "net"}, {"tax_rate": Decimal(19)}, {}, False),
    ("amount", {"minimum": "10", "tax": "net"}, {"tax_rate": Decimal(19), "tax_included": False}, {}, True),
    ("amount", {"minimum": "11.90", "tax": "gross"}, {"tax_rate": Decimal(19), "tax_included": False}, {}, True),
    ("amount", {"minimum": "10.01", "tax": "gross"}, {"tax_rate": Decimal(19)}, {}, False),
    ("amount", {"minimum": "10", "tax": "net"}, {}, {}, True),
    ("quantity", {"minimum": 1}, {}, {}, True),
    ("quantity", {"minimum": 2}, {}, {}, False),
    ("quantity", {"minimum": "1", "skus": ["sku-0"]}, {}, {}, True),
    ("quantity", {"minimum": 1, "codes": ["dairy"]}, {}, {}, False),
    ("dates", {"from": "2026-03-10", "to": "2026-03-10"}, {}, {}, True),
    ("dates", {"from": "2026-03-11"}, {}, {}, False),
    ("dates", {"to": "2026-03-09"}, {}, {}, False),
    ("nth_purchase", {"numbers": [1, 5]}, {}, {"purchases": 0}, True),
    ("nth_purchase", {"numbers": [1, 5]}, {}, {"purchases": 1}, False),
    ("nth_purchase", {"numbers": [1]}, {}, {}, False),
    ("nth_purchase", {"every": 10}, {}, {"purchases": 19}, True),
    ("nth_purchase", {"every": 10}, {}, {"purchases": 20}, False),
    ("nth_purchase", {"every": 10}, {}, {}, False),
    ("first_purchase", {}, {}, {"purchases": 0}, True),
    ("first_purchase", {}, {}, {"purchases": 1}, False),
    ("first_purchase", {}, {}, {}, False),
    ("accumulated", {"minimum": "100"}, {}, {"spend": 10_000}, True),
    ("accumulated", {"minimum": "100"}, {}, {"spend": 9_999}, False),
    ("accumulated", {"minimum": "100", "with_this": True}, {}, {"spend": 9_000}, True),
    ("accumulated", {"minimum": "100", "with_this": True}, {}, {"spend": 8_999}, False),
    ("accumulated", {"of": "visits", "minimum": 3}, {}, {"purchases": 3}, True),
    ("accumulated", {"of": "visits", "minimum": 3}, {}, {"purchases": 2}, False),
    ("accumulated", {"of": "visits", "minimum": 3, "with_this": True}, {}, {"purchases": 2}, True),
    ("accumulated", {"of": "visits", "minimum": 3, "with_this": True}, {}, {}, False),
    ("accumulated", {"minimum": "5", "days": 90}, {}, {"windows": {"spend:90:days": 500}}, True),
    ("accumulated", {"minimum": "5", "days": 90}, {}, {"windows": {"spend:90:days": 499}}, False),
    ("accumulated", {"minimum": "5", "days": 90}, {}, {"windows": {"spend:30:days": 500}}, False),
    ("accumulated", {"minimum": "5", "months": 3}, {}, {"spend": 10_000}, False),
    ("accumulated", {"of": "visits", "minimum": 2, "calendar": "year"}, {}, {"windows": {"visits:year": 2}}, True),
    ("accumulated", {"of": "visits", "minimum": 2, "calendar": "month"}, {}, {"windows": {}}, False),
    ("tenure", {"at_least": 365}, {}, {"traits": [trait("tenure", at_least=365)]}, True),
    ("tenure", {"at_least": 1, "unit": "years"}, {}, {"traits": [trait("tenure", at_least=365)]}, False),
    ("tenure", {"at_most": 30}, {}, {}, False),
    ("tenure", {"at_least": 2, "at_most": 3, "unit": "months"}, {}, {}, False),
    ("birthday", {}, {}, {"traits": [trait("birthday")]}, True),
    ("birthday", {"before": 7, "after": 7}, {}, {"traits": [trait("birthday")]}, False),
    ("anniversary", {"before": 7}, {}, {"traits": [trait("anniversary", before=7)]}, True),
    ("anniversary", {}, {}, {"traits": [trait("birthday")]}, False),
    ("buyer", {"is": "company"}, {}, {"traits": [trait("buyer", **{"is": "company"})]}, True),
    ("buyer", {"is": "person"}, {}, {"traits": [trait("buyer", **{"is": "company"})]}, False),
    ("interest", {"codes": ["a", "b"]}, {}, {"traits": [trait("interest", codes=["b", "a"])]}, True),
    ("interest", {"codes": ["a"]}, {}, {"traits": [trait("segment", keys=["a"])]}, False),
    ("segment", {"keys": ["vip"]}, {}, {"traits": [trait("segment", keys=["vip"])]}, True),
    ("segment", {"keys": ["vip"]}, {}, {}, False),
    ("lives_in", {"cities": ["Haifa"]}, {}, {"traits": [trait("lives_in", cities=["HAIFA"])]}, True),
    ("lives_in", {"cities": ["Haifa"]}, {}, {}, False),
    ("hours", {"from": "09:00", "until": "12:01"}, {}, {}, True),
    ("hours", {"from": "09:00", "until": "12:00"}, {}, {}, False),
    ("hours", {"from": "12:00", "until": "24:00"}, {}, {}, True),
    ("hours", {"from": "22:00", "until": "02:00"}, at(23, 59), {}, True),
    ("hours", {"from": "22:00", "until": "02:00"}, at(1, 59), {}, True),
    ("hours", {"from": "22:00", "until": "02:00"}, at(2), {}, False),
    ("label", {"labels": ["organic"]}, {"labels": frozenset({"organic", "own"})}, {}, True),
    ("label", {"labels": ["organic"]}, {"labels": frozenset({"own"})}, {}, False),
    ("label", {"labels": ["organic"]}, {}, {}, False),
    ("brand", {"codes": ["acme"]}, {"brand": "acme"}, {}, True),
    ("brand", {"codes": ["acme"]}, {}, {}, False),
    ("partner", {"codes": ["north"]}, {"partner": "north"}, {}, True),
    ("partner", {"codes": ["north"]}, {"partner": "south"}, {}, False),
    ("channel", {"channels": ["web", "phone"]}, {"channel": "web"}, {}, True),
    ("channel", {"channels": ["web"]}, {}, {}, False),
    ("payment", {"methods": ["cash"]}, {"payments": frozenset({"cash", "card"})}, {}, True),
    ("payment", {"methods": ["cash"]}, {"payments": frozenset({"card"})}, {}, False),
    ("payment", {"methods": ["cash"], "only": True}, {"payments": frozenset({"cash"})}, {}, True),
    ("payment", {"methods": ["cash"], "only": True}, {"payments": frozenset({"cash", "card"})}, {}, False),
    ("payment", {"methods": ["cash"], "only": True}, {}, {}, False),
    ("store", {"codes": ["store"]}, {}, {}, True),
    ("store", {"codes": ["other"]}, {}, {}, False),
    ("coupon", {"series": ["spring"]}, {"coupons": frozenset({"spring", "summer"})}, {}, True),
    ("coupon", {"series": ["spring"]}, {"coupons": frozenset({"summer"})}, {}, False),
    ("field", {"field": "pet", "known": True}, {}, {"traits": [PET_KNOWN]}, True),
    ("field", {"field": "pet", "one_of": ["cat"]}, {}, {"traits": [PET_KNOWN]}, False),
    ("field", {"field": "pet", "known": True}, {}, {}, False),
]


@pytest.mark.parametrize(("kind", "settings", "given_basket", "facts", "holds"), CONDITION_TABLE)
def test_conditions(kind, settings, given_basket, facts, holds):
    made = document(rules=[rule({"type": kind, **settings})])
    version = compile_document(made, served=EVERYTHING)
    assert evaluate(version, Facts(**facts), basket(1000, **given_basket)).points == (20 if holds else 10)


def test_every_condition_has_rows_in_the_table():
    assert {row[0] for row in CONDITION_TABLE} == set(CONDITIONS)


@pytest.mark.parametrize("row", CONDITION_TABLE, ids=lambda row: row[0])
def test_every_condition_is_said_in_words_and_turned_round(row):
    parsed = parse_condition({"type": row[0], **row[1]}, ALL)
    said = parsed.words(ALL)
    assert re.search(r"\w", str(said)), said
    assert "%(" not in str(said)
    turned = parse_condition({"type": row[0], **row[1], "not": True}, ALL)
    assert str(inner(parsed).words(ALL)) in str(turned.words(ALL))


def test_a_condition_whose_fact_nobody_fills_cannot_be_used():
    seen = set()
    for kind, settings, *_ in CONDITION_TABLE:
        raw = {"type": kind, **settings}
        waits = AWAITED.intersection(needs_of(inner(parse_condition(raw, ALL))))
        seen |= waits
        if waits:
            with pytest.raises(ConditionError, match="cannot be used yet"):
                parse_condition(raw)
        else:
            parse_condition(raw)
    assert seen <= AWAITED


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {},
        {"type": "nonsense"},
        {"type": "category"},
        {"type": "category", "codes": []},
        {"type": "category", "codes": "dairy"},
        {"type": "category", "codes": [1]},
        {"type": "weekday", "days": [8]},
        {"type": "weekday", "days": [True]},
        {"type": "category", "codes": ["dairy"], "not": "yes"},
        {"type": "amount"},
        {"type": "amount", "minimum": "0"},
        {"type": "amount", "minimum": "x"},
        {"type": "amount", "minimum": "1", "measured": "sideways"},
        {"type": "amount", "minimum": "1", "codes": []},
        {"type": "amount", "minimum": "1", "tax": "some"},
        {"type": "quantity", "minimum": "-1"},
        {"type": "dates"},
        {"type": "dates", "from": "tomorrow"},
        {"type": "dates", "from": "2026-02-30"},
        {"type": "dates", "from": "2026-03-02", "to": "2026-03-01"},
        {"type": "nth_purchase", "numbers": [0]},
        {"type": "nth_purchase", "numbers": []},
        {"type": "nth_purchase", "every": 0},
        {"type": "nth_purchase", "every": 5, "numbers": [1]},
        {"type": "accumulated"},
        {"type": "accumulated", "minimum": "0"},
        {"type": "accumulated", "minimum": "1", "of": "points"},
        {"type": "accumulated", "minimum": "1", "days": 0},
        {"type": "accumulated", "minimum": "1", "days": 5, "months": 1},
        {"type": "accumulated", "minimum": "1", "calendar": "week"},
        {"type": "accumulated", "minimum": "1", "with_this": "yes"},
        {"type": "accumulated", "minimum": "1.5", "of": "visits"},
        {"type": "accumulated", "minimum": "1.00001"},
        {"type": "tenure"},
        {"type": "tenure", "at_least": -1},
        {"type": "tenure", "at_least": 2, "at_most": 1},
        {"type": "tenure", "at_least": 2, "unit": "weeks"},
        {"type": "birthday", "before": 183},
        {"type": "birthday", "after": "7"},
        {"type": "anniversary", "before": -1},
        {"type": "buyer"},
        {"type": "buyer", "is": "robot"},
        {"type": "interest", "codes": []},
        {"type": "segment"},
        {"type": "lives_in", "cities": [""]},
        {"type": "lives_in"},
        {"type": "hours", "from": "9:00", "until": "12:00"},
        {"type": "hours", "from": 9, "until": 12},
        {"type": "hours", "from": "09:00", "until": "24:01"},
        {"type": "hours", "from": "09:00", "until": "09:00"},
        {"type": "label", "labels": []},
        {"type": "brand"},
        {"type": "partner", "codes": [""]},
        {"type": "channel", "channels": "web"},
        {"type": "payment", "methods": ["cash"], "only": 1},
        {"type": "store", "codes": "here"},
        {"type": "coupon", "series": []},
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_in_words(raw):
    with pytest.raises(ConditionError, match="condition"):
        parse_condition(raw, ALL)


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": 2},
        {"earning": {"per": "0"}},
        {"earning": {"per": "x"}},
        {"earning": {"points": "-1"}},
        {"earning": {"rounding": "up"}},
        {"redemption": {"step": "0"}},
        {"redemption": {"minimum": "0.5"}},
        {"rules": [rule(factor="0.5")]},
        {"rules": [{**rule(), "effect": {"type": "explode"}}]},
        {"redemption": {"max_points": "-1"}},
        {"redemption": {"own_points": True}},
        {"redemption": {"own_points": True}, "earning": {"on_points": True}, "activation_days": 1},
        {"discounts": {"stacking": "some"}},
        {"discounts": {"leftover": "me"}},
        {
            "tiers": [
                {"key": "a", "name": "", "threshold": "1", "multiplier": "1"},
                {"key": "a", "name": "", "threshold": "2", "multiplier": "1"},
            ]
        },
    ],
)
def test_a_draft_that_contradicts_itself_is_refused(changes):
    with pytest.raises(DocumentError):
        compile_document(document(**changes))


TIERS = [
    {"key": "red", "name": "Red", "threshold": "0", "multiplier": "1"},
    {"key": "silver", "name": "Silver", "threshold": "100", "multiplier": "1.5"},
    {"key": "gold", "name": "Gold", "threshold": "1000", "multiplier": "2"},
]


@pytest.mark.parametrize(("tier", "points"), [("", 10), ("red", 10), ("silver", 15), ("gold", 20), ("gone", 10)])
def test_a_tier_multiplies_the_base(tier, points):
    assert evaluate(compile_document(document(tiers=TIERS)), Facts(tier=tier), basket(1000)).points == points


@pytest.mark.parametrize(
    ("held", "spend", "after"),
    [("", 0, "red"), ("red", 9_999, "red"), ("red", 10_000, "silver"), ("gold", 0, "gold"), ("gone", 10_000, "silver")],
)
def test_the_ladder_is_climbed_and_not_fallen_from_by_selling(held, spend, after):
    assert tier_after(compile_document(document(tiers=TIERS)), Facts(tier=held, spend=spend), 0) == after


@pytest.mark.parametrize(
    ("changes", "facts", "amount", "maximum"),
    [
        pytest.param({}, {"available": 100}, 10_000, 100, id="the balance"),
        pytest.param({}, {"available": 9_999}, 1_000, 500, id="half of the bill"),
        pytest.param({"redemption": {"step": "50"}}, {"available": 120}, 10_000, 100, id="whole steps"),
        pytest.param({"redemption": {"minimum": "200"}}, {"available": 120}, 10_000, 0, id="below the least"),
        pytest.param({}, {"available": 0, "debt": 5}, 10_000, 0, id="while something is owed"),
        pytest.param({"redemption": {"point_value": "0"}}, {"available": 100}, 10_000, 0, id="points that pay nothing"),
    ],
)
def test_the_most_that_can_be_redeemed(changes, facts, amount, maximum):
    assert evaluate(compile_document(document(**changes)), Facts(**facts), basket(amount)).points_maximum == maximum


amounts = st.lists(st.integers(0, 10**7), min_size=1, max_size=12)


@given(amounts, st.integers(0, 10**6), st.integers(0, 10**6), st.booleans())
def test_whatever_is_asked_the_sums_are_exact(line_amounts, available, redeem, on_points):
    version = compile_document(document(tiers=TIERS, rules=[rule()], earning={"on_points": on_points, "points": "1.7"}))
    asked = basket(*line_amounts)
    try:
        outcome = evaluate(version, Facts(tier="silver", available=available), asked, redeem=redeem)
    except DomainError:
        assert redeem > evaluate(version, Facts(available=available), asked).points_maximum
        return
    paid = outcome.redemption
    assert sum(paid.points_by_line) == paid.points == redeem <= available
    assert sum(paid.money_by_line) == paid.money <= asked.total // 2
    assert all(0 <= part <= line.amount for part, line in zip(paid.money_by_line, asked.lines, strict=True))
    assert all(award.points > 0 for award in outcome.awards)
    assert sum(outcome.points_by_line(len(line_amounts))) == outcome.points
    assert outcome == evaluate(version, Facts(tier="silver", available=available), asked, redeem=redeem)
