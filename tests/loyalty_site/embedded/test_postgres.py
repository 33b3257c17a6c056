"""What is left of an old server must neither be trusted nor stand in the way."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from loyalty_site.embedded import postgres, processes
from loyalty_site.embedded.processes import EmbeddedError


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "postgres"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    "content",
    ["", "nonsense\n", "4194305\n/somewhere\n", f"{os.getpid()}\n/somewhere\n"],
    ids=["empty", "nonsense", "a pid nobody has", "a pid somebody else has"],
)
def test_stale_pid_file_is_removed(data, content):
    (data / "postmaster.pid").write_text(content)

    postgres._await_end_of_old(data, seconds=0)

    assert not (data / "postmaster.pid").exists()


def test_living_server_of_this_folder_is_waited_for_and_then_named(data):
    server = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", str(data)])
    try:
        while str(data) not in (processes.command_line(server.pid) or ""):
            time.sleep(0.01)  # for an instant of its start a process has no command line
        (data / "postmaster.pid").write_text(f"{server.pid}\n")

        with pytest.raises(EmbeddedError, match=f"kill -INT {server.pid}"):
            postgres._await_end_of_old(data, seconds=0.3)
        assert (data / "postmaster.pid").exists(), "a living server's pid file must never be removed"
    finally:
        server.kill()
        server.wait()
