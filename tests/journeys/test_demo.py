"""`make demo CHECK=1` with fewer receipts: from an empty folder to a proved, running installation, and nothing left."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_demonstration_proves_itself_and_leaves_nothing():
    with tempfile.TemporaryDirectory(prefix="regulars-demo-") as folder:  # short: a socket's path is limited
        done = subprocess.run(
            [sys.executable, "-m", "loyalty_site.demo", "--check", "--last", "700"],
            cwd=ROOT,
            env=os.environ | {"REGULARS_VAR": folder},
            capture_output=True,
            text=True,
            check=False,
            timeout=800,
        )
        left = [path.name for path in Path(folder).iterdir()]

    assert done.returncode == 0, done.stdout + done.stderr
    last_line = done.stdout.strip().splitlines()[-1]
    figures = re.fullmatch(
        r"DEMO members (\d+) sales (\d+) returns (\d+) points_issued (\d+) points_redeemed (\d+) mails (\d+) "
        r"answers (\d+) nps ([+-]\d+) margin (\d+\.\d) checks (\d+)",
        last_line,
    )
    assert figures, last_line
    members, sales, _, issued, redeemed, mails, answers, nps, margin, checks = map(float, figures.groups())
    assert members == 1200 + 2  # two of them wait for a decision whether they are somebody who is here already
    assert sales > 300  # how many of the 700 lie in the past depends on the weekday
    assert issued > 0
    assert redeemed > 0
    assert mails > 300  # one each of those who agreed, but for the tenth that is held out
    assert 100 < answers < mails / 2
    assert -20 < nps < 40
    assert 10 < margin < 20
    assert checks > 80
    assert left == []
