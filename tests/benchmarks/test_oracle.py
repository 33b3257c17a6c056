"""The oracle itself: what it may call reproduced, and what it must not."""

from __future__ import annotations

import json

import pytest

from benchmarks.oracle import __main__ as command
from benchmarks.oracle import report
from benchmarks.oracle.expectations import same
from benchmarks.oracle.runner import DIFFERS, NOT_CONFIGURABLE, REPRODUCED, run_case
from programs.models import Program, Purchase

EARN = {"type": "points", "earn": {"points": 1, "per_amount": 10, "rounding": "floor"}}
PAY = EARN | {"redeem": {"money_per_point": "0.5"}}
ONE = {"sale": [{"sku": "A", "qty": 2, "price": "59.9"}]}


def case(config, when, then, **more):
    return {"id": "own", "given": {"plain": "", "config": config}, "when": when, "then": then, **more}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("config", "when", "then"),
    [
        (EARN, [ONE], {"points_earned": 11, "balance": 11}),
        ({"earn": {"points": 1, "per_amount": 10, "rounding": "half_up"}}, [ONE], {"points_earned": 12}),
        # 119.80: 5 points pay 2.50, the rest earns.
        (PAY, [{"balance": 8}, ONE | {"redeem_points": 5}], {"points_used": 5, "total": "117.3", "balance": 14}),
        (PAY, [{"balance": 8}, ONE | {"redeem_points": 9}], {"error": "not enough points", "balance": 8}),
        (PAY, [ONE, ONE | {"redeem_points": 3}], {"points_earned": [11, 11], "balance": 19}),
        # Half of the line goes back with half of what it earned, rounded down.
        (EARN, [ONE, {"return_of_sale": 1, "lines": [{"line": 1, "qty": 1}]}], {"points_revoked": 5, "balance": 6}),
        (EARN, [ONE, {"return_of_sale": 1}], {"points_revoked": 11, "balance": 0}),
        # What was spent before it is taken back is owed.
        (PAY, [ONE, {"spend": 8}, {"return_of_sale": 1}], {"points_revoked": 11, "balance": -8}),
        (EARN, [ONE, {"retry": True}], {"points_earned": 11, "balance": 11}),
        (
            EARN | {"tiers": [{"name": "Red", "min_spent": 0}, {"name": "Gold", "min_spent": 100, "multiplier": 2}]},
            [{"already_spent": 100}, {"sale_amount": 50}],
            {"points_earned": 10, "tier": "Gold"},
        ),
        (
            {"rules": [{"rule": "per_money", "points": 2}, {"rule": "multiply", "labels": ["kind:tea"], "factor": 3}]},
            [{"sale": [{"sku": "T", "qty": 1, "price": 10, "labels": {"kind": "tea"}}, *ONE["sale"]]}],
            {"points_earned": 299},
        ),
        # A till puts the tax on top before it sends the line.
        (EARN, [{"sale": [ONE["sale"][0] | {"tax": {"rate": 25, "included": False}}]}], {"points_earned": 14}),
        (EARN, [{"sale": [ONE["sale"][0] | {"tax": {"rate": 25, "included": True}}]}], {"points_earned": 11}),
        # Days pass: what burns first is spent first.
        (
            PAY | {"expiry_months": 1},
            [
                {"add": 100, "on": "2016-01-01"},
                {"add": 100, "on": "2016-01-20"},
                {"spend": 60, "on": "2016-01-25"},
                {"advance_days": 14, "run_expiry": True},
            ],
            {"balance": 100},
        ),
        # Another hundred burns with the day on which it was to.
        (
            PAY | {"expiry_days": 10},
            [{"add": 100, "on": "2016-01-01"}, {"advance_days": 11, "run_expiry": True}],
            {"balance_before_expiry": 100, "balance_after_expiry": 0, "lots_active_after": 0, "lot1_left": 0},
        ),
        (
            PAY,
            [{"add": 3}, {"add": 4}, {"spend": 5}, {"add": 1}],
            {"lots_left": [0, 2, 1], "lot1_left_after_step2": 3, "balance_after_step2": 7, "balance": [3, 7, 2, 3]},
        ),
        (
            PAY | {"lot_life_days": 5},
            [{"add": 3, "on": "2016-01-01"}, {"add": 4, "on": "2016-01-03"}, {"expire_lots": [1]}, {"spend": 5}],
            {"error": "not enough points", "error_at_step": 4, "balance": 4},
        ),
        (EARN | {"from": "2016-01-02"}, [ONE | {"on": "2016-01-02"}], {"points_earned": 11}),
        (EARN | {"from": "2016-01-02"}, [ONE | {"on": "2016-01-01"}], {"points_earned": 0}),
        (EARN, [{"manual_points": 7, "reason": "Sorry"}, {"manual_points": -3}], {"ledger": [7, -3], "balance": 4}),
        (EARN, [{"manual_points": 7, "reason": "Sorry"}], {"reason_kept": "Sorry"}),
        (EARN, [{"manual_points": 3}, {"manual_points": -7}], {"error": "not enough points", "error_at_step": 2}),
        (EARN, [ONE, {"cancel": 1}], {"points_revoked": 11, "balance": 0}),
        (
            EARN | {"tiers": [{"name": "A", "min_spent": 0}, {"name": "B", "min_spent": 100, "per_amount": 5}]},
            [{"already_spent": 100}, {"sale_amount": 50}],
            {"points_earned": 10, "tier": "B"},
        ),
        # Rewards: their points may come from the receipt itself, and they do not lower what it earns.
        (
            {"earn": {"points": 1}, "reward": {"kind": "percent", "value": 10, "cost_points": 50}},
            [{"sale": [{"sku": "A", "qty": 1, "price": "60"}], "claim": True}],
            {"points_earned": 60, "points_used": 50, "total": "54", "balance": 10},
        ),
        (
            {"rewards": [{"kind": "fixed", "value": 1, "cost_points": n} for n in (2, 3)]},
            [{"balance": 9}, ONE | {"claim": ["r2", "r1"]}],
            {"totals": ["118.8", "117.8"], "points_used": 5},
        ),
        # Points for more than money.
        ({"earn": {"per": "order", "points": 5, "min_qty": 3}}, [ONE], {"points_earned": 0}),
        ({"earn": {"per": "piece", "points": 5, "max_points": 8}}, [ONE], {"points_earned": 8}),
        (
            {"rules": [{"rule": "per_money", "points": 1, "min_order": 200}, {"rule": "per_money", "points": 2}]},
            [ONE],
            {"points_earned": 239},
        ),
        (
            {"rules": [{"rule": "per_money", "points": 1}, {"rule": "multiply", "skus": ["A"], "factor": 0}]},
            [ONE],
            {"points_earned": 0},
        ),
        ({"rules": [{"rule": "product", "skus": ["A"], "points": 4}]}, [ONE], {"points_earned": 8}),
        ({"earn": {"points": 1}, "earn_only": "Food"}, [ONE], {"points_earned": 0}),
        # Discounts.
        (
            {"promo": {"kind": "percent", "value": 10, "scope": "A", "max_amount": 5, "min_qty": 2}},
            [ONE],
            {"discount": "-5", "total": "114.8", "line_discounts": [5], "A_line_discount": 5, "applies": True},
        ),
        (
            {"promo": {"kind": "fixed", "value": 5, "code": "SPRING", "scope": "Food"}},
            [{"sale": [{"sku": "F", "qty": 1, "price": 9, "category": "Food"}], "code": "SPRING"}],
            {"total": 4},
        ),
        ({"promo": {"kind": "fixed", "value": 5, "code": "SPRING"}}, [ONE], {"discount": 0}),
        (
            {"promos": [{"kind": "fixed", "value": 2, "stage": 2}, {"kind": "percent", "value": 50, "stage": 1}]},
            [{"sale_pieces": ["10"]}],
            {"after_first": 5, "after_fixed": 8, "total": 3},
        ),
        ({"rules": [{"percent": 50, "min_value": 4, "of": ["X"]}]}, [{"sale_pieces": ["4", "6"]}], {"total": 10}),
        ({"steps": {"0": 1, "100": 3}}, [ONE], {"discount": 3}),
        ({"pricelist_percent": 10, "first": 1, "next": 2}, [ONE], {"total": "104.82"}),
        ({"from": "-1d", "to": "+1d"}, [{"today": True}], {"applies": True}),
        ({"from": "2016-01-05T00:00Z"}, [{"on": ["2016-01-05", "2016-01-04"]}], {"valid": [True, False]}),
        ({"nth": 2}, [{"completed_before": 1}, {"guest": True}], {"eligible": [True, False]}),
        ({"operator": "gte", "amount": 5}, [{"totals": [5, "4.99"]}], {"eligible": [True, False]}),
        (EARN | {"activation_days": 3}, [ONE, {"advance_days": 2}], {"points_earned": 11, "balance": 0}),
        (EARN | {"activation_days": 3}, [ONE, {"advance_days": 3}], {"points_earned": 11, "balance": 11}),
    ],
)
def test_reproduced(config, when, then):
    result = run_case(case(config, when, then))
    assert (result.outcome, result.why) == (REPRODUCED, "")
    assert all(same(result.got[word], expected) for word, expected in then.items())
    # Nothing of a scenario is left for the next one.
    assert not Program.objects.exists()
    assert not Purchase.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("when", "then", "got"),
    [
        ([ONE], {"points_earned": 12}, {"points_earned": 11}),
        ([ONE], {"points_earned": 11, "balance": 12}, {"points_earned": 11, "balance": 11}),
        ([ONE, ONE], {"points_earned": [11]}, {"points_earned": ["11", "11"]}),
        ([{"balance": 5}, {"spend": 5}], {"error": "not enough points"}, {"error": None}),
        # A refusal that nobody expected, although the balance is as it should be.
        (
            [{"balance": 5}, {"spend": 6}],
            {"balance": 5},
            {"balance": 5, "error": "insufficient_points", "error_at_step": 2},
        ),
    ],
)
def test_differs(when, then, got):
    result = run_case(case(PAY, when, then))
    assert result.outcome == DIFFERS
    assert result.got == got
    assert result.why


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("config", "when", "then", "why"),
    [
        (EARN | {"expiry_days": 10, "expiry_months": 1}, [ONE], {"points_earned": 11}, "several lives of points"),
        (EARN | {"surprise": 1}, [ONE], {"points_earned": 11}, "given.config: 'surprise'"),
        ({"earn": EARN["earn"] | {"cap": 5}}, [ONE], {"points_earned": 11}, "given.config.earn: 'cap'"),
        (EARN, [ONE | {"mood": "good"}], {"points_earned": 11}, "when[1]: 'mood'"),
        (PAY, [{"add": 3}, {"expire_lots": [1]}], {"balance": 0}, "these never do"),
        (EARN, [{"sale": [ONE["sale"][0] | {"x": 1}]}], {"points_earned": 11}, "when[1].sale[0]: 'x'"),
        (
            EARN,
            [{"sale": [ONE["sale"][0] | {"tax": {"rate": "0.01"}}]}],
            {"points_earned": 11},
            "how a till rounds that",
        ),
        (EARN, [ONE, {"dance": True}], {"points_earned": 11}, "when[2]: 'dance'"),
        (EARN, [ONE], {"points_earned": 11, "applause": 3}, "then: 'applause'"),
        (EARN, [ONE], {}, "nothing is expected"),
        ({}, [ONE], {"points_earned": 0}, "does not say how points are earned"),
        (EARN, [ONE, ONE], {"points_earned": 11}, "there are 2 sales"),
        (EARN, [ONE], {"error": "bad mood"}, "no refusal of the product means"),
        (PAY, [ONE | {"claim_max": True}], {"points_used": 11}, "cannot pay for that same sale"),
        (EARN | {"expiry_months": "1.5"}, [ONE], {"balance": 11}, "whole number"),
        (EARN, [{"sale": [{"sku": "A", "qty": 1, "price": "-5"}]}], {"points_earned": 0}, "below 0"),
        (
            {"rules": [{"rule": "per_money", "points": 1}, {"rule": "multiply", "skus": ["A"], "factor": 0.5}]},
            [ONE],
            {"points_earned": 0},
            "cannot be published",
        ),
        (
            EARN | {"tiers": [{"name": "A", "min_spent": 1}, {"name": "B", "min_spent": 1}]},
            [ONE],
            {"tier": "B"},
            "refuses",
        ),
        (EARN | {"tiers": [{"name": "A", "min_spent": "0.001"}]}, [ONE], {"tier": "A"}, "threshold of a tier keeps"),
        (EARN | {"redeem": {"money_per_point": "0.33333"}}, [ONE], {"balance": 11}, "the setting point_value keeps"),
    ],
)
def test_not_configurable(config, when, then, why):
    result = run_case(case(config, when, then))
    assert result.outcome == NOT_CONFIGURABLE
    assert why in result.why
    assert result.got is None


def test_an_unknown_word_beside_the_three_parts():
    result = run_case(case(EARN, [ONE], {"points_earned": 11}, unless="it rains"))
    assert result.outcome == NOT_CONFIGURABLE
    assert "case: 'unless'" in result.why


def test_every_reason_is_told():
    result = run_case(case({"lottery": {}}, [{"api_event": "like"}], {"lots_expired": 5}))
    assert all(word in result.why for word in ("lottery", "api_event", "lots_expired"))


@pytest.mark.django_db
def test_the_report_counts(tmp_path):
    results = [
        run_case(case(EARN, [ONE], {"points_earned": 11})),
        run_case(case(EARN, [ONE], {"points_earned": 12})),
        run_case(case(EARN | {"lottery": {}}, [ONE], {"points_earned": 12})),
    ]
    report.write(results, tmp_path / "new" / "out.json")
    written = json.loads((tmp_path / "new" / "out.json").read_text())
    assert written["totals"] == {"cases": 3, "reproduced": 1, "differs": 1, "not_configurable": 1}
    assert [list(entry) for entry in written["cases"]] == [["id", "outcome", "got", "expected", "why"]] * 3
    assert report.lines(results)[-1] == "ORACLE cases 3 reproduced 1 differs 1 not-configurable 1"


@pytest.mark.parametrize("content", [None, "", "{", "[1]"])
def test_no_scenarios(tmp_path, capsys, content):
    path = tmp_path / "cases.jsonl"
    if content is not None:
        path.write_text(content)
    assert command.main(["--cases", str(path)]) == 2
    assert "There are no scenarios to run" in capsys.readouterr().err
