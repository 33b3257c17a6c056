"""Doing things at the same moment, with real threads and connections."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse

from loyalty_site.ground import failpoints


def at_once(calls: list[Callable[[], HttpResponse]]) -> list[HttpResponse]:
    """Run all calls at the same moment, each on its own thread and connection; a till repeats what was busy."""
    answers: list[HttpResponse | None] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(index: int) -> None:
        try:
            barrier.wait()
            for _ in range(20):
                answer = calls[index]()
                if answer.status_code != 503 and not (
                    answer.status_code == 409 and answer.json()["code"] == "in_progress"
                ):
                    break
            answers[index] = answer
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answer for answer in answers if answer is not None]


class Pair:
    """Two threads that keep their connections, for many short races of two."""

    def __init__(self, pool: ThreadPoolExecutor, seed: int) -> None:
        self.pool = pool
        self.chance = random.Random(seed)

    def race(self, *calls: Callable[[], Any], within: float = 0.02) -> list[Any]:
        """The results (or the exceptions) of both, started at the same moment plus up to `within` seconds each."""
        barrier = threading.Barrier(len(calls))

        def run(call: Callable[[], Any], wait: float) -> Any:
            barrier.wait()
            time.sleep(wait)
            try:
                return call()
            except Exception as error:  # noqa: BLE001  an outcome like any other
                return error

        waits = [self.chance.uniform(0, within) for _ in calls]
        return [future.result() for future in [self.pool.submit(run, *both) for both in zip(calls, waits, strict=True)]]


@contextmanager
def racing_pair() -> Iterator[Pair]:
    """A pair with a printed seed; its connections are closed at the end."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    barrier = threading.Barrier(2)

    def leave() -> None:
        barrier.wait(30)  # so that each thread gets one of the two farewells
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        yield Pair(pool, seed)
        for farewell in [pool.submit(leave) for _ in range(2)]:
            farewell.result()


def widen(monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    """Hold everybody for a moment between reading and writing: a race that may happen, happens."""
    monkeypatch.setattr(failpoints, "_PLAN", failpoints.parse(f"{point}:sleep=0.3"))
