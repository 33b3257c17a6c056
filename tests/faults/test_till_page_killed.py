"""The till page while the server is killed between commit and answer: what was sold is booked, and once."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.browser.conftest import chromium
from tests.browser.test_till_offline import TILL
from tests.faults.test_everything_killed import open_for_business, run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]
SALES = 20
# Every web process dies by kill -9 with its fifth receipt: committed, and nobody has heard of it.
PLAN = "once.after_commit:kill:5"


def test_twenty_sales_while_servers_die_after_the_commit(
    installation: Any, monkeypatch: pytest.MonkeyPatch, note_trials: Callable[[str, int, str], None]
):
    monkeypatch.setenv("FAILPOINTS", PLAN)
    # On a connection that is used again Chromium itself repeats what was lost, and the page would not notice.
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--keep-alive 0")
    opened = open_for_business(installation)
    states: Counter[str] = Counter()
    with chromium() as browser:
        page = browser.new_page(extra_http_headers={"Authorization": f"Bearer {opened['tokens'][0]}"})
        page.add_init_script(TILL)
        page.goto(f"http://127.0.0.1:{installation.port}/till/en/")
        for n in range(1, SALES + 1):
            known = {"phone": opened["phones"][0]} if n % 2 else None
            # Every other customer who is left without an answer has gone: that sale is kept as a fact.
            decide = "keepAsOffline" if n % 4 < 2 else "retry"
            states[page.evaluate("([n, who, decide]) => sell(`${n}.00`, who, { decide })", [n, known, decide])] += 1
        assert page.evaluate("settled()") == []
    killed = (installation.folder / "web.log").read_text().count("was sent SIGKILL")
    assert killed >= 3, states
    assert states["waiting"] >= 1, states
    booked = "SELECT total_minor FROM programs_purchase WHERE receipt_number NOT LIKE 'first %' ORDER BY 1"
    host = str(installation.folder / "postgres")
    with psycopg.connect(host=host, port=5432, user="regulars", dbname="regulars") as connection:
        assert [total for (total,) in connection.execute(booked)] == [100 * n for n in range(1, SALES + 1)]
    verified = run(installation, "manage.py", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    note_trials(
        "T1", SALES, f"the till page: {killed} servers killed after the commit, {states['waiting']} sales unanswered"
    )
