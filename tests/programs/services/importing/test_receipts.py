"""Receipts from before, from file to undone: whole, once, without points, and gone again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loyalty_site.ground.models import Job
from loyalty_site.ground.policy import system
from loyalty_site.services.merging import merge_members
from loyalty_site.services.whole_member import erase_member
from members.models import Member
from members.services import add_identifier
from programs.models import ImportBatch, ImportState, Product, Purchase, PurchaseLine, PurchaseSummary
from programs.queries.hints import hints_for
from programs.queries.own_data import shopping_of
from programs.queries.today import weekly_sales
from programs.queries.verify import verify
from programs.services.adjustments import Wish, adjust
from programs.services.importing import UploadOrder, confirm_import, start_check, start_undo, upload_file
from programs.services.importing.kinds import apply_chunk, check_chunk, undo_chunk
from programs.services.importing.receipts import applying, undoing
from programs.services.lifecycle import refresh_stages
from tests.factories.configuration import StoreFactory
from tests.programs.canonical import canonical, grown, logs
from tests.programs.shop import NOW, Shop

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
HEAD = "receipt,date,register,phone,sku,product,qty,amount\n"
FILE = HEAD + (
    "1,2024-01-05 10:00,7,+12125550123,A,Apple,2,3.50\n"
    "1,2024-01-05 10:00,7,+12125550123,C,Cherry,1,1.50\n"
    "2,2024-02-06 11:00,7,+12125550123,A,Apple,1,2.00\n"
    "2,2024-02-06 11:00,7,+12125550123,A,Apple,-1,-1.75\n"  # came back on the same receipt; dearer than it is left
    "1,2024-03-01 10:00,7,+12125550124,A,Apple,1,4.00\n"  # the number again on another day
    "3,2024-01-07 12:00,7,+12125550123,C,Cherry,-1,-1.50\n"  # a return before its sale in the file
    "3,2024-01-06 12:00,7,+12125550123,C,Cherry,3,4.50\n"
)


def finish(step: Callable[..., Any], batch: ImportBatch, now: dt.datetime) -> None:
    while not step(batch_id=batch.pk, now=now).is_finished:
        pass


type Bring = Callable[..., ImportBatch]


@pytest.fixture
def checked(shop: Shop, settings: Any, tmp_path: Path) -> Bring:
    settings.MEDIA_ROOT = tmp_path

    def do(content: str = FILE, now: dt.datetime = NOW, **terms: str) -> ImportBatch:
        order = UploadOrder(
            kind="receipts", file_name="old.csv", blocks=[content.encode()], default_region="US", terms=terms
        )
        batch = upload_file(order, actor=ACTOR, now=now)
        assert batch.file_error == ""
        start_check(batch.pk, now=now, in_background=False)
        finish(check_chunk, batch, now)
        batch.refresh_from_db()
        return batch

    return do


@pytest.fixture
def bring(checked: Bring) -> Bring:
    def do(content: str = FILE, now: dt.datetime = NOW, **terms: str) -> ImportBatch:
        batch = checked(content, now, **terms)
        confirm_import(batch.pk, actor=ACTOR, now=now, in_background=False)
        finish(apply_chunk, batch, now)
        batch.refresh_from_db()
        assert batch.state == ImportState.DONE
        return batch

    return do


def undo(batch: ImportBatch, now: dt.datetime = NOW + dt.timedelta(hours=2)) -> ImportBatch:
    start_undo(batch.pk, actor=ACTOR, now=now, in_background=False)
    finish(undo_chunk, batch, now)
    batch.refresh_from_db()
    assert batch.state == ImportState.UNDONE
    return batch


@pytest.fixture
def anna(shop: Shop) -> Member:
    return shop.member()


@pytest.fixture
def ben(shop: Shop) -> Member:
    return shop.member("+12125550124", "Ben")


def figures(member: Member) -> tuple[int, int, int] | None:
    return (
        PurchaseSummary.objects.filter(member=member)
        .values_list("purchase_count", "spend_minor", "returned_minor")
        .first()
    )


def outcomes(batch: ImportBatch) -> list[tuple[int, str, str]]:
    return list(batch.rows.order_by("line").values_list("line", "outcome", "reason"))


def assert_sound() -> None:
    assert [(finding.check.what, finding.violations) for finding in verify() if finding.violations] == []


@pytest.mark.parametrize("chunk", [500, 1])
def test_brings_whole_receipts_and_takes_them_away_again(
    chunk: int, shop: Shop, anna: Member, ben: Member, bring: Bring, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(applying, "CHUNK_RECEIPTS", chunk)
    monkeypatch.setattr(undoing, "CHUNK_RECEIPTS", chunk)
    shop.sell({"A": "10.00"}, anna)
    before, log, sums = canonical(), logs(), list(PurchaseSummary.objects.order_by("pk").values())
    batch = bring()
    assert (batch.totals["receipts"], batch.totals["created"], batch.totals["rejected"]) == (6, 7, 0)
    assert figures(anna) == (4, 1000 + 350 + 150 + 200 - 175 - 150 + 450, 175 + 150)
    assert figures(ben) == (1, 400, 0)
    sale = Purchase.objects.get(receipt_number="1", business_on=dt.date(2024, 1, 5))
    assert (sale.register, sale.member, sale.total_minor, sale.occurred_at) == (
        "7",
        anna,
        500,
        dt.datetime(2024, 1, 5, 10, tzinfo=dt.UTC),
    )
    assert list(sale.lines.values_list("position", "sku", "quantity", "amount_minor")) == [
        (1, "A", Decimal(2), 350),
        (2, "C", Decimal(1), 150),
    ]
    returns = {one.receipt_number: one for one in Purchase.objects.filter(kind="return")}
    assert returns["2"].original == Purchase.objects.get(receipt_number="2", kind="sale")
    assert returns["3"].original == Purchase.objects.get(receipt_number="3", kind="sale")
    line = PurchaseLine.objects.get(purchase=returns["3"])
    assert line.original_line == PurchaseLine.objects.get(purchase=returns["3"].original)
    assert canonical()["balances"] == before["balances"]
    assert_sound()

    undo(batch)
    assert batch.totals["kept"] == 0
    assert batch.totals["removed"] == 6
    assert list(PurchaseSummary.objects.order_by("pk").values()) == sums
    assert Purchase.objects.filter(import_batch__isnull=False).count() == 0
    assert canonical() == before
    assert [table for table, rows in grown(log, logs()).items() if rows] == ["ground_audit"]
    assert_sound()


def test_the_same_file_twice_changes_nothing(anna: Member, ben: Member, bring: Bring, checked: Bring):
    bring()
    before = figures(anna), figures(ben), Purchase.objects.count()
    # Two people upload it at once: what the first applies is there when the second does.
    again = checked()
    assert {outcome for _, outcome, _ in outcomes(again)} == {"unchanged"}
    assert again.totals["receipts"] == 0
    bring()
    assert (figures(anna), figures(ben), Purchase.objects.count()) == before
    assert_sound()


def test_two_windows_apply_the_same_file(anna: Member, ben: Member, checked: Bring):
    first, second = checked(), checked()
    for batch in (first, second):
        confirm_import(batch.pk, actor=ACTOR, now=NOW, in_background=False)
        finish(apply_chunk, batch, NOW)
    assert {outcome for _, outcome, _ in outcomes(second)} == {"unchanged"}
    assert figures(ben) == (1, 400, 0)
    assert undo(second).totals["removed"] == 0
    assert figures(ben) == (1, 400, 0)
    assert_sound()


def test_a_receipt_of_a_till_is_matched_and_not_doubled(shop: Shop, anna: Member, bring: Bring):
    shop.sell({"A": "10.00"}, anna, number="900")
    register = shop.terminal.register
    rows = f"900,2026-03-10 12:00,{register},+12125550123,A,,1,10.00\n"
    batch = bring(HEAD + rows + "901,2026-03-09,,+12125550123,A,,1,5.00\n")
    assert [outcome for _, outcome, _ in outcomes(batch)] == ["unchanged", "create"]
    # A file that does not name the register matches whichever has the number.
    batch = bring("receipt,date,phone,sku,amount\n900,2026-03-10,+12125550123,A,10.00\n")
    assert outcomes(batch) == [(2, "unchanged", "")]
    batch = bring("receipt,date,phone,sku,amount\n900,2026-03-10,+12125550123,A,11.00\n")
    assert outcomes(batch) == [(2, "reject", "receipt_differs")]
    assert figures(anna) == (2, 1500, 0)
    assert_sound()


def test_a_receipt_is_taken_whole_or_not_at_all(shop: Shop, anna: Member, ben: Member, bring: Bring):
    StoreFactory(partner=shop.terminal.store.partner, code="two", name="Second")
    store = shop.terminal.store.code
    head = "receipt,date,store,phone,sku,qty,amount\n"
    rows = (
        f"1,2024-01-05,{store},+12125550123,A,1,3.50\n"
        f"1,2024-01-05,{store},+12125550123,A,1,oops\n"
        f"2,2024-01-05,{store},+12125550123,A,1,3.50\n"
        f"2,2024-01-05,{store},+12125550124,A,1,3.50\n"
        f"3,2024-01-05,{store},+12125550123,A,1,3.50\n"
        f"3,2024-01-05,{store},,A,1,1.00\n"  # the member stands on one row of the receipt
        f"4,2024-01-05,{store},,A,1,3.50\n"
        f"5,2024-01-05,nowhere,+12125550123,A,1,3.50\n"
        f"6,2024-01-05,,+12125550123,A,1,3.50\n"
        f"7,2024-01-05,{store},+12125559999,A,1,3.50\n"
        f"8,2024-01-05,second,+12125550123,NEW,1,3.50\n"
        f"9,2026-03-11,{store},+12125550123,A,1,3.50\n"
        f"10,2024-01-05,SECOND,+12125550123,a,1,3.50\n"
    )
    batch = bring(head + rows)
    assert [reason for _, _, reason in outcomes(batch)] == [
        *("receipt_incomplete", "amount_unreadable"),
        *("receipt_of_two_members", "receipt_of_two_members"),
        *("", "", "member_missing", "store_unknown", "store_missing", "member_unknown", "product_unknown"),
        *("day_in_future", "product_unknown"),
    ]
    assert figures(anna) == (1, 450, 0)
    assert figures(ben) is None
    assert_sound()


def test_keeps_what_was_asked_for(shop: Shop, anna: Member, bring: Bring):
    rows = (
        "1,2024-01-05,,+12125559999,NEW,Brand new,1,3.50\n"
        "2,2024-01-05,,,NEW,,1,4.00\n"
        "3,2024-01-05,,+12125550123,,Only a name,1,5.00\n"
        "4,2024-01-05,,+12125550123,,,,6.00\n"  # only its total is known
    )
    batch = bring(HEAD + rows, without_member="keep", products="create")
    assert {outcome for _, outcome, _ in outcomes(batch)} == {"create"}
    assert figures(anna) == (2, 1100, 0)
    assert Purchase.objects.filter(member=None).count() == 2
    assert sorted(Product.objects.filter(category=None).values_list("sku", "name")) == [
        ("NEW", "Brand new"),
        ("Only a name", "Only a name"),
    ]
    assert Purchase.objects.get(receipt_number="4").lines.count() == 0
    assert_sound()
    undo(batch)
    assert figures(anna) is None


def test_old_cards_and_merged_members_are_found(shop: Shop, anna: Member, ben: Member, checked: Bring):
    card = add_identifier(member_id=anna.pk, kind="card", text="OLD001", region="US", actor=ACTOR, now=NOW)
    type(card).objects.filter(pk=card.pk).update(ended_at=NOW, ended_as="replaced")
    batch = checked(
        "receipt,date,card,phone,amount\n1,2024-01-05,OLD001,,5.00\n2,2024-01-06,,+12125550124,6.00\n"
        "3,2024-01-06,OLD001,+12125550124,6.00\n"
    )
    reasons = [reason for _, _, reason in outcomes(batch)]
    assert reasons[:2] == ["", ""]
    assert reasons[2].endswith("_belong_to_different_members")
    merge_members(anna.pk, ben.pk, actor=ACTOR, now=NOW)  # after the check, before it is applied
    confirm_import(batch.pk, actor=ACTOR, now=NOW, in_background=False)
    finish(apply_chunk, batch, NOW)
    assert figures(anna) == (2, 1100, 0)
    assert_sound()


def test_whoever_is_erased_meanwhile_gets_nothing(shop: Shop, anna: Member, ben: Member, checked: Bring):
    batch = checked()
    confirm_import(batch.pk, actor=ACTOR, now=NOW, in_background=False)
    erase_member(anna.pk, reason="in_person", actor=ACTOR, now=NOW)
    finish(apply_chunk, batch, NOW)
    assert figures(anna) is None
    assert figures(ben) == (1, 400, 0)
    assert not batch.rows.filter(member=anna, outcome="create").exists()
    again = checked("receipt,date,phone,amount\n50,2024-01-05,+12125550123,5.00\n")
    assert outcomes(again) == [(2, "reject", "erased")]
    assert again.rows.get().raw == []
    assert_sound()


def test_undoing_leaves_what_was_touched_since(shop: Shop, anna: Member, ben: Member, bring: Bring):
    cid = shop.member("+12125550125", "Cid")
    shop.sell({"A": "1.00"}, cid)
    batch = bring(FILE + "9,2024-05-05,7,+12125550125,A,,1,8.00\n10,2024-05-05,7,+12125550124,A,,1,1.00\n")

    class Sold:
        public_id = str(Purchase.objects.get(receipt_number="1", member=anna).public_id)

    shop.now = NOW + dt.timedelta(hours=1)
    shop.give_back(Sold(), {1: "1"})  # type: ignore[arg-type]
    points = shop.account(cid)
    adjust(points.pk, Wish(5, "goodwill"), actor=ACTOR, now=shop.now)
    merge_members(anna.pk, ben.pk, actor=ACTOR, now=shop.now)
    undo(batch)
    found = {
        (row.values["receipt"]["number"], row.values["receipt"]["on"]): row.undo for row in batch.rows.order_by("line")
    }
    assert found == {
        ("1", "2024-01-05"): "returned",
        ("2", "2024-02-06"): "undone",
        ("1", "2024-03-01"): "merged",
        ("3", "2024-01-07"): "undone",
        ("3", "2024-01-06"): "undone",
        ("9", "2024-05-05"): "adjusted",
        ("10", "2024-05-05"): "merged",
    }
    assert batch.totals["kept"] == 4
    assert_sound()


def test_counts_for_stages_and_the_usual_and_not_for_tills(shop: Shop, anna: Member, ben: Member, bring: Bring):
    refresh_stages(now=NOW - dt.timedelta(hours=1))
    bring()
    assert Job.objects.filter(kind="programs.refresh_stages").exists()
    refresh_stages(now=NOW)
    stage = {row.member_id: row for row in anna_and_ben_stages(anna, ben)}
    assert stage[ben.pk].to_stage == "lost"
    assert stage[ben.pk].is_redrawn
    assert hints_for(anna.pk, today=NOW.date(), now=NOW).usual == (("A", "A"), ("C", "C"))
    assert weekly_sales(weeks=150, today=NOW.date(), store_ids=None)[0].with_card == 0
    assert sum(week.with_card for week in weekly_sales(weeks=150, today=NOW.date(), store_ids=None)) == 0
    receipts = shopping_of(anna.pk)["receipts"]
    assert [one["from_before_the_programme"] for one in receipts] == [True] * 5
    assert receipts[0]["total"] == "5.00"


def anna_and_ben_stages(anna: Member, ben: Member) -> Any:
    from programs.models import MemberStageChange

    return MemberStageChange.objects.filter(member__in=[anna, ben])
