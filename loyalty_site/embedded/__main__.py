"""`python -m loyalty_site.embedded COMMAND ...`: run a command with the servers it needs around it.

The servers that DATABASE_URL and BROKER_URL name are left alone; the embedded ones are started when
nobody runs them yet, and stopped again afterwards by whoever started them.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from loyalty_site.embedded import broker, postgres
from loyalty_site.embedded.environment import setting
from loyalty_site.embedded.processes import EmbeddedError, die_with_parent


class Servers:
    """The embedded servers in use: which of them are ours to stop, and how to bring one back that died."""

    def __init__(self, *, with_database: bool, with_broker: bool) -> None:
        self._database: subprocess.Popen[bytes] | None = None
        self._queue: subprocess.Popen[bytes] | None = None
        self._with_database = with_database
        self._with_broker = with_broker
        self._next_look = 0.0

    def start(self) -> None:
        """Start what nobody runs yet. Raises EmbeddedError."""
        if self._with_database:
            self._database = postgres.start() or self._database
        if self._with_broker:
            self._queue = broker.start() or self._queue

    def revive(self, say: Callable[[str], None]) -> None:
        """Start again what has died, ours or not. Call it often: it looks every two seconds, a death of ours at once."""
        ours_died = any(child is not None and child.poll() is not None for child in (self._database, self._queue))
        if not ours_died and time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + 2
        before = (self._database, self._queue)
        try:
            self.start()
        except EmbeddedError as error:
            say(f"{error} Trying again.")
            return
        for name, old, new in zip(("database", "broker"), before, (self._database, self._queue), strict=True):
            if new is not old:
                say(f"The {name} had stopped; it is running again.")

    def stop(self) -> None:
        if self._queue is not None:
            broker.stop(self._queue)
        if self._database is not None:
            postgres.stop(self._database)


@contextmanager
def servers() -> Iterator[Servers]:
    """The embedded servers for as long as the block runs."""
    running = Servers(
        with_database=not setting("DATABASE_URL"),
        with_broker=not setting("BROKER_URL"),
    )
    try:
        running.start()
        yield running
    finally:
        running.stop()


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    # SIGTERM must run the `finally` above; Python's default would end us on the spot.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with servers():
            return _run(arguments)
    except EmbeddedError as error:
        print(f"regulars: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(arguments: list[str]) -> int:
    child = subprocess.Popen(arguments, preexec_fn=die_with_parent(signal.SIGTERM))
    try:
        return child.wait()
    except (KeyboardInterrupt, SystemExit):
        child.terminate()
        child.wait()
        raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
