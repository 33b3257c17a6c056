"""CPU of this process and of every PostgreSQL process, and medians of interleaved rounds."""

from __future__ import annotations

import io
import json
import os
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

import django
import psutil
from django.db import connection
from psycopg import ClientCursor


@contextmanager
def fresh_database():
    """A database of its own (the test runner's), dropped afterwards: a benchmark never touches anybody's data."""
    django.setup()
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db("", verbosity=0)


def fill_tables(statements: str, values: Mapping[str, object]) -> None:
    """Run statements over whole sets, each with a semicolon at the end of its line, and let the server look at what there
    is then."""
    with connection.cursor() as cursor:
        # Only while filling: millions of checks of foreign keys are not what is measured.
        cursor.execute("SET session_replication_role = replica")
        for statement in statements.split(";\n")[:-1]:
            cursor.execute(ClientCursor(connection.connection).mogrify(statement, values))
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")


def elsewhere() -> dict[str, str]:
    """The environment in which another process works on this database."""
    options = connection.settings_dict
    host = quote(str(options["HOST"]), safe="")
    url = f"postgresql://{options['USER']}@/{options['NAME']}?host={host}&port={options['PORT']}"
    return os.environ | {"DATABASE_URL": url, "SECRET_KEY": "bench", "DATABASE_PASSWORD": options["PASSWORD"]}


@dataclass(frozen=True, slots=True)
class Used:
    """Seconds of CPU, by who used them."""

    application: float
    database: float

    def __sub__(self, before: Used) -> Used:
        return Used(self.application - before.application, self.database - before.database)

    def __add__(self, other: Used) -> Used:
        return Used(self.application + other.application, self.database + other.database)

    @property
    def total(self) -> float:
        return self.application + self.database


class Cpu:
    """Seconds of CPU used so far by the application (this process, or `served` with its workers) and by the server."""

    def __init__(self, served: int | None = None) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backend = psutil.Process(cursor.fetchone()[0])
        self.server = backend.parent()
        self.served = psutil.Process(served) if served else None

    def __call__(self) -> Used:
        return Used(_family(self.served) if self.served else time.process_time(), _family(self.server))


def _family(parent: psutil.Process) -> float:
    """A process and its children: those at work, and those that have ended, which the kernel adds to their parent's."""
    total = 0.0
    for process in parent.children():
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    mine = parent.cpu_times()
    return total + mine.user + mine.system + mine.children_user + mine.children_system


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
    mine: list[Used] = []
    yard: list[Used] = []
    for number in range(rounds):
        for path, costs in ((product, mine), (yardstick, yard)) if number % 2 else ((yardstick, yard), (product, mine)):
            before = cpu()
            for index in range(each):
                path(number * each + index)
            costs.append(cpu() - before)
    return report(mine, yard, each)


def report(product: list[Used], yardstick: list[Used], each: int) -> list[float]:
    """Print what rounds of `each` calls used, and return the ratio of each round."""
    for name, costs in (("product", product), ("yardstick", yardstick)):
        application, database, total = (
            statistics.median(getattr(used, part) for used in costs) / each * 1000
            for part in ("application", "database", "total")
        )
        print(f"{name} {total:.2f} ms of CPU: application {application:.2f}, PostgreSQL {database:.2f}")
    ratios = [one.total / other.total for one, other in zip(product, yardstick, strict=True)]
    print(
        f"{len(ratios)} rounds of {each}; ratio: median {statistics.median(ratios):.2f}, {min(ratios):.2f} to {max(ratios):.2f}"
    )
    return ratios
