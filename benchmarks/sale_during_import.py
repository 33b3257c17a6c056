"""What a sale costs while a customer file is being loaded, beside what it costs when nothing else happens.

The import works in a process and a connection of its own, as the worker does. Counted is the CPU of this process and of its own
PostgreSQL backend, which no other work is booked on; how long a sale takes is printed too, and depends on the cores there are.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
_FOLDER = os.environ.setdefault("MEDIA_ROOT", tempfile.mkdtemp(prefix="regulars-bench-"))

import psutil  # noqa: E402

from benchmarks.measure import fresh_database, post  # noqa: E402
from benchmarks.sale import MEMBERS, prepare, sale_body  # noqa: E402

ROUNDS, EACH = 12, 40
WORKER = """
import itertools, sys
import django
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from benchmarks import importing
from programs.models import Program
importing.CUSTOMERS = 20_000
program = Program.objects.get()
for prefix in itertools.count(2):
    importing.bring(program, [0], prefix=prefix)
"""


def main() -> int:
    try:
        with fresh_database():
            return run()
    finally:
        shutil.rmtree(_FOLDER, ignore_errors=True)


def run() -> int:
    from django.core.handlers.wsgi import WSGIHandler
    from django.db import connection

    from members.models import Member

    token, phones = prepare()
    handler = WSGIHandler()

    def sell(number: int) -> None:
        body = sale_body(phones, number) | ({"redeem_points": "0"} if number < MEMBERS * 2 else {})
        headers = {"HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4())}
        status, content = post(handler, "/api/v1/sales", body, **headers)
        assert status == 201, content

    # One connection throughout: its backend is what is looked at.
    connection.close()
    connection.settings_dict["CONN_MAX_AGE"] = None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = psutil.Process(cursor.fetchone()[0])

    def used() -> float:
        times = backend.cpu_times()
        return time.process_time() + times.user + times.system

    numbers = iter(range(10**9))
    for _ in range(MEMBERS * 2):  # opens accounts, warms caches and prepared statements
        sell(next(numbers))

    def rounds(count: int) -> tuple[list[float], list[float]]:
        """Milliseconds of CPU and of time that a sale takes, the mean of each round."""
        costs, lengths = [], []
        for _ in range(count):
            before, began = used(), time.perf_counter()
            for _ in range(EACH):
                sell(next(numbers))
            costs.append((used() - before) / EACH * 1000)
            lengths.append((time.perf_counter() - began) / EACH * 1000)
        return costs, lengths

    alone = rounds(ROUNDS // 2)
    folder = str(Path(__file__).resolve().parent.parent)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, connection.settings_dict["NAME"]], env=os.environ | {"PYTHONPATH": folder}
    )
    try:
        deadline = time.monotonic() + 120
        while Member.objects.count() == MEMBERS:
            assert worker.poll() is None, "the import did not start"
            assert time.monotonic() < deadline, "the import does not come forward"
            time.sleep(0.2)
        before = Member.objects.count()
        beside = rounds(ROUNDS)
        brought = Member.objects.count() - before
        assert worker.poll() is None
        assert brought > 0
    finally:
        worker.kill()
        worker.wait()
        connection.close()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        cursor.execute("SELECT pg_backend_pid()")
        backend = psutil.Process(cursor.fetchone()[0])
    for _ in range(EACH):
        sell(next(numbers))
    after = rounds(ROUNDS // 2)
    medians = [statistics.median(one) for one in (alone[0] + after[0], beside[0], alone[1] + after[1], beside[1])]
    print(f"a sale alone: {medians[0]:.2f} ms of CPU, takes {medians[2]:.1f} ms")
    print(f"a sale while {brought} people come in: {medians[1]:.2f} ms of CPU, takes {medians[3]:.1f} ms")
    print("counted is the CPU of the sale's own process and of its own PostgreSQL backend")
    print(f"RATIO sale-during-import {medians[1] / medians[0]:.2f} goal <=2")
    return 0


if __name__ == "__main__":
    sys.exit(main())
