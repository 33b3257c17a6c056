"""What the oracle sets up beyond points and discounts: told states, money on cards, limits, levels, tax."""

from __future__ import annotations

import pytest

from benchmarks.oracle.expectations import same
from benchmarks.oracle.runner import NOT_CONFIGURABLE, REPRODUCED, run_case
from benchmarks.oracle.told import Told

TEN = {"sale": [{"sku": "A", "qty": 1, "price": "10"}]}
LEVELS = {"levels": [{"name": "low", "from": 0}, {"name": "mid_1", "from": 20}, {"name": "top_2", "from": 50}]}
THIRDS = [{"sku": sku, "qty": 1, "price": "2"} for sku in "abc"]


def case(config, when, then, plain="", **more):
    return {"id": "own", "given": {"plain": plain, "config": config}, "when": when, "then": then, **more}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "scenario",
    [
        # Rewards for some goods, and an article for points on top of what is bought.
        case(
            {
                "earn": {"per": "money", "points": 1},
                "rewards": [
                    {"kind": "percent", "value": 50, "scope": ["B"], "cost_points": 5},
                    {"kind": "free_product", "product": "A", "cost_points": 3},
                ],
            },
            [
                {"balance": 10},
                {
                    "sale": [{"sku": "A", "qty": 2, "price": "4"}, {"sku": "B", "qty": 1, "price": "10"}],
                    "claim": ["r1", "r2"],
                },
            ],
            {"points_used": 8, "total": 13},
        ),
        # What is no sale: joining. Points that cannot be spent yet.
        case(
            {"rules": [{"rule": "event", "event": "account_created", "points": 200}]},
            [{"api_event": "account_created"}],
            {"http": 200, "points_earned": 200},
        ),
        case({}, [{"add": 100, "locked": True}], {"balance": 0, "locked": 100}),
        case({}, [{"add": 100, "locked": True}, {"unlock": True}], {"balance": 100, "locked": 0}),
        # Other quantities, a code that nothing gives, one of several sales.
        case(
            {"promo": {"kind": "percent", "value": 10, "scope": "order"}},
            [TEN, {"set_qty": {"A": 3}}],
            {"total_after_each": [9, 27]},
        ),
        case({"coupon": {"kind": "fixed", "value": 4}}, [TEN | {"code": "WRONG"}], {"error": "invalid code"}),
        case({"earn": {"per": "money", "points": 1}}, [TEN, TEN], {"points_earned_after_sale2": 10}),
        # A sale of ERPNext earns on the tier that it reaches.
        case(
            {
                "tiers": [
                    {"name": "T1", "min_spent": 0, "per_amount": 5},
                    {"name": "T2", "min_spent": 10, "per_amount": 1},
                ]
            },
            [TEN],
            {"points_earned": 10, "tier": "T2"},
            source={"repo": "frappe/erpnext"},
        ),
        # Money on cards: as far as it goes, or so much of it.
        case({}, [TEN | {"pay_wallet": "max"}], {"wallet_after": "0.5", "total": 0}, "wallet holds 10.50"),
        case(
            {},
            [TEN | {"pay_gift_card": 2}],
            {"total": 0, "gift_card_used": 10, "cards_left": [0, 5]},
            "two gift cards of 7.50",
        ),
        case(
            {},
            [{"sell_gift_card": 20}, TEN | {"pay_wallet": 4}],
            {"total": [20, 6], "card_balance_after_each": [20, 16]},
        ),
        # A basket that changes before it is paid.
        case(
            {"promo": {"kind": "percent", "value": 10, "scope": "order"}},
            [TEN | {"pay_gift_card": 10}, {"code": "TEN"}, {"pricelist": "50% off"}],
            {"after_gift_card": 0, "gift_card_used": "4.5"},
            "a gift card of 10",
        ),
        case(
            {"coupon": {"kind": "fixed", "value": 4, "min_amount": 10}},
            [TEN | {"apply_coupon": True}, {"recalculate": True}, {"pricelist": "half price"}],
            {"totals": [6, 6, 5]},
        ),
        # What a sentence tells of a sale before, and money of it that comes back.
        case(
            {},
            [{"return_of_sale": 1, "amount": 50}],
            {"points_revoked": 100, "ledger_entries_added": 1, "balance": 200},
            "sale of 200 earned 400 points and 100 were already revoked",
        ),
        case(
            {},
            [{"api_cancel_entry": "earning"}],
            {"http": 204, "entry_state": "cancelled"},
            "ledger has an earning entry",
        ),
        # A till's own idea of what a reward costs is refused.
        case(
            {"reward": {"kind": "fixed", "value": 3, "cost_points": 5}},
            [{"balance": 9}, TEN | {"claim": True, "client_says_cost": 1}],
            {"points_used": 5, "total": 7},
        ),
        case({}, [{"candidates": ["-1", "-3", "-2"]}], {"chosen": "-3"}),
        case(
            {"promo": {"kind": "percent", "value": 50, "scope": "cheapest of tagged"}},
            [{"sale": [{"sku": "A", "qty": 2, "price": 8, "tagged": True}, {"sku": "B", "qty": 1, "price": 2}]}],
            {"discount": 4},
        ),
        # Limits and budgets.
        case(
            {"limit": 3},
            [{"used": [0, 2, 4]}],
            {"used": [0, 2, 3], "uses_left": [3, 1, 0], "available": [True, True, False]},
        ),
        case({"max_per_member": 2}, [{"used": 2, "cancel": 1}, {"used": 0, "order": 1}], {"used_after": [1, 1]}),
        case({"max_discount": 100}, [{"used": [0, 40, 100, 110]}], {"available": [True, True, False, False]}),
        case({"promo": {"kind": "fixed", "value": 1, "code": "A", "limit": 2}}, [{"used": 1}], {"uses_left": 1}),
        case({"budget": {"type": "money", "limit": 100}}, [{"discounts": [30, 50]}], {"used": 80, "budget_left": 20}),
        # Levels.
        case(LEVELS, [{"sale_amount": 5}], {"level": "mid_1"}, "now mid_1, staff assigned mid_1"),
        case(LEVELS, [{"sale_amount": 25}], {"level": "top_2"}, "now top_2"),
        case(LEVELS, [{"set_level": "mid_1"}, {"sale_amount": 50}], {"level": "top_2"}),
        case(
            LEVELS | {"base": "active points", "downgrade": "after_x_days"},
            [{"recalculate": True, "active_points": 21}],
            {"level": "mid_1"},
            "now top_2",
        ),
        # Coupons for later.
        case(
            {"days_inactive": 30, "days_valid": 10},
            [{"issue_on": "2018-07-01"}],
            {"usable_from": "2018-07-31", "usable_to": "2018-08-10"},
        ),
        # Tax and pieces.
        case(
            {"mode": "sum_net", "currency": "EUR", "tax_rate": 19},
            [{"sale": [{"sku": "t", "qty": 5, "price": "100.00"}]}],
            {"gross": "499.98", "tax": "79.83", "net": "420.15"},
        ),
        case(
            {"promo": {"kind": "percent", "value": 20, "min_qty": 2, "max_items": 1}},
            [TEN | {"sale": THIRDS}, {"apply_again": True}],
            {"pieces_used": 2, "pieces_discounted_after_each": [1, 1]},
        ),
        # Where a system always leaves the odd cent.
        case(
            {"promo": {"kind": "fixed", "value": 4}},
            [{"sale": THIRDS}],
            {"line_discounts": ["1.33", "1.33", "1.34"]},
            source={"repo": "django-oscar/django-oscar"},
        ),
        # Other goods free, among those in the basket.
        case(
            {"promo": {"kind": "free_product", "buy_qty": 2, "of": "a", "get": "b", "max_items": 1}},
            [{"sale": [{"sku": "a", "qty": 4, "price": 5}, {"sku": "b", "qty": 2, "price": 3}]}],
            {"discount": 3},
        ),
        # Goods on top: the till sells what is offered with a line of its own.
        case(
            {"promo": {"kind": "free_product", "buy_qty": 2, "get_qty": 1}},
            [{"sale": [{"sku": "organisers", "qty": 5, "price": 4}], "claim": True}],
            {"free_pieces": 2, "free_organisers": 2, "total": 20},
        ),
        # A duty that no discount lowers; an article with several labels.
        case(
            {"promo": {"kind": "percent", "value": 50, "scope": "kind:a"}},
            [
                {
                    "sale": [
                        {
                            "sku": "A",
                            "qty": 2,
                            "price": 50,
                            "tax": [{"rate": 10}, {"fixed": 3}],
                            "labels": {"kind": "a"},
                        }
                    ]
                }
            ],
            {"total": 61, "tax": 11, "net": 50},
        ),
        case(
            {"rules": [{"rule": "per_money", "points": 1}, {"rule": "multiply", "labels": ["size:l"], "factor": 3}]},
            [
                {
                    "sale": [
                        {"sku": "A", "qty": 1, "price": 5, "labels": {"kind": "a", "size": "l"}},
                        TEN["sale"][0] | {"sku": "B"},
                    ]
                }
            ],
            {"points_earned": 25},
        ),
        case(
            {"promo": {"min_amount": 100, "measured": "net"}},
            [{"sale": [{"sku": "A", "qty": 1, "price": 99, "tax": {"rate": 10}}]}],
            {"applies": False},
        ),
        case({"operator": "gt", "amount": 50}, [{"totals": ["50", "50.01"]}], {"eligible": [False, True]}),
    ],
)
def test_reproduced(scenario):
    result = run_case(scenario)
    assert (result.outcome, result.why) == (REPRODUCED, "")
    assert all(same(result.got[word], expected) for word, expected in scenario["then"].items())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("scenario", "why"),
    [
        (case({"earn": {"points": 1}}, [TEN | {"pay_wallet": 5}], {"total": 5}, "wallet holds 9"), "beside a wallet"),
        (case({}, [TEN | {"pay_gift_card": 3}], {"total": 5}, "two gift cards of 4"), "which of the cards"),
        (case({}, [{"recalculate": True}], {"total": 5}), "no basket that this could change"),
        (case({}, [{"used": 1}], {"uses_left": 5}), "what is limited is not said"),
        (case({"limit": 5}, [TEN], {"uses_left": 5}), "no step uses anything up"),
        (case(LEVELS, [{"sale_amount": 5}], {"level": "mid_1"}, "now rich"), "only in a sentence"),
        (case(LEVELS, [{"sale_amount": 5}], {"level": "mid_1"}, "now level_9"), "there is no level 'level_9'"),
        (case({}, [{"return_of_sale": 1}], {"points_revoked": 5}, "a sale was made"), "not among the steps"),
        (
            case({"promo": {"value": 1, "kind": "fixed"}}, [TEN, {"pricelist": "dear"}], {"total": 9}),
            "the prices 'dear'",
        ),
        (case({"tax_rate": 7}, [TEN], {"tax": 1}, "no rate") | {"when": [{"goods_total": 5}]}, "no line says a rate"),
    ],
)
def test_not_configurable(scenario, why):
    result = run_case(scenario)
    assert (result.outcome, result.got) == (NOT_CONFIGURABLE, None)
    assert why in result.why


@pytest.mark.parametrize(
    ("sentence", "cards"),
    [
        ("gift card 100, 20 pieces at 5", ["100"]),
        ("gift cards 30, 20 and 10", ["30", "20", "10"]),
        ("3 gift cards of 25", ["25", "25", "25"]),
        ("nothing of the kind", []),
    ],
)
def test_cards_in_a_sentence(sentence, cards):
    assert [str(card) for card in Told.of(sentence, [{"pay_gift_card": 1}]).cards] == cards
    # Nobody pays with them, so they do not count.
    assert Told.of(sentence, [{"sale": []}]).cards == ()
