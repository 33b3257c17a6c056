"""Taking in what was sold offline: everything is booked, what does not fit is noted, and nothing counts twice."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import uuid
from decimal import Decimal

import pytest

from loyalty_site.ground.policy import system
from members.models import Identifier
from programs.models import Account, ImportBatch, OfflineConflict, Posting, Purchase, TillPolicy
from programs.queries.conflicts import SENTENCES, problem_sentence
from programs.queries.shoppers import MemberKey
from programs.queries.verify import verify
from programs.services.history import PastLine, PastReceipt, write_history
from programs.services.offline import Item, OfflineReceipt, correct_conflict, take_in
from programs.services.returns import ReturnedPiece
from programs.services.sales import OrderLine
from tests.factories.configuration import TerminalFactory, TierFactory, publish
from tests.programs.shop import NOW, Shop, open_shop

ANNA = MemberKey("phone", "+12125550123")
HOUR = dt.timedelta(hours=1)
LATER = NOW + dt.timedelta(days=2)


def receipt(number: str, amount: str = "10.00", **more) -> OfflineReceipt:
    values = {
        "client_id": str(uuid.uuid4()),
        "kind": "sale",
        "occurred_at": NOW,
        "receipt_number": number,
        "lines": (OrderLine("C", Decimal(1), Decimal(amount)),),
        "member": ANNA,
        "shown": "phone …0123",
        **more,
    }
    hashed = hashlib.sha256(repr(sorted((key, repr(value)) for key, value in values.items())).encode()).digest()
    return OfflineReceipt(body_hash=hashed, **values)


def back(number: str, of: str, quantity: str = "1", **more) -> OfflineReceipt:
    more = {"member": None, "shown": "", "lines": (), "occurred_at": NOW + HOUR, **more}
    pieces = (ReturnedPiece(1, Decimal(quantity)),)
    return receipt(number, kind="return", pieces=pieces, sale_number=of, **more)


def upload(shop: Shop, *receipts: OfflineReceipt, now: dt.datetime = LATER) -> tuple[Item, ...]:
    return take_in(shop.till, receipts, unreadable=0, now=now).items


def balances(shop: Shop) -> dict[str, int]:
    return {
        str(account.owner): account.available + account.pending - account.debt
        for account in Account.objects.select_related("owner")
    }


def sound() -> bool:
    return [finding for finding in verify() if finding.violations] == []


def test_a_receipt_is_booked_in_its_own_time_and_its_repeat_is_a_duplicate(shop: Shop):
    shop.member()
    one = receipt("1", "70.00")
    (first,) = upload(shop, one)
    (again,) = upload(shop, one)
    assert (first.status, first.points, first.problems) == ("booked", 70, {})
    assert (again.status, again.sale, again.points) == ("duplicate", first.sale, 70)
    stored = Purchase.objects.get()
    assert (stored.is_offline, stored.occurred_at, stored.business_on) == (True, NOW, NOW.date())
    assert balances(shop) == {"Anna Petrova": 70}
    assert sound()


def test_the_version_of_its_own_time_counts(shop: Shop):
    shop.member()
    shop.program.earn_points = Decimal(5)
    shop.program.save()
    publish(shop.program, at=NOW + HOUR)
    before, after = upload(shop, receipt("1"), receipt("2", occurred_at=NOW + 2 * HOUR))
    assert (before.points, after.points) == (10, 50)


@pytest.mark.parametrize(
    ("case", "codes"),
    [
        ({"member": None, "shown": "card …9999"}, ["member_unknown"]),
        ({"member": MemberKey("card", "9999"), "shown": "card …9999"}, ["member_unknown"]),
        ({"occurred_at": LATER - dt.timedelta(days=8)}, ["too_old"]),
        ({"occurred_at": LATER + HOUR}, ["future"]),
        ({"charged": Decimal("9.00")}, ["charged_differs"]),
        ({"rewards": Decimal("1.00")}, ["charged_differs"]),
        ({"redeem": Decimal(5)}, ["redeem_refused"]),
    ],
)
def test_what_does_not_fit_is_booked_and_noted(shop: Shop, case: dict, codes: list[str]):
    shop.member()
    (item,) = upload(shop, receipt("1", **case))
    assert (item.status, list(item.problems)) == ("flagged", codes)
    conflict = OfflineConflict.objects.get()
    assert (conflict.codes, str(conflict.purchase.public_id)) == (codes, item.sale)
    for code, details in item.problems.items():
        assert "%" not in problem_sentence(code, details)
    assert Purchase.objects.get().is_offline
    assert sound()


def test_what_was_charged_as_the_rules_say_is_no_conflict(shop: Shop):
    shop.member()
    (item,) = upload(shop, receipt("1", charged=Decimal("10.00"), rewards=Decimal(0)))
    assert item.status == "booked"


def test_a_blocked_card_earns_nothing_and_its_points_are_proposed(shop: Shop):
    anna = shop.member()
    shop.sell({"C": "1.00"}, anna)
    Identifier.objects.update(is_blocked=True)
    (item,) = upload(shop, receipt("7", "30.00"))
    conflict = OfflineConflict.objects.get()
    assert (item.status, item.points, conflict.codes, conflict.points) == ("flagged", 0, ["identifier_blocked"], 30)
    assert conflict.account == shop.account(anna)
    assert balances(shop) == {"Anna Petrova": 1}


def test_another_receipt_of_the_same_number_is_booked_under_one_of_its_own(shop: Shop):
    shop.member()
    first, second = upload(shop, receipt("1", "10.00"), receipt("1", "20.00"))
    assert (first.status, second.status, list(second.problems)) == ("booked", "flagged", ["number_used"])
    assert sorted(Purchase.objects.values_list("receipt_number", flat=True)) == ["1", "1~2"]
    assert balances(shop) == {"Anna Petrova": 30}


def test_the_same_receipt_under_another_key_is_a_duplicate(shop: Shop):
    shop.member()
    one = receipt("1")
    upload(shop, one)
    (again,) = upload(shop, dataclasses.replace(one, client_id=str(uuid.uuid4())))
    assert again.status == "duplicate"
    assert Purchase.objects.count() == 1


def test_two_tills_with_one_memory_lose_no_sale(shop: Shop):
    shop.member()
    one, other = receipt("1", "10.00"), receipt("2", "20.00")
    other = dataclasses.replace(other, client_id=one.client_id)
    items = upload(shop, one, other)
    again = upload(shop, one, other)
    assert [item.status for item in items] == ["booked", "flagged"]
    assert list(items[1].problems) == ["key_reused"]
    assert [item.status for item in again] == ["duplicate", "duplicate"]
    assert balances(shop) == {"Anna Petrova": 30}


def test_what_was_sold_online_and_queued_too_counts_once(shop: Shop):
    anna = shop.member()
    shop.sell({"C": "10.00"}, anna, number="1")
    (item,) = upload(shop, receipt("1"))
    assert item.status == "duplicate"
    assert balances(shop) == {"Anna Petrova": 10}


@pytest.mark.parametrize("register", ["", "1"])
@pytest.mark.parametrize("has_lines", [True, False])
def test_a_sale_that_history_has_is_not_doubled_and_its_points_are_proposed(shop: Shop, register: str, has_lines: bool):
    """An import may say no register, and no lines."""
    anna = shop.member()
    shop.sell({"C": "1.00"}, anna)
    batch = ImportBatch.objects.create(kind="receipts", file_name="x", file_hash="h", state="done", created_at=NOW)
    lines = (PastLine("C", Decimal(1), 1000),) if has_lines else ()
    past = PastReceipt(
        kind="sale", store_id=shop.till.store_id, register=register and shop.till.register, number="1", currency="USD",
        business_on=NOW.date(), occurred_at=NOW, member_id=anna.pk, total=1000, lines=lines,
    )  # fmt: skip
    (known,) = write_history([past], batch_id=batch.pk)
    one = receipt("1")
    (item,) = upload(shop, one)
    assert (item.status, item.points, list(item.problems)) == ("flagged", 0, ["in_history"])
    conflict = OfflineConflict.objects.get()
    assert (conflict.purchase_id, conflict.account, conflict.points) == (known, shop.account(anna), 10)
    assert "1" in problem_sentence("in_history", conflict.details["in_history"])
    # Sent again, also under another key, nobody is told twice.
    for again in (one, dataclasses.replace(one, client_id=str(uuid.uuid4()))):
        assert upload(shop, again)[0].status == "duplicate"
    assert (OfflineConflict.objects.count(), Purchase.objects.count()) == (1, 2)
    correct_conflict(conflict=conflict, seen=10, note="", actor=system("tests"), now=LATER)
    assert balances(shop) == {"Anna Petrova": 11}
    # Another sale of that number is another sale.
    (other,) = upload(shop, receipt("1", "20.00"))
    assert (other.status, other.points) == ("flagged" if register else "booked", 20)


def test_a_receipt_that_cannot_be_anything_harms_no_other(shop: Shop):
    shop.member()
    fine = receipt("2")
    bad, good = upload(shop, receipt("1", "10.001"), fine)
    assert (bad.status, bad.refusal.code, good.status) == ("rejected", "too_fine", "booked")


class TestReturns:
    def test_a_return_follows_its_sale_in_one_upload_in_any_order(self, shop: Shop):
        shop.member()
        returned, sold = upload(shop, back("2", "1"), receipt("1", "10.00"))
        assert (sold.status, returned.status, returned.points) == ("booked", "booked", -10)
        assert balances(shop) == {"Anna Petrova": 0}

    def test_a_return_that_comes_before_its_sale_is_booked_when_that_arrives(self, shop: Shop):
        shop.member()
        early = back("2", "1")
        (item,) = upload(shop, early)
        assert (item.status, item.sale, list(item.problems)) == ("flagged", None, ["sale_unknown"])
        upload(shop, receipt("1", "10.00"))
        conflict = OfflineConflict.objects.get()
        assert (conflict.state, conflict.waiting) == ("corrected", None)
        (again,) = upload(shop, early)
        assert (again.status, again.sale) == ("duplicate", str(conflict.purchase.public_id))
        assert balances(shop) == {"Anna Petrova": 0}
        assert sound()

    def test_more_than_was_sold_is_cut_and_noted(self, shop: Shop):
        shop.member()
        _, item = upload(shop, receipt("1"), back("2", "1", "3"))
        assert (item.status, item.points, list(item.problems)) == ("flagged", -10, ["return_too_much"])
        (more,) = upload(shop, back("3", "1"))
        assert (more.status, more.sale) == ("flagged", None)


class TestSpending:
    @pytest.fixture
    def generous(self, db) -> Shop:
        shop = open_shop(point_value="0.01")
        TillPolicy.objects.create(program=shop.program, offline_spend_day=Decimal(50))
        shop.sell({"C": "30.00"}, shop.member())
        return shop

    def test_what_the_balance_covers_is_spent(self, generous: Shop):
        (item,) = upload(generous, receipt("9", redeem=Decimal(20), charged=Decimal("9.80")))
        assert (item.status, Purchase.objects.get(receipt_number="9").points_redeemed) == ("booked", 20)
        assert balances(generous) == {"Anna Petrova": 10 + 9}
        assert sound()

    def test_what_it_does_not_cover_is_the_stores_loss(self, generous: Shop):
        (item,) = upload(generous, receipt("9", redeem=Decimal(45)))
        assert (item.status, item.problems["redeem_uncovered"]["missing"]) == ("flagged", "15")
        assert Posting.objects.get(from_bucket="written_off", to_bucket="redeemed").amount == 15
        assert balances(generous) == {"Anna Petrova": 9}
        assert sound()

    def test_the_days_allowance_holds_over_receipts(self, generous: Shop, note_trials):
        first, second, third = upload(
            generous,
            receipt("7", redeem=Decimal(30)),
            receipt("8", redeem=Decimal(30), occurred_at=NOW + HOUR),
            receipt("9", redeem=Decimal(30), occurred_at=NOW + 2 * HOUR),
        )
        spent = [Purchase.objects.get(receipt_number=number).points_redeemed for number in "789"]
        assert spent == [30, 20, 0]
        assert list(first.problems) == []
        assert "redeem_above_cap" in second.problems
        assert third.problems["redeem_above_cap"]["allowed"] == "0"
        assert Account.objects.filter(available__lt=0).count() == 0
        assert sound()
        note_trials("T19", 3)

    def test_a_spending_against_the_rules_is_booked_without_it(self, db, note_trials):
        shop = open_shop(redeem_step=10)
        TillPolicy.objects.create(program=shop.program, offline_spend_day=Decimal(50))
        shop.member()
        (item,) = upload(shop, receipt("9", redeem=Decimal(5)))
        assert item.problems == {"redeem_refused": {"points": "5", "why": "redemption_not_in_steps"}}
        assert Purchase.objects.get().points_redeemed == 0
        note_trials("T19", 1)

    def test_goods_that_came_back_give_the_store_its_loss_back_first(self, generous: Shop):
        upload(generous, receipt("8", redeem=Decimal(45)), back("9", "8"))
        assert balances(generous) == {"Anna Petrova": 30}
        assert Posting.objects.get(from_bucket="redeemed", to_bucket="written_off").amount == 15
        assert sound()


def test_the_tier_of_its_own_time_counts_and_none_is_lost(db):
    shop = open_shop()
    TierFactory(program=shop.program, key="gold", name="Gold", threshold="100", multiplier="2")
    publish(shop.program, at=NOW - HOUR)
    anna = shop.member()
    shop.now = NOW + HOUR
    shop.sell({"C": "100.00"}, anna)
    early, late = upload(shop, receipt("8"), receipt("9", occurred_at=NOW + 2 * HOUR))
    assert (early.points, late.points) == (10, 20)
    assert shop.account(anna).tier_key == "gold"
    assert list(OfflineConflict.objects.values_list("codes", "details", "points")) == []


def test_every_code_has_a_sentence_and_no_other():
    import inspect

    from programs.services.offline import conflicts, receipts, receiving

    written = "".join(inspect.getsource(module) for module in (conflicts, receipts, receiving))
    assert all(f'"{code}"' in written for code in SENTENCES)


def test_the_second_till_of_the_store_uploads_too(shop: Shop):
    shop.member()
    other = Shop(shop.program, TerminalFactory(store=shop.terminal.store))
    upload(shop, receipt("1"))
    (item,) = upload(other, receipt("1"))
    assert item.status == "booked"
    assert balances(shop) == {"Anna Petrova": 20}
