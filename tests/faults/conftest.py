"""A whole installation as somebody at a terminal starts it, in a folder and on a port of its own."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What the suite says to its own processes and an installation must not hear.
OF_THE_SUITE = {"DATABASE_URL", "BROKER_URL", "SECRET_KEY", "REGULARS_ALLOW_TRUNCATE"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processes_naming(text: str) -> dict[int, str]:
    """{pid: command line} of the living processes whose command line or environment names `text`."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            line = (entry / "cmdline").read_bytes()
            if line and (text.encode() in line or text.encode() in (entry / "environ").read_bytes()):
                found[int(entry.name)] = line.replace(b"\0", b" ").decode(errors="replace")
    return found


class Installation:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.runs: list[subprocess.Popen[str]] = []

    def start(self, *, port: int | None = None, as_ordinary_user: bool = False) -> subprocess.Popen:
        """`as_ordinary_user`: when we are root, in a user namespace that shows the process another uid."""
        disguise = (
            ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]
            if as_ordinary_user and os.geteuid() == 0
            else []
        )
        environment = {name: value for name, value in os.environ.items() if name not in OF_THE_SUITE}
        run = subprocess.Popen(
            [*disguise, sys.executable, "-m", "loyalty_site.serve", "--port", str(port or self.port)],
            cwd=ROOT,
            env=environment | {"REGULARS_VAR": str(self.folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.runs.append(run)
        return run

    def wait_until_healthy(self, seconds: float = 240) -> None:
        """A first start makes every table; on a machine with ten others at work that takes minutes, not seconds."""
        deadline = time.monotonic() + seconds
        while not self.is_healthy():
            for run in self.runs[-1:]:
                assert run.poll() is None, run.communicate()[0]
            assert time.monotonic() < deadline, self.logs()
            time.sleep(0.1)

    def is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/", timeout=5) as answer:
                return json.load(answer) == {"status": "ok"}
        except OSError:
            return False

    def processes(self) -> dict[int, str]:
        return processes_naming(str(self.folder))

    def find(self, *words: str) -> list[int]:
        """Pids of our processes whose command line has all the words, the oldest first."""
        return sorted(pid for pid, line in self.processes().items() if all(word in line for word in words))

    def kill(self, *words: str) -> int:
        pid = self.find(*words)[0]
        os.kill(pid, signal.SIGKILL)
        return pid

    def stop(self) -> str:
        run = self.runs[-1]
        run.send_signal(signal.SIGINT)
        output, _ = run.communicate(timeout=60)
        return output

    def logs(self) -> str:
        return "\n".join(f"== {path.name}\n{path.read_text()[-2000:]}" for path in sorted(self.folder.glob("*.log")))


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A database's folder with every table in it: making them takes half a minute, and few tests are about that.

    Whichever process of a parallel run asks first makes it for all of them; it goes with pytest's own folder.
    """
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if hasattr(request.config, "workerinput") else own
    made = shared / "tables"
    with (shared / "tables.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _make_tables(made)
    return made


def _make_tables(made: Path) -> None:
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
    environment = {name: value for name, value in os.environ.items() if name not in OF_THE_SUITE}
    with tempfile.TemporaryDirectory(prefix="regulars-seed-") as folder:  # short: a socket's path is limited
        subprocess.run(
            [sys.executable, "-m", "loyalty_site.embedded", *command],
            cwd=ROOT,
            env=environment | {"REGULARS_VAR": folder},
            check=True,
        )
        shutil.move(Path(folder) / "postgres", made)


@pytest.fixture
def new_installation() -> Iterator[Installation]:
    """In an empty folder: its first start makes the database and every table."""
    yield from _installed()


@pytest.fixture
def installation(tables: Path) -> Iterator[Installation]:
    """With its tables made."""
    yield from _installed(tables)


@pytest.fixture(scope="module")
def _shared_installation(tables: Path) -> Iterator[Installation]:
    yield from _installed(tables)


@pytest.fixture
def running(_shared_installation: Installation) -> Installation:
    """Started and healthy, and the same for all tests of a file: a start is four processes that import everything.

    A test may kill what it likes; where it leaves the installation stopped, the next test starts it again.
    """
    runs = _shared_installation.runs
    if not runs or runs[-1].poll() is not None:
        _shared_installation.start()
    _shared_installation.wait_until_healthy()
    return _shared_installation


def _installed(tables: Path | None = None) -> Iterator[Installation]:
    folder = Path(tempfile.mkdtemp(prefix="regulars-test-"))  # short: a socket's path has at most 100 characters
    if tables is not None:
        shutil.copytree(tables, folder / "postgres")
    made = Installation(folder)
    yield made
    for run in made.runs:
        if run.poll() is None:
            run.kill()
        if run.stdout and not run.stdout.closed:
            run.communicate()
    deadline = time.monotonic() + 30
    while (left := made.processes()) and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)
    assert not left, f"processes outlived their supervisor: {left}"
