"""Eight tills at once: how much longer than the usual the slowest sales take.

A gunicorn as in production (two workers of four threads), eight clients with a connection of their own, each with its own
members, so nobody waits for anybody's lock. Printed is the 99th percentile of the times beside their median, and
what the bare POST does under the same load; and the CPU that both take as they are deployed, the web server's workers and
PostgreSQL together.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

from benchmarks.measure import Cpu, Used, elsewhere, fresh_database, report
from benchmarks.sale import MEMBERS, prepare, sale_body, stock_token

CLIENTS, EACH, ROUNDS = 8, 60, 4


def main() -> int:
    with fresh_database():
        return run()


def run() -> int:
    token, phones = prepare()
    stock = stock_token()

    def sale(number: int) -> tuple[str, dict[str, object], dict[str, str]]:
        # The first sale of a member opens the account; nobody has points to pay with yet.
        body = sale_body(phones, number) | ({"redeem_points": "0"} if number < MEMBERS else {})
        return "/api/v1/sales", body, {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}

    def bare(number: int) -> tuple[str, dict[str, object], dict[str, str]]:
        return "/floor", sale_body(phones, number), {"Authorization": f"Token {stock}"}

    with served() as (port, server):
        cpu = Cpu(server)
        clients(port, sale, range(MEMBERS))
        clients(port, bare, range(MEMBERS))
        ratios: list[float] = []
        others: list[float] = []
        product: list[Used] = []
        yardstick: list[Used] = []
        for turn in range(ROUNDS):
            first = MEMBERS + turn * CLIENTS * EACH
            paths = [
                (sale, range(first, first + CLIENTS * EACH), "sale", ratios, product),
                (bare, range(CLIENTS * EACH), "bare POST", others, yardstick),
            ]
            for request, numbers, name, spreads, costs in paths if turn % 2 else reversed(paths):
                before = cpu()
                spreads.append(spread_of(clients(port, request, numbers), name))
                costs.append(cpu() - before)
    served_ratios = report(product, yardstick, CLIENTS * EACH)
    print(f"RATIO bare-p99 {statistics.median(others):.2f}")
    print(f"RATIO sale-p99 {statistics.median(ratios):.2f} goal <=4")
    print(f"RATIO sale-cpu-served {statistics.median(served_ratios):.2f}")
    return 0


def spread_of(times: list[float], name: str) -> float:
    median, high = statistics.median(times), statistics.quantiles(times, n=100)[98]
    print(
        f"{name}: median {median * 1000:.1f} ms, 99th percentile {high * 1000:.1f} ms, longest {max(times) * 1000:.1f} ms"
    )
    return high / median


@contextmanager
def served() -> Iterator[tuple[int, int]]:
    """Our application on a gunicorn of its own, on the benchmark's database: its port and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()", "--bind", f"127.0.0.1:{port}",
        "--workers", "2", "--threads", "4", "--log-level", "error",
    ]  # fmt: skip
    server = subprocess.Popen(command, env=elsewhere())
    try:
        deadline = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("gunicorn did not start")
            time.sleep(0.2)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(20)


def clients(port: int, request: Callable, numbers: range) -> list[float]:
    """Seconds of every request, by CLIENTS threads that take turns in `numbers`: no two share a member at a time."""
    times: list[float] = []
    failures: list[object] = []

    def work(mine: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for number in numbers[mine::CLIENTS]:
            path, body, headers = request(number)
            raw = json.dumps(body)
            began = time.perf_counter()
            connection.request("POST", path, raw, {"Content-Type": "application/json", "Host": "localhost", **headers})
            answer = connection.getresponse()
            content = answer.read()
            times.append(time.perf_counter() - began)
            if answer.status != 201:
                failures.append((answer.status, content))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[:3]
    return times


if __name__ == "__main__":
    sys.exit(main())
