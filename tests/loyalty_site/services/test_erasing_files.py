"""Traces of an erased person where nobody would look for them: files that nobody checked, rows that came to nobody, keys
of long ago, names of long ago."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import TestCase
from django.utils import timezone

from loyalty_site.ground.policy import system
from loyalty_site.services import erase_member
from members.models import EndedAs, Identifier, Member
from members.services import add_identifier, end_identifier, enrol_member
from members.services.profile import change_profile
from programs.models import IdempotencyRecord, ImportBatch, ImportState
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
from tests.canaries import in_files, in_tables
from tests.programs.services.importing.books import book, sheet
from tests.programs.shop import Shop, open_shop
from tests.programs.till import ApiTill, sale_body

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
PHONE, MAIL, NAME = "+16467770001", "qzcanary@example.com", "Qzcanary Vex"
CANARY = r"qzcanary|\+?1 ?\(?646\)?[ -]?777[ -]?\d{4}"


@pytest.fixture
def shop(settings: Any, tmp_path: Path) -> Shop:
    settings.MEDIA_ROOT = tmp_path
    made = open_shop()
    made.now = timezone.now()
    return made


@pytest.fixture
def vex(shop: Shop) -> Member:
    """Whose every word below is a canary."""
    return enrol_member(
        name=NAME, identifiers=[("phone", PHONE), ("email", MAIL)], region="US", actor=ACTOR, now=shop.now
    )


def upload(shop: Shop, content: bytes, name: str = "people.csv") -> ImportBatch:
    order = UploadOrder(file_name=name, blocks=[content], default_region="US", program=shop.program)
    return upload_file(order, actor=ACTOR, now=shop.now)


def load(shop: Shop, content: bytes, name: str = "people.csv") -> ImportBatch:
    batch = upload(shop, content, name)
    start_check(batch.pk, now=shop.now, in_background=False)
    while not check.run_chunk(batch_id=batch.pk, now=shop.now).is_finished:
        pass
    confirm_import(batch.pk, actor=ACTOR, now=shop.now, in_background=False)
    assert apply.run_chunk(batch_id=batch.pk, now=shop.now).is_finished
    return batch


def take_key(member: Member, kind: str, shop: Shop, ended_as: str = EndedAs.REMOVED) -> None:
    key = Identifier.objects.get(member=member, kind=kind, ended_at=None)
    end_identifier(identifier_id=key.pk, actor=ACTOR, now=shop.now, ended_as=ended_as)


def erase(member: Member, shop: Shop) -> None:
    with TestCase.captureOnCommitCallbacks(execute=True):
        erase_member(member.pk, reason="law", actor=ACTOR, now=shop.now + dt.timedelta(seconds=1))


def found(tmp_path: Path, canary: str = CANARY) -> list[Any]:
    return [*in_tables(canary), *in_files(canary, tmp_path)]


OTHERS = [("Ann", "212 555 0199"), ("Bob", "212 555 0198")]
PEOPLE = sheet(["name", "phone"], *[list(other) for other in OTHERS])
UPLOADS = {
    "as it is": f"name,phone\nSomebody,{PHONE}\n".encode(),
    "spaced": b"name,phone\nSomebody,+1 (646) 777-0001\n",
    "by name": f"name,phone\n{NAME.upper()},\n".encode(),
    "in another encoding": f"name;phone;city\nПётр;{PHONE};Пермь\n".encode("cp1251"),
    "in UTF-16": f"name\tphone\nПётр\t{PHONE}\n".encode("utf-16"),
    "no table": f"dear {NAME},\nyour colour is red\n".encode(),
    "a workbook": book({"People": sheet(["name", "phone"], ["Somebody", "+1 646 777 0001"])}),
    "another sheet": book({"People": PEOPLE, "Notes": sheet(["what"], [f"ring {NAME}"])}),
    "a hidden sheet": book({"People": PEOPLE, "-Old": sheet(["mail"], [MAIL])}),
    "damaged": b"PK\x03\x04" + NAME.encode() * 4,
}


@pytest.mark.parametrize("kind", UPLOADS)
def test_a_file_that_nobody_checked_goes(kind: str, shop: Shop, vex: Member, tmp_path: Path):
    batch = upload(shop, UPLOADS[kind])
    kept = upload(shop, b"name,phone\nAnn,212 555 0199\n", "other.csv")
    erase(vex, shop)
    assert found(tmp_path) == []
    assert not ImportBatch.objects.filter(pk=batch.pk).exists()
    assert len(list((tmp_path / "imports").iterdir())) == 2  # of the other, which names nobody
    assert ImportBatch.objects.get().pk == kept.pk


def test_a_file_that_is_being_checked_goes(shop: Shop, vex: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(check, "CHUNK_RECORDS", 1)
    batch = upload(shop, f"name,phone\nAnn,212 555 0199\nBob,212 555 0198\nSomebody,{PHONE}\n".encode())
    start_check(batch.pk, now=shop.now, in_background=False)
    assert not check.run_chunk(batch_id=batch.pk, now=shop.now).is_finished
    erase(vex, shop)
    assert found(tmp_path) == []


@pytest.mark.parametrize("kind", ["another sheet", "a hidden sheet"])
def test_the_file_of_others_goes_and_what_came_of_it_stays(kind: str, shop: Shop, vex: Member, tmp_path: Path):
    batch = load(shop, UPLOADS[kind])
    erase(vex, shop)
    batch.refresh_from_db()
    assert (batch.state, batch.stored_name, batch.rows.exclude(raw=[]).count()) == (ImportState.DONE, "", 2)
    assert found(tmp_path) == []


def test_a_file_named_after_them_loses_its_name(shop: Shop, vex: Member, tmp_path: Path):
    batch = load(shop, b"name,phone\nAnn,212 555 0199\n", f"{NAME}.csv")
    erase(vex, shop)
    batch.refresh_from_db()
    assert batch.file_name == f"#{batch.pk}"
    assert found(tmp_path) == []


def test_a_file_that_no_import_names_goes(shop: Shop, vex: Member, tmp_path: Path):
    """As a process leaves it that was killed between storing and noting it."""
    stray = tmp_path / "imports" / "0123"
    stray.parent.mkdir(exist_ok=True)
    stray.write_text(NAME)
    os.utime(stray, (0, 0))
    erase(vex, shop)
    assert found(tmp_path) == []


def test_rows_of_an_undone_import_go_though_they_are_nobodys(shop: Shop, tmp_path: Path):
    batch = load(shop, f"name,phone\n{NAME},{PHONE}\n".encode())
    start_undo(batch.pk, actor=ACTOR, now=shop.now, in_background=False)
    undoing.run_chunk(batch_id=batch.pk, now=shop.now)
    assert batch.rows.get().member_id is None
    erase(enrol_member(name=NAME, identifiers=[("phone", PHONE)], region="US", actor=ACTOR, now=shop.now), shop)
    assert found(tmp_path) == []


def test_rows_and_history_of_who_had_their_number_before_lose_it(shop: Shop, tmp_path: Path):
    load(shop, f"name,phone,email\nAnn,{PHONE},ann@example.com\n".encode())
    ann = Member.objects.get()
    take_key(ann, "phone", shop, EndedAs.HANDED_OVER)
    vex = enrol_member(name=NAME, identifiers=[("phone", PHONE)], region="US", actor=ACTOR, now=shop.now)
    erase(vex, shop)
    assert found(tmp_path) == []
    ann.refresh_from_db()
    assert (ann.name, ann.identifiers.filter(ended_at=None).get().value) == ("Ann", "ann@example.com")


def test_what_is_somebody_elses_by_now_stays_theirs(shop: Shop, vex: Member, tmp_path: Path):
    take_key(vex, "phone", shop, EndedAs.HANDED_OVER)
    take_key(vex, "email", shop)
    ben = enrol_member(name="Ben", identifiers=[("phone", PHONE)], region="US", actor=ACTOR, now=shop.now)
    waiting = upload(shop, f"name,phone\nBen,{PHONE}\n".encode())
    erase(vex, shop)
    assert found(tmp_path, "qzcanary") == []
    assert ben.identifiers.get().value == PHONE
    assert ImportBatch.objects.get() == waiting
    # Their address of long ago is nobody's: no old file brings them back by it.
    batch = load(shop, f"name,phone,email\nBen,{PHONE},\nVex,,{MAIL}\n".encode())
    assert list(batch.rows.order_by("line").values_list("outcome", "reason")) == [
        ("unchanged", ""),
        ("reject", "erased"),
    ]
    # And whoever comes with it themselves is welcome.
    assert add_identifier(member_id=ben.pk, kind="email", text=MAIL, region="US", actor=ACTOR, now=shop.now).pk


@pytest.mark.parametrize("again", [False, True])
def test_answers_under_an_earlier_name_lose_it(shop: Shop, vex: Member, *, again: bool):
    till = ApiTill(shop.terminal, shop.now)
    assert till.post("sales", sale_body("10.00", member={"phone": PHONE})).status_code == 201
    if again:
        vex.name = "Somebody Else"
        change_profile(member=vex, now=shop.now)
        assert till.post("sales", sale_body("10.00", number="2", member={"phone": PHONE})).status_code == 201
    erase(vex, shop)
    assert not IdempotencyRecord.objects.filter(body__icontains="qzcanary").exists()
    assert not IdempotencyRecord.objects.filter(body__icontains="somebody e").exists()
    assert IdempotencyRecord.objects.filter(body__contains=str(vex.public_id)).count() == 1 + again
