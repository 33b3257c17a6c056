"""Keeping our own processes alive: start them in order, start again the one that dies, stop them in reverse.

Knows nothing of Django, nor of what the processes do. Every child leads a session of its own, so that Ctrl-C
reaches only us, and the kernel tells it to stop when we die, even by kill -9.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from loyalty_site.embedded.processes import die_with_parent, inherited_files, stop_child

BACK_OFF_SECONDS = (0.5, 1, 2, 5, 10, 30)
CALM_SECONDS = 60  # a child that lived this long starts again with the shortest wait
LOG_MAX_BYTES = 10 * 1024 * 1024


@dataclass
class Child:
    """One process to keep alive. `stop_signal` is what makes it end in good order within `stop_seconds`."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 15
    process: subprocess.Popen[bytes] | None = None
    started: float = 0
    failures: int = 0
    due: float = 0


class Supervisor:
    """Owns its children. Nothing here runs by itself: call `tick` often (a thread that ended would end its children)."""

    def __init__(self, children: list[Child], *, logs: Path, say: Callable[[str], None]) -> None:
        self.children = children
        self._logs = logs
        self._say = say

    def start(self) -> None:
        for child in self.children:
            self._spawn(child)

    def tick(self) -> None:
        """Reap what has died, and start again what has waited long enough."""
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._note_death(child, now)
            if child.process is None and now >= child.due:
                self._spawn(child)

    def hopeless(self, failures: int = 4) -> str:
        """What to say of a child that has died `failures` times in a row without living long; "" when all is well."""
        for child in self.children:
            if child.failures >= failures:
                lines = (self._logs / f"{child.name}.log").read_text(errors="replace").strip().splitlines()
                return f"{child.name} does not stay alive. Its log ends with: {' | '.join(lines[-2:])}"
        return ""

    def stop(self) -> None:
        """In reverse order: what takes work in stops before what does it. Returns when all have ended."""
        for child in reversed(self.children):
            if child.process is not None:
                stop_child(child.process, child.stop_signal, seconds=child.stop_seconds)
                _kill_session(child.process.pid)
                child.process = None

    def _spawn(self, child: Child) -> None:
        path = self._logs / f"{child.name}.log"
        if path.exists() and path.stat().st_size > LOG_MAX_BYTES:
            path.replace(path.with_suffix(".log.old"))
        with path.open("ab") as log:
            child.process = subprocess.Popen(
                child.command,
                env=os.environ | {"REGULARS_PROCESS": f"regulars-{child.name}"} | child.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(child.stop_signal),
                pass_fds=inherited_files(),
            )
        child.started = time.monotonic()

    def _note_death(self, child: Child, now: float) -> None:
        assert child.process is not None
        code = child.process.returncode
        _kill_session(child.process.pid)  # workers of a killed master would take work and answer for nobody
        child.process = None
        child.failures = 1 if now - child.started > CALM_SECONDS else child.failures + 1
        wait = BACK_OFF_SECONDS[min(child.failures, len(BACK_OFF_SECONDS)) - 1]
        child.due = now + wait
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        self._say(f"{child.name} stopped ({how}); starting it again. Its log: {self._logs / child.name}.log")


def _kill_session(leader: int) -> None:
    """End what a dead child left behind in its process group."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
