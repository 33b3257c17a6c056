"""A sandbox for as long as a block runs."""

from __future__ import annotations

import contextlib
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def sandbox(folder: Path) -> Iterator[tuple[str, str]]:
    """A sandbox in `folder` on a free port; (address, token of its terminal)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "loyalty_site.sandbox", "--port", str(port), "--folder", str(folder)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    lines: queue.Queue[str] = queue.Queue()
    assert child.stdout is not None

    def listen() -> None:
        for line in child.stdout or ():
            lines.put(line)

    threading.Thread(target=listen, daemon=True).start()
    try:
        said = ""
        while "TOKEN=" not in said:
            said += lines.get(timeout=300)
        yield f"http://127.0.0.1:{port}", re.findall(r"TOKEN=(\S+)", said)[0]
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(60)
