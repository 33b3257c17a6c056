"""Personal data goes when its time is over, in bites; what is younger, or append-only, stays."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import pytest
from django.conf import settings as real

from loyalty_site.ground.models import Audit, Counter
from loyalty_site.ground.policy import system
from loyalty_site.ground.services import count, forget_old_counters, keep_no_longer, retention
from members.models import Consent, Message, MessageState, Notice, PageCode
from programs.models import IdempotencyRecord, ImportBatch, ImportRow, SpendingCode
from programs.services.idempotency import forget_old_answers
from programs.services.importing import UploadOrder, apply, check, confirm_import, start_check, upload_file
from programs.services.importing.files import copy_of, path_of
from tests.feedback.world import make_member, make_message
from tests.programs.shop import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
FILE = b"phone,name\n+12125550101,Anna\n+12125550102,Bob\n"


@pytest.fixture
def shop(settings: Any, tmp_path: Any) -> Shop:
    settings.MEDIA_ROOT = tmp_path
    return open_shop()


def days(name: str) -> dt.timedelta:
    return dt.timedelta(days=real.RETENTION[name][1])


def load(shop: Shop, *, is_applied: bool = True) -> ImportBatch:
    batch = upload_file(
        UploadOrder(file_name="x.csv", blocks=[FILE], default_region="US", program=shop.program), actor=ACTOR, now=NOW
    )
    start_check(batch.pk, now=NOW, in_background=False)
    check.run_chunk(batch_id=batch.pk, now=NOW)
    if is_applied:
        confirm_import(batch.pk, actor=ACTOR, now=NOW, in_background=False)
        apply.run_chunk(batch_id=batch.pk, now=NOW)
    ImportBatch.objects.filter(pk=batch.pk).update(created_at=NOW)
    batch.refresh_from_db()
    return batch


def test_files_of_imports_go_first_and_their_rows_later(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
):
    monkeypatch.setattr(retention, "BITE", 1)
    batch = load(shop)
    name = batch.stored_name
    for now in (NOW + days("import_files"), NOW + days("import_files") + dt.timedelta(days=1)):
        with django_capture_on_commit_callbacks(execute=True):
            done = keep_no_longer(now=now)
    assert done["import_files"] == 1
    assert not path_of(name).exists()
    assert not copy_of(name).exists()
    assert ImportRow.objects.filter(raw=[]).count() == 0
    assert keep_no_longer(now=NOW + days("import_rows") + dt.timedelta(days=1))["import_rows"] == 2
    rows = ImportRow.objects.all()
    assert {(row.outcome, str(row.raw), str(row.values), row.member_id is not None) for row in rows} == {
        ("create", "[]", "{}", True)
    }
    batch.refresh_from_db()
    assert batch.totals["created"] == 2
    assert Audit.objects.filter(action="keep_no_longer").latest("id").details["import_rows"] == 2
    assert keep_no_longer(now=NOW + days("import_rows") + dt.timedelta(days=2)) == dict.fromkeys(real.RETENTION, 0)


def test_an_import_that_nobody_went_on_with_goes_whole(shop: Shop, django_capture_on_commit_callbacks: Any):
    batch = load(shop, is_applied=False)
    with django_capture_on_commit_callbacks(execute=True):
        keep_no_longer(now=NOW + days("import_files") + dt.timedelta(days=1))
    assert not ImportBatch.objects.exists()
    assert not path_of(batch.stored_name).exists()


def test_a_file_that_no_import_names_goes(shop: Shop, tmp_path: Any):
    folder = tmp_path / "imports"
    folder.mkdir()
    for name in ("old", "old.utf8", "new"):
        (folder / name).write_text("Anna")
        moment = (NOW - dt.timedelta(days=0 if name == "new" else 90)).timestamp()
        os.utime(folder / name, (moment, moment))
    assert keep_no_longer(now=NOW)["import_files"] == 2
    assert [path.name for path in folder.iterdir()] == ["new"]


def test_answers_of_mail_servers_go_and_the_messages_stay(shop: Shop):
    member = make_member()
    old, young, waiting = (make_message(member) for _ in range(3))
    Message.objects.update(detail="550 5.1.1", state=MessageState.FAILED, finished_at=NOW)
    late = NOW + days("message_details")
    Message.objects.filter(pk=young.pk).update(finished_at=late)
    Message.objects.filter(pk=waiting.pk).update(state=MessageState.RETRY, finished_at=None)
    assert keep_no_longer(now=late + dt.timedelta(days=1))["message_details"] == 1
    assert set(Message.objects.exclude(detail="").values_list("pk", flat=True)) == {young.pk, waiting.pk}
    assert Message.objects.filter(pk=old.pk).exists()


def test_notices_that_are_over_go(shop: Shop):
    member = make_member()
    late = NOW + days("notices")
    ends = {
        "said": {"done_at": NOW},
        "over": {"show_until": NOW.date()},
        "said lately": {"done_at": late, "show_until": late.date()},
        "over lately": {"show_until": late.date()},
        "stays": {},
    }
    for text, end in ends.items():
        Notice.objects.create(member=member, text=text, source="tests", created_at=NOW, **end)
    assert keep_no_longer(now=late)["notices"] == 0
    assert keep_no_longer(now=late + dt.timedelta(days=1))["notices"] == 2
    assert set(Notice.objects.values_list("text", flat=True)) == {"said lately", "over lately", "stays"}


def test_codes_go(shop: Shop):
    member = make_member()
    for made in (NOW, NOW + days("page_codes")):
        PageCode.objects.create(member=member, deed="leave", code_hash="x", expires_at=made)
        SpendingCode.objects.create(
            member=member, terminal=shop.terminal, points=1, code_hash="x", tries_left=1, created_at=made, expires_at=made
        )  # fmt: skip
    done = keep_no_longer(now=NOW + days("page_codes") + dt.timedelta(days=1))
    assert (done["page_codes"], done["spending_codes"]) == (1, 1)
    assert (PageCode.objects.count(), SpendingCode.objects.count()) == (1, 1)


def test_answers_to_tills_and_counters_go_by_their_own_ticks(shop: Shop):
    for number, made in enumerate((NOW - dt.timedelta(days=36), NOW - dt.timedelta(days=34))):
        IdempotencyRecord.objects.create(
            terminal=shop.terminal, key=f"k{number}", endpoint="sale", body_hash=b"0" * 32, status=201, body="{}",
            created_at=made,
        )  # fmt: skip
    assert forget_old_answers(now=NOW) == 1
    for made in (NOW - dt.timedelta(days=4), NOW):
        count(name="sign_ins", subject="anna", window=dt.timedelta(hours=1), by=1, now=made)
    assert forget_old_counters(now=NOW) == 1
    assert Counter.objects.count() == 1


def test_what_only_grows_stays(shop: Shop):
    member = shop.member()
    shop.sell({"C": "40.00"}, member)
    before = (Consent.objects.count(), Audit.objects.count())
    assert not any(keep_no_longer(now=NOW + dt.timedelta(days=5000)).values())
    assert (Consent.objects.count(), Audit.objects.count()) == before
