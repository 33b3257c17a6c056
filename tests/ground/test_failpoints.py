"""Failpoints do nothing unless asked, and exactly what they are asked."""

from __future__ import annotations

import pytest

from loyalty_site.ground import failpoints


def test_nothing_happens_by_itself():
    failpoints.failpoint("anything")


def test_the_nth_passing_raises(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(failpoints, "_PLAN", failpoints.parse("here:raise:2"))
    failpoints._passed.clear()
    failpoints.failpoint("here")
    with pytest.raises(failpoints.FailpointError):
        failpoints.failpoint("here")
    failpoints.failpoint("here")


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="explode"):
        failpoints.parse("here:explode")


def test_a_child_of_a_fork_is_armed_and_disarmed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(failpoints, "_PLAN", {})
    failpoints.arm("here:raise:1")
    with pytest.raises(failpoints.FailpointError):
        failpoints.failpoint("here")
    failpoints.arm("here:raise:1")
    with pytest.raises(failpoints.FailpointError):
        failpoints.failpoint("here")
    failpoints.arm("")
    failpoints.failpoint("here")
