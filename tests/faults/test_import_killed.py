"""A worker killed by kill -9 in the middle of an import: after going on, no row is lost and none is doubled."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.db import connection
from django.db.models import Sum

from loyalty_site.ground.policy import system
from members.models import Identifier, Member
from programs.models import Account, ImportBatch, ImportState, LedgerTransaction, Lot
from programs.services.importing import UploadOrder, apply, check, confirm_import, start_check, upload_file

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 2500
KILLED = -9
WORKER = """
import datetime as dt, django, sys
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[2]
from programs.services.importing import apply
while not apply.run_chunk(batch_id=int(sys.argv[1]), now=dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)).is_finished:
    pass
"""


@pytest.fixture
def confirmed(settings, tmp_path, now):
    """A checked and confirmed file of ROWS people with one point each; every tenth row repeats the row before."""
    settings.MEDIA_ROOT = tmp_path
    people = [f"+7900{number - (number % 10 == 9):07d},Person {number},1\n" for number in range(ROWS)]
    order = UploadOrder(
        file_name="x.csv", blocks=[b"phone,name,points\n", "".join(people).encode()], default_region="RU"
    )
    batch = upload_file(order, actor=system("tests"), now=now)
    start_check(batch.pk, now=now, in_background=False)
    while not check.run_chunk(batch_id=batch.pk, now=now).is_finished:
        pass
    return confirm_import(batch.pk, actor=system("tests"), now=now, in_background=False)


def work(batch, failpoints, tmp_path):
    """Apply in a process of its own, like a worker; its exit code."""
    environment = {
        **os.environ,
        "FAILPOINTS": failpoints,
        "DJANGO_SETTINGS_MODULE": "loyalty_site.settings",
        "MEDIA_ROOT": str(tmp_path),
    }
    name = connection.settings_dict["NAME"]
    return subprocess.run([sys.executable, "-c", WORKER, str(batch.pk), name], env=environment, check=False).returncode


@pytest.mark.parametrize("place", ["import.chunk.before_commit", "import.chunk.after_commit"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_killed_in_a_chunk_and_gone_on(place, nth, confirmed, tmp_path):
    people = ROWS - ROWS // 10
    assert work(confirmed, f"{place}:kill:{nth}", tmp_path) == KILLED
    committed = nth if place.endswith("after_commit") else nth - 1
    done = confirmed.rows.filter(applied_at__isnull=False).count()
    assert done == min(committed * apply.CHUNK_ROWS, ROWS)
    assert work(confirmed, "", tmp_path) == 0
    batch = ImportBatch.objects.get(pk=confirmed.pk)
    assert (batch.state, batch.totals["created"], batch.totals["updated"]) == (ImportState.DONE, people, ROWS // 10)
    assert Member.objects.count() == Identifier.objects.count() == Account.objects.count() == people
    assert LedgerTransaction.objects.count() == Lot.objects.count() == people
    assert Account.objects.aggregate(points=Sum("available"))["points"] == people * 100
    assert not batch.rows.filter(applied_at__isnull=True).exists()
    assert not batch.rows.filter(member__isnull=True).exists()
