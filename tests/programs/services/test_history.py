"""Receipts from before: written many at once, summed up, never mistaken for a till's, and taken away whole."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from members.models import Member
from programs.models import Account, ImportBatch, ImportState, PurchaseLine, PurchaseSummary
from programs.models.purchases import Purchase
from programs.queries.verify import verify
from programs.services.history import (
    PastLine,
    PastReceipt,
    lock_buyers,
    lock_history,
    named_history,
    remove_history,
    write_history,
)
from tests.programs.shop import NOW, Shop

pytestmark = pytest.mark.django_db
LONG_AGO = NOW - dt.timedelta(days=400)


@pytest.fixture
def batch(shop: Shop) -> ImportBatch:
    return ImportBatch.objects.create(
        kind="receipts", file_name="old.csv", file_hash="h", state=ImportState.UPLOADED, created_at=NOW
    )


def bring(batch: ImportBatch, *receipts: PastReceipt) -> list[int | None]:
    """Write them, with the rows of the file that name them."""
    ids = write_history(receipts, batch_id=batch.pk)
    for purchase_id in filter(None, ids):
        batch.rows.create(line=batch.rows.count() + 2, raw=[], outcome="create", applied_at=NOW, object_id=purchase_id)
    return ids


def take_away(batch: ImportBatch, *ids: int | None) -> None:
    remove_history(lock_history([one for one in ids if one]))
    batch.rows.filter(object_id__in=ids).update(undo="undone")


def past(shop: Shop, member: Member | None, number: str, total: int = 500, days: int = 0, **more: Any) -> PastReceipt:
    at = LONG_AGO + dt.timedelta(days=days)
    values = {
        "kind": "sale",
        "store_id": shop.terminal.store_id,
        "register": "7",
        "number": number,
        "business_on": at.date(),
        "occurred_at": at,
        "member_id": member.pk if member else None,
        "currency": "USD",
        "total": total,
        "lines": (PastLine("A", Decimal(2), total - 100, 10), PastLine("OLD", Decimal("0.5"), 100)),
    }
    return PastReceipt(**(values | more))


def summary(member: Member) -> tuple[Any, ...]:
    return PurchaseSummary.objects.filter(member=member).values_list(
        "purchase_count", "spend_minor", "returned_minor", "first_at", "last_at", "last_store"
    )[0]


def assert_sound() -> None:
    assert [(finding.check.what, finding.violations) for finding in verify() if finding.violations] == []


def test_writes_receipts_lines_and_sums_and_no_points(shop: Shop, batch: ImportBatch):
    anna, ben = shop.member(), shop.member("+12125550124", "Ben")
    shop.sell({"A": "10.00"}, anna)
    points = shop.account(anna).available
    ids = bring(
        batch, past(shop, anna, "1"), past(shop, anna, "2", 700, 3), past(shop, ben, "3"), past(shop, None, "4")
    )
    assert None not in ids
    store = shop.terminal.store_id
    assert summary(anna) == (3, 2200, 0, LONG_AGO, NOW, store)
    assert summary(ben) == (1, 500, 0, LONG_AGO, LONG_AGO, store)
    receipt = Purchase.objects.get(pk=ids[0])
    assert receipt.is_historic
    assert (receipt.account, receipt.version, receipt.terminal, receipt.points_earned) == (None, None, None, 0)
    lines = PurchaseLine.objects.filter(purchase=receipt).order_by("position")
    assert [
        (one.sku, one.product and one.product.sku, one.category and one.category.code, one.amount_minor)
        for one in lines
    ] == [
        ("A", "A", "a", 400),
        ("OLD", None, None, 100),
    ]
    assert shop.account(anna).available == points
    assert not Account.objects.filter(owner=ben).exists()
    assert_sound()


def test_a_key_that_is_taken_writes_nothing(shop: Shop, batch: ImportBatch):
    anna = shop.member()
    sold = shop.sell({"A": "10.00"}, anna, number="77")
    same = past(shop, anna, "77", register=shop.terminal.register, business_on=sold.business_on, occurred_at=NOW)
    assert bring(batch, same, past(shop, anna, "78"))[0] is None
    assert summary(anna)[0] == 2
    assert bring(batch, past(shop, anna, "78")) == [None]
    assert_sound()


def test_a_return_lowers_what_was_spent(shop: Shop, batch: ImportBatch):
    anna = shop.member()
    (sale,) = bring(batch, past(shop, anna, "1"))
    line = PurchaseLine.objects.get(purchase=sale, position=1)
    back = past(
        shop, anna, "1", 200, 2, kind="return", original=sale, lines=(PastLine("A", Decimal(1), 200, 5, line.pk),)
    )
    bring(batch, back, past(shop, anna, "9", 100, 4, kind="return", lines=()))
    assert summary(anna)[:3] == (1, 200, 300)
    assert list(Purchase.objects.filter(kind="return").order_by("id").values_list("without_receipt", flat=True)) == [
        False,
        True,
    ]
    assert_sound()


def test_goods_of_old_receipts_come_back_at_a_till(shop: Shop, batch: ImportBatch):
    anna = shop.member()
    (sale,) = bring(batch, past(shop, anna, "1"))

    class Sold:
        public_id = str(Purchase.objects.get(pk=sale).public_id)

    back = shop.give_back(Sold(), {1: "1"})  # type: ignore[arg-type]
    assert (back.total, back.taken_back) == (200, 0)
    assert summary(anna)[:3] == (1, 300, 200)
    with pytest.raises(DatabaseError, match="something names it"), transaction.atomic():
        remove_history(lock_history([sale or 0]))
    assert_sound()


def test_takes_away_whole_receipts_and_their_sums(shop: Shop, batch: ImportBatch):
    anna, ben = shop.member(), shop.member("+12125550124", "Ben")
    shop.sell({"A": "10.00"}, anna)
    before = summary(anna)
    ids = bring(batch, past(shop, anna, "1"), past(shop, anna, "2", 700, 500), past(shop, ben, "3"))
    (back,) = bring(batch, past(shop, ben, "3", 50, 1, kind="return", original=ids[2], lines=()))
    assert summary(anna)[4] == LONG_AGO + dt.timedelta(days=500)  # later than the sale of the till
    gone = [one for one in (*ids, back) if one]
    assert lock_history(gone) == sorted(gone)
    assert named_history(gone) == set()
    take_away(batch, *gone)
    assert summary(anna) == before
    assert not PurchaseSummary.objects.filter(member=ben).exists()
    assert Purchase.objects.count() == 1
    assert PurchaseLine.objects.exclude(purchase__import_batch=None).count() == 0
    assert_sound()


def test_part_of_the_history_goes(shop: Shop, batch: ImportBatch):
    anna = shop.member()
    ids = bring(batch, *(past(shop, anna, str(n), 100 * n, n) for n in (1, 2, 3)))
    take_away(batch, ids[0], ids[2])
    middle = LONG_AGO + dt.timedelta(days=2)
    assert summary(anna)[:5] == (1, 200, 0, middle, middle)
    assert_sound()


def test_the_database_guards_receipts_of_tills(shop: Shop, batch: ImportBatch):
    anna = shop.member()
    shop.sell({"A": "10.00"}, anna)
    (old,) = bring(batch, past(shop, anna, "1"))
    booked = Purchase.objects.get(import_batch=None)
    assert lock_history([booked.pk]) == []
    for deed, words in (
        (lambda: Purchase.objects.filter(pk=booked.pk).update(import_batch=batch), "origin_stays|Cannot update"),
        (lambda: PurchaseLine.objects.filter(purchase=booked)._raw_delete("default"), "a till booked it"),
        (lambda: Purchase.objects.filter(pk=booked.pk)._raw_delete("default"), "a till booked it"),
        (lambda: Purchase.objects.filter(pk=old)._raw_delete("default"), "something names it"),
        (lambda: Purchase.objects.filter(pk=old).update(points_earned=5), "programs_history_without_points"),
    ):
        with pytest.raises(DatabaseError, match=words), transaction.atomic():
            deed()


def test_buyers_are_who_they_are_now(shop: Shop):
    anna, ben, cid = (shop.member(f"+1212555020{n}", f"P{n}") for n in range(3))
    Member.objects.filter(pk=ben.pk).update(status="merged", survivor=anna)
    Member.objects.filter(pk=cid.pk).update(status="erased")
    with transaction.atomic():
        assert lock_buyers([ben.pk, cid.pk]) == {ben.pk: anna.pk, anna.pk: anna.pk, cid.pk: None}
