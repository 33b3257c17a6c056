"""What answers of mail servers mean, when to try again, when it is quiet."""

from __future__ import annotations

import datetime as dt

import pytest

from members.rules.sending import (
    BACK_OFF,
    Stage,
    Verdict,
    advertising_mark,
    judge_reply,
    judge_silence,
    next_attempt,
    quiet_end,
)

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("stage", "code", "text", "verdict"),
    [
        (Stage.DOT, 250, "2.0.0 queued", Verdict.SENT),
        (Stage.DOT, 451, "", Verdict.RETRY),
        (Stage.DOT, 554, "5.7.1 spam", Verdict.REFUSED),
        (Stage.ENVELOPE, 450, "", Verdict.RETRY),
        (Stage.ENVELOPE, 550, "5.1.1 sender unknown", Verdict.REFUSED),
        (Stage.RECIPIENT, 550, "5.1.1 no such user", Verdict.BAD_ADDRESS),
        (Stage.RECIPIENT, 550, "5.2.1 mailbox disabled", Verdict.BAD_ADDRESS),
        (Stage.RECIPIENT, 550, "5.7.1 blocked by policy", Verdict.REFUSED),
        (Stage.RECIPIENT, 550, "5.2.2 mailbox full", Verdict.REFUSED),
        (Stage.RECIPIENT, 550, "no such user here", Verdict.BAD_ADDRESS),
        (Stage.RECIPIENT, 554, "", Verdict.REFUSED),
        (Stage.RECIPIENT, 421, "", Verdict.RETRY),
        (Stage.DATA, 250, "what?", Verdict.REFUSED),
    ],
)
def test_replies(stage: Stage, code: int, text: str, verdict: Verdict) -> None:
    assert judge_reply(stage, code, text) is verdict


@pytest.mark.parametrize("stage", list(Stage))
def test_silence_is_unknown_only_from_the_dot_on(stage: Stage) -> None:
    assert (judge_silence(stage) is Verdict.UNKNOWN) == (stage is Stage.DOT)


def test_attempts_wait_longer_and_end() -> None:
    waits = [next_attempt(attempts, NOW) for attempts in range(1, len(BACK_OFF) + 2)]
    assert waits == [*(NOW + wait for wait in BACK_OFF), None]


@pytest.mark.parametrize(
    ("now", "zone", "starts", "ends", "until"),
    [
        ("2026-03-10T22:30", "UTC", "22:00", "08:00", "2026-03-11T08:00"),
        ("2026-03-10T07:59", "UTC", "22:00", "08:00", "2026-03-10T08:00"),
        ("2026-03-10T08:00", "UTC", "22:00", "08:00", None),
        ("2026-03-10T12:00", "UTC", "11:00", "13:00", "2026-03-10T13:00"),
        ("2026-03-10T13:00", "UTC", "11:00", "13:00", None),
        ("2026-03-10T21:00", "Asia/Jerusalem", "22:00", "08:00", "2026-03-11T06:00"),
        # The clock jumps from 2:00 to 3:00 on 8 March in New York: the quiet hours until 2:30 end at 3:30 summer time.
        ("2026-03-08T06:30", "America/New_York", "01:00", "02:30", "2026-03-08T07:30"),
        # And from 2:00 back to 1:00 on 1 November: they end at the first 1:30.
        ("2026-11-01T05:00", "America/New_York", "00:30", "01:30", "2026-11-01T05:30"),
    ],
)
def test_quiet_hours(now: str, zone: str, starts: str, ends: str, until: str | None) -> None:
    found = quiet_end(
        dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC),
        zone=zone,
        starts=dt.time.fromisoformat(starts),
        ends=dt.time.fromisoformat(ends),
    )
    assert found == (dt.datetime.fromisoformat(until).replace(tzinfo=dt.UTC) if until else None)


def test_no_quiet_hours_are_never_quiet() -> None:
    assert quiet_end(NOW, zone="UTC", starts=None, ends=None) is None
    assert quiet_end(NOW, zone="UTC", starts=dt.time(8), ends=dt.time(8)) is None


def test_israel_wants_advertising_to_be_called_so() -> None:
    assert advertising_mark("IL") == "פרסומת: "
    assert advertising_mark("US") == ""
