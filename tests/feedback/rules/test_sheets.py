"""What a link is good for, moment by moment."""

from __future__ import annotations

import datetime as dt

import pytest

from feedback.rules.sheets import Link, Standing, standing_of

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def link(**changes: object) -> Link:
    values = {
        "is_open": True,
        "is_anonymous": False,
        "is_answered": False,
        "answered_at": None,
        "edit_days": 14,
        "expires_at": NOW + DAY,
    }
    return Link(**{**values, **changes})


@pytest.mark.parametrize(
    ("case", "standing"),
    [
        (link(), Standing.ASK),
        (link(expires_at=NOW), Standing.EXPIRED),
        (link(expires_at=NOW + dt.timedelta(microseconds=1)), Standing.ASK),
        (link(is_open=False), Standing.CLOSED),
        (link(is_open=False, is_answered=True, answered_at=NOW), Standing.CLOSED),
        (link(is_answered=True, answered_at=NOW - DAY), Standing.CHANGE),
        (link(is_answered=True, answered_at=NOW - 14 * DAY), Standing.FINAL),
        (link(is_answered=True, answered_at=NOW, edit_days=0), Standing.FINAL),
        (link(is_answered=True, answered_at=NOW - DAY, expires_at=NOW - DAY), Standing.CHANGE),
        (link(is_answered=True, is_anonymous=True), Standing.FINAL),
        (link(is_anonymous=True), Standing.ASK),
        (link(is_answered=True), Standing.FINAL),
    ],
)
def test_standing(case: Link, standing: Standing):
    assert standing_of(case, NOW) is standing
