"""The edges of starting servers in a folder: its path, its owner, its lock, and whose process a pid is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from loyalty_site.embedded import processes
from loyalty_site.embedded.processes import EmbeddedError


def test_socket_stays_beside_the_data_when_its_path_is_short_enough():
    folder = Path("/srv/regulars/var/postgres")

    assert processes.socket_folder(folder) == folder


def test_socket_moves_to_a_private_temporary_folder_when_the_path_is_too_long(tmp_path):
    deep = tmp_path / ("long-" * 30) / "postgres"
    other = tmp_path / ("long-" * 30) / "other"

    found = processes.socket_folder(deep)

    assert len(str(found / ".s.PGSQL.5432")) <= processes.SOCKET_PATH_MAX
    assert found == processes.socket_folder(deep), "the same data must always be found under the same socket"
    assert found != processes.socket_folder(other)


def test_private_folder_is_the_owners_only(tmp_path):
    folder = tmp_path / "one" / "two"

    processes.make_private(folder)

    assert folder.stat().st_mode & 0o777 == 0o700


def test_folder_of_another_user_is_refused_with_what_to_do(tmp_path, monkeypatch):
    folder = tmp_path / "var"
    folder.mkdir()
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)

    with pytest.raises(EmbeddedError, match=r"belongs to another user.*REGULARS_VAR"):
        processes.make_private(folder)


def test_command_line_of_a_living_process_and_of_none():
    assert "python" in (processes.command_line(os.getpid()) or "")
    assert processes.command_line(2**22 + 1) is None


def test_a_zombie_counts_as_dead():
    child = subprocess.Popen([sys.executable, "-c", ""])
    try:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, and not reaped

        assert processes.command_line(child.pid) is None
    finally:
        child.wait()


def test_only_one_may_start_servers_at_a_time(tmp_path):
    with (
        processes.start_lock(tmp_path),
        pytest.raises(EmbeddedError, match="another process has been starting"),
        processes.start_lock(tmp_path, seconds=0.2),
    ):
        pass


def test_the_start_lock_of_a_dead_process_is_free(tmp_path):
    script = f"""
import os
from pathlib import Path
from loyalty_site.embedded import processes
with processes.start_lock(Path({str(tmp_path)!r})):
    os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9

    with processes.start_lock(tmp_path, seconds=1):
        pass


def test_lock_is_held_until_the_last_process_of_a_killed_run_has_ended(tmp_path):
    held = "import sys, time; print('up', flush=True); sys.stdin.read()"
    with processes.hold_living_lock(tmp_path, patience=0) as gone:
        assert gone
        child = subprocess.Popen(
            [sys.executable, "-c", held],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=processes.inherited_files(),
        )
        assert child.stdout
        assert child.stdout.readline() == b"up\n"
    # We let go, as somebody killed does; the child lives on.
    with processes.hold_living_lock(tmp_path, patience=0.3) as gone:
        assert not gone

    child.communicate()

    with processes.hold_living_lock(tmp_path, patience=0) as gone:
        assert gone
