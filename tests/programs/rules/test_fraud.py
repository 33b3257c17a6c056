"""What looks like misuse, by its figures."""

from __future__ import annotations

import datetime as dt

import pytest

from programs.rules.fraud import Gathering, Pair, bursts, is_concentrated, is_parked, is_split, is_sweep
from programs.rules.guarding import Limits, Risk, is_pin, must_confirm

NOON = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (Pair(18, 6, 18), True),
        (Pair(18, 6, 25), True),
        (Pair(18, 6, 26), False),  # colleagues ring this card up as well
        (Pair(11, 3, 11), False),
        (Pair(30, 0, 30), False),  # a regular of one shift: every day once
        (Pair(30, 2, 30), False),
    ],
)
def test_concentration_needs_a_cashier_and_busy_days(pair: Pair, expected: bool):
    assert is_concentrated(pair) is expected


@pytest.mark.parametrize(
    ("gathering", "expected"),
    [
        (Gathering(20, 9000, 0, 1000.0), True),
        (Gathering(20, 9000, 1, 1000.0), False),
        (Gathering(20, 7999, 0, 1000.0), False),
        (Gathering(14, 90_000, 0, 1000.0), False),
        (Gathering(20, 8, 0, 0), True),
    ],
)
def test_parking_is_much_more_than_others_and_nothing_spent(gathering: Gathering, expected: bool):
    assert is_parked(gathering) is expected


@pytest.mark.parametrize(
    ("spent", "available", "since", "expected"),
    [
        (80, 100, HOUR, True),
        (79, 100, HOUR, False),
        (100, 100, 72 * HOUR, True),
        (100, 100, 73 * HOUR, False),
        (100, 100, -HOUR, False),
        (0, 0, HOUR, False),
    ],
)
def test_a_sweep_takes_nearly_everything_soon(spent: int, available: int, since: dt.timedelta, expected: bool):
    assert is_sweep(spent, available, since) is expected


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [([], 0), ([0, 5], 0), ([0, 5, 10], 1), ([0, 5, 11], 0), ([0, 1, 2, 3, 60, 61, 62], 2), ([0, 9, 12, 18], 1)],
)
def test_bursts_lie_within_ten_minutes(minutes: list[int], expected: int):
    assert bursts([NOON + dt.timedelta(minutes=minute) for minute in minutes]) == expected


def test_one_burst_may_be_a_forgotten_bottle_of_milk():
    assert (is_split(1), is_split(2)) == (False, True)


@pytest.mark.parametrize(
    ("limits", "risk", "expected"),
    [
        (Limits(), Risk(10**6, True, NOON, NOON), False),
        (Limits(step_up_points=100), Risk(99, False, None, None), False),
        (Limits(step_up_points=100), Risk(100, False, None, None), True),
        (Limits(step_up_first=True), Risk(1, True, None, None), True),
        (Limits(step_up_first=True), Risk(1, False, None, None), False),
        (Limits(step_up_new_till_hours=24), Risk(1, False, NOON - 23 * HOUR, None), True),
        (Limits(step_up_new_till_hours=24), Risk(1, False, NOON - 24 * HOUR, None), False),
        (Limits(step_up_contact_hours=48), Risk(1, False, None, NOON - 47 * HOUR), True),
        (Limits(step_up_contact_hours=48), Risk(1, False, None, None), False),
    ],
)
def test_what_must_be_confirmed(limits: Limits, risk: Risk, expected: bool):
    assert must_confirm(limits, risk, NOON) is expected


@pytest.mark.parametrize(
    ("pin", "expected"),
    [
        ("4711", True),
        ("80486", True),
        ("1234", False),
        ("4321", False),
        ("7777", False),
        ("123", False),
        ("²345", False),
    ],
)
def test_a_pin_is_none_of_the_first_tries(pin: str, expected: bool):
    assert is_pin(pin) is expected
