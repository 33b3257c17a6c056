"""T6: ten thousand people, workers killed by kill -9 at random moments and at every named place. Nobody twice."""

from __future__ import annotations

import os
import queue
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.db import connection

from members.models import Channel, Message, MessageState, Purpose
from members.queries import message_counts
from members.services import plan_messages
from members.services.delivery.sending import GROUP
from tests.members.crowd import make_crowd
from tests.members.mailing import GROUP as MAILING
from tests.members.mailing import NOW
from tests.smtp_sink import CountingSink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PEOPLE = 10_000
RANDOM_KILLS = 20
PLACES = ["mail.before_claim", "mail.after_claim", "mail.after_handed", "mail.before_dot", "mail.after_reply"]
KILLED = -9


class Workers:
    """Sending processes of one mailing, over a relay that outlives them."""

    def __init__(self, sink: CountingSink) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.mail_workers", connection.settings_dict["NAME"], sink.url, "2"],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "loyalty_site.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.ended: dict[int, int] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            word, *numbers = line.split()
            if word == "ended":
                self.ended[int(numbers[0])] = int(numbers[1])
            else:
                self.lines.put(line)

    def start(self, failpoints: str = "-") -> int:
        assert self.process.stdin
        self.process.stdin.write(f"start {failpoints} {MAILING}\n")
        self.process.stdin.flush()
        return int(self.lines.get(timeout=60).split()[1])

    def wait(self, pid: int, seconds: float = 180) -> int:
        deadline = time.monotonic() + seconds
        while pid not in self.ended:
            assert time.monotonic() < deadline, (
                f"worker {pid} did not end; {message_counts(source='test', group=MAILING)}"
            )
            assert self.process.poll() is None
            time.sleep(0.005)
        return self.ended[pid]

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()


def plan(people: int) -> None:
    """Everybody of a crowd, one planned message each."""
    ids = make_crowd(people)
    plan_messages(
        source="test",
        group=MAILING,
        items=[(member_id, member_id) for member_id in ids],
        channel=Channel.EMAIL,
        purpose=Purpose.MARKETING,
        due_at=NOW,
    )


@pytest.fixture
def workers():
    with CountingSink(keep_content=False) as sink:
        made = Workers(sink)
        made.sink = sink
        yield made
        made.stop()


def test_nobody_twice_whatever_dies(workers, note_trials) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    plan(PEOPLE)

    for place in PLACES:
        pid = workers.start(f"{place}:kill:{chance.randint(1, 8)}")
        assert workers.wait(pid) == KILLED, place
    # Two at a time, and one of them dies; the last ones are left to finish.
    alive = [workers.start(), workers.start()]
    for _ in range(RANDOM_KILLS):
        time.sleep(chance.uniform(0.05, 0.45))
        pid = alive.pop(chance.randrange(2))
        if pid not in workers.ended:
            os.kill(pid, signal.SIGKILL)
        assert workers.wait(pid) in (KILLED, 0)
        alive.append(workers.start())
    assert [workers.wait(pid) for pid in alive] == [0, 0]

    counts = message_counts(source="test", group=MAILING)
    copies = workers.sink.recipients()
    assert max(copies.values()) == 1, "nobody twice"
    assert sum(counts.values()) == PEOPLE, "I7: planned = sent + failed + excluded + unknown + cancelled"
    assert set(counts) <= {MessageState.SENT, MessageState.UNKNOWN}
    kills = RANDOM_KILLS + len(PLACES)
    assert counts.get(MessageState.UNKNOWN, 0) <= GROUP * kills, "at most the groups in flight"
    assert counts[MessageState.SENT] <= len(copies) <= PEOPLE
    told = set(Message.objects.filter(state=MessageState.SENT).values_list("member__identifiers__value", flat=True))
    assert told <= set(copies), "who is called sent has got it"
    print(f"sent {counts[MessageState.SENT]} unknown {counts.get(MessageState.UNKNOWN, 0)} arrived {len(copies)}")
    note_trials("T6", kills)
