"""A draft played over past receipts of two lines as the worker plays it, beside reading the same receipts.

The worker is the product's own: celery with two processes, told of due jobs once a second. The draft is one whose answers
depend on what came before: tiers, burning, both purses, a stamp card, a limit of a member and month, a window of thirty days, every
tenth purchase, beside sixteen rules of a category each. With COMPARED=1 the running version is asked about every receipt as well.

Reading is what anybody would write who only wants the values: one COPY of receipts and lines in the order of member and
time, a row a line, each field turned into its value and forgotten. None of it is the product's. Two other readings are
printed beside it: the leanest we know (a receipt's lines in one column), and a server-side cursor.

RECEIPTS=1000000 for the size of the goal; ROUNDS=1 for a quick look.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import psutil

from benchmarks.measure import Cpu, Used, elsewhere, fill_tables, fresh_database, report

RECEIPTS = int(os.environ.get("RECEIPTS", "100000"))
IS_COMPARED = os.environ.get("COMPARED", "") == "1"
MEMBERS = max(1, RECEIPTS // 20)
ROUNDS = int(os.environ.get("ROUNDS", "3"))
FIRST = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
UNTIL = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
# The rules that remember; the others are those of engine.py.
REMEMBERING: list[tuple[str, list[dict[str, Any]], dict[str, Any]]] = [
    ("stamps", [{"type": "category", "codes": ["category-16"]}], {"type": "stamp_card", "card": "coffee", "every": 10}),
    ("tenth", [{"type": "nth_purchase", "every": 10}], {"type": "points", "points": "25"}),
    ("often", [{"type": "accumulated", "of": "visits", "minimum": 3, "days": 30}], {"type": "points", "points": "5"}),
    (
        "monthly",
        [{"type": "category", "codes": ["category-19"]}],
        {
            "type": "points",
            "points": "4",
            "limits": [{"of": "points", "per": "member", "within": "month", "most": "10"}],
        },
    ),
]
_JOINED = "FROM programs_purchase p JOIN programs_purchaseline l ON l.purchase_id = p.id WHERE p.member_id IS NOT NULL"
_IN_ORDER = "ORDER BY p.member_id, p.occurred_at, p.id"
_READ = f"""
    SELECT p.member_id, p.id, p.occurred_at, p.store_id, p.total_minor, l.sku, l.quantity, l.amount_minor, l.category_id
    {_JOINED} {_IN_ORDER}, l.position
"""
_LEAN = f"""
    SELECT p.member_id, p.id, p.occurred_at, p.store_id, p.total_minor,
           string_agg(concat_ws(',', l.sku, l.quantity, l.amount_minor, l.category_id), ';' ORDER BY l.position)
    {_JOINED} GROUP BY p.id {_IN_ORDER}
"""
# A member buys twenty times in the year on average; what a line costs follows from its number, so that a receipt's total needs
# no second look.
_COST = "100 + abs(hashint8(n * 2 + {position})::bigint) %% 4900"
_DATA = f"""
    INSERT INTO members_member (id, public_id, kind, status, name, search_name, language, sex, joined_on, source, note, custom)
    SELECT n, gen_random_uuid(), 'person', 'enrolled', 'Person ' || n, 'person ' || n, 'en', '', date '2025-01-01', '', '', '{{}}'
    FROM generate_series(1, %(members)s) n;
    INSERT INTO programs_category (id, code, name)
    SELECT 1 + n, 'category-' || n, 'Category ' || n FROM generate_series(0, 39) n;
    INSERT INTO programs_product (id, sku, name, category_id)
    SELECT 1 + n, 'sku-' || n, 'Article ' || n, 1 + n %% 40 FROM generate_series(0, 9999) n;
    INSERT INTO programs_purchase (id, kind, store_id, register, receipt_number, business_on, occurred_at, member_id, currency,
                                   total_minor, points_earned, points_redeemed, tender_minor, discount_minor, facts, import_batch_id)
    SELECT n, 'sale', %(store)s, '1', n::text, at::date, at, 1 + abs(hashint8(n)::bigint) %% %(members)s, 'USD',
           {_COST.format(position=1)} + {_COST.format(position=2)}, 0, 0, 0, 0, '{{}}', %(batch)s
    FROM (SELECT n, %(first)s::timestamptz + make_interval(secs => (n - 1) * (365 * 86400.0 / %(receipts)s)) AS at
          FROM generate_series(1, %(receipts)s) n) AS g;
    INSERT INTO programs_purchaseline (purchase_id, position, sku, product_id, category_id, quantity, amount_minor, discount_minor,
                                       tax_included, tender_minor, points_redeemed, points_earned)
    SELECT n, position, 'sku-' || article, 1 + article, 1 + article %% 40, 1 + (n + position) %% 3,
           {_COST.format(position="position")}, 0, true, 0, 0, 0
    FROM generate_series(1, %(receipts)s) n CROSS JOIN generate_series(1, 2) position
    CROSS JOIN LATERAL (SELECT abs(hashint8(n * 7 + position)::bigint) %% 10000 AS article) a;
    INSERT INTO programs_purchasesummary (member_id, purchase_count, spend_minor, returned_minor, first_at, last_at)
    SELECT member_id, count(*), sum(total_minor), 0, min(occurred_at), max(occurred_at) FROM programs_purchase GROUP BY 1;
"""


@dataclass
class Watched:
    """What the worker's processes were seen to use: megabytes at the start, when a tenth of the receipts was played, and at
    most since they began; and for which part of the time both jobs were running."""

    start: dict[int, float] = field(default_factory=dict)
    early: dict[int, float] = field(default_factory=dict)
    most: dict[int, float] = field(default_factory=dict)
    backends: float = 0.0
    wall: float = 0.0
    busy: dict[int, float] = field(default_factory=dict)  # seconds of CPU
    overlap: float = 0.0


def main() -> int:
    with fresh_database():
        return run()


def run() -> int:
    from programs.models import ReplayPart, ReplayRun

    program = prepare()
    mine: list[Used] = []
    yard: dict[str, list[Used]] = {name: [] for name in READINGS}
    seen: list[Watched] = []
    with working() as worker:
        for number in range(ROUNDS):
            cpu = Cpu()
            for name in list(READINGS)[:: 1 if number % 2 else -1]:
                before = cpu()
                READINGS[name]()
                yard[name].append(cpu() - before)
            at_work = Cpu(worker)
            before = at_work()
            seen.append(play(program, worker))
            mine.append(at_work() - before)
    totals = ReplayRun.objects.latest("pk").totals or {}
    assert totals["receipts"] == RECEIPTS
    assert not ReplayPart.objects.exists()
    points = sum(cell[6] for cell in totals["cells"])
    print(f"{RECEIPTS} receipts of 2 lines, {MEMBERS} members, {points} minor points; compared: {IS_COMPARED}")
    name = f"replay{'-compared' if IS_COMPARED else ''}"
    ratios: dict[str, list[float]] = {}
    for reading, costs in yard.items():
        print(f"beside {reading}:")
        ratios[reading] = report(mine, costs, max(1, RECEIPTS // 1000))
    tell(seen[0])  # later ones begin with what the first has left
    print(f"RATIO {name}-lean {statistics.median(ratios[LEAN]):.2f}")
    print(f"RATIO {name}-cursor {statistics.median(ratios[CURSOR]):.2f}")
    print(f"RATIO {name} {statistics.median(ratios[ROWS]):.2f} goal <=4")
    return 0


def tell(watched: Watched) -> None:
    """Memory and cores, in words and as figures with their goals."""
    growth = 0.0
    for pid, most in watched.most.items():
        early = watched.early.get(pid, watched.start[pid])
        growth = max(growth, most - early)
        print(
            f"process {pid}: {watched.start[pid]:.0f} MB before, {early:.0f} MB at most in the first tenth, {most:.0f} MB at"
            f" most at all; {watched.busy[pid]:.1f} s of CPU"
        )
    print(
        f"their connections: at most {watched.backends:.0f} MB of PostgreSQL's own each; kept are one member's receipts"
    )
    together = sum(watched.busy.values())
    print(
        f"{together:.1f} s of CPU in {watched.wall:.1f} s, PostgreSQL besides; both jobs were running {watched.overlap:.0%} of the"
        f" time (load of this machine now: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)"
    )
    print(f"RATIO replay-memory {growth:.1f} goal <=16")
    print(f"RATIO replay-cores {together / max(watched.busy.values()):.2f} goal >=1.8")


def play(program: Any, worker: int) -> Watched:
    """A trial from asking for it to its result, done by the worker; what its processes used meanwhile."""
    from loyalty_site.ground.models import Job
    from loyalty_site.ground.policy import system
    from loyalty_site.ground.tasks import tick
    from programs.services.replays import start_replay

    pool = psutil.Process(worker).children(recursive=True)
    watched = Watched(start={one.pid: _peak(one.pid) for one in pool})
    before = {one.pid: sum(one.cpu_times()[:2]) for one in pool}
    asked = start_replay(program=program, from_on=None, actor=system("bench"), now=UNTIL)
    began = time.monotonic()
    while True:
        tick()
        jobs = list(Job.objects.filter(pk__in=asked.job_ids))
        done = sum(job.done_count for job in jobs)
        assert all(job.state != "failed" for job in jobs), [job.last_error for job in jobs]
        for one in pool:
            watched.most[one.pid] = _peak(one.pid)
            if done <= RECEIPTS // 10:
                watched.early[one.pid] = watched.most[one.pid]
        watched.backends = max([watched.backends, *_backends()])
        if all(job.state == "done" for job in jobs):
            break
        time.sleep(1)  # looking costs the server as well
    watched.wall = time.monotonic() - began
    watched.busy = {one.pid: sum(one.cpu_times()[:2]) - before[one.pid] for one in pool}
    spans = [(job.started_at, job.finished_at) for job in jobs if job.started_at and job.finished_at]
    together = min(end for _start, end in spans) - max(start for start, _end in spans)
    whole = max(end for _start, end in spans) - min(start for start, _end in spans)
    watched.overlap = max(0.0, together / whole)
    return watched


def _peak(pid: int) -> float:
    """Megabytes that a process has held at most. Not getrusage, which begins with what its parent held."""
    return _status(pid, "VmHWM:")


def _backends() -> list[float]:
    """Megabytes that each connection of others holds by itself, the shared buffers left out."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        pids = [pid for (pid,) in cursor.fetchall()]
    return [_status(pid, "RssAnon:") for pid in pids]


def _status(pid: int, name: str) -> float:
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as lines:
            return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(name)), 0.0)
    except FileNotFoundError:  # a connection that has just been closed
        return 0.0


def read_rows() -> None:
    """A row a line."""
    count = 0
    for fields in _copied(_READ):
        member, receipt, at, store, total, sku, quantity, amount, category = fields
        line = (sku, Decimal(quantity), int(amount), int(category))
        _values = (int(member), int(receipt), dt.datetime.fromisoformat(at), int(store), int(total), line)
        count += 1
    assert count == 2 * RECEIPTS, count


def read_lean() -> None:
    """A row a receipt, its lines in one column."""
    count = 0
    for member, receipt, at, store, total, text in _copied(_LEAN):
        lines = []
        for line in text.split(";"):
            sku, quantity, amount, category = line.split(",")
            lines.append((sku, Decimal(quantity), int(amount), int(category)))
        _values = (int(member), int(receipt), dt.datetime.fromisoformat(at), int(store), int(total), lines)
        count += len(lines)
    assert count == 2 * RECEIPTS, count


def _copied(statement: str) -> Iterator[list[str]]:
    from django.db import connection

    with connection.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT") as copy:
        for block in copy:
            yield str(block, "utf-8")[:-1].split("\t")


def read_cursor() -> None:
    """A row a line, by a server-side cursor, which makes the values itself."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.connection.cursor(name="reading") as cursor:
        cursor.itersize = 5000
        cursor.execute(_READ)
        count = sum(1 for _row in cursor)
    assert count == 2 * RECEIPTS, count


ROWS, LEAN, CURSOR = "COPY, a row a line", "COPY, a receipt's lines in one column", "a server-side cursor"
READINGS: dict[str, Callable[[], None]] = {ROWS: read_rows, LEAN: read_lean, CURSOR: read_cursor}


@contextmanager
def working() -> Iterator[int]:
    """A worker as the product starts one, on the benchmark's database: its process."""
    import loyalty_site.celery  # noqa: F401  so that ticks of this process reach its broker

    command = [
        sys.executable, "-W", "ignore", "-m", "celery", "--app", "loyalty_site", "--quiet", "worker",
        "--loglevel", "WARNING", "--concurrency", "2", "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    worker = subprocess.Popen(command, env=elsewhere() | {"C_FORCE_ROOT": "1"})
    try:
        deadline = time.monotonic() + 120
        while len(psutil.Process(worker.pid).children()) < 2:
            if worker.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the worker did not start")
            time.sleep(0.2)
        yield worker.pid
    finally:
        worker.terminate()
        worker.wait(60)


def prepare() -> Any:
    from benchmarks.engine import document
    from programs.models import ImportBatch
    from tests.factories import configuration as make

    make.CompanyFactory()
    program = make.ProgramFactory(expiry_months=6, redeem_minimum=100)
    plain = [(rule["key"], rule["conditions"], rule["effect"]) for rule in document()["rules"]]
    for key, conditions, effect in plain[: -len(REMEMBERING)] + REMEMBERING:
        make.RuleFactory(program=program, key=key, conditions=conditions, effect=effect, name=key)
    for key, threshold, factor in (("silver", 200, "1.5"), ("gold", 800, 2)):
        make.TierFactory(program=program, key=key, threshold=threshold, multiplier=factor)
    if IS_COMPARED:
        make.publish(program, at=FIRST)
        program.rules.filter(key="rule-3").delete()
    values = {
        "members": MEMBERS,
        "receipts": RECEIPTS,
        "first": FIRST,
        "store": make.StoreFactory(time_zone="UTC").pk,
        "batch": ImportBatch.objects.create(
            kind="receipts", file="past.csv", file_name="past.csv", file_hash="0" * 64
        ).pk,
    }
    fill_tables(_DATA, values)
    return program


if __name__ == "__main__":
    sys.exit(main())
