"""The same file again, whatever became of its people meanwhile: a row that did its work does nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loyalty_site.ground.policy import system
from loyalty_site.services import erase_member
from loyalty_site.services.merging import merge_members
from members.models import EndedAs, Identifier, Member, MemberStatus
from members.services import add_identifier, end_identifier, enrol_member
from members.services.profile import change_profile
from programs.models import ImportBatch
from programs.services.importing import UploadOrder, apply, check, confirm_import, start_check, upload_file
from tests.programs.canonical import canonical
from tests.programs.shop import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
LATER, LAST = NOW + dt.timedelta(hours=1), NOW + dt.timedelta(hours=2)
PHONE = "+12125550101"
FILE = f"phone,name,birthday,points\n{PHONE},Anna Petrova,5 May,10\n"


@pytest.fixture
def shop(settings: Any, tmp_path: Path) -> Shop:
    settings.MEDIA_ROOT = tmp_path
    return open_shop()


def checked(shop: Shop, now: dt.datetime, mode: str = "add", content: str = FILE) -> ImportBatch:
    order = UploadOrder(
        file_name="x.csv", blocks=[content.encode()], default_region="US", program=shop.program, points_mode=mode
    )
    batch = upload_file(order, actor=ACTOR, now=now)
    start_check(batch.pk, now=now, in_background=False)
    assert check.run_chunk(batch_id=batch.pk, now=now).is_finished
    return batch


def applied(batch: ImportBatch, now: dt.datetime) -> ImportBatch:
    confirm_import(batch.pk, actor=ACTOR, now=now, in_background=False)
    assert apply.run_chunk(batch_id=batch.pk, now=now).is_finished
    batch.refresh_from_db()
    return batch


def merge(anna: Member) -> None:
    other = enrol_member(name="A. Petrova", identifiers=[("email", "a@x.io")], region="US", actor=ACTOR, now=LATER)
    merge_members(other.pk, anna.pk, actor=ACTOR, now=LATER)


def take_key(anna: Member, ended_as: str = EndedAs.REMOVED) -> None:
    key = Identifier.objects.get(member=anna, value=PHONE)
    end_identifier(identifier_id=key.pk, actor=ACTOR, now=LATER, ended_as=ended_as)


def hand_over(anna: Member) -> None:
    take_key(anna, EndedAs.HANDED_OVER)
    ben = enrol_member(name="Ben", identifiers=[("email", "b@x.io")], region="US", actor=ACTOR, now=LATER)
    add_identifier(member_id=ben.pk, kind="phone", text=PHONE, region="US", actor=ACTOR, now=LATER)


def edit(anna: Member) -> None:
    anna.name, anna.birth_year = "Anya", 1980
    change_profile(member=anna, now=LATER)


@pytest.mark.parametrize("meanwhile", [edit, merge, take_key, hand_over])
@pytest.mark.parametrize("mode", ["add", "set"])
def test_a_row_that_was_applied_does_nothing_again(shop: Shop, meanwhile: Callable[[Member], None], mode: str):
    applied(checked(shop, NOW, mode), NOW)
    meanwhile(Member.objects.get(name="Anna Petrova"))
    before = canonical()
    batch = applied(checked(shop, LAST, mode), LAST)
    assert (batch.totals["unchanged"], batch.totals["created"], batch.totals["changed"]) == (1, 0, 0)
    assert canonical() == before


def test_the_day_without_its_year_is_the_same_row(shop: Shop):
    """The year came from what was stored, so the row that was applied says more than its file does."""
    anna = shop.member(PHONE)
    Member.objects.filter(pk=anna.pk).update(birth_year=1980, birth_month=5, birth_day=5)
    applied(checked(shop, NOW), NOW)
    assert shop.account(anna).available == 1000 // 100
    batch = applied(checked(shop, LAST), LAST)
    assert (batch.totals["unchanged"], shop.account(anna).available) == (1, 10)


def test_a_file_that_was_checked_before_a_merge_is_the_survivors(shop: Shop):
    anna = shop.member(PHONE)
    batch = checked(shop, NOW)
    merge(anna)
    applied(batch, LAST)
    other = Member.objects.exclude(status=MemberStatus.MERGED).get()
    assert (other.name, shop.account(other).available, shop.account(anna).available) == ("A. Petrova", 10, 0)
    assert Identifier.objects.get(value=PHONE).member == other


@pytest.mark.parametrize("meanwhile", [take_key, hand_over])
def test_nobody_is_brought_back_by_a_key_they_had_once(shop: Shop, meanwhile: Callable[[Member], None]):
    applied(checked(shop, NOW), NOW)
    anna = Member.objects.get()
    meanwhile(anna)
    erase_member(anna.pk, reason="law", actor=ACTOR, now=LAST)
    before = canonical()
    batch = applied(checked(shop, LAST), LAST)
    assert (batch.totals["rejected"], batch.rows.get().reason, batch.rows.get().raw) == (1, "erased", [])
    assert canonical() == before
