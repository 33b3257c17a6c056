"""Rows that are staged and applied by the quick way, beside the same rows by the long one."""

from __future__ import annotations

from itertools import pairwise

import pytest

from loyalty_site.ground.policy import system
from members.models import Member
from members.services import enrol_member
from programs.models import Account, ImportKey
from programs.rules.importing.usual import UsualReader
from programs.services.importing import UploadOrder, apply, check, confirm_import, start_check, upload_file

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
NAMES = ["Anna", "Пётр Иванов", "O'Brien", "\uff02wide\uff3cmarks\uff02", "İbrahim", "x{}[]:,"]
ODD = ["+7900,short,,\n", '+79001234590,"in quotes",,3\n', "+79001234500,Anna again,a0@example.org,4\n"]


def file_of(count, *, odd=()):
    plain = [
        f"+7900123{4500 + n},{NAMES[n % len(NAMES)].replace(',', ';')},a{n}@example.org,{n}\n" for n in range(count)
    ]
    return "".join(["phone,name,email,points\n", *plain, *odd]).encode()


def staged(content, now, **options):
    batch = upload_file(
        UploadOrder(file_name="x.csv", blocks=[content], default_region="RU", **options), actor=ACTOR, now=now
    )
    start_check(batch.pk, now=now, in_background=False)
    while not check.run_chunk(batch_id=batch.pk, now=now).is_finished:
        pass
    return batch


def rows_of(batch):
    fields = ("line", "raw", "values", "outcome", "reason", "warnings", "member", "same_as")
    keys = (
        ImportKey.objects.filter(batch_id=batch.pk)
        .order_by("line", "kind")
        .values_list("kind", "value", "line", "member")
    )
    return list(batch.rows.order_by("line").values(*fields)), list(keys)


@pytest.mark.parametrize("mode", ["", "ignore"])
@pytest.mark.parametrize("chunk", [4, 2000])
def test_a_row_is_staged_alike_by_both_ways(mode, chunk, settings, tmp_path, now, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(check, "CHUNK_RECORDS", chunk)
    content = file_of(12, odd=ODD)
    quick = rows_of(staged(content, now, points_mode=mode))
    monkeypatch.setattr(UsualReader, "read", lambda _self, _record: None)
    slow = rows_of(staged(content, now, points_mode=mode))
    assert quick == slow
    assert [row["outcome"] for row in quick[0]] == ["create"] * 12 + ["reject", "create", "update"]


def test_what_is_new_is_written_once_and_told_whole(settings, tmp_path, now):
    settings.MEDIA_ROOT = tmp_path
    row = staged(file_of(1), now).rows.get()
    assert not {"state", "changed"} & row.values.keys()
    assert row.state == {"phone": "+79001234500", "name": "Anna", "email": "a0@example.org", "points": "0"}
    assert set(row.changed) == set(row.state)
    ignoring = staged(file_of(1), now, points_mode="ignore").rows.get()
    assert "points" not in ignoring.state
    assert "points" in ignoring.changed


def applied(batch, now):
    """How many rows each chunk applied."""
    confirm_import(batch.pk, actor=ACTOR, now=now, in_background=False)
    done = [0]
    while True:
        progress = apply.run_chunk(batch_id=batch.pk, now=now)
        done.append(progress.done_count)
        if progress.is_finished:
            return [after - before for before, after in pairwise(done)]


@pytest.mark.parametrize(
    ("odd", "chunks"),
    # Fifteen plain rows, and then the rest; a row about somebody of an earlier one shortens the chunks before it.
    [((), [15, 2]), (ODD[2:], [15, 3, 0]), (ODD[:1], [15, 3, 0])],
)
def test_a_chunk_of_plain_new_people_is_longer(odd, chunks, settings, tmp_path, now, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(apply, "CHUNK_ROWS", 3)
    batch = staged(file_of(17, odd=odd), now)
    assert applied(batch, now) == chunks
    assert Member.objects.count() == Account.objects.count() == 17
    assert not batch.rows.filter(applied_at__isnull=True).exists()
    assert not batch.rows.filter(member__isnull=True, outcome__in=["create", "update"]).exists()


def test_a_long_chunk_with_somebody_known_by_now_is_a_short_one(settings, tmp_path, now, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(apply, "CHUNK_ROWS", 3)
    batch = staged(file_of(17), now)
    enrol_member(name="Ann", identifiers=[("phone", "9001234505")], region="RU", actor=ACTOR, now=now)
    assert applied(batch, now) == [3, 3, 11, 0]
    assert Member.objects.count() == 17
    batch.refresh_from_db()
    assert (batch.totals["created"], batch.totals["updated"], batch.totals["changed"]) == (16, 1, 1)


def test_a_file_that_was_being_applied_before_its_line_was_noted_is_ended(settings, tmp_path, now, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(apply, "CHUNK_ROWS", 3)
    batch = staged(file_of(17), now)
    confirm_import(batch.pk, actor=ACTOR, now=now, in_background=False)
    assert apply.run_chunk(batch_id=batch.pk, now=now).done_count == 15
    batch.refresh_from_db()
    assert batch.reading.pop("applied_line") == 16
    batch.save(update_fields=["reading"])
    while not apply.run_chunk(batch_id=batch.pk, now=now).is_finished:
        pass
    assert Member.objects.count() == Account.objects.count() == 17
    assert not batch.rows.filter(applied_at__isnull=True).exists()


def test_a_key_of_another_kind_that_reads_alike_is_nobody_s(settings, tmp_path, now):
    settings.MEDIA_ROOT = tmp_path
    holder = enrol_member(name="Ann", identifiers=[("code", "A1"), ("card", "B2")], region="RU", actor=ACTOR, now=now)
    rows = staged(b"card,name\nA1,Eve\nB2,Ann\nA1,Eve again\n", now).rows.order_by("line")
    assert [(row.outcome, row.member_id, row.same_as) for row in rows] == [
        ("create", None, None),
        ("unchanged", holder.pk, None),
        ("update", None, 2),
    ]
