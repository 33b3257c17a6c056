"""`make run`: the whole installation in one terminal. Servers, migrations, then web, worker and beat until Ctrl-C.

For production under systemd run the same processes as units of their own; see docs/operations.md.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from loyalty_site.embedded import postgres
from loyalty_site.embedded.__main__ import Servers, servers
from loyalty_site.embedded.environment import setting
from loyalty_site.embedded.processes import (
    EmbeddedError,
    die_with_parent,
    hold_living_lock,
    inherited_files,
    make_private,
    var_folder,
)
from loyalty_site.supervisor import Child, Supervisor

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
PORT = 8000
NO_COMPANY = (
    "Nobody can sign in yet. Make your company and its first administrator in another terminal, for example:\n"
    '  make set-up NAME="My Shop" COUNTRY=US ZONE=America/New_York CURRENCY=USD'
)
SETTLE_SECONDS = 60  # how long the processes of a killed run may take to end on a busy machine


class Stopped(BaseException):
    """Ctrl-C or SIGTERM. Not an Exception: nothing on the way may swallow it."""


def say(text: str) -> None:
    """One line for the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def stop_on_signals() -> None:
    """Make Ctrl-C and SIGTERM raise Stopped, once: the stop itself must not be interrupted."""

    def handler(number: int, frame: object) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


@contextmanager
def only_one(port: int) -> Iterator[bool]:
    """Hold the folder's lock, a kernel lock that a killed holder cannot leave behind.

    Yields True when the last run here ended without saying goodbye. Raises EmbeddedError when one is running.
    """
    folder = var_folder()
    make_private(folder)
    with (folder / "serve.lock").open("a+") as handle:
        handle.seek(0)
        text = handle.read()
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EmbeddedError(_running_already(text)) from error
        handle.truncate(0)
        handle.write(json.dumps({"process": os.getpid(), "port": port}))
        handle.flush()
        try:
            yield bool(text)
        finally:
            handle.truncate(0)


def _running_already(text: str) -> str:
    try:
        held = json.loads(text)
        who = f"process {held['process']}, http://{HOST}:{held['port']}/"
    except (ValueError, KeyError):
        who = "it has just started"
    return (
        f"Regulars is already running from this folder ({who}). Use that one, stop it with Ctrl-C in its terminal, "
        "or set REGULARS_VAR to another folder for a second installation."
    )


def check_port(host: str, port: int, *, word: str = "run") -> None:
    """Raise EmbeddedError with what to do when nobody could listen there."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except PermissionError as error:
        raise EmbeddedError(
            f"port {port} is reserved for the system. Choose one above 1023, such as make {word} PORT=8000."
        ) from error
    except OSError as error:
        raise EmbeddedError(f"port {port} is in use. Stop what uses it, or run: make {word} PORT={port + 1}") from error


def migrate() -> None:
    """Bring the tables up to date. Raises EmbeddedError with the last line of the reason."""
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=die_with_parent(signal.SIGTERM),
        pass_fds=inherited_files(),
    )
    output, _ = child.communicate()
    if child.returncode != 0:
        (var_folder() / "migrate.log").write_bytes(output)
        reason = (output.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        raise EmbeddedError(f"the tables could not be brought up to date: {reason} (all of it: var/migrate.log)")


def children(host: str, port: int) -> list[Child]:
    """Worker and beat before web, so that web stops first."""
    python = sys.executable
    # Celery warns a root user at every start; in one's own container that is no news.
    celery = [python, "-W", "ignore", "-m", "celery", "--app", "loyalty_site", "--quiet"]
    return [
        Child(
            "worker",
            [*celery, "worker", "--loglevel", "WARNING", "--concurrency", "2", "--without-gossip", "--without-mingle"],
            environment={"C_FORCE_ROOT": "1"},
        ),
        Child("beat", [*celery, "beat", "--loglevel", "WARNING", "--pidfile="], environment={"C_FORCE_ROOT": "1"}),
        Child(
            "web",
            [
                # Static files come straight from the packages; collectstatic is for those who want a proxy to serve them.
                python, "-W", "ignore:No directory at:UserWarning", "-m", "gunicorn", "loyalty_site.wsgi:application",
                "--bind", f"{host}:{port}",
                "--worker-class", "gthread",
                "--workers", "2",
                "--threads", "4",
                "--graceful-timeout", "10",
                "--log-level", "warning",
                "--no-control-socket",
            ],
        ),
    ]  # fmt: skip


def is_healthy(host: str, port: int) -> bool:
    """Does the web answer, and reach its database?"""
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/health/", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_for_web(supervisor: Supervisor, running: Servers, host: str, port: int, *, seconds: float = 90) -> None:
    """Raise EmbeddedError when the web does not answer in time."""
    deadline = time.monotonic() + seconds
    while not is_healthy(host, port):
        if time.monotonic() > deadline:
            raise EmbeddedError(f"the web did not answer within {seconds:.0f} s. Why is in {var_folder() / 'web.log'}")
        supervisor.tick()
        running.revive(say)
        time.sleep(0.2)


@contextmanager
def installation(
    host: str, port: int, *, word: str = "run", beside: Sequence[Child] = ()
) -> Iterator[tuple[Supervisor, Servers]]:
    """Everything running, tables up to date, for as long as the block runs; `beside` starts first and stops last."""
    with only_one(port) as was_killed, hold_living_lock(var_folder(), patience=SETTLE_SECONDS if was_killed else 0):
        check_port(host, port, word=word)
        say("Starting the database, the broker and the web ...")
        with servers() as running:
            migrate()
            supervisor = Supervisor([*beside, *children(host, port)], logs=var_folder(), say=say)
            try:
                supervisor.start()
                wait_for_web(supervisor, running, host, port)
                yield supervisor, running
            finally:
                supervisor.stop()


def has_company() -> bool:
    """Has somebody set the installation up? Asked without Django, which we do not need otherwise."""
    with psycopg.connect(setting("DATABASE_URL") or postgres.url()) as connection:
        return connection.execute("SELECT 1 FROM ground_company").fetchone() is not None


def watch(supervisor: Supervisor, running: Servers) -> None:
    """Keep everything alive until somebody stops us."""
    while True:
        time.sleep(0.5)
        supervisor.tick()
        running.revive(say)


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line: host and port."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="where the web listens (default: %(default)s)")
    parser.add_argument("--host", default=HOST, help="the address it listens on (default: %(default)s, this computer)")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """0 after Ctrl-C, 1 when something could not start (one sentence says why)."""
    options = arguments(argv)
    stop_on_signals()
    try:
        with installation(options.host, options.port) as (supervisor, running):
            say(
                f"Regulars is running: http://{options.host}:{options.port}/ (logs in {var_folder()}; stop with Ctrl-C)"
            )
            if not has_company():
                say(NO_COMPANY)
            watch(supervisor, running)
    except EmbeddedError as error:
        sys.stderr.write(f"regulars: {error}\n")
        return 1
    except Stopped:
        say("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
