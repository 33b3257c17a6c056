"""What is neither points nor money off, stamp cards, and limits over one receipt or many."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.rules.basket import Basket, Benefit, Facts, Line
from programs.rules.benefits import BENEFITS
from programs.rules.documents import Compiled, DocumentError, compile_document
from programs.rules.effects import EFFECTS
from programs.rules.engine import evaluate
from programs.rules.limits import Counter
from programs.rules.served import EVERYTHING
from tests.programs.rules.test_effects import FIRST, NEVER, SECOND, with_effect
from tests.programs.rules.test_engine import TUESDAY, basket, document


def compiled(*effects: Any, **changes: Any) -> Compiled:
    """A version of these effects (or (effect, condition ...)), whose rules are r0, r1 ..."""
    listed = [one if isinstance(one, tuple) else (one,) for one in effects]
    rules = [with_effect(effect, *conditions, key=f"r{n}") for n, (effect, *conditions) in enumerate(listed)]
    return compile_document(document(rules=rules, **changes), served=EVERYTHING)


def pieces(*lines: tuple[str, int]) -> Basket:
    made = tuple(Line(f"sku-{n}", Decimal(quantity), amount) for n, (quantity, amount) in enumerate(lines))
    return Basket(made, "store", TUESDAY)


def limit(of: str, most: object, per: str = "receipt", **more: str) -> dict:
    return {"of": of, "per": per, "most": most, **more}


GIFT = {"type": "gift", "skus": ["mug", "cap"], "surcharge": "2"}
STAMPS = {"type": "stamps", "card": "tea", "per": "piece"}
COFFEE = {"type": "stamp_card", "card": "coffee", "every": 10}


@pytest.mark.parametrize(
    ("effect", "times", "details"),
    [
        (GIFT, 1, {"skus": ["cap", "mug"], "surcharge": "2"}),
        (GIFT | {"every": 2}, 1, {"skus": ["cap", "mug"], "surcharge": "2"}),
        (GIFT | {"every": 1, "pieces": 2}, 6, {"skus": ["cap", "mug"], "surcharge": "2"}),
        (GIFT | {"pieces": 3}, 3, {"skus": ["cap", "mug"], "surcharge": "2"}),
        ({"type": "free_service", "text": "delivery"}, 1, {"text": {"en": "delivery"}}),
        ({"type": "privilege", "text": {"en": "a", "he": "b"}}, 1, {"text": {"en": "a", "he": "b"}}),
        ({"type": "message", "text": "Smile"}, 1, {"text": {"en": "Smile"}}),
        ({"type": "next_coupon", "series": "s", "after": 30}, 1, {"series": "s", "after": 30, "days": None}),
        ({"type": "next_coupon", "series": "s", "count": 2, "days": 9}, 2, {"series": "s", "after": 0, "days": 9}),
        ({"type": "stamps", "card": "tea"}, 1, {"card": "tea"}),
        (STAMPS | {"stamps": 2}, 6, {"card": "tea"}),
    ],
)
def test_what_is_given(effect: dict, times: int, details: dict):
    asked = pieces(("2", 600), ("1.5", 300))
    outcome = evaluate(compiled(effect), Facts(), asked)
    assert outcome.benefits == (Benefit("r0", effect["type"], times, {"name": "R0", **details}),)
    assert (outcome.points, outcome.discount) == (9, 0)
    assert evaluate(compiled((effect, NEVER)), Facts(), asked).benefits == ()


def test_every_benefit_is_tried_above():
    assert {kind.type for kind in BENEFITS} == {
        "gift",
        "free_service",
        "privilege",
        "message",
        "next_coupon",
        "stamps",
    }


def test_of_a_group_the_first_that_gives_something_counts():
    first, second = GIFT | {"group": "g"}, {"type": "privilege", "text": "a", "group": "g"}
    assert [one.rule for one in evaluate(compiled(first, second), Facts(), basket(1)).benefits] == ["r0"]
    assert [one.rule for one in evaluate(compiled((first, NEVER), second), Facts(), basket(1)).benefits] == ["r1"]
    assert [one.rule for one in evaluate(compiled(first, second | {"priority": 1}), Facts(), basket(1)).benefits] == [
        "r1"
    ]


@pytest.mark.parametrize(
    ("held", "bought", "off", "moved"),
    [
        pytest.param(0, "1", 0, 1, id="the first"),
        pytest.param(8, "1", 0, 1, id="the ninth"),
        pytest.param(9, "1", 100, -9, id="the tenth is free and ends the card"),
        pytest.param(9, "3", 100, -7, id="the tenth, and two more"),
        pytest.param(0, "10", 100, 0, id="ten at once"),
        pytest.param(5, "25", 300, -5, id="three cards"),
        pytest.param(25, "1", 100, -9, id="a full card was kept: only what is bought can be free"),
        pytest.param(0, "0.5", 0, 0, id="a part of a piece is no stamp"),
    ],
)
def test_a_stamp_card(held: int, bought: str, off: int, moved: int):
    amount = int(Decimal(bought) * 100)
    facts = Facts(counters={"stamps:coffee": held})
    outcome = evaluate(compiled((COFFEE, FIRST)), facts, pieces((bought, amount), ("7", 900)))
    assert outcome.discount_by_line(2) == [off, 0]
    assert {one.key: one.amount for one in outcome.counts} == ({"stamps:coffee": moved} if moved else {})


def test_the_free_piece_is_the_cheapest_or_the_dearest():
    facts = Facts(counters={"stamps:coffee": 9})
    asked = pieces(("1", 300), ("1", 500))
    assert evaluate(compiled(COFFEE), facts, asked).discount_by_line(2) == [300, 0]
    assert evaluate(compiled(COFFEE | {"free": "dearest"}), facts, asked).discount_by_line(2) == [0, 500]
    half = evaluate(compiled(COFFEE | {"percent": "50"}), facts, asked)
    assert half.discounts[0].details == {"name": "R0", "percent": "50", "pieces": 1}


def test_stamps_are_collected_where_another_discount_counts():
    version = compiled(COFFEE, {"type": "percent_off", "percent": "10", "exclusive": True})
    outcome = evaluate(version, Facts(counters={"stamps:coffee": 9}), pieces(("1", 1000)))
    assert (outcome.discount, [one[:2] for one in outcome.counts]) == (100, [("stamps:coffee", 1)])


@given(st.lists(st.integers(0, 12), min_size=1, max_size=30), st.integers(2, 11))
def test_any_way_of_coming_gives_the_same_free_pieces(visits: list[int], every: int):
    version, held, free = compiled(COFFEE | {"every": every}), 0, 0
    for bought in visits:
        outcome = evaluate(version, Facts(counters={"stamps:coffee": held}), pieces((str(bought), bought * 100)))
        free += outcome.discount // 100
        held += sum(one.amount for one in outcome.counts)
    assert (free, held) == divmod(sum(visits), every)


def test_stamps_are_taken_for_what_costs_them():
    gift = GIFT | {"takes": {"card": "tea", "stamps": 6}}
    version = compiled(STAMPS, gift, gift)
    outcome = evaluate(version, Facts(counters={"stamps:tea": 11}), pieces(("2", 100)))
    assert [one.rule for one in outcome.benefits] == ["r0", "r1"]
    assert [one[:2] for one in outcome.counts] == [("stamps:tea", 2 - 6)]
    assert len(evaluate(version, Facts(counters={"stamps:tea": 12}), pieces(("2", 100))).benefits) == 3
    assert len(evaluate(version, Facts(counters={"stamps:tea": 5}), pieces(("2", 100))).benefits) == 1


LIMITED = [
    pytest.param({"type": "points", "points": "50"}, limit("points", "20"), {}, (20, 0, {}), id="points of a receipt"),
    pytest.param(
        {"type": "points", "points": "50"},
        limit("points", "70", "member", within="day"),
        {"limit:r0:points:member:day": 30},
        (40, 0, {"limit:r0:points:member:day": 40}),
        id="points of a member in a day",
    ),
    pytest.param(
        {"type": "points", "points": "50"},
        limit("points", "70", "member"),
        {"limit:r0:points:member:ever": 90},
        (0, 0, {}),
        id="more than all of it is used",
    ),
    pytest.param(
        {"type": "points", "points": "50"},
        limit("times", 3, "member", within="month"),
        {"limit:r0:times:member:month": 2},
        (50, 0, {"limit:r0:times:member:month": 1}),
        id="the last time",
    ),
    pytest.param(
        {"type": "points", "points": "50"},
        limit("times", 3, "member", within="month"),
        {"limit:r0:times:member:month": 3},
        (0, 0, {}),
        id="often enough",
    ),
    pytest.param(
        {"type": "percent_off", "percent": "50"},
        limit("money", "1000", "program"),
        {"limit:r0:money:program:ever": 99_000},
        (0, 1000, {"limit:r0:money:program:ever": 1000}),
        id="a budget of money",
    ),
    pytest.param({"type": "percent_off", "percent": "50"}, limit("money", "7"), {}, (0, 700, {}), id="of a receipt"),
    pytest.param(
        {"type": "percent_off", "percent": "50"},
        limit("times", 1, "member", within="year"),
        {"limit:r0:times:member:year": 1},
        (0, 0, {}),
        id="once a year",
    ),
    pytest.param(
        {"type": "points_cap", "points": "70", "per": "member", "within": "day"},
        None,
        {"limit:r0:points:member:day": 30},
        (-60, 0, {"limit:r0:points:member:day": 40}),
        id="a cap on all points",
    ),
]


@pytest.mark.parametrize(("effect", "said", "counters", "expected"), LIMITED)
def test_limits(effect: dict, said: dict | None, counters: dict, expected: tuple):
    version = compiled(effect | ({"limits": [said]} if said else {}))
    outcome = evaluate(version, Facts(counters=counters), basket(5000, 5000))
    base = (10_000 - outcome.discount) // 100
    counted = {one.key: one.amount for one in outcome.counts}
    assert (outcome.points - base, outcome.discount, counted) == expected


def test_what_a_limit_cut_says_so():
    version = compiled({"type": "points", "points": "50", "limits": [limit("points", "20")]})
    assert [one.details.get("capped") for one in evaluate(version, Facts(), basket(100)).awards] == [None, "R0"]


def test_a_used_up_last_rule_ends_nothing():
    first = {"type": "points", "points": "5", "last": True, "limits": [limit("times", 1, "member")]}
    version = compiled(first, {"type": "points", "points": "2"})
    assert evaluate(version, Facts(), basket(0)).points == 5
    assert evaluate(version, Facts(counters={"limit:r0:times:member:ever": 1}), basket(0)).points == 2


def test_a_budget_of_all_discounts_cuts_what_was_given_last():
    version = compiled(
        {"type": "percent_off", "percent": "50"},
        ({"type": "amount_off", "amount": "3"}, SECOND),
        {"type": "discount_cap", "money": "20", "per": "program", "within": "month"},
    )
    asked = basket(2000, 2000)
    whole = evaluate(version, Facts(), asked)
    assert whole.discount_by_line(2) == [870, 1130]
    assert [(one.rule, one.line, one.money) for one in whole.discounts] == [
        ("r0", 0, 870),
        ("r0", 1, 1000),
        ("r1", 1, 130),
    ]
    assert [one[:2] for one in whole.counts] == [("limit:r2:money:program:month", 2000)]
    assert whole.points == 20
    rest = evaluate(version, Facts(counters={"limit:r2:money:program:month": 1900}), asked)
    assert (rest.discount, rest.points) == (100, 39)
    assert evaluate(version, Facts(counters={"limit:r2:money:program:month": 2000}), asked).points == 40


def test_what_a_budget_and_a_card_count_is_what_the_discounts_saw():
    """The sale reaches a tier and earns on it already; its discounts were those of the tier before."""
    red = {"type": "tier", "keys": ["red"]}
    tiers = [
        {"key": key, "name": key, "threshold": least, "multiplier": "1"} for key, least in (("red", 0), ("gold", 9))
    ]
    version = compiled(
        {"type": "percent_off", "percent": "10"},
        ({"type": "discount_cap", "money": "20", "per": "program"}, red),
        (COFFEE, red),
        tiers=tiers,
        ladder={"this_sale": True},
    )
    outcome = evaluate(version, Facts("red", counters={"stamps:coffee": 9}), basket(1000, 1000))
    assert (outcome.tier_after, outcome.discount) == ("gold", 1100)
    assert {one.key: one.amount for one in outcome.counts} == {"limit:r1:money:program:ever": 1100, "stamps:coffee": -8}


def test_a_stock_is_what_everybody_together_can_get():
    version = compiled(GIFT | {"pieces": 2, "stock": 100})
    key = "limit:r0:times:program:ever"
    outcome = evaluate(version, Facts(counters={key: 99}), basket(1))
    assert (outcome.benefits[0].times, [one[:2] for one in outcome.counts]) == (1, [(key, 1)])
    assert evaluate(version, Facts(counters={key: 100}), basket(1)).benefits == ()


def test_a_version_says_what_must_be_counted():
    limits = [limit("points", "5"), limit("times", 3, "program", within="day")]
    gift = GIFT | {"takes": {"card": "tea", "stamps": 6}}
    asked = compiled({"type": "points", "points": "5", "limits": limits}, COFFEE, STAMPS, gift).asked
    assert set(asked.counters) == {
        Counter("limit:r0:times:program:day", "program", "day"),
        Counter("stamps:coffee", "member"),
        Counter("stamps:tea", "member"),
    }
    assert asked.needs == {"counters", "gifts"}


@pytest.mark.parametrize(
    "effect",
    [
        {"type": "gift"},
        {"type": "gift", "skus": []},
        {"type": "gift", "skus": ["a"], "pieces": 0},
        {"type": "gift", "skus": ["a"], "stock": 0},
        {"type": "gift", "skus": ["a"], "surcharge": "-1"},
        {"type": "gift", "skus": ["a"], "last": True},
        {"type": "gift", "skus": ["a"], "takes": "tea"},
        {"type": "gift", "skus": ["a"], "takes": {"card": "tea"}},
        {"type": "gift", "skus": ["a"], "stock": 5, "limits": [limit("times", 9, "program")]},
        {"type": "free_service"},
        {"type": "privilege", "text": {}},
        {"type": "message", "text": {"en": ""}},
        {"type": "message", "text": "a", "group": "g"},
        {"type": "next_coupon"},
        {"type": "next_coupon", "series": "s", "days": 0},
        {"type": "stamps"},
        {"type": "stamps", "card": "tea", "per": "line"},
        {"type": "stamp_card", "card": "tea"},
        {"type": "stamp_card", "card": "tea", "every": 1},
        {"type": "stamp_card", "every": 10},
        {"type": "discount_cap"},
        {"type": "discount_cap", "money": "0"},
        {"type": "points_cap", "points": "5", "per": "shop"},
        {"type": "points_cap", "points": "5", "within": "day"},
        {"type": "points_cap", "points": "5", "limits": [limit("points", "5")]},
        {"type": "exclude", "limits": []},
        {"type": "points", "points": "5", "limits": "few"},
        {"type": "points", "points": "5", "limits": [5]},
        {"type": "points", "points": "5", "limits": [limit("money", "5")]},
        {"type": "points", "points": "5", "limits": [limit("points", "0")]},
        {"type": "points", "points": "5", "limits": [limit("times", "5")]},
        {"type": "points", "points": "5", "limits": [limit("points", "5", "till")]},
        {"type": "points", "points": "5", "limits": [limit("points", "5", "member", within="week")]},
        {"type": "points", "points": "5", "limits": [limit("points", "5", within="day")]},
        {"type": "points", "points": "5", "limits": [limit("points", "5"), limit("points", "6")]},
        {"type": "points", "points": "5", "limits": [limit("points", "5") | {"until": "noon"}]},
        {"type": "percent_off", "percent": "5", "limits": [limit("points", "5")]},
        {"type": "stamps", "card": "tea", "limits": [limit("points", "5")]},
    ],
)
def test_what_makes_no_sense_is_refused_in_words(effect: dict):
    with pytest.raises(DocumentError, match=r"rule r0: \S"):
        compiled(effect)


@pytest.mark.parametrize(
    "effect",
    [
        GIFT,
        {"type": "free_service", "text": "a"},
        {"type": "privilege", "text": "a"},
        {"type": "message", "text": "a"},
        {"type": "next_coupon", "series": "s"},
        STAMPS,
        COFFEE,
        {"type": "points", "points": "5", "limits": [limit("points", "5", "member")]},
        {"type": "points_cap", "points": "5", "per": "program"},
        {"type": "discount_cap", "money": "5", "per": "member"},
    ],
)
def test_what_nobody_serves_cannot_be_used(effect: dict):
    assert effect["type"] in EFFECTS
    with pytest.raises(DocumentError, match="cannot be used yet"):
        compile_document(document(rules=[with_effect(effect)]), served=frozenset())
    assert compile_document(document(rules=[with_effect(effect)]))  # of these nothing is awaited any more


@pytest.mark.parametrize("other", [COFFEE, COFFEE | {"every": 5}, GIFT | {"takes": {"card": "coffee", "stamps": 5}}])
def test_the_same_stamps_are_not_taken_twice(other: dict):
    with pytest.raises(DocumentError, match="two rules take the stamps of the card coffee"):
        compiled(COFFEE, other)
    compiled(COFFEE, STAMPS | {"card": "coffee"}, other | ({"card": "tea"} if "card" in other else {"takes": None}))


def test_limits_of_a_receipt_can_be_used():
    points = {"type": "points", "points": "5", "limits": [limit("points", "3")]}
    cap = {"type": "discount_cap", "money": "5"}
    rules = [
        with_effect(points, key="a"),
        with_effect(cap, key="b"),
        with_effect({"type": "percent_off", "percent": "9"}),
    ]
    outcome = evaluate(compile_document(document(rules=rules)), Facts(), basket(10_000))
    assert (outcome.points, outcome.discount, outcome.counts) == (95 + 3, 500, ())


def test_counters_are_stored_with_the_facts():
    facts = Facts(counters={"stamps:tea": 5})
    assert Facts.from_json(facts.to_json()) == facts
    assert "counters" not in Facts().to_json()


def test_a_discount_that_a_limit_cut_says_so():
    version = compiled({"type": "percent_off", "percent": "50", "limits": [limit("money", "7")]})
    assert [one.details for one in evaluate(version, Facts(), basket(5000)).discounts] == [
        {"name": "R0", "percent": "50", "capped": "R0"}
    ]


def test_only_discounts_count_alone():
    # A factor takes any setting, as documents of the first versions had it.
    version = compiled({"type": "multiply", "factor": "2", "exclusive": True}, {"type": "percent_off", "percent": "50"})
    outcome = evaluate(version, Facts(), basket(1000))
    assert (outcome.discount, outcome.points) == (500, 10)
