"""The mail relay of a benchmark: a process of its own that takes everything, so its CPU is nobody's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SINK = """
import sys
from tests.smtp_sink import CountingSink
with CountingSink(keep_content=False) as sink:
    print(sink.port, flush=True)
    sys.stdin.read()
    print(len(sink.received), flush=True)
"""


@contextmanager
def running_sink() -> Iterator[str]:
    """smtp://127.0.0.1:PORT for as long as the block runs."""
    process = subprocess.Popen([sys.executable, "-c", SINK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin
    assert process.stdout
    try:
        yield f"smtp://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.stdin.close()
        print(f"the sink took {process.stdout.readline().strip()} mails")
        process.wait(30)
        process.stdout.close()
