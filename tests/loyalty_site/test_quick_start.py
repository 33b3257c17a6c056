"""The quick start is true: its commands run, one after the other, against a sandbox."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from loyalty_site.sandbox import shop
from loyalty_site.sandbox.__main__ import FOREIGN, own_folder
from programs.models import Purchase
from programs.queries.verify import verify

QUICK_START = Path(__file__).resolve().parents[2] / "docs" / "quick-start.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", QUICK_START.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
@pytest.mark.django_db(transaction=True)
def test_every_command_of_the_quick_start_works(live_server, tmp_path: Path):
    kept = tmp_path / "token"
    token = shop.token_for(shop.build(now=timezone.now()), kept, now=timezone.now())
    environment = {**os.environ, "REGULARS": live_server.url, "TOKEN": token, "no_proxy": "*"}
    said = ""
    for command in [["bash", "-euo", "pipefail", "-c", block] for block in blocks("bash")] + [
        [sys.executable, "-c", block] for block in blocks("python")
    ]:
        run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        said += run.stdout
    assert said.count('"points_earned": "19"') == 2
    assert ("first booked 21" in said, "again duplicate 21" in said) == (True, True)
    assert Purchase.objects.count() == 5
    assert [finding for finding in verify() if finding.violations] == []
    # Started again, the sandbox is the same one.
    assert shop.token_for(shop.build(now=timezone.now()), kept, now=timezone.now()) == token
    call_command("verify")


@pytest.mark.django_db
def test_a_sandbox_is_never_built_into_a_real_company(db):
    from tests.factories.configuration import CompanyFactory

    CompanyFactory()
    with pytest.raises(shop.NotASandboxError, match="Corner Market"):
        shop.build(now=timezone.now())


def test_a_sandbox_forgets_where_the_real_data_is(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(os, "environ", {**os.environ, **dict.fromkeys(FOREIGN, "real"), "DATABASE_URL_FILE": "real"})
    own_folder(tmp_path)
    assert "real" not in os.environ.values()
    assert os.environ["REGULARS_VAR"] == str(tmp_path)
