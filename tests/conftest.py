"""Set-up of the whole suite: a real PostgreSQL, embedded unless DATABASE_URL names one."""

from __future__ import annotations

import datetime as dt
import gc
import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.servers.basehttp import WSGIRequestHandler
from django.db import connection, transaction
from django.test import TransactionTestCase
from django.utils import translation

# A shared machine may stall for seconds, so no property has a deadline; `make soak` asks for far more examples.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.register_profile("soak", deadline=None, max_examples=20_000, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

# Every test client loads the middleware anew; without this each would list all static files of all packages first.
settings.WHITENOISE_AUTOREFRESH = True

# How slow a password is to guess is Django's affair, and half a second for every log-in and every PIN would be ours.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# The server that browsers and fuzzers ask writes an answer in two pieces; on a connection that is kept, the second one would
# wait for the other side to confirm the first, some 40 ms for every request.
WSGIRequestHandler.disable_nagle_algorithm = True

# Hundreds of thousands of objects live as long as the suite (models, forms, patterns, translations), and with Python's
# own thresholds the collector walks over them all the time: a fifth of what the pages of the back office cost.
gc.set_threshold(100_000, 20, 50)

# Files that take a minute or more begin first, so that at the end no process waits long for the other.
LONG_FILES = (
    "tests/journeys/test_real_receipts.py",
    "tests/test_policy_matrix.py",
    "tests/faults/test_recovery.py",
    "tests/programs/api/test_schema.py",
    "tests/journeys/test_demo.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """So that a second run can leave out what would only be read and reckoned again; before `-m` chooses."""
    if item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.database)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorting is stable: all else stays where it was."""
    places = {name: place for place, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


def pytest_collection_finish() -> None:
    """What is there before the first test stays for good: the collector need not look at it again."""
    gc.collect()
    gc.freeze()


# Made by every migration and the same for all tests. Django's own way would empty them too and make them anew.
_KEPT = {"django_migrations", "django_content_type", "auth_permission"}
_FILLED = """
    SELECT string_agg(format('SELECT %%L WHERE EXISTS (SELECT FROM %%I.%%I)', c.relname, n.nspname, c.relname), ' UNION ALL ')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname = current_schema AND c.relname <> ALL(%s)
"""
_BIG = 1 << 18


def _empty_tables(case: TransactionTestCase) -> None:
    """After a test that committed: empty the few tables that it filled.

    Django truncates all of them, which makes a thousand files anew each time. Deleting as a replica asks no triggers (the
    append-only ones would refuse) and no foreign keys, and all rows go. Where a table has grown, all are truncated after
    all: its dead rows would mislead the planner in the tests that follow.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        may_delete = cursor.fetchone()[0]
        cursor.execute(_FILLED, [list(_KEPT)])
        cursor.execute(cursor.fetchone()[0])
        filled = [name for (name,) in cursor.fetchall()]
        cursor.execute(
            "SELECT coalesce(max(pg_relation_size(name::regclass)), 0) FROM unnest(%s::text[]) AS name", [filled]
        )
        if not may_delete or cursor.fetchone()[0] > _BIG:
            _truncate_tables(case)
            return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name in filled:
            cursor.execute(f'DELETE FROM "{name}"')


_truncate_tables = TransactionTestCase._fixture_teardown
TransactionTestCase._fixture_teardown = _empty_tables

_trials: Counter[str] = Counter()
_mutants: Counter[str] = Counter()
_figures: dict[str, str] = {}


@pytest.fixture
def note_trials() -> Callable[..., None]:
    """Count trials of a row of the fault plan (T1 ...) in which the test found no violation; the summary adds them up.

    `figures`: what else was measured, in words.
    """

    def note(row: str, trials: int, figures: str = "") -> None:
        _trials[row] += trials
        if figures:
            _figures[row] = figures

    return note


@pytest.fixture
def trials() -> Callable[[int, int], int]:
    """How many trials to make: the first number in the suite, the second where FAULT_TRIALS=full (`make faults`)."""
    return lambda short, full: full if os.environ.get("FAULT_TRIALS") == "full" else short


@pytest.fixture
def note_mutant() -> Callable[..., None]:
    """Count a safeguard that was switched off on purpose, and whether a test noticed; the summary adds them up."""

    def note(*, killed: bool) -> None:
        _mutants["all"] += 1
        _mutants["killed"] += killed

    return note


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker process of a parallel run hands its counts to the one that prints."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["trials"], output["mutants"], output["figures"] = dict(_trials), dict(_mutants), dict(_figures)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """The printing process adds up what its workers counted; one that crashed has counted nothing."""
    output = getattr(node, "workeroutput", None) or {}
    _trials.update(output.get("trials", {}))
    _mutants.update(output.get("mutants", {}))
    _figures.update(output.get("figures", {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A line per row of the fault plan, for scripts. Only tests that passed have counted their trials."""
    for row in sorted(_trials, key=lambda row: int(row[1:])):
        number = _trials[row]
        terminalreporter.write_line(f"FAULT {row} trials {number} violations 0")
        # The rule of three: with no violation in N trials, the true rate is below 3/N with 95 % confidence.
        bound = min(100.0, 300 / number)
        terminalreporter.write_line(f"FAULT {row} bound below {bound:.3g} % (95 % confidence, 3/{number})")
        if row in _figures:
            terminalreporter.write_line(f"FAULT {row} figures {_figures[row]}")
    if _mutants:
        terminalreporter.write_line(f"MUTANTS killed {_mutants['killed']}/{_mutants['all']}")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The test runner empties tables by TRUNCATE, which the append-only triggers refuse to everybody else.

    Nobody needs the suite's own database after a power cut, and waiting for the disk is most of what a commit takes. What
    is killed on purpose has a database of its own, which waits.
    """
    connection.settings_dict["OPTIONS"]["options"] += " -c regulars.allow_truncate=on -c synchronous_commit=off"


@pytest.fixture(scope="module")
def crowds(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """For files whose tests put in people by the thousand. Rolled back they stay as dead rows, and the planner counts on
    them in the tests that follow, with their handful of people."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE members_member CASCADE")


@pytest.fixture(autouse=True)
def _no_language_left_over() -> Iterator[None]:
    """A request leaves its language behind in the thread; the next test begins in English again."""
    yield
    translation.deactivate()


@pytest.fixture
def now() -> dt.datetime:
    """A fixed moment: services take the time, so tests need not wait for it."""
    return dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
