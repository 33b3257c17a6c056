"""Starting a server as our child, and finding out whose process a pid is."""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SOCKET_PATH_MAX = 100  # sun_path holds 104 (macOS) to 108 (Linux) bytes
_PR_SET_PDEATHSIG = 1
_living: list[int] = []  # open files that every process we start inherits: see `hold_living_lock`


class EmbeddedError(Exception):
    """The embedded server cannot start. The text is for the person at the keyboard."""


def var_folder() -> Path:
    """The folder of everything the embedded servers keep; created on first use, owner only."""
    root = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("REGULARS_VAR") or root / "var").resolve()


def socket_folder(preferred: Path) -> Path:
    """`preferred`, or a private folder under the system's temporary one when the path is too long for a socket."""
    if len(str(preferred)) + len("/.s.PGSQL.5432") <= SOCKET_PATH_MAX:
        return preferred
    digest = hashlib.sha256(str(preferred).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"regulars-{os.getuid()}-{digest}"


def make_private(folder: Path) -> None:
    """Create `folder` for its owner only; refuse one that somebody else made."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise EmbeddedError(
            f"{folder} belongs to another user. Remove it, or set REGULARS_VAR to a folder of your own."
        )


def die_with_parent(number: int) -> Callable[[], None] | None:
    """A pre-exec hook: the kernel sends `number` to the child when we die, even by kill -9 (Linux only)."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)  # loaded before the fork: loading after it is not safe

    def hook() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)

    return hook


@contextmanager
def hold_living_lock(folder: Path, *, patience: float) -> Iterator[bool]:
    """Hold a kernel lock together with every process started within the block, however deep.

    It is free once the last of them has ended, whatever became of us. So a new start knows when the processes of a
    killed one are gone: waits up to `patience` seconds for that, then yields whether they are.
    """
    with (folder / "living.lock").open("w") as handle:
        deadline = time.monotonic() + patience
        while not (gone := _try_lock(handle.fileno())) and time.monotonic() < deadline:
            time.sleep(0.1)
        fcntl.flock(handle, fcntl.LOCK_SH)  # shared: what outlived our patience holds it still
        _living.append(handle.fileno())
        try:
            yield gone
        finally:
            _living.remove(handle.fileno())


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def inherited_files() -> tuple[int, ...]:
    """What to give `subprocess.Popen` as `pass_fds` so that the child counts as one of ours."""
    return tuple(_living)


def command_line(pid: int) -> str | None:
    """The command line of a living process, or None. A zombie counts as dead: nobody may reap it for hours."""
    try:
        if sys.platform == "linux":
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return None
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
            return raw.replace(b"\0", b" ").decode(errors="replace") or None
        shown = subprocess.run(
            ["ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        text = shown.stdout.strip()
        return None if not text or text.startswith("Z") else text
    except (OSError, ValueError):
        return None


def wait_until(ready: Callable[[], bool], *, seconds: float, child: subprocess.Popen[bytes]) -> bool:
    """Poll until `ready()` or the child has died or the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return True
        if child.poll() is not None:
            return False
        time.sleep(0.02)
    return False


def spawn_server(
    name: str, command: list[str], log_path: Path, is_ready: Callable[[], bool], *, stop_signal: int, seconds: float
) -> subprocess.Popen[bytes]:
    """Start a server as our child and wait until it answers; EmbeddedError with the end of its log when it does not."""
    with log_path.open("ab") as log:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C reaches the whole group of the terminal; the supervisor stops us in order instead.
            start_new_session=True,
            preexec_fn=die_with_parent(stop_signal),
            pass_fds=inherited_files(),
        )
    if not wait_until(is_ready, seconds=seconds, child=child):
        stop_child(child, stop_signal, seconds=5)
        tail = log_path.read_text(errors="replace").strip().splitlines()[-3:]
        raise EmbeddedError(f"the embedded {name} did not start. Its log ends with: " + " | ".join(tail))
    return child


def stop_child(child: subprocess.Popen[bytes], number: int = signal.SIGINT, *, seconds: float = 20) -> None:
    """Ask nicely with `number`, then kill."""
    if child.poll() is not None:
        return
    child.send_signal(number)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


@contextmanager
def start_lock(folder: Path, *, seconds: float = 60) -> Iterator[None]:
    """Only one process at a time may decide to start a server in `folder`.

    A kernel lock, so a killed holder leaves nothing stale behind.
    """
    with (folder / "start.lock").open("w") as handle:
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise EmbeddedError(
                        f"another process has been starting the servers in {folder} for {seconds:.0f} s. "
                        "Stop it, or set REGULARS_VAR to another folder."
                    ) from error
                time.sleep(0.05)
        yield
