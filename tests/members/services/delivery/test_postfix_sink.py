"""T36, T39 against Postfix's own test server: refusals, closings and delays at every stage, and a good day after it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from members.models import Message, MessageState
from members.queries import message_counts
from members.services.delivery.sending import close_senders
from tests.members.mailing import Mailing, open_mailing
from tests.smtp_sink import CountingSink

PROGRAM = shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/lib/postfix/sbin")
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(PROGRAM is None, reason="smtp-sink of Postfix is not installed"),
]
PEOPLE = 5
RETRY = {MessageState.RETRY: PEOPLE}
FAILED = {MessageState.FAILED: PEOPLE}
UNKNOWN = {MessageState.UNKNOWN: PEOPLE}
WAITING = {MessageState.PLANNED: PEOPLE}


@contextlib.contextmanager
def smtp_sink(port: int, *options: str) -> Iterator[None]:
    command = [str(PROGRAM), *(["-u", "nobody"] if os.geteuid() == 0 else []), *options, f"127.0.0.1:{port}", "100"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 10
        while True:
            assert process.poll() is None, process.stderr and process.stderr.read()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield
    finally:
        close_senders()
        process.kill()
        process.communicate()


@pytest.fixture
def mailing(settings) -> Mailing:
    with CountingSink() as free:  # only for its port
        made = open_mailing(free, settings)
    settings.SMTP_TIMEOUTS = (0.8, 0.8, 0.8)
    return made


@pytest.mark.parametrize(
    ("options", "states"),
    [
        (["-r", "mail"], RETRY),
        (["-r", "rcpt"], RETRY),
        (["-r", "data"], RETRY),
        (["-r", "."], RETRY),
        (["-f", "mail"], FAILED),
        (["-f", "rcpt"], FAILED),
        (["-f", "data"], FAILED),
        (["-f", "."], FAILED),
        (["-q", "rcpt"], RETRY),
        (["-q", "data"], RETRY),
        (["-q", "."], UNKNOWN),
        (["-r", "connect"], WAITING),
        (["-f", "connect"], WAITING),
        (["-q", "connect"], WAITING),
        (["-q", "mail"], WAITING),
        # 421: the first has had its attempt, the others are left in peace.
        (["-Q", "rcpt"], {MessageState.RETRY: 1, MessageState.PLANNED: PEOPLE - 1}),
        (["-Q", "."], {MessageState.RETRY: 1, MessageState.PLANNED: PEOPLE - 1}),
        (["-W", "connect:2"], WAITING),
        # -p: it offers no pipeline, whose delayed answers it would give out of order.
        (["-p", "-W", "rcpt:2"], RETRY),
        (["-p", "-W", "data:2"], RETRY),
        # And this is what becomes of it if it does: nobody is harmed by a wrong answer.
        (["-W", "rcpt:2"], RETRY),
        (["-W", ".:2"], UNKNOWN),
    ],
    ids=lambda value: "-".join(value).strip("-") if isinstance(value, list) else "",
)
def test_a_bad_day_and_a_good_one_after_it(mailing, note_trials, options, states) -> None:
    mailing.plan(mailing.people(PEOPLE))
    with smtp_sink(mailing.sink.port, *options):
        mailing.send()
    assert message_counts(source="test", group=mailing.group) == states
    mailing.now = max(Message.objects.values_list("due_at", flat=True))
    with smtp_sink(mailing.sink.port):
        mailing.send()
    over = {state: count for state, count in states.items() if state in (MessageState.FAILED, MessageState.UNKNOWN)}
    left = PEOPLE - sum(over.values())
    assert message_counts(source="test", group=mailing.group) == (over | {MessageState.SENT: left} if left else over)
    note_trials("T39" if "-W" in options else "T36", PEOPLE)
