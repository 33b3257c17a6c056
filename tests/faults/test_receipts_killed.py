"""A worker killed by kill -9 while it brings receipts from before, and while it takes them away: each is whole or not
there, none is doubled, and in the end everything is as it was."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from members.services import PersonLoad, load_people
from programs.models import ImportBatch, ImportState, Purchase, PurchaseSummary
from programs.queries.verify import verify
from programs.services.importing import UploadOrder, confirm_import, start_check, start_undo, upload_file
from programs.services.importing.kinds import check_chunk
from programs.services.importing.receipts import applying, undoing
from tests.faults.test_undo_killed import ACTOR, LAST, LATER, NOW, phone, run_killed
from tests.programs.shop import open_shop

pytestmark = pytest.mark.django_db(transaction=True)
RECEIPTS, LINES, PEOPLE, CHUNK = 120, 3, 30, 10


@pytest.fixture
def batch(settings: Any, tmp_path: Path) -> ImportBatch:
    """A checked file of RECEIPTS receipts of LINES rows for PEOPLE people; every tenth has a row that came back."""
    settings.MEDIA_ROOT = tmp_path
    open_shop()
    people = [PersonLoad(None, {"name": f"Old {n}"}, [("phone", phone(n), "")]) for n in range(PEOPLE)]
    load_people(people=people, source="tests", now=NOW)
    rows = [
        f"{n},2024-01-{n % 28 + 1:02},{phone(n % PEOPLE)},A,{sign}1,{sign}{line}.00\n"
        for line in range(1, LINES + 1)  # the rows of a receipt lie far apart
        for n in range(RECEIPTS)
        for sign in (["-"] if line == LINES and n % 10 == 9 else [""])
    ]
    order = UploadOrder(
        kind="receipts",
        file_name="old.csv",
        blocks=[b"number,date,phone,sku,qty,amount\n", "".join(rows).encode()],
        default_region="US",
    )
    made = upload_file(order, actor=ACTOR, now=LATER)
    start_check(made.pk, now=LATER, in_background=False)
    while not check_chunk(batch_id=made.pk, now=LATER).is_finished:
        pass
    return made


def broken_receipts() -> int:
    """Sales and returns that have not all of their lines, or not the sum of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM programs_purchase p LEFT JOIN (
                SELECT purchase_id, count(*) AS lines, sum(amount_minor) AS total FROM programs_purchaseline GROUP BY 1
            ) l ON l.purchase_id = p.id
            WHERE l.total IS DISTINCT FROM p.total_minor
               OR l.lines <> CASE WHEN p.kind = 'return' THEN 1 WHEN p.receipt_number LIKE '%%9' THEN %s ELSE %s END
            """,
            [LINES - 1, LINES],
        )
        return int(cursor.fetchone()[0])


def test_killed_at_random_chunks(
    batch: ImportBatch,
    monkeypatch: pytest.MonkeyPatch,
    trials: Callable[[int, int], int],
    note_trials: Callable[[str, int], None],
):
    for module in (applying, undoing):
        # As many kills as wanted need as many chunks, and some each of them commits.
        monkeypatch.setattr(module, "CHUNK_RECEIPTS", trials(CHUNK, CHUNK // 2))
    chance = random.Random(29)
    wanted = trials(2, 20)
    kills = [f"{chance.choice(['before_commit', 'after_commit'])}:{chance.choice([1, 1, 2])}" for _ in range(wanted)]
    confirm_import(batch.pk, actor=ACTOR, now=LATER, in_background=False)
    hit = run_killed(applying.run_chunk, "import", batch, LATER, kills)
    batch.refresh_from_db()
    assert (batch.state, batch.totals["rejected"]) == (ImportState.DONE, 0)
    assert Purchase.objects.count() == batch.totals["receipts"] == RECEIPTS + RECEIPTS // 10
    assert broken_receipts() == 0
    assert sum(PurchaseSummary.objects.values_list("purchase_count", flat=True)) == RECEIPTS
    start_undo(batch.pk, actor=ACTOR, now=LAST, in_background=False)
    hit_undoing = run_killed(undoing.run_chunk, "undo", batch, LAST, kills)
    batch.refresh_from_db()
    assert (batch.state, batch.totals["kept"]) == (ImportState.UNDONE, 0)
    assert batch.totals["undone"] == RECEIPTS * LINES
    assert not Purchase.objects.exists()
    assert not PurchaseSummary.objects.exists()
    assert [(finding.check.what, finding.violations) for finding in verify() if finding.violations] == []
    assert hit == hit_undoing == wanted
    note_trials("T5", hit + hit_undoing)
