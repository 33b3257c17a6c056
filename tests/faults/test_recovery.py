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

    output = new_installation.stop()

    assert run.returncode == 0
    assert "Traceback" not in output
    assert output.splitlines()[-1] == "Stopped."
    assert not new_installation.processes()


def test_every_killed_child_is_started_again(installation):
    installation.start()
    installation.wait_until_healthy()
    wait_for(lambda: installation.find(*WORKER))

    killed = {words: installation.kill(*words) for words in (GUNICORN, WORKER, BEAT)}

    for words, pid in killed.items():
        wait_for(lambda: installation.find(*words) and pid not in installation.find(*words), says=installation.logs)  # noqa: B023  called at once
    installation.wait_until_healthy()
    assert job_gets_done(installation), installation.logs()


def test_killed_database_and_broker_come_back_and_work_goes_on(installation):
    installation.start()
    installation.wait_until_healthy()
    query(installation, "CREATE TABLE kept (value int)")
    query(installation, "INSERT INTO kept VALUES (42)")

    installation.kill(*POSTGRES)
    installation.kill(*BROKER)

    wait_for(installation.is_healthy, says=installation.logs)
    assert query(installation, "SELECT value FROM kept") == [(42,)]
    assert job_gets_done(installation), installation.logs()


def test_killed_supervisor_takes_everything_along_and_a_new_start_recovers(installation):
    run = installation.start()
    installation.wait_until_healthy()
    query(installation, "CREATE TABLE kept (value int)")
    query(installation, "INSERT INTO kept VALUES (42)")

    run.kill()
    run.communicate()
    installation.start()  # at once, while the old processes are still stopping

    installation.wait_until_healthy()
    assert query(installation, "SELECT value FROM kept") == [(42,)]
    assert job_gets_done(installation), installation.logs()
    assert len(installation.find(*BEAT)) == 1


def test_stale_pid_file_of_a_foreign_process_and_stale_sockets(installation):
    installation.start()
    installation.wait_until_healthy()
    pid_file = installation.folder / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    installation.stop()
    # What a power cut leaves, when the pid meanwhile belongs to somebody else: here, to this test.
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    (installation.folder / "postgres" / ".s.PGSQL.5432.lock").write_text(
        "\n".join([str(os.getpid()), *lines[1:]]) + "\n"
    )
    for path in (installation.folder / "broker" / "valkey.sock", installation.folder / "postgres" / ".s.PGSQL.5432"):
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(path))

    installation.start()

    installation.wait_until_healthy()
    assert job_gets_done(installation), installation.logs()


def test_second_start_is_refused_in_one_sentence(installation):
    first = installation.start()
    installation.wait_until_healthy()

    second = installation.start(port=installation.port + 1)
    output, _ = second.communicate(timeout=30)

    assert second.returncode == 1
    assert "already running from this folder" in output
    assert f"process {first.pid}" in output
    assert "Traceback" not in output
    assert len(output.strip().splitlines()) == 1
    installation.runs.remove(second)  # `stop` and the health check mean the first
    assert installation.is_healthy()


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


def test_sigterm_stops_in_order_too(installation):
    run = installation.start()
    installation.wait_until_healthy()

    run.send_signal(signal.SIGTERM)
    output, _ = run.communicate(timeout=60)

    assert run.returncode == 0
    assert "Traceback" not in output
    assert not installation.find("postgres")


def test_runs_as_an_ordinary_user_too(installation):
    run = installation.start(as_ordinary_user=True)
    installation.wait_until_healthy()
    assert job_gets_done(installation), installation.logs()
    installation.stop()
    assert run.returncode == 0
