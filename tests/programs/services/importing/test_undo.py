"""Undoing an import: everything as it was before, but for those whom somebody has touched since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import system
from loyalty_site.ground.services import claim_due_jobs, claim_job, pause_job, resume_job, run_claimed_job
from members.models import Address, Consent, Identifier, Member
from members.services import PersonLoad, load_people, record_consent
from members.services.profile import change_profile
from programs.errors import ImportForgotten, ImportWrongState
from programs.models import Account, ImportBatch, ImportRow, ImportState, LedgerTransaction, Lot, Program
from programs.queries.undoing import kept_rows, stakes_of
from programs.queries.verify import verify
from programs.services import ledger
from programs.services.accounts import accounts_of
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
from programs.services.importing.retention import forget_rows
from tests.programs.canonical import canonical, grown, logs
from tests.programs.shop import NOW, Shop

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
LATER = NOW + dt.timedelta(hours=1)
LAST = NOW + dt.timedelta(hours=2)
FILE = (
    b"phone,name,card,city,sex,points\n"
    b"+12125550101,Ann Known,CARD0001,Boston,f,30\n"  # known, with points: changed and a card
    b"+12125550102,Bob Known,,,,40\n"  # known, without an account before
    b"+12125550103,Cid Known,CARD0003,,,0\n"  # known, with points that a `set` takes away
    b"+12125550104,Dan New,CARD0004,Rome,m,50\n"
    b"+12125550105,Eve New,,,,\n"
    b"+12125550104,Dan Newer,CARD0005,,,5\n"  # the same new person again
)


def finish(step: Callable[..., Any], batch: ImportBatch, now: dt.datetime) -> None:
    while not step(batch_id=batch.pk, now=now).is_finished:
        pass


Bring = Callable[..., ImportBatch]


@pytest.fixture
def bring(shop: Shop, settings: Any, tmp_path: Path) -> Bring:
    """bring(content, mode) -> an applied import."""
    settings.MEDIA_ROOT = tmp_path

    def do(content: bytes = FILE, mode: str = "set", now: dt.datetime = NOW) -> ImportBatch:
        order = UploadOrder(
            file_name="x.csv", blocks=[content], default_region="US", program=shop.program, points_mode=mode
        )
        batch = upload_file(order, actor=ACTOR, now=now)
        start_check(batch.pk, now=now, in_background=False)
        finish(check.run_chunk, batch, now)
        confirm_import(batch.pk, actor=ACTOR, now=now, in_background=False)
        finish(apply.run_chunk, batch, now)
        batch.refresh_from_db()
        return batch

    return do


def undo(batch: ImportBatch, now: dt.datetime = LAST) -> ImportBatch:
    start_undo(batch.pk, actor=ACTOR, now=now, in_background=False)
    finish(undoing.run_chunk, batch, now)
    return ImportBatch.objects.get(pk=batch.pk)


@pytest.fixture
def known(shop: Shop) -> dict[str, Member]:
    """Ann and Cid have points of earlier purchases, Bob has nothing yet; all are older than the import."""
    shop.now = NOW - dt.timedelta(days=1)
    people = {name: shop.member(f"+1212555010{n}", name) for n, name in enumerate(["Ann", "Bob", "Cid"], 1)}
    Address.objects.create(member=people["Ann"], city="Old town", street="Elm 5")
    for name in ("Ann", "Cid"):
        shop.sell({"A": "10.00"}, people[name])
    record_consent(
        member=people["Ann"], purpose="marketing", channel="email", action="granted", method="page", proof="",
        actor=ACTOR, now=shop.now,
    )  # fmt: skip
    shop.now = LATER
    return people


def points(member: Member) -> int:
    return Account.objects.get(owner=member).available


def assert_sound() -> None:
    assert [(finding.check.what, finding.examples) for finding in verify() if finding.violations] == []


@pytest.mark.parametrize("mode", ["set", "add", ""])
@pytest.mark.parametrize("chunk", [500, 2])
def test_everything_is_as_before(
    mode: str, chunk: int, known: dict[str, Member], bring: Bring, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(undoing, "CHUNK_ROWS", chunk)
    monkeypatch.setattr(apply, "CHUNK_ROWS", 4)  # Dan's second row comes in a chunk of its own
    before, log = canonical(), logs()
    batch = bring(mode=mode)
    assert canonical()["people"] != before["people"]
    assert points(Member.objects.get(name="Dan Newer")) == (5 if mode == "set" else 55 if mode == "add" else 50)
    undone = undo(batch)
    assert canonical() == before
    assert undone.state == ImportState.UNDONE
    assert (undone.totals["kept"], undone.totals["removed"]) == (0, 2)
    new = grown(log, logs())
    assert {row["import_batch_id"] for row in new["programs_ledgertransaction"]} <= {batch.pk}
    assert new["members_consent"] == []
    assert_sound()
    # Eve never had a movement: nothing of her is left. Dan had: a row without anything of a person stays.
    nobody = Member.objects.filter(status="erased")
    assert [(one.name, one.identifiers.count(), Account.objects.filter(owner=one).count()) for one in nobody] == [
        ("", 0, 1)
    ]


def test_the_same_file_can_be_brought_again(known: dict[str, Member], bring: Bring):
    before = canonical()
    undo(bring())
    again = bring(now=LAST)
    assert (again.totals["created"], again.totals["changed"]) == (2, 4)
    assert Member.objects.filter(name="Dan Newer").count() == 1
    undo(again, LAST + dt.timedelta(hours=1))
    assert canonical() == before
    assert_sound()


def test_a_first_row_that_says_nothing_new_does_not_keep_the_second_from_being_undone(
    known: dict[str, Member], bring: Bring
):
    before = canonical()
    batch = bring(b"phone,name,note\n+12125550101,Ann,\n+12125550101,Ann,likes tea\n")
    assert list(batch.rows.order_by("line").values_list("outcome", flat=True)) == ["unchanged", "update"]
    assert undo(batch).totals["kept"] == 0
    assert canonical() == before


@pytest.mark.parametrize("points", ["", "7"])
def test_a_file_brought_twice_and_undone_can_be_brought_again(points: str, known: dict[str, Member], bring: Bring):
    """Bringing it twice changed nothing, so that nothing of the second time stands in the way. Whom the ledger cites
    stays as a row without a name."""
    content = f"phone,name,points\n+12125550101,Anna,{points}\n+12125550109,Flo,{points}\n".encode()
    before = canonical()
    first = bring(content, mode="add")
    after = canonical()
    assert bring(content, mode="add").totals["unchanged"] == 2
    assert canonical() == after
    assert undo(first).totals["kept"] == 0
    assert canonical() == before
    again = bring(content, mode="add", now=LAST + dt.timedelta(hours=1))
    assert (again.totals["created"], again.totals["changed"]) == (1, 1)
    assert bring(content, mode="add", now=LAST + dt.timedelta(hours=2)).totals["unchanged"] == 2
    assert_sound()


def reason_of(name: str) -> str:
    """Why the row of this person was left as it is."""
    return ImportRow.objects.filter(member__name=name).exclude(undo="").values_list("undo", flat=True)[0]


def test_whoever_was_touched_since_stays_by_name_and_reason(known: dict[str, Member], bring: Bring, shop: Shop):
    batch = bring(mode="add")
    dan, eve = Member.objects.get(name="Dan Newer"), Member.objects.get(name="Eve New")
    shop.sell({"A": "1.00"}, dan, redeem="5")
    eve.language = "ru"
    change_profile(member=eve, now=LATER)
    known["Ann"].refresh_from_db()
    known["Ann"].note = "likes blue"
    change_profile(member=known["Ann"], now=LATER)
    shop.sell({"A": "1.00"}, known["Bob"])
    touched = canonical()
    undone = undo(batch)
    assert {name: reason_of(name) for name in ("Dan Newer", "Eve New", "Ann Known", "Bob Known")} == {
        "Dan Newer": "spent",
        "Eve New": "edited",
        "Ann Known": "edited",
        "Bob Known": "bought",
    }
    assert undone.totals["kept"] == 4
    rows, more = kept_rows(batch)
    assert ([row.line for row in rows], more) == ([2, 3, 5, 6, 7], None)
    cid = Member.objects.get(pk=known["Cid"].pk)
    assert cid.name == "Cid"
    assert not Identifier.objects.filter(value="CARD0003").exists()
    for part in ("identifiers", "people"):
        left = [row for row in canonical()[part] if row[0] != str(cid.public_id)]
        assert left == [row for row in touched[part] if row[0] != str(cid.public_id)]
    assert_sound()


def touch_consent(member: Member, shop: Shop) -> None:
    record_consent(
        member=member, purpose="marketing", channel="sms", action="withdrawn", method="page", proof="",
        actor=ACTOR, now=LATER,
    )  # fmt: skip


def touch_keys(member: Member, shop: Shop) -> None:
    load_people(people=[PersonLoad(member.pk, keys=[("card", "CARD7777", "")])], source="tests", now=LATER)


def touch_points(member: Member, shop: Shop) -> None:
    account = accounts_of([member.pk], program_id=shop.program.pk)[member.pk]
    other = ImportBatch.objects.create(file_name="other", file_hash="", default_region="US")
    opening = ledger.Opening(account, 500, LATER, None)
    ledger.post_openings(program=shop.program, openings=[opening], batch_id=other.pk, actor_label="other", now=LATER)


def touch_by_erasing(member: Member, shop: Shop) -> None:
    Member.objects.filter(pk=member.pk).update(status="erased", name="")


def touch_by_burning(member: Member, shop: Shop) -> None:
    Lot.objects.filter(account__owner=member).update(expires_at=LATER)
    Account.objects.filter(owner=member).update(next_due_at=LATER)


@pytest.mark.parametrize(
    ("touch", "reason"),
    [
        (touch_consent, "consent"),
        (touch_keys, "keys"),
        (touch_points, "moved"),
        (touch_by_erasing, "erased"),
        (touch_by_burning, "burnt"),
    ],
)
def test_every_way_of_being_touched(touch: Callable[..., None], reason: str, bring: Bring, shop: Shop):
    batch = bring()
    dan = Member.objects.get(name="Dan Newer")
    touch(dan, shop)
    undone = undo(batch)
    assert set(ImportRow.objects.filter(member=dan).values_list("undo", flat=True)) == {reason}
    assert (undone.totals["kept"], undone.totals["removed"]) == (1, 4)
    assert_sound() if reason != "burnt" else None


def test_a_later_import_of_the_same_person_keeps_them(known: dict[str, Member], bring: Bring):
    first = bring()
    second = bring(b"phone,name\n+12125550101,Ann Later\n+12125550105,Eve Later\n", now=LATER)
    after_first = undo(first)
    assert after_first.totals["kept"] == 2
    assert {reason_of("Ann Later"), reason_of("Eve Later")} == {"edited"}
    # The later one first, then the earlier one again: all is as before.
    undo(second)
    assert undo(first).totals["kept"] == 0
    assert not Member.objects.filter(name__contains="New").exists()
    assert Member.objects.get(pk=known["Ann"].pk).name == "Ann"


def test_what_a_set_took_comes_back_into_its_own_lots(known: dict[str, Member], bring: Bring):
    before = list(Lot.objects.order_by("id").values())
    batch = bring(b"phone,points\n+12125550101,5\n", mode="set")
    assert points(known["Ann"]) == 500 if Program.objects.get().point_decimals == 2 else points(known["Ann"]) == 5
    undo(batch)
    assert list(Lot.objects.order_by("id").values()) == before


def test_what_is_at_stake(known: dict[str, Member], bring: Bring):
    batch = bring(mode="add")
    stakes = stakes_of(batch)
    assert (stakes.people, stakes.new_people, Decimal(stakes.points)) == (5, 2, Decimal(125))
    undo(batch)
    assert (stakes_of(batch).people, Decimal(stakes_of(batch).points)) == (0, Decimal(0))


def test_the_worker_undoes_through_a_job(known: dict[str, Member], bring: Bring):
    batch = bring()
    with pytest.raises(ImportWrongState):
        confirm_import(batch.pk, actor=ACTOR, now=LAST)
    start_undo(batch.pk, actor=ACTOR, now=LAST)
    with pytest.raises(ImportWrongState):
        start_undo(batch.pk, actor=ACTOR, now=LAST)
    for job_id in claim_due_jobs(now=LAST):
        run_claimed_job(job_id, claim_job(job_id, now=LAST), clock=lambda: LAST)
    batch.refresh_from_db()
    assert (batch.state, batch.job.state, batch.job.done_count) == (ImportState.UNDONE, "done", 6)
    assert Audit.objects.filter(action="undo_import", object_id=str(batch.pk)).count() == 1
    # Nobody had to stay, so there is nothing to try again; and a late chunk does nothing.
    with pytest.raises(ImportWrongState):
        start_undo(batch.pk, actor=ACTOR, now=LAST)
    count = LedgerTransaction.objects.count()
    assert undoing.run_chunk(batch_id=batch.pk, now=LAST).is_finished
    assert LedgerTransaction.objects.count() == count
    assert not Consent.objects.exclude(member=known["Ann"]).exists()


def test_a_batch_of_an_older_version_has_no_picture_to_go_back_to(known: dict[str, Member], bring: Bring):
    batch = bring()
    for row in batch.rows.filter(values__before__isnull=False):
        del row.values["before"]
        row.save(update_fields=["values"])
    assert undo(batch).totals["kept"] == 3
    assert reason_of("Ann Known") == "no_picture"
    assert not Member.objects.filter(name__contains="New").exists()


def test_the_same_file_twice_changes_nothing(known: dict[str, Member], bring: Bring):
    for mode in ("add", "set", ""):
        bring(mode=mode)
        once, log = canonical(), logs()
        again = bring(mode=mode, now=LATER)
        assert (again.totals["created"], again.totals["changed"]) == (0, 0)
        assert canonical() == once
        new = grown(log, logs())
        assert {row["action"] for row in new.pop("ground_audit")} <= {"upload_import", "apply_import"}
        assert all(rows == [] for rows in new.values())


def test_applying_and_undoing_stop_when_paused_and_go_on(
    known: dict[str, Member], bring: Bring, monkeypatch: pytest.MonkeyPatch
):
    before = canonical()
    batch = bring(mode="add")
    monkeypatch.setattr(undoing, "CHUNK_ROWS", 2)
    job = start_undo(batch.pk, actor=ACTOR, now=LAST).job
    assert job is not None
    [job_id] = claim_due_jobs(now=LAST)
    token = claim_job(job_id, now=LAST)
    undoing.run_chunk(batch_id=batch.pk, now=LAST)
    assert pause_job(job.pk)
    assert token is not None
    run_claimed_job(job_id, token, clock=lambda: LAST)  # its claim is gone: it does nothing
    assert claim_due_jobs(now=LAST) == []
    batch.refresh_from_db()
    assert (batch.state, batch.rows.filter(undo="").count()) == (ImportState.UNDOING, 4)
    assert resume_job(job.pk, now=LAST)
    for job_id in claim_due_jobs(now=LAST):
        run_claimed_job(job_id, claim_job(job_id, now=LAST), clock=lambda: LAST)
    assert canonical() == before


def test_once_its_rows_are_forgotten_an_import_stays_and_is_not_done_twice(known: dict[str, Member], bring: Bring):
    """The rows' words go after half a year; the points of the same file must not come a second time even then."""
    batch = bring(mode="add")
    before = canonical()
    assert forget_rows(before=LAST + dt.timedelta(days=1), limit=100) == 6
    with pytest.raises(ImportForgotten):
        start_undo(batch.pk, actor=ACTOR, now=LAST, in_background=False)
    bring(mode="add")
    assert canonical() == before
