"""What a programme may give away: on average, on some goods, article by article."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from programs.rules.basket import Line
from programs.rules.documents import compile_document
from programs.rules.margins import Sold, margin_warnings, most_given
from programs.rules.parsing import Units
from programs.rules.served import EVERYTHING
from tests.programs.rules.test_checking import DOUBLE, TEN, of
from tests.programs.rules.test_effects import FIRST, with_effect
from tests.programs.rules.test_engine import TIERS, document

HALF = {"type": "percent_off", "percent": "50"}
MEAT = of("category", codes=["meat"])
BEEF = Sold(Line("B", Decimal(1), 1000, "meat"), "Beef", Decimal(700))
TEA = Sold(Line("T", Decimal(1), 500, "tea"), "Tea", Decimal(495))


def said(*, margin: Fraction | None = None, sold: tuple[Sold, ...] = (), **changes) -> list[tuple[str, str]]:
    version = compile_document(document(**changes), served=EVERYTHING)
    return [(rule, str(words)) for rule, words in margin_warnings(version, margin, sold, Units(2, 0))]


@pytest.mark.parametrize(
    ("changes", "share"),
    [
        ({}, "0.01"),
        ({"tiers": TIERS}, "0.02"),
        ({"rules": [with_effect(DOUBLE)]}, "0.02"),
        ({"rules": [with_effect(DOUBLE, FIRST)]}, "0.01"),
        ({"rules": [with_effect({"type": "points_per_money", "points": "4"})]}, "0.05"),
        ({"rules": [with_effect(TEN)]}, "0.109"),
        ({"rules": [with_effect(TEN), with_effect(TEN, key="s")]}, "0.1981"),
        ({"rules": [with_effect(TEN), with_effect(TEN, key="s")], "discounts": {"stacking": "best"}}, "0.109"),
        ({"rules": [with_effect(TEN | {"most": "5"})]}, "0.01"),
        (
            {
                "rules": [
                    with_effect({"type": "scale_off", "steps": [{"percent": "5"}, {"from": "9", "percent": "20"}]})
                ]
            },
            "0.208",
        ),
        ({"redemption": {"max_percent": 0}}, "0"),
    ],
)
def test_the_most_that_a_sale_gives_away(changes: dict, share: str):
    assert most_given(compile_document(document(**changes))) == Fraction(share)


def test_a_known_margin_is_compared():
    assert said(rules=[with_effect(TEN)], margin=Fraction("0.11")) == []
    assert said(rules=[with_effect(TEN)], margin=Fraction("0.1")) == [
        ("", "a sale may give away 10.9 % of its price; the margin is 10 %")
    ]


def test_a_rule_on_some_goods_is_held_against_the_average_where_no_cost_is_known():
    rules = [with_effect(HALF, MEAT, key="meat"), with_effect(TEN, key="all")]
    assert said(rules=rules[:1], margin=Fraction("0.6")) == []
    assert said(rules=rules, margin=Fraction("0.5"))[0][0] == "meat"
    assert "gives away 50 % of the price; the margin is 50 %" in said(rules=rules, margin=Fraction("0.5"))[0][1]
    assert "may give away 55.4" in said(rules=rules, margin=Fraction("0.55"))[0][1]
    assert [rule for rule, _words in said(rules=rules, margin=Fraction("0.5"), sold=(TEA,))] == ["meat", "all"]
    assert [rule for rule, _words in said(rules=rules[:1], margin=Fraction("0.5"), sold=(BEEF,))] == ["meat"]


@pytest.mark.parametrize(
    ("rules", "sold", "expected"),
    [
        pytest.param([with_effect(HALF, MEAT)], (BEEF, TEA), ("r", "at 10 it gives away 5, and it costs us 7. So it is with 1 of 2"), id="alone"),
        pytest.param([with_effect(TEN, MEAT), with_effect(TEN, key="s"), with_effect(TEN, key="t")], (BEEF,), None, id="less than the room"),
        pytest.param(
            [with_effect({"type": "percent_off", "percent": "20"}, key=key) for key in ("r", "s")],
            (BEEF,),
            ("", "together sell goods under their cost: “R”, “S”. Of “Beef” at 10 up to 3.6"),
            id="two together",
        ),
        pytest.param(
            [with_effect({"type": "percent_off", "percent": "20"}, of("weekday", days=[day]), key=key) for day, key in ((1, "r"), (2, "s"))],
            (BEEF,),
            None,
            id="never on one day",
        ),
        pytest.param(
            [with_effect({"type": "percent_off", "percent": "20", "group": "g"}, key=key) for key in ("r", "s")],
            (BEEF,),
            None,
            id="one of a group",
        ),
        pytest.param([with_effect({"type": "piece_off", "first": "4"})], (BEEF,), ("r", "gives away 4"), id="a sum off a piece"),
        pytest.param([with_effect({"type": "amount_off", "amount": "4"})], (BEEF,), None, id="a sum off a receipt"),
        pytest.param([with_effect({"type": "fixed_price", "quantity": 2, "price": "13"})], (BEEF,), ("r", "gives away 3.5"), id="two for 13"),
        pytest.param([with_effect({"type": "cheapest_off", "every": 3})], (BEEF,), ("r", "gives away 3.33"), id="three for two"),
        pytest.param([with_effect({"type": "cheapest_off", "every": 4})], (BEEF,), None, id="four for three"),
        pytest.param([with_effect({"type": "stamp_card", "card": "c", "every": 3})], (BEEF,), ("r", "gives away 3.33"), id="every third free"),
        pytest.param([with_effect({"type": "points", "points": "400", "per": "piece"}, MEAT)], (BEEF,), ("r", "gives away 4"), id="points for a piece"),
        pytest.param([with_effect({"type": "points", "points": "400", "per": "piece"}), with_effect({"type": "exclude"}, MEAT, key="no")], (BEEF,), None, id="earns nothing"),
        pytest.param([], (Sold(TEA.line, "Tea", Decimal(496)),), ("", "the programme's own points sell goods under their cost: of “Tea” at 5 they give away 0.05"), id="points alone"),
        pytest.param([with_effect(HALF)], (Sold(BEEF.line, "Given", Decimal(1100)),), None, id="under its cost without us"),
    ],
)  # fmt: skip
def test_goods_under_their_cost(rules: list[dict], sold: tuple[Sold, ...], expected: tuple[str, str] | None):
    found = [row for row in said(rules=rules, sold=sold) if "under their cost" in row[1]]
    if expected is None:
        assert found == []
    else:
        assert [rule for rule, _words in found] == [expected[0]]
        assert expected[1] in found[0][1]
