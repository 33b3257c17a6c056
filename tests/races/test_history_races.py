"""Receipts from before are brought while their member is merged, and taken away while a till takes goods of them back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from django.utils import timezone

from loyalty_site.ground.policy import system
from loyalty_site.services.merging import merge_members
from members.models import Member, Merge
from programs.errors import SaleNotFound
from programs.models import ImportBatch, Purchase
from programs.queries.history import reasons_to_stay
from programs.queries.verify import verify
from programs.services import history
from programs.services.returns import Returned
from tests.programs.services.test_history import past, take_away
from tests.programs.shop import Shop, open_shop
from tests.races.together import Pair, racing_pair, widen

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
BOSS = system("tests")


@pytest.fixture
def shop() -> Shop:
    made = open_shop()
    made.now = timezone.now()
    return made


@pytest.fixture
def batch(shop: Shop) -> ImportBatch:
    return ImportBatch.objects.create(kind="receipts", file_name="old.csv", file_hash="h", created_at=shop.now)


def bring(shop: Shop, batch: ImportBatch, member: Member, number: str) -> int | None:
    """One receipt, as a chunk of an import brings it."""
    with transaction.atomic():
        buyer = history.lock_buyers({member.pk})[member.pk]
        receipt = past(shop, None, number, member_id=buyer)
        (purchase_id,) = history.write_history([receipt], batch_id=batch.pk)
        batch.rows.create(
            line=int(number) + 2, raw=[], outcome="create", applied_at=shop.now, object_id=purchase_id, member_id=buyer
        )
    return purchase_id


def merged(shop: Shop, batch: ImportBatch, pair: Pair, number: int) -> tuple[int, int]:
    """(receipts of the survivor, of the one who is gone) after a merge while one was brought."""
    stays, goes = (shop.member(f"+1212555{number:02}{n:02}", f"P {number}") for n in range(2))
    merge, brought = pair.race(
        lambda: merge_members(stays.pk, goes.pk, actor=BOSS, now=shop.now),
        lambda: bring(shop, batch, goes, str(number)),
    )
    assert isinstance(merge, Merge), merge
    assert isinstance(brought, int), brought
    return tuple(Purchase.objects.filter(member=member).count() for member in (stays, goes))  # type: ignore[return-value]


def broken() -> list[str]:
    return [finding.check.what for finding in verify() if finding.violations]


def test_what_is_brought_during_a_merge_is_the_survivors(
    shop: Shop,
    batch: ImportBatch,
    trials: Callable[[int, int], int],
    note_trials: Callable[[str, int], None],
):
    count = trials(4, 60)
    with racing_pair() as pair:
        assert [merged(shop, batch, pair, number) for number in range(count)] == [(1, 0)] * count
    assert broken() == []
    note_trials("T26", count)


def test_without_the_lock_receipts_stay_with_nobody(
    shop: Shop, batch: ImportBatch, monkeypatch: pytest.MonkeyPatch, note_mutant: Callable[..., None]
):
    """The negative control: an import that reads who somebody is and does not hold them."""
    monkeypatch.setattr(history, "_BUYERS", history._BUYERS.replace("FOR SHARE", ""))
    widen(monkeypatch, "history.after_lock")
    # In some rounds the one is done before the other begins and nothing is wrong: it takes as many as it takes.
    with racing_pair() as pair:
        killed = any(merged(shop, batch, pair, number) != (1, 0) for number in range(20))
    assert killed
    note_mutant(killed=killed)


def test_goods_come_back_while_their_receipt_is_taken_away(
    shop: Shop,
    batch: ImportBatch,
    trials: Callable[[int, int], int],
    note_trials: Callable[[str, int], None],
):
    anna = shop.member()
    count = trials(4, 60)

    def undo(purchase_id: int) -> str:
        with transaction.atomic():
            history.lock_buyers({anna.pk})
            history.lock_history([purchase_id])
            reason = reasons_to_stay({purchase_id: (anna.pk, shop.now)}).get(purchase_id, "")
            if not reason:
                take_away(batch, purchase_id)
            return reason

    class Sold:
        def __init__(self, purchase_id: int) -> None:
            self.public_id = str(Purchase.objects.get(pk=purchase_id).public_id)

    with racing_pair() as pair:
        for number in range(count):
            purchase_id = bring(shop, batch, anna, str(number))
            assert purchase_id is not None
            sold = Sold(purchase_id)
            reason, back = pair.race(
                lambda purchase_id=purchase_id: undo(purchase_id),
                lambda sold=sold: shop.give_back(sold, {1: "1"}),
            )
            assert (reason, type(back)) in {("returned", Returned), ("", SaleNotFound)}, (reason, back)
    assert broken() == []
    note_trials("T26", count)
