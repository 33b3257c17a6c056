"""`make demo CHECK=1` seen from outside: a folder and a port of its own, and afterwards nothing left of either."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from loyalty_site.embedded.processes import die_with_parent, make_private, socket_folder, stop_child, var_folder
from loyalty_site.serve import HOST, say

RESULT = "demo-result"
# Somebody's own database must not be filled with the demonstration by a check, nor its links lead to their address.
_OWN_SERVERS = [
    name + suffix for name in ("DATABASE_URL", "BROKER_URL", "SECRET_KEY", "PUBLIC_URL") for suffix in ("", "_FILE")
]


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def check_in_a_folder_of_its_own(last: int = 0) -> int:
    """Run the whole demonstration there and prove it; its last line says DEMO and the figures. 0 when all held."""
    make_private(var_folder())
    folder = Path(tempfile.mkdtemp(prefix="check-", dir=var_folder()))
    environment = {name: value for name, value in os.environ.items() if name not in _OWN_SERVERS}
    command = [sys.executable, "-m", "loyalty_site.demo", "--prove", "--port", str(free_port()), "--last", str(last)]
    child = subprocess.Popen(
        command,
        env=environment | {"REGULARS_VAR": str(folder)},
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )
    try:
        code = child.wait()
        result = (folder / RESULT).read_text().strip() if (folder / RESULT).exists() else ""
        left = _left_behind(folder)
    finally:
        stop_child(child, signal.SIGTERM, seconds=60)
        _keep_logs_of_a_failure(folder, failed=child.returncode != 0)
        for place in (folder, socket_folder(folder / "postgres"), socket_folder(folder / "broker")):
            shutil.rmtree(place, ignore_errors=True)
    if left:
        say("These processes were left behind: " + "; ".join(left))
    if code == 0 and not result:
        say("The demonstration ended without a result.")
    if result:
        say(result)
    return code or int(bool(left) or not result)


def _left_behind(folder: Path, *, seconds: float = 10) -> list[str]:
    """Command lines of living processes that work in `folder`, after giving them time to end (Linux)."""
    deadline = time.monotonic() + seconds
    while (found := _working_in(folder)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def _working_in(folder: Path) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if line and str(folder).encode() in (entry / "environ").read_bytes():
                found.append(f"{entry.name} {line[:80]}")
    return found


def _keep_logs_of_a_failure(folder: Path, *, failed: bool) -> None:
    if not failed:
        return
    kept = var_folder() / "check-logs"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    for log in folder.glob("*.log"):
        shutil.copy(log, kept)
    say(f"The logs are kept in {kept}")
