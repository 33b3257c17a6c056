"""Selling the receipts again through the sale service: one process per core, each with its own households.

`python -m loyalty_site.demo.replay PART PARTS WEEKS LAST UNTIL` prints how far it is, one number a line. It may be killed
and started again at any point: a receipt's number, register and day make it unique, so nothing is booked twice.
"""

from __future__ import annotations

import datetime as dt
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable

from loyalty_site.demo.people import people
from loyalty_site.demo.receipts import Event, events, households, read_receipts
from loyalty_site.embedded.processes import EmbeddedError, die_with_parent, var_folder

PARTS = 2
REPORT_EVERY = 20


def replay(
    weeks: int, until: dt.datetime, last: int, *, on_progress: Callable[[int], None], meanwhile: Callable[[], None]
) -> None:
    """Run all parts to their end; `on_progress` gets the number of events booked, `meanwhile` runs several times a second.

    Raises EmbeddedError when a part fails; its log then says why.
    """
    parts = [_start(part, weeks, until, last) for part in range(PARTS)]
    done = dict.fromkeys(range(PARTS), 0)
    try:
        with selectors.DefaultSelector() as selector:
            for part, child in enumerate(parts):
                assert child.stdout is not None  # it is a pipe
                selector.register(child.stdout, selectors.EVENT_READ, part)
            while selector.get_map():
                for key, _ in selector.select(timeout=0.3):
                    text = os.read(key.fd, 4096).decode()
                    if not text:
                        selector.unregister(key.fileobj)
                    elif numbers := text.split():
                        done[key.data] = int(numbers[-1])
                on_progress(sum(done.values()))
                meanwhile()
        if any(child.wait() for child in parts):
            raise EmbeddedError(f"the replay of the receipts failed. Why is in {var_folder() / 'replay.log'}")
    finally:
        for child in parts:
            if child.poll() is None:
                child.terminate()
            child.communicate()


def _start(part: int, weeks: int, until: dt.datetime, last: int) -> subprocess.Popen[bytes]:
    numbers = [str(number) for number in (part, PARTS, weeks, last)]
    command = [sys.executable, "-m", "loyalty_site.demo.replay", *numbers, until.isoformat()]
    with (var_folder() / "replay.log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )


def part_of(event: Event, parts: int) -> int:
    """Which process books it: a household's receipts all in one, so that they stay in their order."""
    return event.receipt.household % parts


def main(argv: list[str]) -> int:
    """Book one part."""
    part, parts, weeks, last = (int(argument) for argument in argv[:4])
    until = dt.datetime.fromisoformat(argv[4])
    import django  # noqa: PLC0415  the parent of this module's importer has set it up already

    django.setup()
    from loyalty_site.demo.selling import Seller  # noqa: PLC0415  needs Django

    seller = Seller(people(households()), now=until)
    mine = [
        event for event in events(read_receipts(weeks=weeks, last=last), until=until) if part_of(event, parts) == part
    ]
    for count in seller.book_missing(mine):
        if count % REPORT_EVERY == 0:
            sys.stdout.write(f"{count}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair; it ends us
    sys.exit(main(sys.argv[1:]))
