"""T3, T8: kill -9 of the database, or of every process at once, while tills sell, redeem and return over HTTP.

Every till repeats with its key until it hears a final answer. What was acknowledged must be there, once.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.faults.tills import Heard, MixedLoad

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(4 * 3600),
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]
ROOT = Path(__file__).resolve().parents[2]
MEMBERS = 12
TILLS = 16
Trials = Callable[[int, int], int]
Note = Callable[..., None]


def run(installation: Any, *command: str) -> subprocess.CompletedProcess[str]:
    """One of our commands on the installation's database."""
    unset = {"DATABASE_URL", "BROKER_URL", "SECRET_KEY"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {"REGULARS_VAR": str(installation.folder), "DJANGO_SETTINGS_MODULE": "loyalty_site.settings"}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def open_for_business(installation: Any) -> dict[str, list[str]]:
    installation.start()
    installation.wait_until_healthy(600)
    made = run(installation, "-m", "tests.faults.seed", str(MEMBERS))
    assert made.returncode == 0, made.stderr
    opened: dict[str, list[str]] = json.loads(made.stdout.splitlines()[-1])
    return opened


def load(installation: Any, opened: dict[str, list[str]], seed: int) -> MixedLoad:
    made = MixedLoad(installation.port, opened["tokens"], opened["phones"], TILLS, seed)
    made.start()
    return made


def kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def wait_for_more(work: MixedLoad, more: int) -> float:
    """Seconds until `more` further operations have had their final answer."""
    began, before = time.monotonic(), len(work.heard)
    while len(work.heard) < before + more:
        assert time.monotonic() - began < 120
        time.sleep(0.005)
    return time.monotonic() - began


def assert_nothing_lost(installation: Any, heard: list[Heard]) -> None:
    """I5: acknowledged is there, once and as told; nothing else is there. And every invariant holds."""
    with psycopg.connect(
        host=str(installation.folder / "postgres"), port=5432, user="regulars", dbname="regulars"
    ) as connection:
        stored: dict[str, str] = dict(
            connection.execute(
                "SELECT kind || ' ' || receipt_number, public_id::text FROM programs_purchase"
                " WHERE receipt_number NOT LIKE 'first %'"
            ).fetchall()
        )
    told = {}
    for each in heard:
        if each.status == 201:
            kind, name = ("sale", "sale") if each.path == "sales" else ("return", "id")
            told[f"{kind} {each.number}"] = each.json[name]
    missing = told.items() - stored.items()
    assert not missing, f"acknowledged, but missing: {missing}"
    assert stored.keys() == told.keys(), "booked, though every till heard of a refusal"
    assert {each.status for each in heard} <= {201, 422}
    verified = run(installation, "manage.py", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_the_database_is_killed(installation: Any, trials: Trials, note_trials: Note):
    """T3: postmaster and backends by kill -9; the installation's own supervisor starts it again."""
    cycles = trials(1, 30)
    seed = random.randrange(10**6)
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)
    work = load(installation, open_for_business(installation), seed)
    recoveries = []
    for _ in range(cycles):
        wait_for_more(work, 20)
        time.sleep(chance.uniform(0, 0.5))
        kill(installation.find("postgres")[:: chance.choice([1, -1])])
        began = time.monotonic()
        while not installation.is_healthy():
            assert time.monotonic() - began < 120, installation.logs()
            time.sleep(0.02)
        wait_for_more(work, 1)
        recoveries.append(time.monotonic() - began)
        print(f"{len(recoveries)}: answers again after {recoveries[-1]:.1f} s", flush=True)
    work.stop()
    assert_nothing_lost(installation, work.heard)
    repeated = sum(each.tries > 1 for each in work.heard)
    figures = (
        f"{len(work.heard)} operations ({repeated} repeated), acknowledged but missing 0, "
        f"recovery p50 {statistics.median(recoveries):.2f} s, max {max(recoveries):.2f} s"
    )
    note_trials("T3", cycles, figures)


def test_everything_is_killed_at_once(installation: Any, trials: Trials, note_trials: Note):
    """T8: the supervisor, web, worker, beat, broker and database, in a random order; then a new start."""
    kills = trials(1, 50)
    opened = open_for_business(installation)
    heard: list[Heard] = []
    recoveries = []
    for _ in range(kills):
        seed = random.randrange(10**6)
        print(f"seed {seed}", flush=True)
        chance = random.Random(seed)
        work = load(installation, opened, seed)
        wait_for_more(work, 10)
        time.sleep(chance.uniform(0, 0.7))
        everybody = installation.find("")
        chance.shuffle(everybody)
        kill(everybody)
        began = time.monotonic()
        installation.runs[-1].communicate()
        installation.start()
        installation.wait_until_healthy(600)
        recoveries.append(time.monotonic() - began)
        wait_for_more(work, 1)
        work.stop()
        heard += work.heard
        assert_nothing_lost(installation, heard)
        print(f"{len(recoveries)}: healthy after {recoveries[-1]:.1f} s, nothing lost", flush=True)
    figures = (
        f"{len(heard)} operations, "
        f"healthy again after p50 {statistics.median(recoveries):.1f} s, max {max(recoveries):.1f} s"
    )
    note_trials("T8", kills, figures)
