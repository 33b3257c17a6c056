"""A day without a line: receipts on three tills, shuffled, uploaded twice, beside the same day online."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from decimal import Decimal

import pytest

from loyalty_site.ground.policy import Kind, Principal
from members.services import enrol_member
from programs.models import Account, Adjustment, OfflineConflict, Purchase
from programs.queries.shoppers import MemberKey
from programs.queries.verify import verify
from programs.services.adjustments import approve_adjustment
from programs.services.offline import OfflineReceipt, correct_conflict, take_in
from programs.services.returns import ReturnedPiece, ReturnOrder, take_back
from programs.services.sales import OrderLine, SaleOrder, sell
from programs.services.tills import Till, till_by_terminal
from tests.factories.configuration import StoreFactory, TerminalFactory, TierFactory, UserFactory, publish
from tests.programs.shop import NOW, Shop, open_shop

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LATER = NOW + dt.timedelta(days=1)
PEOPLE = 25
BATCH = 120


@dataclasses.dataclass(frozen=True)
class Planned:
    """One receipt of the day, before it is given to a shop: `person` and `till` are numbers, `of` a sale's index."""

    at: dt.datetime
    till: int
    number: str
    person: int | None
    lines: tuple[OrderLine, ...] = ()
    of: int | None = None


def plan(count: int, seed: int) -> list[Planned]:
    """Sales, and about one return in ten: whole or in part, on any till of the shop."""
    dice = random.Random(seed)
    day: list[Planned] = []
    sales: list[int] = []
    for index in range(count):
        at = NOW + dt.timedelta(seconds=30 * index)
        till, number = dice.randrange(3), f"{index:05}"
        if sales and dice.random() < 0.1:
            of = sales.pop(dice.randrange(len(sales)))
            day.append(Planned(at, till, number, None, of=of))
        else:
            lines = tuple(
                OrderLine(sku, Decimal(dice.choice((1, 2))), Decimal(dice.randrange(100, 4000)).scaleb(-2))
                for sku in dice.sample("ABC", dice.randrange(1, 4))
            )
            day.append(Planned(at, till, number, dice.randrange(PEOPLE) if dice.random() < 0.9 else None, lines))
            sales.append(index)
    return day


class Branch:
    """A store with three tills and people of its own."""

    def __init__(self, shop: Shop, name: str) -> None:
        self.store = StoreFactory(partner=shop.terminal.store.partner)
        self.tills: list[Till] = []
        for _ in range(3):
            till = till_by_terminal(TerminalFactory(store=self.store).pk, now=NOW)
            assert till is not None
            self.tills.append(till)
        self.people = [
            enrol_member(name=f"{name} {i}", identifiers=[], region="US", actor=Principal(Kind.SYSTEM), now=NOW)
            for i in range(PEOPLE)
        ]

    def key(self, person: int | None) -> MemberKey | None:
        return None if person is None else MemberKey("id", str(self.people[person].public_id))

    def balances(self) -> list[int]:
        found = {account.owner_id: account for account in Account.objects.filter(owner__in=self.people)}
        return [
            (account.available + account.pending - account.debt) if (account := found.get(person.pk)) else 0
            for person in self.people
        ]

    def pieces(self, planned: Planned, day: list[Planned]) -> tuple[ReturnedPiece, ...]:
        lines = day[planned.of or 0].lines
        # An odd number brings back the whole receipt, an even one a piece of its first line.
        whole = int(planned.number) % 2
        return tuple(
            ReturnedPiece(position, line.quantity if whole else Decimal(1))
            for position, line in enumerate(lines if whole else lines[:1], 1)
        )

    def live_online(self, day: list[Planned]) -> None:
        for planned in day:
            till = self.tills[planned.till]
            if planned.of is None:
                order = SaleOrder(till, planned.number, planned.at, planned.lines, self.key(planned.person))
                sell(order, now=planned.at)
            else:
                sale = day[planned.of]
                back = ReturnOrder(
                    till,
                    planned.number,
                    planned.at,
                    self.pieces(planned, day),
                    sale_register=self.tills[sale.till].register,
                    sale_number=sale.number,
                )
                take_back(back, now=planned.at)

    def offline(self, planned: Planned, day: list[Planned]) -> OfflineReceipt:
        client_id = f"{self.store.code}-receipt-{planned.number}"
        common = {"client_id": client_id, "occurred_at": planned.at, "receipt_number": planned.number}
        body_hash = client_id.encode().ljust(32)[:32]
        if planned.of is None:
            member = self.key(planned.person)
            shown = "somebody" if member else ""
            return OfflineReceipt(
                kind="sale", body_hash=body_hash, member=member, shown=shown, lines=planned.lines, **common
            )
        sale = day[planned.of]
        return OfflineReceipt(
            kind="return",
            body_hash=body_hash,
            pieces=self.pieces(planned, day),
            sale_register=self.tills[sale.till].register,
            sale_number=sale.number,
            **common,
        )

    def upload(self, day: list[Planned], dice: random.Random) -> dict[str, int]:
        """Everything, shuffled, each till its own, with one receipt in ten twice; {status: how often}."""
        counts: dict[str, int] = {}
        queue = [*day, *dice.sample(day, len(day) // 10)]
        dice.shuffle(queue)
        by_till = [[planned for planned in queue if planned.till == till] for till in range(3)]
        batches = [
            (till, receipts[start : start + BATCH])
            for till, receipts in enumerate(by_till)
            for start in range(0, len(receipts), BATCH)
        ]
        dice.shuffle(batches)
        for till, receipts in batches:
            received = take_in(
                self.tills[till], [self.offline(planned, day) for planned in receipts], unreadable=0, now=LATER
            )
            for item in received.items:
                counts[item.status] = counts.get(item.status, 0) + 1
        return counts


def sound() -> bool:
    return [finding for finding in verify() if finding.violations] == []


def test_offline_receipts_come_to_what_they_would_have_been_online(trials, note_trials):
    count = trials(300, 1000)
    shop = open_shop()
    day = plan(count, seed=3)
    online, offline = Branch(shop, "online"), Branch(shop, "offline")
    online.live_online(day)
    dice = random.Random(5)
    first = offline.upload(day, dice)
    once = offline.balances()
    again = offline.upload(day, dice)
    assert once == online.balances()
    assert offline.balances() == once
    assert first["duplicate"] == count // 10
    assert again == {"duplicate": count + count // 10}
    assert Purchase.objects.filter(store=offline.store).count() == count
    # A return may have come before its sale; each was booked when that came.
    assert not OfflineConflict.objects.filter(state="open").exists()
    assert sound()
    note_trials("T18", 2 * (count + count // 10))


def test_where_the_order_matters_the_proposed_corrections_come_to_the_same(note_trials):
    shop = open_shop()
    TierFactory(program=shop.program, key="silver", name="Silver", threshold="100", multiplier="1.5")
    TierFactory(program=shop.program, key="gold", name="Gold", threshold="300", multiplier="3")
    publish(shop.program, at=NOW - dt.timedelta(days=30))
    day = plan(400, seed=11)
    online, offline = Branch(shop, "online"), Branch(shop, "offline")
    online.live_online(day)
    offline.upload(day, random.Random(7))
    assert offline.balances() != online.balances(), "the order should have mattered: the test proves nothing"
    conflicts = OfflineConflict.objects.filter(state="open")
    assert {code for conflict in conflicts for code in conflict.codes} == {"order"}
    actor = Principal(Kind.STAFF, UserFactory().pk, "support")
    for conflict in conflicts:
        correct_conflict(conflict=conflict, seen=conflict.points, note="", actor=actor, now=LATER)
    second = Principal(Kind.STAFF, UserFactory().pk, "accountant")
    for adjustment in Adjustment.objects.filter(state="waiting"):
        approve_adjustment(adjustment.pk, actor=second, now=LATER)
    assert offline.balances() == online.balances()
    assert sound()
    offline.upload(day, random.Random(8))
    assert not OfflineConflict.objects.filter(state="open").exists()
    assert offline.balances() == online.balances()
    note_trials("T18", 880)
