"""`python -m loyalty_site.embedded COMMAND ...`: run a command with the servers it needs around it.

The servers that DATABASE_URL and BROKER_URL name are left alone; the embedded ones are started when
nobody runs them yet, and stopped again afterwards by whoever started them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from loyalty_site.embedded import broker, postgres
from loyalty_site.embedded.processes import EmbeddedError, die_with_parent


@contextmanager
def servers(*, with_broker: bool = True) -> Iterator[None]:
    """The embedded servers for as long as the block runs."""
    database = None if os.environ.get("DATABASE_URL") else postgres.start()
    queue = None
    try:
        if with_broker and not os.environ.get("BROKER_URL"):
            queue = broker.start()
        yield
    finally:
        if queue is not None:
            broker.stop(queue)
        if database is not None:
            postgres.stop(database)


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
