"""Between the till and us: answers lost, requests doubled, a herd after an outage, a broker that is frozen or dead."""

from __future__ import annotations

import asyncio
import http.client
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from loyalty_site.embedded import broker
from programs.models import Account, IdempotencyRecord, Purchase
from programs.queries.verify import verify
from tests.factories.configuration import TerminalFactory
from tests.faults.proxy import cut, exchange, proxy
from tests.faults.tills import Heard, Line
from tests.programs.shop import Shop, open_shop
from tests.programs.till import ApiTill, sale_body

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]
ROOT = Path(__file__).resolve().parents[2]
ANNA = {"phone": "+12125550123"}
Trials = Callable[[int, int], int]
Note = Callable[..., None]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def web(port: int, **more: str) -> Iterator[None]:
    """A real gunicorn on the test database."""
    database = connection.settings_dict
    url = f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}&port={database['PORT']}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "DATABASE_PASSWORD": database["PASSWORD"],
        "SECRET_KEY": settings.SECRET_KEY,
        "LOG_LEVEL": "ERROR",
    }
    command = ["-m", "gunicorn", "loyalty_site.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    options = ["--worker-class", "gthread", "--threads", "8", "--log-level", "error", "--no-control-socket"]
    server = subprocess.Popen([sys.executable, *command, *options], cwd=ROOT, env=environment | more)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=5).close()
                break
            except OSError:
                assert server.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


@pytest.fixture
def shop() -> Shop:
    made = open_shop(redeem_max_percent=100)
    made.now = timezone.now()
    made.member()
    return made


def assert_booked(number: int) -> None:
    """Every sale of 20 points once, and the books are right."""
    assert Purchase.objects.count() == number
    assert Account.objects.get().available == 20 * number
    assert [finding for finding in verify() if finding.violations] == []


def test_the_answer_is_lost_after_the_commit(shop: Shop, trials: Trials, note_trials: Note):
    number = trials(50, 1000)
    token = ApiTill(shop.terminal, shop.now).token
    port = free_port()

    def lose_and_repeat(each: int) -> bool:
        body, key = sale_body("10.00", number=f"{each}", member=ANNA), str(uuid.uuid4())
        with closing(Line(cutting, token)) as line, pytest.raises((OSError, http.client.HTTPException)):
            line.send("sales", body, key)
        with closing(Line(port, token)) as line:
            heard = line.ask("sales", body, key)
        assert heard.status == 201, heard
        return heard.is_replay

    with web(port), proxy(cut, port) as cutting, ThreadPoolExecutor(4) as pool:
        replays = list(pool.map(lose_and_repeat, range(number)))
    assert all(replays), "the first had committed, so the repeat hears its answer"
    assert_booked(number)
    note_trials("T11", number)


def test_the_network_delivers_twice_and_once_more_an_hour_later(shop: Shop, trials: Trials, note_trials: Note):
    number, most = trials(30, 200), trials(200, 5000)
    token = ApiTill(shop.terminal, shop.now).token
    port = free_port()
    later: list[asyncio.Task[bytes]] = []

    async def twice(request: bytes, to: int) -> bytes:
        async def again() -> bytes:
            await asyncio.sleep(random.uniform(0, most) / 1000)
            return await exchange(request, to)

        later.append(asyncio.ensure_future(again()))
        return await exchange(request, to)

    def sell(each: int) -> tuple[dict[str, Any], str, Heard]:
        body, key = sale_body("10.00", number=f"{each}", member=ANNA), str(uuid.uuid4())
        with closing(Line(doubling, token)) as line:
            return body, key, line.ask("sales", body, key)

    with web(port), proxy(twice, port) as doubling, ThreadPoolExecutor(4) as pool:
        sold = list(pool.map(sell, range(number)))
        deadline = time.monotonic() + 30
        while not all(task.done() for task in later):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert {heard.status for _, _, heard in sold} == {201}
        assert all(task.result().startswith(b"HTTP/1.1 201") for task in later)
        IdempotencyRecord.objects.update(created_at=F("created_at") - timedelta(hours=1))
        with closing(Line(port, token)) as line:
            assert all(line.ask("sales", body, key).body == heard.body for body, key, heard in sold)
    assert_booked(number)
    note_trials("T12", 2 * number)


def test_a_herd_after_an_outage_is_served(shop: Shop, trials: Trials, note_trials: Note):
    """Every terminal has queued sales; all find the web down, back off with jitter, and drain when it is up again."""
    terminals, queued = trials(20, 200), trials(5, 25)
    till = shop.terminal
    tokens = [ApiTill(TerminalFactory(store=till.store), shop.now).token for _ in range(terminals)]
    for index in range(terminals):
        shop.member(f"+1212558{index:04}")
    port = free_port()
    heard: list[Heard] = []
    failures: list[str] = []

    def drain(index: int) -> None:
        try:
            with closing(Line(port, tokens[index], timeout=60)) as line:
                for each in range(queued):
                    body = sale_body("10.00", number=f"{each}", member={"phone": f"+1212558{index:04}"})
                    heard.append(line.ask("sales", body, patience=1800))
        except BaseException as error:  # noqa: BLE001  told below
            failures.append(repr(error))

    threads = [threading.Thread(target=drain, args=(index,)) for index in range(terminals)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    with web(port):
        began = time.monotonic()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - began
    assert failures == []
    assert {each.status for each in heard} == {201}
    assert Purchase.objects.count() == len(heard) == terminals * queued
    assert set(Account.objects.values_list("available", flat=True)) == {20 * queued}
    assert [finding for finding in verify() if finding.violations] == []
    slowest = statistics.quantiles([each.seconds for each in heard], n=100)[98]
    busy = sum(each.busy for each in heard) / sum(each.tries for each in heard)
    figures = f"{len(heard)} sales drained in {seconds:.1f} s, p99 {slowest:.2f} s, share of 503 {busy:.1%}"
    note_trials("T17", len(heard), figures)


def test_sales_do_not_need_the_broker(
    shop: Shop, trials: Trials, note_trials: Note, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    number = trials(20, 500)
    token = ApiTill(shop.terminal, shop.now).token
    port = free_port()
    monkeypatch.setenv("REGULARS_VAR", str(tmp_path))
    server = broker.start()
    assert server is not None

    def p99(name: str) -> float:
        bodies = [sale_body("10.00", number=f"{name}{each}", member=ANNA) for each in range(number)]
        with closing(Line(port, token)) as line:
            heard = [line.ask("sales", body, patience=5) for body in bodies]
        assert {(each.status, each.tries) for each in heard} == {(201, 1)}
        return statistics.quantiles([each.seconds for each in heard], n=100)[98]

    try:
        with web(port, BROKER_URL=broker.url()):
            with_broker = p99("up")
            server.send_signal(signal.SIGSTOP)
            frozen = p99("frozen")
            server.kill()
            server.wait()
            dead = p99("dead")
    finally:
        server.kill()
        server.wait()
    assert_booked(3 * number)
    figures = f"p99 {with_broker * 1000:.0f} ms, broker frozen {frozen * 1000:.0f} ms, dead {dead * 1000:.0f} ms"
    note_trials("T46", 2 * number, figures)
