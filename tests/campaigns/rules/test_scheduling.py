"""When a campaign starts where clocks jump, when it is too late, and whom the lot holds out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.rules.scheduling import LOTS, Shift, is_held_out, is_too_late, local_instant, lot

# (zone, local day and time, the instant, what the clocks do). R28: a gap moves forward, of a fold the first.
STARTS = [
    ("America/New_York", "2026-03-08 01:30", "2026-03-08 06:30", Shift.NONE),
    ("America/New_York", "2026-03-08 02:00", "2026-03-08 07:00", Shift.GAP),
    ("America/New_York", "2026-03-08 02:30", "2026-03-08 07:30", Shift.GAP),  # 03:30 on the wall
    ("America/New_York", "2026-03-08 03:00", "2026-03-08 07:00", Shift.NONE),
    ("America/New_York", "2026-03-08 10:00", "2026-03-08 14:00", Shift.NONE),
    ("America/New_York", "2026-11-01 00:59", "2026-11-01 04:59", Shift.NONE),
    ("America/New_York", "2026-11-01 01:30", "2026-11-01 05:30", Shift.FOLD),
    ("America/New_York", "2026-11-01 02:00", "2026-11-01 07:00", Shift.NONE),
    ("America/New_York", "2026-11-01 10:00", "2026-11-01 15:00", Shift.NONE),
    ("Asia/Jerusalem", "2026-03-27 01:30", "2026-03-26 23:30", Shift.NONE),
    ("Asia/Jerusalem", "2026-03-27 02:30", "2026-03-27 00:30", Shift.GAP),
    ("Asia/Jerusalem", "2026-03-27 10:00", "2026-03-27 07:00", Shift.NONE),
    ("Asia/Jerusalem", "2026-10-25 01:30", "2026-10-24 22:30", Shift.FOLD),
    ("Asia/Jerusalem", "2026-10-25 10:00", "2026-10-25 08:00", Shift.NONE),
    ("Europe/London", "2026-03-29 01:30", "2026-03-29 01:30", Shift.GAP),  # 02:30 on the wall
    ("Europe/London", "2026-03-29 02:30", "2026-03-29 01:30", Shift.NONE),
    ("Europe/London", "2026-10-25 01:30", "2026-10-25 00:30", Shift.FOLD),
    ("Europe/London", "2026-10-25 02:30", "2026-10-25 02:30", Shift.NONE),
    ("Australia/Lord_Howe", "2026-10-04 01:30", "2026-10-03 15:00", Shift.NONE),
    ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:45", Shift.GAP),  # half an hour: 02:45
    ("Australia/Lord_Howe", "2026-10-04 02:30", "2026-10-03 15:30", Shift.NONE),
    ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04 14:45", Shift.FOLD),
    ("Australia/Lord_Howe", "2026-04-05 02:00", "2026-04-04 15:30", Shift.NONE),
    ("Europe/Moscow", "2026-03-29 02:30", "2026-03-28 23:30", Shift.NONE),
    ("Europe/Moscow", "2026-10-25 02:30", "2026-10-24 23:30", Shift.NONE),
    ("UTC", "2026-10-25 01:30", "2026-10-25 01:30", Shift.NONE),
]


def instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(("zone", "local", "meant", "shift"), STARTS)
def test_the_instant_of_a_local_time(
    zone: str, local: str, meant: str, shift: Shift, note_trials: Callable[[str, int], None]
):
    moment = dt.datetime.fromisoformat(local)
    assert local_instant(moment.date(), moment.time(), zone) == (instant(meant), shift)
    note_trials("T31", 1)


@given(
    st.dates(dt.date(2020, 1, 1), dt.date(2035, 1, 1)),
    st.times(),
    st.sampled_from(sorted({zone for zone, *_ in STARTS})),
)
def test_a_start_is_on_the_wall_when_it_was_meant_or_the_gap_later(day: dt.date, time: dt.time, zone: str):
    found, shift = local_instant(day, time, zone)
    local = dt.datetime.combine(day, time)
    wall = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if shift is Shift.GAP:
        assert dt.timedelta(0) < wall - local <= dt.timedelta(hours=1)
    else:
        assert wall == local
    assert found.astimezone(ZoneInfo(zone)).fold == 0


@pytest.mark.parametrize(
    ("minutes", "late"), [(-5, False), (0, False), (29, False), (30, False), (31, True), (3 * 24 * 60, True)]
)
def test_lateness(minutes: int, late: bool):
    due = instant("2026-03-10 10:00")
    assert is_too_late(due=due, grace_minutes=30, now=due + dt.timedelta(minutes=minutes)) is late


def test_without_grace_only_the_very_moment_is_in_time():
    due = instant("2026-03-10 10:00")
    assert not is_too_late(due=due, grace_minutes=0, now=due)
    assert is_too_late(due=due, grace_minutes=0, now=due + dt.timedelta(seconds=1))


@given(st.text(max_size=32), st.integers(0, 2**62))
def test_a_lot_is_a_lot(seed: str, member_id: int):
    assert 0 <= lot(seed, member_id) < LOTS
    assert lot(seed, member_id) == lot(seed, member_id)
    assert not is_held_out(seed, member_id, 0)
    assert is_held_out(seed, member_id, 100)


@pytest.mark.parametrize("percent", [1, 10, 50])
def test_the_share_held_out_is_the_share_asked_for(percent: int):
    held = sum(is_held_out("a seed", member_id, percent) for member_id in range(20_000))
    # Six standard deviations of a fair lot.
    assert abs(held - 200 * percent) < 6 * (20_000 * percent / 100 * (1 - percent / 100)) ** 0.5


def test_runs_draw_lots_of_their_own():
    same = sum(is_held_out("one", n, 50) == is_held_out("other", n, 50) for n in range(10_000))
    assert abs(same - 5000) < 300
