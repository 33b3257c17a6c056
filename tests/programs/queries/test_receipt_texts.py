"""The lines for the receipt: what happened, what stands, what is ahead."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from programs.queries.burning import BurnDay
from programs.queries.climbing import Ahead
from programs.queries.receipt_texts import Told, next_reward, receipt_texts
from programs.services.programs import compiled_version
from tests.factories.configuration import TierFactory, publish
from tests.programs.shop import open_shop


@pytest.fixture
def version(db):
    shop = open_shop(redeem_minimum=100)
    TierFactory(program=shop.program, key="silver", name="Silver", threshold=100)
    return compiled_version(publish(shop.program, at=shop.now).pk)


BURNS = (BurnDay(dt.date(2026, 12, 31), 50),)


@pytest.mark.parametrize(
    ("told", "burns", "lines"),
    [
        pytest.param(
            Told(earned=12, available=240, ahead=Ahead("Silver", 6000, "spend", 2)),
            BURNS,
            [
                "You earned 12 points.",
                "Balance 240 points = 2.40",
                "50 points burn after Dec. 31, 2026",
                "Only 60.00 more to Silver",
            ],
            id="a sale",
        ),
        pytest.param(
            Told(redeemed=100, paid=100, available=40),
            (),
            ["100 points paid 1.00.", "Balance 40 points = 0.40", "Only 60 more points and they pay 1.00"],
            id="a redemption",
        ),
        pytest.param(
            Told(taken_back=20, owed=8),
            (),
            ["20 points were taken back.", "8 more points must be earned before points can pay again."],
            id="a debt",
        ),
        pytest.param(
            Told(earned=1, available=240, ahead=Ahead("Gold", 1, "visits", 0)),
            (),
            ["You earned 1 point.", "Balance 240 points = 2.40", "Only 1 more purchase to Gold"],
            id="purchases climb",
        ),
        pytest.param(
            Told(earned=1, available=240, ahead=Ahead("Gold", 30, "points", 0)),
            (),
            ["You earned 1 point.", "Balance 240 points = 2.40", "Only 30 more points to earn to Gold"],
            id="points climb",
        ),
        pytest.param(
            Told(gift=50, redeemed=1, earned=1, given_back=1, taken_back=1, available=1),
            BURNS,
            [
                "Welcome! You were given 50 points.",
                "1 point paid 0.00.",
                "You earned 1 point.",
                "1 point was given back.",
                "1 point was taken back.",
            ],
            id="never more than five",
        ),
    ],
)
def test_the_lines(version, told: Told, burns, lines: list[str]):
    assert receipt_texts("en", version, told, burns) == lines


def test_one_point_with_decimals_is_no_single_point(version):
    fine = replace(version, point_decimals=2)
    assert receipt_texts("en", fine, Told(earned=100, taken_back=1, available=0))[:2] == [
        "You earned 1.00 points.",
        "0.01 points were taken back.",
    ]


def test_what_is_missing_until_points_pay(version):
    reward = next_reward(version, 70)
    assert reward is not None
    assert (reward.missing, reward.worth) == (30, 100)
    assert next_reward(version, 100) is None
