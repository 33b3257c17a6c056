"""CPU of this process and of every PostgreSQL process, and medians of interleaved rounds."""

from __future__ import annotations

import io
import json
import statistics
import time
from collections.abc import Callable
from contextlib import contextmanager

import django
import psutil
from django.db import connection


@contextmanager
def fresh_database():
    """A database of its own (the test runner's), dropped afterwards: a benchmark never touches anybody's data."""
    django.setup()
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db("", verbosity=0)


class Cpu:
    """Seconds of CPU used so far by us and by the database server on this machine."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backend = psutil.Process(cursor.fetchone()[0])
        self.server = backend.parent()

    def __call__(self) -> float:
        total = time.process_time()
        for process in [self.server, *self.server.children()]:
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        return total


def post(handler: Callable, path: str, body: dict, **headers: str) -> tuple[int, bytes]:
    """One request through a WSGI handler, without the cost of a test client."""
    raw = json.dumps(body).encode()
    seen: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(raw)),
        "wsgi.input": io.BytesIO(raw),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        **headers,
    }
    response = handler(environ, lambda status, _: seen.append(status))
    content = b"".join(response)
    response.close()
    return int(seen[0].split()[0]), content


def compare(product: Callable[[int], None], yardstick: Callable[[int], None], *, rounds: int, each: int) -> list[float]:
    """Ratios of CPU per call, one per round; the two take turns within a round."""
    cpu = Cpu()
    ratios, product_ms, yard_ms = [], [], []
    for number in range(rounds):
        costs = []
        for path in (product, yardstick) if number % 2 else (yardstick, product):
            before = cpu()
            for index in range(each):
                path(number * each + index)
            costs.append(cpu() - before)
        mine, other = costs if number % 2 else reversed(costs)
        product_ms.append(mine / each * 1000)
        yard_ms.append(other / each * 1000)
        ratios.append(mine / other)
    print(
        f"product {statistics.median(product_ms):.2f} ms of CPU, yardstick {statistics.median(yard_ms):.2f} ms, {rounds} rounds of {each}"
    )
    print(f"ratio per round: median {statistics.median(ratios):.2f}, from {min(ratios):.2f} to {max(ratios):.2f}")
    return ratios
