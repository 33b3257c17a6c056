"""What is wrong with a draft: refusals and warnings in words."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from programs.rules.checking import Finding, findings
from programs.rules.conditions import parse_condition
from programs.rules.contradictions import contradiction
from programs.rules.documents import compile_document
from programs.rules.served import EVERYTHING
from tests.programs.rules.test_conditions import ALL
from tests.programs.rules.test_effects import FIRST, FIVER, SECOND, reward, with_effect
from tests.programs.rules.test_engine import TIERS, document

TODAY = dt.date(2026, 3, 10)
DOUBLE = {"type": "multiply", "factor": "2"}
TEN = {"type": "percent_off", "percent": "10"}
CAP = with_effect({"type": "points_cap", "points": "99", "per": "member", "within": "year"})


def found(*, margin: Fraction | None = None, **changes) -> list[Finding]:
    return findings(compile_document(document(**changes), served=EVERYTHING), today=TODAY, margin=margin)


def of(kind: str, *, no: bool = False, **settings) -> dict:
    return {"type": kind, **settings} | ({"not": True} if no else {})


@pytest.mark.parametrize(
    ("one", "other", "never"),
    [
        (of("category", codes=["a"]), of("category", codes=["b"]), True),
        (of("category", codes=["a", "b"]), of("category", codes=["b"]), False),
        (of("category", codes=["a"]), of("product", skus=["b"]), False),
        (of("category", codes=["a"]), of("category", codes=["a", "b"], no=True), True),
        (of("category", codes=["a", "b"], no=True), of("category", codes=["a"]), True),
        (of("category", codes=["a", "c"]), of("category", codes=["a", "b"], no=True), False),
        (of("category", codes=["a"], no=True), of("category", codes=["b"], no=True), False),
        (of("amount", minimum="5"), of("amount", minimum="5", no=True), True),
        (of("amount", minimum="5"), of("amount", minimum="9", no=True), False),
        (of("product", skus=["a"]), of("product", skus=["b"]), True),
        (of("brand", codes=["a"]), of("brand", codes=["b"]), True),
        (of("label", labels=["a"]), of("label", labels=["b"]), False),
        (of("coupon", series=["a"]), of("coupon", series=["b"]), False),
        (of("segment", keys=["a"]), of("segment", keys=["b"]), False),
        (of("weekday", days=[1]), of("weekday", days=[2, 3]), True),
        (of("tier", keys=["a"]), of("tier", keys=["b"]), True),
        (of("store", codes=["a"]), of("store", codes=["b"]), True),
        (of("partner", codes=["a"]), of("partner", codes=["b"]), True),
        (of("channel", channels=["a"]), of("channel", channels=["b"]), True),
        (of("buyer", **{"is": "person"}), of("buyer", **{"is": "company"}), True),
        (of("dates", to="2026-01-01"), of("dates", **{"from": "2026-01-02"}), True),
        (of("dates", to="2026-01-02"), of("dates", **{"from": "2026-01-02"}), False),
        (of("hours", **{"from": "09:00", "until": "12:00"}), of("hours", **{"from": "12:00", "until": "09:00"}), True),
        (of("hours", **{"from": "09:00", "until": "12:00"}), of("hours", **{"from": "22:00", "until": "09:01"}), False),
        (of("first_purchase"), of("nth_purchase", numbers=[2, 3]), True),
        (of("first_purchase"), of("nth_purchase", numbers=[1]), False),
        (of("first_purchase"), of("nth_purchase", every=10), False),
    ],
)
def test_what_never_holds_together(one: dict, other: dict, never: bool):
    parsed = [parse_condition(one, ALL), parse_condition(of("quantity", minimum=1), ALL), parse_condition(other, ALL)]
    assert (contradiction(parsed) is not None) == never


@pytest.mark.parametrize(
    ("changes", "rule", "refuses", "words"),
    [
        pytest.param({}, None, None, None, id="nothing"),
        pytest.param(
            {"rules": [with_effect(DOUBLE, of("weekday", days=[1]), of("weekday", days=[2]))]},
            "r",
            True,
            "“R” can never apply: it is a Monday, and at the same time it is a Tuesday",
            id="a contradiction",
        ),
        pytest.param(
            {"earning": {"points": "0"}, "rules": [with_effect(DOUBLE)]},
            "r",
            False,
            "“R” multiplies nothing: a purchase earns no points by itself",
            id="nothing to multiply",
        ),
        pytest.param(
            {"rules": [with_effect(DOUBLE, of("dates", to="2026-03-09"))]},
            "r",
            False,
            "“R” is over since 2026-03-09",
            id="over",
        ),
        pytest.param(
            {"rules": [with_effect(DOUBLE, of("dates", to="2026-03-10"))]}, None, None, None, id="its last day"
        ),
        pytest.param(
            {"rules": [with_effect(DOUBLE, of("tier", keys=["gold", "platinum"], no=True))], "tiers": TIERS},
            "r",
            True,
            "“R” asks for a tier that is not there: platinum",
            id="an unknown tier",
        ),
        pytest.param(
            {"rules": [with_effect(DOUBLE | {"last": True}), with_effect(DOUBLE, FIRST, key="s")]},
            "s",
            False,
            "“S” never applies: “R” always does and ends the rest",
            id="never asked",
        ),
        pytest.param(
            {"rules": [with_effect(DOUBLE | {"last": True}), with_effect(TEN, FIRST, key="s")]},
            None,
            None,
            None,
            id="another sort",
        ),
        pytest.param(
            {
                "rules": [
                    with_effect(TEN | {"exclusive": True}, FIRST),
                    with_effect(TEN | {"exclusive": True}, of("weekday", days=[2]), key="s"),
                ]
            },
            "s",
            False,
            "“R” and “S” are both to count alone: where both fit, only the first does",
            id="overlapping exclusive ones",
        ),
        pytest.param(
            {
                "rules": [
                    with_effect(TEN | {"exclusive": True}, FIRST),
                    with_effect(TEN | {"exclusive": True}, SECOND, key="s"),
                ]
            },
            "s",
            False,
            "only the first does",
            id="exclusive ones on two articles of a receipt",
        ),
        pytest.param(
            {
                "rules": [
                    with_effect(TEN | {"exclusive": True}, of("weekday", days=[1])),
                    with_effect(TEN | {"exclusive": True}, of("weekday", days=[2]), key="s"),
                ]
            },
            None,
            None,
            None,
            id="exclusive ones that never meet",
        ),
        pytest.param(
            {"tiers": [*TIERS, {"key": "last", "name": "Last", "threshold": "9999", "multiplier": "1"}]},
            "last",
            False,
            "the tier “Last” gives fewer points than “Gold” below it",
            id="a tier to fear",
        ),
        pytest.param(
            {"tiers": TIERS[:2], "ladder": {"of": "points", "calendar": "year"}, "rules": [CAP]},
            "silver",
            False,
            "the tier “Silver” is out of reach: nobody can earn more than 99 points for it",
            id="a tier that a cap keeps away",
        ),
        pytest.param(
            {"tiers": TIERS[:2], "ladder": {"of": "points"}, "rules": [CAP]},
            None,
            None,
            None,
            id="a cap of each year only",
        ),
        pytest.param(
            {"tiers": TIERS[:2], "ladder": {"of": "points"}, "earning": {"points": "0"}},
            "silver",
            False,
            "nobody can earn more than 0 points for it",
            id="a tier by points that nothing gives",
        ),
        pytest.param(
            {"rules": [with_effect(TEN)]}, "r", False, "soon it is the only reason to come", id="a discount for nothing"
        ),
        pytest.param(
            {"rules": [with_effect(DOUBLE, FIRST, key=f"r{number}") for number in range(13)]},
            "",
            False,
            "members have to understand 13 rules and rewards",
            id="more than anybody remembers",
        ),
        pytest.param(
            {"rules": [with_effect(DOUBLE, of("redeemed", at_least=2, reward="cake"))]},
            "r",
            True,
            "“R” asks for a reward that is not there: cake",
            id="an unknown reward",
        ),
        pytest.param(
            {"redemption": {"rewards": [FIVER | {"conditions": [of("weekday", days=[1]), of("weekday", days=[2])]}]}},
            "fiver",
            True,
            "“Fiver” can never apply: it is a Monday, and at the same time it is a Tuesday",
            id="a reward that nobody can claim",
        ),
        pytest.param(
            {"redemption": {"minimum": "50", "max_points": "40"}},
            "",
            True,
            "points can never be redeemed",
            id="too few",
        ),
        pytest.param(
            {"redemption": {"point_value": "0"}}, "", False, "points pay for nothing", id="points for nothing"
        ),
        pytest.param({"redemption": {"point_value": "0", "rewards": [FIVER]}}, None, None, None, id="for rewards only"),
        pytest.param(
            {"expiry": {"kind": "days", "days": 14, "months": None, "years": 1}, "activation_days": 14},
            "",
            True,
            "points burn before they can be spent",
            id="burnt at once",
        ),
        pytest.param(
            {"redemption": {"rewards": [reward({"type": "amount_off", "amount": "4"})]}},
            "gift",
            False,
            "the reward “Gift” gives less than its points would pay",
            id="a poor reward",
        ),
        pytest.param(
            {
                "redemption": {
                    "rewards": [
                        reward({"type": "amount_off", "amount": "9"}, cost="100", key="small"),
                        reward({"type": "amount_off", "amount": "80"}, cost="1000", key="large"),
                    ]
                }
            },
            "large",
            False,
            "the reward “Large” gives less for a point than “Small”",
            id="a ladder that goes down",
        ),
        pytest.param(
            {"redemption": {"point_value": "1"}},
            "",
            False,
            "a sale may give away 100 % of its price or more",
            id="all of it",
        ),
    ],
)
def test_findings(changes: dict, rule: str | None, refuses: bool | None, words: str | None):
    said = found(**changes)
    if words is None:
        assert said == []
        return
    assert [(one.rule, one.refuses) for one in said] == [(rule, refuses)]
    assert words in str(said[0].said)


def test_refusals_come_first():
    rules = [with_effect(DOUBLE, of("dates", to="2026-03-09")), with_effect(DOUBLE, of("tier", keys=["x"]), key="s")]
    assert [(one.rule, one.refuses) for one in found(rules=rules)] == [("s", True), ("r", False)]
