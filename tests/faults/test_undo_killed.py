"""A worker killed by kill -9 at random chunks of an import and of its undoing: nothing lost, nothing doubled, and in the
end everything is as it was before."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from loyalty_site.ground.policy import system
from members.models import Member
from members.services import PersonLoad, load_people
from programs.models import Account, ImportBatch, ImportState
from programs.queries.verify import verify
from programs.services.accounts import open_accounts
from programs.services.importing import (
    UploadOrder,
    apply,
    check,
    confirm_import,
    start_check,
    start_undo,
    undoing,
    upload_file,
)
from programs.services.ledger import Opening, post_openings
from tests.faults.forked import run_forked
from tests.programs.canonical import canonical, grown, logs
from tests.programs.shop import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db(transaction=True)
KILLED = -9
PEOPLE, KNOWN, CHUNK = 300, 60, 5
LATER, LAST = NOW + dt.timedelta(hours=1), NOW + dt.timedelta(hours=2)
ACTOR = system("tests")


def phone(number: int) -> str:
    return f"+1212555{number:04d}"


@pytest.fixture
def batch(settings: Any, tmp_path: Path) -> ImportBatch:
    """A checked file of PEOPLE people, KNOWN of whom are there with 7 points; every tenth row repeats the one before."""
    settings.MEDIA_ROOT = tmp_path
    shop = open_shop()
    give_known_people(shop)
    lines = [f"{phone(n - (n % 10 == 9))},Person {n},C{n:07d},{n}\n" for n in range(PEOPLE)]
    order = UploadOrder(
        file_name="x.csv",
        blocks=[b"phone,name,card,points\n", "".join(lines).encode()],
        default_region="US",
        program=shop.program,
        points_mode="add",
    )
    made = upload_file(order, actor=ACTOR, now=LATER)
    start_check(made.pk, now=LATER, in_background=False)
    while not check.run_chunk(batch_id=made.pk, now=LATER).is_finished:
        pass
    return made


def give_known_people(shop: Shop) -> None:
    people = [PersonLoad(None, {"name": f"Old {n}"}, [("phone", phone(n), "")]) for n in range(KNOWN)]
    ids = load_people(people=people, source="tests", now=NOW)
    accounts = open_accounts(program_id=shop.program.pk, member_ids=ids, now=NOW)
    earlier = ImportBatch.objects.create(file_name="earlier", file_hash="", default_region="US")
    openings = [Opening(account, 7, NOW, None) for account in accounts.values()]
    post_openings(program=shop.program, openings=openings, batch_id=earlier.pk, actor_label="earlier", now=NOW)


def run(step: Callable[..., Any], batch: ImportBatch, now: dt.datetime, plan: str = "") -> int:
    """Work to the end in a process of its own; its exit code."""
    code = run_forked(lambda: _work(step, batch, now), plan)
    wait_for_the_dead()
    return code


def _work(step: Callable[..., Any], batch: ImportBatch, now: dt.datetime) -> None:
    while not step(batch_id=batch.pk, now=now).is_finished:
        pass


def wait_for_the_dead() -> None:
    """Until the server has noticed who was killed: on a busy machine their locks outlive them by more than a wait for
    a lock may last, and a worker would have been told to come again."""
    deadline = time.monotonic() + 60
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND state <> 'idle' AND backend_type = 'client backend'"
            )
            if not cursor.fetchone()[0]:
                return
        assert time.monotonic() < deadline
        time.sleep(0.02)


def run_killed(step: Callable[..., Any], name: str, batch: ImportBatch, now: dt.datetime, kills: list[str]) -> int:
    """Run to the end, killed at each of `kills` (before_commit:n or after_commit:n of what is left); how many hit."""
    hit = 0
    for kill in kills:
        place, nth = kill.split(":")
        hit += run(step, batch, now, f"{name}.chunk.{place}:kill:{nth}") == KILLED
    assert run(step, batch, now) == 0
    return hit


def test_killed_at_random_chunks_of_applying_and_of_undoing(
    batch: ImportBatch,
    monkeypatch: pytest.MonkeyPatch,
    trials: Callable[[int, int], int],
    note_trials: Callable[..., None],
):
    monkeypatch.setattr(apply, "CHUNK_ROWS", CHUNK)
    monkeypatch.setattr(undoing, "CHUNK_ROWS", CHUNK)
    chance = random.Random(20)
    wanted = trials(2, 20)
    kills = [f"{chance.choice(['before_commit', 'after_commit'])}:{chance.choice([1, 1, 2])}" for _ in range(wanted)]
    before, log = canonical(), logs()
    confirm_import(batch.pk, actor=ACTOR, now=LATER, in_background=False)
    hit = run_killed(apply.run_chunk, "import", batch, LATER, kills)
    batch.refresh_from_db()
    # A tenth of those who were there are not in the file, whose tenth rows name the person before them.
    people = PEOPLE - PEOPLE // 10 + KNOWN // 10
    assert batch.state == ImportState.DONE
    assert Member.objects.count() == Account.objects.count() == people
    assert sum(Account.objects.values_list("available", flat=True)) == KNOWN * 7 + sum(range(PEOPLE))
    start_undo(batch.pk, actor=ACTOR, now=LAST, in_background=False)
    hit_undoing = run_killed(undoing.run_chunk, "undo", batch, LAST, kills)
    batch.refresh_from_db()
    assert (batch.state, batch.totals["kept"], batch.totals["undone"]) == (ImportState.UNDONE, 0, PEOPLE)
    assert canonical() == before
    the_logs_grew_by_the_batch_and_its_reversals_only(grown(log, logs()), batch)
    assert [(finding.check.what, finding.examples) for finding in verify() if finding.violations] == []
    assert (hit, hit_undoing) == (wanted, wanted)
    note_trials(
        "T5", hit + hit_undoing, f"{hit} workers killed applying, {hit_undoing} undoing; rows lost 0, doubled 0"
    )


def the_logs_grew_by_the_batch_and_its_reversals_only(new: dict[str, list[Any]], batch: ImportBatch) -> None:
    moves = {row["id"]: row for row in new["programs_ledgertransaction"]}
    assert {row["import_batch_id"] for row in moves.values()} == {batch.pk}
    there: Counter[tuple[int, int]] = Counter()
    back: Counter[tuple[int, int]] = Counter()
    for row in new["programs_posting"]:
        way = back if moves[row["transaction_id"]]["kind"] == "undo" else there
        way[row["account_id"], row["lot_id"]] += row["amount"]
    assert there == back
    assert there.total() == sum(range(PEOPLE))
    acts = [(row["action"], row["object_id"]) for row in new["ground_audit"]]
    assert sorted(acts) == [("apply_import", str(batch.pk)), ("undo_import", str(batch.pk))]
    grew = {"programs_ledgertransaction", "programs_posting", "ground_audit"}
    assert [table for table, rows in new.items() if rows and table not in grew] == []
