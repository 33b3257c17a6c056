"""Discounts of the programme: what each effect takes off which line."""

from __future__ import annotations

from decimal import Decimal

import pytest

from programs.rules.basket import Basket, Facts, Line
from programs.rules.documents import DocumentError, compile_document
from programs.rules.engine import evaluate
from programs.rules.served import EVERYTHING, SERVED
from tests.programs.rules.test_effects import FIRST, NEVER, SECOND, with_effect
from tests.programs.rules.test_engine import TUESDAY, basket, document


def pieces(*lines: tuple[str, int]) -> Basket:
    """("3", 900): three pieces of one article for 9.00 together."""
    made = tuple(Line(f"sku-{n}", Decimal(quantity), amount, "") for n, (quantity, amount) in enumerate(lines))
    return Basket(made, "store", TUESDAY)


def off(effects: list[tuple], asked: Basket, **changes) -> list[int]:
    rules = [with_effect(effect, *conditions, key=f"r{n}") for n, (effect, *conditions) in enumerate(effects)]
    outcome = evaluate(compile_document(document(rules=rules, **changes)), Facts(), asked)
    return outcome.discount_by_line(len(asked.lines))


def percent(value: str, **more) -> dict:
    return {"type": "percent_off", "percent": value, **more}


BUY_GET = {"type": "buy_get", "buy": {"skus": ["sku-0"], "pieces": 2}, "get": {"skus": ["sku-1"]}}


@pytest.mark.parametrize(
    ("effect", "conditions", "asked", "expected"),
    [
        pytest.param(percent("10"), [], basket(1000, 500), [100, 50], id="per cent"),
        pytest.param(percent("3"), [], basket(1422, 328), [42, 10], id="rounded down once on the sum"),
        pytest.param(percent("3", rounding="half_up"), [], basket(1422, 328), [43, 10], id="to the nearest"),
        pytest.param(percent("10", per="line", rounding="half_up"), [], basket(106, 206), [11, 21], id="on each line"),
        pytest.param(percent("10", most="1.00"), [], basket(1000, 500), [67, 33], id="at most"),
        pytest.param(percent("50", per="line", most="1.00"), [], basket(1000, 500), [67, 33], id="of lines at most"),
        pytest.param(percent("10"), [FIRST], basket(1000, 500), [100, 0], id="one line"),
        pytest.param(
            percent("10", scope="receipt"), [FIRST], basket(1000, 500), [100, 50], id="the receipt for one line"
        ),
        pytest.param(percent("20", pieces=1), [], pieces(("3", 300), ("3", 600)), [20, 0], id="the cheapest piece"),
        pytest.param({"type": "amount_off", "amount": "4"}, [], basket(200, 200, 200), [134, 133, 133], id="amount"),
        pytest.param({"type": "amount_off", "amount": "40"}, [], basket(200, 300), [200, 300], id="never below nought"),
        pytest.param({"type": "amount_off", "amount": "1", "minimum": "5"}, [], basket(499), [0], id="below the least"),
        pytest.param(
            {"type": "amount_off", "amount": "1", "per": "piece"},
            [],
            pieces(("3", 1000), ("2", 150)),
            [300, 150],
            id="off each piece",
        ),
        pytest.param(
            {"type": "piece_off", "first": "1.13", "next": "2.11", "pieces": 5},
            [],
            pieces(("1", 1000)),
            [113],
            id="first",
        ),
        pytest.param(
            {"type": "piece_off", "first": "1.13", "next": "2.11", "pieces": 5},
            [],
            pieces(("7", 7000)),
            [113 + 4 * 211],
            id="first and next, at most",
        ),
        pytest.param(
            {"type": "piece_off", "first": "1"}, [], pieces(("2", 1000), ("1.5", 900)), [200, 100], id="weighed"
        ),
        pytest.param(
            {"type": "piece_off", "first": "5", "group_of": 2}, [], pieces(("3", 3000)), [1000], id="in full groups"
        ),
        pytest.param({"type": "piece_off", "first": "5"}, [], pieces(("2", 600)), [600], id="no piece below nought"),
        pytest.param(
            {
                "type": "steps_off",
                "steps": [{"amount": "1"}, {"from": "20", "amount": "2"}, {"from": "30", "amount": "9"}],
            },
            [],
            basket(1000, 1500),
            [80, 120],
            id="the step that is reached",
        ),
        pytest.param(
            {
                "type": "steps_off",
                "by": "quantity",
                "steps": [{"from": 2, "percent": "10"}, {"from": 5, "percent": "20"}],
            },
            [],
            pieces(("4", 1000), ("1", 500)),
            [200, 100],
            id="a step by pieces",
        ),
        pytest.param(
            {"type": "steps_off", "steps": [{"from": "20", "amount": "2"}]}, [], basket(1999), [0], id="below all steps"
        ),
        pytest.param({"type": "cheapest_off", "every": 3}, [], basket(*[120] * 5), [0, 0, 0, 0, 120], id="third free"),
        pytest.param(
            {"type": "cheapest_off", "every": 3}, [], pieces(("3", 1200), ("3", 1800)), [800, 0], id="cheapest of all"
        ),
        pytest.param(
            {"type": "cheapest_off", "every": 3, "over": "group"},
            [],
            pieces(("3", 1200), ("3", 1800)),
            [400, 600],
            id="cheapest of each group",
        ),
        pytest.param(
            {"type": "cheapest_off", "every": 4, "pieces": 2, "per_article": True},
            [],
            pieces(("4", 1000), ("2", 20)),
            [500, 0],
            id="two of four of the same article",
        ),
        pytest.param(
            {"type": "cheapest_off", "every": 2, "most": 1, "percent": "50"},
            [],
            pieces(("4", 1000)),
            [125],
            id="half of one",
        ),
        pytest.param(
            {"type": "fixed_price", "quantity": 3, "price": "20"}, [], pieces(("4", 3200)), [400], id="three for"
        ),
        pytest.param(
            {"type": "fixed_price", "quantity": 2, "price": "5", "most": 1},
            [],
            pieces(("1", 400), ("4", 1200)),
            [114, 86],
            id="once, the dearest",
        ),
        pytest.param(
            {"type": "fixed_price", "quantity": 2, "price": "50"}, [], pieces(("4", 1200)), [0], id="no bargain"
        ),
        pytest.param(
            {"type": "fixed_price", "quantity": 1, "price": "0.01"},
            [],
            pieces(("72900006", 729_000_060)),
            [656_100_054],
            id="an article's number typed as the quantity",
        ),
        pytest.param(BUY_GET, [], pieces(("5", 1000), ("3", 600)), [0, 400], id="two of one, one of the other free"),
        pytest.param(BUY_GET, [], pieces(("1", 1000), ("3", 600)), [0, 0], id="too few were bought"),
        pytest.param(BUY_GET, [], pieces(("9", 1000), ("1", 600)), [0, 600], id="only one there to get"),
        pytest.param(BUY_GET | {"most": 1}, [], pieces(("5", 1000), ("3", 600)), [0, 200], id="once at most"),
        pytest.param(BUY_GET | {"percent": "50"}, [], pieces(("2", 1000), ("2", 601)), [0, 150], id="one for half"),
        pytest.param(
            BUY_GET | {"get": {"skus": ["sku-1", "sku-2"], "pieces": 2}},
            [],
            pieces(("2", 1000), ("1", 900), ("4", 800)),
            [0, 0, 400],
            id="the cheapest of those to get",
        ),
        pytest.param(BUY_GET, [SECOND], pieces(("2", 1000), ("1", 600)), [0, 600], id="the receipt for one line"),
        pytest.param(percent("100"), [], pieces(("0", 500)), [500], id="a line without pieces"),
        pytest.param({"type": "cheapest_off", "every": 1}, [], pieces(("0", 500)), [0], id="no pieces to choose"),
    ],
)
def test_one_discount(effect, conditions, asked, expected):
    assert off([(effect, *conditions)], asked) == expected


TEN, HALF = percent("10"), percent("50")


@pytest.mark.parametrize(
    ("effects", "asked", "changes", "expected"),
    [
        pytest.param([(TEN,), (TEN,)], basket(1000), {}, [190], id="one on what the other left"),
        pytest.param(
            [(TEN,), ({"type": "amount_off", "amount": "950"},)], basket(1000), {}, [1000], id="cut to what is left"
        ),
        pytest.param([(TEN | {"last": True},), (HALF,)], basket(1000), {}, [100], id="the last one"),
        pytest.param(
            [(TEN | {"group": "g"},), (HALF | {"group": "g"},), (TEN,)], basket(1000), {}, [550], id="best of a group"
        ),
        pytest.param([(TEN,), (HALF,)], basket(1000), {"discounts": {"stacking": "best"}}, [500], id="best of all"),
        pytest.param(
            [(TEN, FIRST), (HALF,)],
            basket(1000, 500),
            {"discounts": {"stacking": "first"}},
            [100, 250],
            id="a line once",
        ),
        pytest.param([(TEN,), (HALF | {"priority": 1, "last": True},)], basket(1000), {}, [500], id="by priority"),
        pytest.param(
            [(TEN | {"priority": 2, "last": True},), (HALF,), (percent("20") | {"priority": 1, "last": True},)],
            basket(1000),
            {},
            [200],
            id="the first priority before the second, without one last",
        ),
        pytest.param([(TEN,), (HALF | {"exclusive": True},)], basket(1000), {}, [500], id="exclusive"),
        pytest.param([(HALF,), (TEN | {"exclusive": True},)], basket(1000), {}, [100], id="exclusive, though smaller"),
        pytest.param([(TEN,), (HALF | {"exclusive": True}, NEVER)], basket(1000), {}, [100], id="it does not match"),
        pytest.param(
            [(HALF | {"exclusive": True},), (TEN | {"exclusive": True, "priority": 1},)],
            basket(1000),
            {},
            [100],
            id="the first of two exclusive ones",
        ),
        pytest.param(
            [(TEN,), ({"type": "amount_off", "amount": "5"},)],
            basket(1000),
            {"discounts": {"order": "larger"}},
            [550],
            id="the larger one first",
        ),
        pytest.param(
            [(TEN, FIRST), (HALF,)],
            basket(1000, 500),
            {"discounts": {"order": "larger", "stacking": "first"}},
            [500, 250],
            id="each line its largest",
        ),
        pytest.param(
            [(TEN,), (TEN, FIRST), (percent("10", most="1"),)],
            basket(1000),
            {"discounts": {"order": "larger", "stacking": "first"}},
            [100],
            id="of equals the first",
        ),
        pytest.param(
            [(TEN, FIRST), (HALF, {"type": "quantity", "minimum": 2})],
            basket(1000, 500),
            {"discounts": {"stacking": "first"}},
            [100, 0],
            id="used lines count for nothing",
        ),
        pytest.param(
            [(percent("20"), FIRST), ({"type": "amount_off", "amount": "10"}, {"type": "amount", "minimum": "60"})],
            basket(3000, 4000),
            {},
            [975, 625],
            id="enough is left",
        ),
        pytest.param(
            [(HALF,), ({"type": "amount_off", "amount": "1"}, {"type": "amount", "minimum": "60"})],
            basket(7000),
            {},
            [3500],
            id="not enough is left",
        ),
        pytest.param(
            [
                (HALF,),
                ({"type": "amount_off", "amount": "1"}, {"type": "amount", "minimum": "60", "measured": "before"}),
            ],
            basket(7000),
            {},
            [3600],
            id="measured before the discounts",
        ),
        pytest.param(
            [(percent("15", most="50"),)],
            basket(12_000, 23_000, 30_000),
            {"discounts": {"leftover": "first"}},
            [924, 1769, 2307],
            id="left-over cents to the first",
        ),
        pytest.param(
            [({"type": "amount_off", "amount": "4"},)],
            basket(200, 200, 200),
            {"discounts": {"leftover": "last"}},
            [133, 133, 134],
            id="left-over cents to the last",
        ),
    ],
)
def test_several_discounts(effects, asked, changes, expected):
    assert off(effects, asked, **changes) == expected


@pytest.mark.parametrize(("before", "points"), [(False, 45), (True, 50)])
def test_whether_the_discount_earns_is_a_setting(before, points):
    version = compile_document(document(rules=[with_effect(TEN)], earning={"before_discounts": before}))
    outcome = evaluate(version, Facts(available=10_000), basket(5000))
    assert (outcome.points, outcome.discount) == (points, 500)
    # Points may pay half of what is left, and the ladder counts what was paid for the goods.
    assert outcome.points_maximum == 2250


def test_conditions_of_points_see_the_prices_after_discounts():
    rules = [
        with_effect(HALF, SECOND),
        with_effect({"type": "points", "points": "9"}, {"type": "amount", "minimum": "9"}, key="p"),
    ]
    version = compile_document(document(rules=rules))
    assert evaluate(version, Facts(), basket(500, 700)).points == 8
    assert evaluate(version, Facts(), basket(550, 700)).points == 9 + 9


SCALE = {"type": "scale_off", "steps": [{"from": "100", "percent": "5"}, {"from": "500", "amount": "20"}]}


@pytest.mark.parametrize(
    ("settings", "facts", "expected"),
    [
        pytest.param({}, {"spend": 9_999}, 0, id="below all steps"),
        pytest.param({}, {"spend": 10_000}, 500, id="the first step"),
        pytest.param({}, {"spend": 50_000}, 2000, id="the second, a sum"),
        pytest.param({"with_this": True}, {"spend": 40_000}, 2000, id="this sale counts"),
        pytest.param({"days": 365}, {"spend": 50_000}, 0, id="nobody knows the window"),
        pytest.param({"days": 365}, {"windows": {"spend:365:days": 10_000}}, 500, id="in a window"),
        pytest.param({"of": "visits", "steps": [{"from": 3, "percent": "10"}]}, {"purchases": 3}, 1000, id="by visits"),
        pytest.param({"of": "visits", "steps": [{"from": 3, "percent": "10"}]}, {}, 0, id="nobody has not come"),
        pytest.param({"of": "points"}, {"windows": {"points": 100}}, 500, id="by points"),
        pytest.param(
            {"of": "visits", "with_this": True, "steps": [{"from": 3, "percent": "10"}]},
            {"purchases": 2},
            1000,
            id="by visits with this one",
        ),
    ],
)
def test_a_scale_by_what_was_bought_before(settings, facts, expected):
    version = compile_document(document(rules=[with_effect(SCALE | settings)]), served=EVERYTHING)
    assert evaluate(version, Facts(**facts), basket(10_000)).discount == expected


def test_a_scale_says_its_percent_and_what_it_needs():
    version = compile_document(document(rules=[with_effect(SCALE | {"calendar": "year"})]), served=EVERYTHING)
    outcome = evaluate(version, Facts(windows={"spend:year": 10_000}), basket(10_000))
    assert outcome.discounts[0].details["percent"] == "5"
    assert version.asked.needs == {"windows"}
    assert [window.key for window in version.asked.windows] == ["spend:year"]
    with pytest.raises(DocumentError, match="cannot be used yet"):
        compile_document(document(rules=[with_effect(SCALE | {"calendar": "year"})]), served=SERVED - {"windows"})
    assert compile_document(document(rules=[with_effect(SCALE)])).asked.needs == {"spend"}


@pytest.mark.parametrize(
    ("effect", "asked", "cheaper", "counted"),
    [
        (percent("10"), pieces(("3", 900), ("1.5", 300)), 4, 4),
        (percent("10", pieces=1), pieces(("3", 900), ("3", 300)), 1, 1),
        ({"type": "amount_off", "amount": "1"}, pieces(("2", 900)), 2, 2),
        ({"type": "steps_off", "by": "amount", "steps": [{"from": "0", "amount": "1"}]}, pieces(("2", 900)), 2, 2),
        ({"type": "piece_off", "first": "1", "group_of": 2}, pieces(("3", 900)), 2, 2),
        ({"type": "cheapest_off", "every": 3}, pieces(("2", 900), ("2", 200)), 1, 3),
        ({"type": "cheapest_off", "every": 3, "most": 1}, pieces(("9", 900)), 1, 3),
        ({"type": "cheapest_off", "every": 2, "per_article": True}, pieces(("3", 900), ("2", 200)), 2, 4),
        ({"type": "fixed_price", "quantity": 3, "price": "5"}, pieces(("4", 1000)), 3, 3),
        (BUY_GET, pieces(("5", 1000), ("1", 500)), 1, 3),
        (BUY_GET, pieces(("4", 1000), ("9", 900)), 2, 6),
    ],
)
def test_pieces_that_a_discount_is_reckoned_with(effect, asked, cheaper, counted):
    outcome = evaluate(compile_document(document(rules=[with_effect(effect)])), Facts(), asked)
    assert {(one.pieces, one.counted) for one in outcome.discounts} == {(cheaper, counted)}


def test_pieces_that_a_condition_asks_for_are_counted():
    rule = with_effect(percent("10", pieces=1), {"type": "quantity", "minimum": "3"})
    outcome = evaluate(compile_document(document(rules=[rule])), Facts(), pieces(("4", 900)))
    assert [(one.pieces, one.counted) for one in outcome.discounts] == [(1, 3)]
