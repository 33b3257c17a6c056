"""What happens at the tills and at the desk besides selling: coupons, an online order on hold, a till that was offline,
points given by hand, what tills should say, a household, a lent card, a company, cashiers with PINs, and the nightly look
for misuse."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from loyalty_site.demo.people import Person, people
from loyalty_site.demo.presenting import buy_for_others
from loyalty_site.demo.receipts import households
from loyalty_site.ground.models import User
from loyalty_site.ground.policy import Kind, Principal, system
from members.models import Member, Notice
from members.services import write_notice
from members.services.households import add_to_household
from programs.models import (
    Account,
    Adjustment,
    Cashier,
    CouponSeries,
    CouponUse,
    Flag,
    Hold,
    OfflineConflict,
    Program,
    Terminal,
    TerminalState,
    TillPolicy,
)
from programs.queries.shoppers import MemberKey
from programs.services.adjustments import Wish, adjust
from programs.services.cashiers import set_cashier_pin
from programs.services.coupons import issue_coupons
from programs.services.fraud import look_for_misuse
from programs.services.holds import place_hold
from programs.services.households import transfer
from programs.services.offline import OfflineReceipt, take_in
from programs.services.sales import OrderLine, SaleOrder, sell
from programs.services.seals import seal_closed_days
from programs.services.tills import Till, till_by_terminal

ACTOR = system("demonstration")
# Receipts of this step, apart from those of the file.
PREFIX = "DESK-"
SERIES = "welcome-back"
PIN = "2580"
ORDER_HELD_MINUTES = 7 * 24 * 60


def work(reach: Callable[[int, int | None], None], *, now: dt.datetime) -> bool:
    """Do what is missing; False when an earlier run had done it all."""
    if Hold.objects.exists():
        return False
    program = Program.objects.get()
    till = _till(now)
    rich = _with_points(7)
    steps: list[Callable[[], object]] = [
        lambda: _limits(program, now=now),
        lambda: _coupon(program, till, rich[0], now=now),
        lambda: _hold(till, rich[1], now=now),
        lambda: _offline(till, rich[2], now=now),
        lambda: _by_hand(rich, now=now),
        lambda: _notices(till, rich, now=now),
        lambda: _household(rich, now=now),
        lambda: buy_for_others(
            [account.owner for _person, account in rich[3:7]],
            _order(till, rich[3][1].owner, "", now=now),
            prefix=PREFIX,
            now=now,
        ),
        lambda: look_for_misuse(now=now),
        lambda: seal_closed_days(now=now),
    ]
    for done, act in enumerate(steps, 1):
        act()
        reach(done, len(steps))
    return True


def figures() -> str:
    return (
        f"{CouponUse.objects.count()} coupon used, {Hold.objects.count()} order on hold, "
        f"{OfflineConflict.objects.count()} offline conflicts, {Adjustment.objects.count()} adjustments, "
        f"{Notice.objects.count()} notices for the till, "
        f"{Flag.objects.count()} flags"
    )


def _till(now: dt.datetime) -> Till:
    terminal = Terminal.objects.filter(state=TerminalState.ACTIVE).order_by("id")[0]
    till = till_by_terminal(terminal.pk, now=now)
    assert till is not None  # it is active
    return till


def _with_points(count: int) -> list[tuple[Person, Account]]:
    """The people with the most points who owe nothing."""
    by_card = {person.card: person for person in people(households())}
    found = []
    for account in Account.objects.filter(debt=0).order_by("-available", "id").select_related("owner")[:50]:
        card = account.owner.identifiers.filter(kind="card", ended_at=None).values_list("shown", flat=True).first()
        if card in by_card:
            found.append((by_card[card], account))
    return found[:count]


def _limits(program: Program, *, now: dt.datetime) -> None:
    TillPolicy.objects.get_or_create(
        program=program, defaults={"step_up_points": 1000, "member_spend_day": 2000, "hold_minutes": ORDER_HELD_MINUTES}
    )
    for cashier in Cashier.objects.filter(store__terminals__state=TerminalState.ACTIVE).distinct().order_by("id")[:3]:
        set_cashier_pin(cashier_id=cashier.pk, pin=PIN, actor=ACTOR, now=now)


def _order(till: Till, key: Member, number: str, *, now: dt.datetime) -> SaleOrder:
    return SaleOrder(
        till=till,
        receipt_number=f"{PREFIX}{number}",
        occurred_at=now,
        lines=(
            OrderLine("866211", Decimal(2), Decimal("12.00")),
            OrderLine("not in the list", Decimal(1), Decimal("8.00")),
        ),
        member=MemberKey("id", str(key.public_id)),
        cashier_number="1",
    )


def _coupon(program: Program, till: Till, who: tuple[Person, Account], *, now: dt.datetime) -> None:
    """A personal coupon of ten per cent, given and used."""
    member = who[1].owner
    series, _ = CouponSeries.objects.get_or_create(
        program=program, key=SERIES, defaults={"name": "Welcome back: 10 % off", "valid_days": 90}
    )
    (coupon,) = issue_coupons(series=series, count=1, actor=ACTOR, now=now, member=member)
    issue_coupons(series=series, count=1, actor=ACTOR, now=now, member=member)
    sell(replace(_order(till, member, "COUPON", now=now), coupons=(coupon.code,)), now=now)


def _hold(till: Till, who: tuple[Person, Account], *, now: dt.datetime) -> None:
    """An order of the online shop that waits for its payment, with points set aside."""
    order = replace(_order(till, who[1].owner, "", now=now), redeem=Decimal(100), receipt_number="")
    place_hold(order, minutes=ORDER_HELD_MINUTES, reference="WEB-1001", now=now)


def _offline(till: Till, who: tuple[Person, Account], *, now: dt.datetime) -> None:
    """Three receipts of an evening without a connection: one plain, one of a card nobody knows, one paid with points."""
    at = now - dt.timedelta(hours=9)
    known = MemberKey("id", str(who[1].owner.public_id))
    line = (OrderLine("866211", Decimal(1), Decimal("6.00")),)

    def receipt(number: int, member: MemberKey | None, shown: str, redeem: int) -> OfflineReceipt:
        name = f"{PREFIX}OFFLINE-{number}"
        return OfflineReceipt(
            client_id=f"demonstration-offline-{number}",
            kind="sale",
            occurred_at=at + dt.timedelta(minutes=number),
            receipt_number=name,
            body_hash=hashlib.sha256(name.encode()).digest(),
            cashier_number="1",
            member=member,
            shown=shown,
            lines=line,
            redeem=Decimal(redeem),
        )

    receipts = [
        receipt(1, known, "card …", 0),
        receipt(2, None, "card …9999", 0),
        receipt(3, known, "card …", 100),
    ]
    take_in(till, receipts, unreadable=0, now=now)


def _by_hand(rich: list[tuple[Person, Account]], *, now: dt.datetime) -> None:
    """Goodwill that support may give alone, and one that waits for a second person."""
    support = _support()
    adjust(rich[0][1].pk, Wish(50, "goodwill", "A queue of half an hour"), actor=support, now=now)
    adjust(rich[1][1].pk, Wish(5000, "missing", "Says that a year of receipts is not counted"), actor=support, now=now)


def _notices(till: Till, rich: list[tuple[Person, Account]], *, now: dt.datetime) -> None:
    """What cashiers should say: to one person at the next visit, to two for longer; the first has points and a coupon too."""
    today = now.astimezone(ZoneInfo(till.zone)).date()
    for (_person, account), text, days, is_once in (
        (rich[0], "Thank them for waiting: there was a queue of half an hour last week.", None, True),
        (rich[0], "Likes to be told when the fresh bread comes.", None, False),
        (rich[1], "Their missing receipts are being looked at: say that it is not forgotten.", 14, False),
    ):
        write_notice(
            member_id=account.owner_id,
            text=text,
            show_until=today + dt.timedelta(days=days) if days else None,
            is_once=is_once,
            actor=_support(),
            today=today,
            now=now,
        )


def _support() -> Principal:
    person = User.objects.get(username="support")
    return Principal(Kind.STAFF, id=person.pk, label=person.username, role=person.role)


def _household(rich: list[tuple[Person, Account]], *, now: dt.datetime) -> None:
    """Two people of one household; one gives the other a hundred points."""
    giver, taker = rich[0][1], rich[2][1]
    add_to_household(member_id=giver.owner_id, other_id=taker.owner_id, actor=ACTOR, now=now)
    transfer(giver.pk, taker.pk, 100, actor=ACTOR, now=now)
