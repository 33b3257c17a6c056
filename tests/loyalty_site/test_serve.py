"""What stands in the way of a start is told in one sentence, with what to do."""

from __future__ import annotations

import json
import os
import socket
import sys
import time

import pytest

from loyalty_site import serve
from loyalty_site.embedded import processes
from loyalty_site.embedded.processes import EmbeddedError
from loyalty_site.supervisor import Child, Supervisor


@pytest.fixture
def var(tmp_path, monkeypatch):
    monkeypatch.setenv("REGULARS_VAR", str(tmp_path))
    return tmp_path


def test_second_run_in_a_folder_is_told_who_runs_there(var):
    with serve.only_one(8000) as was_killed:
        assert not was_killed
        with (
            pytest.raises(EmbeddedError, match=rf"process {os.getpid()}, http://127.0.0.1:8000/"),
            serve.only_one(8001),
        ):
            pass


def test_a_run_that_ended_by_itself_leaves_nothing_and_a_killed_one_is_noticed(var):
    with pytest.raises(serve.Stopped), serve.only_one(8000):
        raise serve.Stopped
    with serve.only_one(8000) as was_killed:
        assert not was_killed

    (var / "serve.lock").write_text(json.dumps({"process": 1, "port": 8000}))
    with serve.only_one(8000) as was_killed:
        assert was_killed


def test_port_in_use_names_the_next_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(EmbeddedError, match=f"port {port} is in use.*make demo PORT={port + 1}"):
            serve.check_port("127.0.0.1", port, word="demo")


def test_free_port_is_taken_without_a_word():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    serve.check_port("127.0.0.1", port)


def test_supervisor_starts_a_dead_child_again_later_and_later(var):
    said: list[str] = []
    child = Child("short", [sys.executable, "-c", "print('lived'); raise SystemExit(3)"])
    supervisor = Supervisor([child], logs=var, say=said.append)
    supervisor.start()

    waits = []
    deadline = time.monotonic() + 30
    while child.failures < 2 and time.monotonic() < deadline:
        failures = child.failures
        supervisor.tick()
        if child.failures > failures:
            waits.append(child.due - time.monotonic())
        time.sleep(0.05)
    supervisor.stop()

    assert supervisor.hopeless(3) == ""
    assert supervisor.hopeless(2) == "short does not stay alive. Its log ends with: lived | lived"
    assert waits[0] < waits[1]
    assert "short stopped (exit code 3)" in said[0]
    assert (var / "short.log").read_text().count("lived") == 2


def test_supervisor_leaves_no_grandchild(var):
    script = (
        "import subprocess, time; p = subprocess.Popen(['sleep', '300']); print(p.pid, flush=True); time.sleep(300)"
    )
    supervisor = Supervisor(
        [Child("first", ["sleep", "300"]), Child("second", [sys.executable, "-c", script])], logs=var, say=print
    )
    supervisor.start()
    while not (var / "second.log").read_text().strip():
        time.sleep(0.05)
    grandchild = int((var / "second.log").read_text())

    supervisor.stop()

    deadline = time.monotonic() + 5
    while processes.command_line(grandchild) is not None:
        assert time.monotonic() < deadline, "the grandchild lives on"
        time.sleep(0.05)
