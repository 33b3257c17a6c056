"""A backup of the embedded database is a file that pg_restore can read; one of a foreign server is not ours to make."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from loyalty_site.embedded import postgres

ROOT = Path(__file__).resolve().parents[3]


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess:
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "BROKER_URL"}}
    return subprocess.run(
        [sys.executable, "-m", "loyalty_site.embedded", *command],
        cwd=ROOT, env=kept | {"REGULARS_VAR": str(folder)} | environment, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="regulars-backup-") as made:  # short: a socket's path is limited
        yield Path(made)


def test_a_backup_can_be_read_back(folder):
    fill = "import psycopg; from loyalty_site.embedded import postgres as p; c = psycopg.connect(p.url()); c.execute('CREATE TABLE kept AS SELECT 42 AS value'); c.commit()"
    assert run(folder, sys.executable, "-c", fill).returncode == 0

    done = run(folder, sys.executable, "-m", "loyalty_site.embedded.backup")

    assert done.returncode == 0, done.stderr
    [dump] = folder.glob("backup-*.dump")
    assert dump.stat().st_mode & 0o777 == 0o600
    listed = subprocess.run([postgres.binary("pg_restore"), "--list", dump], capture_output=True, text=True, check=True)
    assert "TABLE DATA public kept" in listed.stdout


def test_a_server_of_ones_own_is_left_to_its_owner(folder):
    url = "postgresql://nobody@127.0.0.1:1/none"

    done = run(folder, sys.executable, "-m", "loyalty_site.embedded.backup", DATABASE_URL=url, BROKER_URL="amqp://none")

    assert done.returncode == 1
    assert "pg_dump" in done.stderr
    assert not list(folder.iterdir())
