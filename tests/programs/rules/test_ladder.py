"""The ladder of tiers: climbing, keeping, falling, and the floor that a hand has set."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.rules.basket import Facts
from programs.rules.documents import DocumentError, compile_document
from programs.rules.engine import evaluate, tier_after
from programs.rules.ladder import Ladder, Standing, certain_until, look
from programs.rules.served import EVERYTHING, SERVED
from tests.programs.rules.test_conditions import ALL
from tests.programs.rules.test_effects import with_effect
from tests.programs.rules.test_engine import TIERS, basket, document

ORDER = ["red", "silver", "gold"]
DAY = dt.date(2026, 3, 10)


def compiled(**ladder):
    return compile_document(document(tiers=TIERS, ladder=ladder), served=EVERYTHING)


@pytest.mark.parametrize(
    ("this_sale", "spend", "amount", "points"),
    [
        pytest.param(False, 9_000, 1000, 10, id="from the next sale on"),
        pytest.param(True, 9_000, 1000, 15, id="on the tier it reaches"),
        pytest.param(True, 8_999, 1000, 10, id="just below"),
        pytest.param(True, 99_000, 1000, 20, id="two steps at once"),
    ],
)
def test_whether_the_sale_counts_is_a_setting(this_sale: bool, spend: int, amount: int, points: int):
    outcome = evaluate(compiled(this_sale=this_sale), Facts("red", spend), basket(amount))
    assert outcome.points == points


def test_a_tier_from_the_start_is_that_of_the_first_sale_too():
    tiers = [{"key": "red", "name": "Red", "threshold": "0", "multiplier": "2"}, *TIERS[1:]]
    rules = [with_effect({"type": "percent_off", "percent": "10"}, {"type": "tier", "keys": ["red"]})]
    outcome = evaluate(compile_document(document(tiers=tiers, rules=rules)), Facts(), basket(1000))
    assert (outcome.points, outcome.discount, outcome.tier_after) == (18, 100, "red")


@pytest.mark.parametrize(
    ("ladder", "facts", "amount", "tier"),
    [
        ({}, {"spend": 9_999}, 1, "silver"),
        ({"days": 365}, {"windows": {"spend:365:days": 9_999}}, 1, "silver"),
        ({"days": 365}, {"windows": {"spend:365:days": 9_998}, "spend": 99_999}, 1, "red"),
        ({"days": 365}, {"spend": 99_999, "tier": "gold"}, 1, "gold"),
        ({"of": "visits"}, {"purchases": 99}, 1, "silver"),
        ({"of": "visits"}, {"purchases": 99}, 0, "red"),
        ({"of": "points"}, {"windows": {"points": 100}}, 0, "silver"),
        ({"of": "points"}, {"windows": {"points": 99}}, 10_000, "red"),
    ],
)
def test_what_climbs(ladder: dict, facts: dict, amount: int, tier: str):
    assert tier_after(compiled(**ladder), Facts(**facts), amount) == tier


KEEPS = Ladder(keeps_months=12, grace_days=30)


def stands(tier: str, since: dt.date = DAY, **more) -> Standing:
    return Standing(tier, since, **more)


LOOKS = [
    pytest.param(KEEPS, stands("red"), "gold", 0, stands("gold"), id="up at once"),
    pytest.param(KEEPS, stands("gold"), "gold", 900, stands("gold"), id="reached all the time"),
    pytest.param(KEEPS, stands("gold"), "red", 364, stands("gold"), id="kept for a year"),
    pytest.param(
        KEEPS,
        stands("gold"),
        "red",
        365,
        stands("gold", below_since=DAY + dt.timedelta(365)),
        id="then the grace begins",
    ),
    pytest.param(
        KEEPS,
        stands("gold", below_since=DAY + dt.timedelta(365)),
        "red",
        394,
        stands("gold", below_since=DAY + dt.timedelta(365)),
        id="its last day",
    ),
    pytest.param(
        KEEPS,
        stands("gold", below_since=DAY + dt.timedelta(365)),
        "red",
        395,
        stands("red", DAY + dt.timedelta(395)),
        id="lost",
    ),
    pytest.param(
        KEEPS, stands("gold", below_since=DAY + dt.timedelta(365)), "gold", 380, stands("gold"), id="saved in the grace"
    ),
    pytest.param(
        Ladder(keeps_months=12, one_step=True),
        stands("gold"),
        "",
        365,
        stands("silver", DAY + dt.timedelta(365)),
        id="one step",
    ),
    pytest.param(Ladder(keeps_months=0), stands("gold"), "silver", 0, stands("gold"), id="held on its day"),
    pytest.param(
        Ladder(keeps_months=0), stands("gold"), "silver", 1, stands("silver", DAY + dt.timedelta(1)), id="no longer"
    ),
    pytest.param(
        Ladder(keeps_months=12), stands("gold"), "", 365, stands("", DAY + dt.timedelta(365)), id="to nothing"
    ),
    pytest.param(Ladder(), stands("gold"), "", 9_000, stands("gold"), id="never lost"),
    pytest.param(
        Ladder(keeps_months=1),
        stands("gold", floor="silver"),
        "red",
        365,
        stands("silver", DAY + dt.timedelta(365), floor="silver"),
        id="not below the floor",
    ),
    pytest.param(KEEPS, stands("red", floor="gold"), "silver", 0, stands("gold", floor="gold"), id="up to the floor"),
    pytest.param(KEEPS, stands("bronze"), "red", 5, stands("red", DAY + dt.timedelta(5)), id="a tier that is gone"),
    pytest.param(KEEPS, stands(""), "", 5, stands(""), id="nobody yet"),
]


@pytest.mark.parametrize(("ladder", "before", "reached", "days", "after"), LOOKS)
def test_a_look_at_the_ladder(ladder: Ladder, before: Standing, reached: str, days: int, after: Standing):
    assert look(ladder, ORDER, before, reached, DAY + dt.timedelta(days)) == after


PLACES = st.sampled_from(["", *ORDER])


@given(
    st.lists(st.tuples(PLACES, st.integers(0, 200)), max_size=20),
    PLACES,
    st.builds(
        Ladder, keeps_months=st.none() | st.integers(0, 6), grace_days=st.integers(0, 60), one_step=st.booleans()
    ),
)
def test_nobody_stands_below_what_counts_or_the_floor(visits: list, floor: str, ladder: Ladder):
    places = {key: place for place, key in enumerate(["", *ORDER])}
    standing, today = Standing("", DAY, floor), DAY
    for reached, days in visits:
        today += dt.timedelta(days)
        after = look(ladder, ORDER, standing, reached, today)
        assert places[after.tier] >= max(places[reached], places[floor])
        if ladder.keeps_months is None:
            assert places[after.tier] >= places[standing.tier]
        standing = after


def test_looking_again_on_the_same_day_changes_nothing():
    standing = stands("gold")
    for days in range(0, 800, 7):
        standing = look(KEEPS, ORDER, standing, "red", DAY + dt.timedelta(days))
        assert look(KEEPS, ORDER, standing, "red", DAY + dt.timedelta(days)) == standing


@pytest.mark.parametrize(
    ("ladder", "standing", "days", "last"),
    [
        pytest.param(KEEPS, stands("gold"), 0, 394, id="its time and the grace"),
        pytest.param(KEEPS, stands("gold"), 394, 394, id="the last day"),
        pytest.param(KEEPS, stands("gold"), 395, None, id="while it is reached"),
        pytest.param(KEEPS, stands("gold", below_since=DAY + dt.timedelta(500)), 510, 529, id="in the grace"),
        pytest.param(KEEPS, stands("gold", floor="gold"), 0, None, id="by hand"),
        pytest.param(KEEPS, stands("gold", floor="silver"), 0, 394, id="above what a hand has set"),
        pytest.param(KEEPS, stands(""), 0, None, id="no tier"),
        pytest.param(Ladder(), stands("gold"), 0, None, id="for ever"),
    ],
)
def test_until_when_a_tier_is_certain(ladder: Ladder, standing: Standing, days: int, last: int | None):
    certain = certain_until(ladder, standing, DAY + dt.timedelta(days))
    assert certain == (None if last is None else DAY + dt.timedelta(last))
    if certain is not None:
        at_last = look(ladder, ORDER, standing, "", certain)
        assert at_last.tier == standing.tier


def test_nobody_loses_a_tier_before_its_certain_day_and_everybody_after_it():
    standing = stands("gold")
    for days in range(0, 396):
        standing = look(KEEPS, ORDER, standing, "red", DAY + dt.timedelta(days))
        assert (standing.tier == "gold") == (days <= 394)


SALES = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 60_000)), max_size=12)


@given(
    SALES,
    st.sampled_from([{"days": 30}, {"months": 3}, {"calendar": "quarter"}, {"calendar": "year"}, {}]),
    st.sampled_from(["spend", "visits"]),
    st.none() | st.integers(1, 3),
    st.integers(0, 20),
    st.booleans(),
)
def test_the_till_and_the_night_agree(sales, window, of, keeps, grace, one_step):
    """Whoever climbs at the till stands where the look at the end of the same day would have put them; and no day later
    does it matter which of the two it was."""
    falls = "one_step" if one_step else "to_reached"
    settings = {"of": of, "keeps_months": keeps, "grace_days": grace, "falls": falls, **window}
    tiers = [{**tier, "threshold": few} for tier, few in zip(TIERS, ("0", "2", "5"), strict=True)]
    version = compile_document(document(tiers=tiers if of == "visits" else TIERS, ladder=settings), served=EVERYTHING)
    ladder, order = version.ladder, [tier.key for tier in version.tiers]
    days: list[tuple[dt.date, int]] = []
    past: list[Any] = []
    today = DAY
    for gap, amount in sales:
        today += dt.timedelta(gap)
        days.append((today, amount))
    with_till = only_night = Standing("", DAY)
    today = DAY
    while days or today < DAY + dt.timedelta(100):
        sold = [amount for day, amount in days if day == today]
        days = [one for one in days if one[0] != today]
        for amount in sold:
            before = counted(ladder, past, today)
            kept: dict[str, Any] = {"windows": {ladder.window.key: before}}
            kept |= {"spend": before} if of == "spend" else {"purchases": before}
            tier = tier_after(version, Facts(with_till.tier, **kept), amount)
            if tier != with_till.tier:
                with_till = Standing(tier, today)
            past.append((today, amount))
        reached = version.tier_for(counted(ladder, past, today))
        with_till = look(ladder, order, with_till, reached, today)
        only_night = look(ladder, order, only_night, reached, today)
        assert with_till == only_night
        today += dt.timedelta(1)


def counted(ladder: Ladder, past: list[tuple[dt.date, int]], today: dt.date) -> int:
    since = ladder.window.since(today)
    return sum(amount if ladder.window.of == "spend" else 1 for day, amount in past if day >= since)


@pytest.mark.parametrize(
    "ladder",
    [
        {"of": "luck"},
        {"days": 5, "months": 1},
        {"keeps_months": -1},
        {"grace_days": -1},
        {"falls": "far"},
        {"this_sale": "yes"},
        {"keep_months": 5},
    ],
)
def test_a_ladder_that_makes_no_sense_is_refused(ladder: dict):
    with pytest.raises(DocumentError):
        compiled(**ladder)


def test_what_is_looked_at_every_night_waits():
    for ladder in ({"days": 365}, {"keeps_months": 12}, {"of": "visits"}):
        with pytest.raises(DocumentError, match="cannot be used yet"):
            compile_document(document(tiers=TIERS, ladder=ladder), served=SERVED - {"ladder"})
        assert compiled(**ladder).asked.needs >= {"ladder"}
    assert compile_document(document(tiers=TIERS, ladder={"this_sale": True})).asked.needs == frozenset()
    assert Ladder.parse({}, ALL) == Ladder()
