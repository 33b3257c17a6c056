"""kill -9 of anything, stale files, a second start: the installation comes back, or says in a sentence why not."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time

import psycopg
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]

GUNICORN = ("gunicorn",)
WORKER = ("celery", "worker")
BEAT = ("celery", "beat")
POSTGRES = ("bin/postgres", "-D")
BROKER = ("valkey-server",)


def wait_for(condition, seconds: float = 60, *, says=""):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, says() if callable(says) else says
        time.sleep(0.1)


def query(installation, sql: str, *values):
    with psycopg.connect(
        host=str(installation.folder / "postgres"), port=5432, user="regulars", dbname="regulars", autocommit=True
    ) as connection:
        cursor = connection.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def ticks(installation) -> int:
    return query(installation, "SELECT total_run_count FROM django_celery_beat_periodictask WHERE name = 'tick'")[0][0]


def job_gets_done(installation) -> bool:
    """A job of an unknown kind cannot be done, but the worker's note of failure proves the whole chain beat-broker-worker."""
    [(number,)] = query(
        installation,
        "INSERT INTO ground_job (kind, payload, state, run_at, attempts, done_count, last_error)"
        " VALUES ('tests.unknown', '{}', 'waiting', now(), 4, 0, '') RETURNING id",
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        [(state,)] = query(installation, "SELECT state FROM ground_job WHERE id = %s", number)
        if state == "failed":
            return True
        time.sleep(0.2)
    return False


def test_stops_without_a_trace_and_leaves_no_process(new_installation):
    run = new_installation.start()
    new_installation.wait_until_healthy()
    assert any("make set-up NAME=" in line for line in run.stdout)  # nobody can sign in before that

    output = new_installation.stop()

    assert run.returncode == 0
    assert "Traceback" not in output
    assert output.splitlines()[-1] == "Stopped."
    assert not new_installation.processes()


def test_every_killed_child_is_started_again(running):
    wait_for(lambda: running.find(*WORKER))

    killed = {words: running.kill(*words) for words in (GUNICORN, WORKER, BEAT)}

    for words, pid in killed.items():
        wait_for(lambda: running.find(*words) and pid not in running.find(*words), says=running.logs)  # noqa: B023  called at once
    running.wait_until_healthy()
    assert job_gets_done(running), running.logs()


def test_killed_database_and_broker_come_back_and_work_goes_on(running):
    query(running, "CREATE TABLE kept (value int)")
    query(running, "INSERT INTO kept VALUES (42)")

    running.kill(*POSTGRES)
    running.kill(*BROKER)

    wait_for(running.is_healthy, says=running.logs)
    assert query(running, "SELECT value FROM kept") == [(42,)]
    assert job_gets_done(running), running.logs()


def test_killed_supervisor_takes_everything_along_and_a_new_start_recovers(running):
    query(running, "CREATE TABLE stayed (value int)")
    query(running, "INSERT INTO stayed VALUES (42)")

    run = running.runs[-1]
    run.kill()
    run.communicate()
    running.start()  # at once, while the old processes are still stopping

    running.wait_until_healthy()
    assert query(running, "SELECT value FROM stayed") == [(42,)]
    assert job_gets_done(running), running.logs()
    assert len(running.find(*BEAT)) == 1


def test_stale_pid_file_of_a_foreign_process_and_stale_sockets(running):
    pid_file = running.folder / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    running.stop()
    # What a power cut leaves, when the pid meanwhile belongs to somebody else: here, to this test.
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    (running.folder / "postgres" / ".s.PGSQL.5432.lock").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    for path in (
        running.folder / "broker" / "valkey.sock",
        running.folder / "postgres" / ".s.PGSQL.5432",
    ):
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(path))

    running.start()

    running.wait_until_healthy()
    assert job_gets_done(running), running.logs()


def test_second_start_is_refused_in_one_sentence(running):
    first = running.runs[-1]

    second = running.start(port=running.port + 1)
    output, _ = second.communicate(timeout=30)

    assert second.returncode == 1
    assert "already running from this folder" in output
    assert f"process {first.pid}" in output
    assert "Traceback" not in output
    assert len(output.strip().splitlines()) == 1
    running.runs.remove(second)  # `stop` and the health check mean the first
    assert running.is_healthy()


def test_port_in_use_says_what_to_do(installation):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", installation.port))
        taken.listen()

        run = installation.start()
        output, _ = run.communicate(timeout=30)

    assert run.returncode == 1
    assert f"port {installation.port} is in use" in output
    assert f"make run PORT={installation.port + 1}" in output
    assert "Traceback" not in output


def test_sigterm_stops_in_order_too(running):
    run = running.runs[-1]

    run.send_signal(signal.SIGTERM)
    output, _ = run.communicate(timeout=60)

    assert run.returncode == 0
    assert "Traceback" not in output
    assert not running.find("postgres")


def test_runs_as_an_ordinary_user_too(installation):
    run = installation.start(as_ordinary_user=True)
    installation.wait_until_healthy()
    assert job_gets_done(installation), installation.logs()
    installation.stop()
    assert run.returncode == 0
