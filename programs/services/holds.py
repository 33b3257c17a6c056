"""Holds: a basket with its points and coupons set aside until it is paid, for a till that parks a receipt or an online shop.

Placing one is a quote that keeps what it promised: points go into `held` lot by lot and do not burn there,
coupons are set aside. Committing books exactly that sale, under the version and the facts of the hold.
A hold ends by itself when its time is over: every operation on its account looks, and so does the clock.
docs/algorithms/holds.md tells the whole.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.rules.money import from_minor
from loyalty_site.ground.services import Tally, record_audit
from loyalty_site.ground.services.transactions import joined_transaction
from members.errors import MemberNotFound
from members.queries.identifiers import is_erased
from programs.errors import (
    HoldCommitted,
    HoldEnded,
    HoldNotFound,
    HoldReleased,
    HoldTooLong,
    InsufficientPoints,
)
from programs.models import Bucket, Hold, HoldState, TillPolicy, TransactionKind
from programs.queries.products import Article
from programs.queries.shoppers import MemberKey, find_shopper
from programs.rules.basket import Facts
from programs.services import counters, coupons, guarding, ledger
from programs.services.programs import compiled_version
from programs.services.sales import (
    Held,
    Known,
    OrderLine,
    Prepared,
    SaleOrder,
    Sold,
    book,
    count_limits,
    decide,
    prepare,
    with_outlook,
)
from programs.services.tiers import tier_now
from programs.services.tills import Till

MINUTES = 30  # where a programme says nothing else


@dataclass(frozen=True, slots=True)
class Placed:
    """An open hold: what its sale will be (a quote), and until when it is kept."""

    sold: Sold
    public_id: str
    reference: str
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class CommitOrder:
    """The receipt that a hold becomes. `occurred_at` is the till's claim of when it was paid."""

    till: Till
    hold_id: str
    receipt_number: str
    occurred_at: dt.datetime
    cashier_number: str = ""
    register: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """A hold after releasing it; `points` (minor) came back now: 0 when it had ended before."""

    public_id: str
    state: str
    points: int
    point_decimals: int
    account: ledger.Locked | None


def place_hold(order: SaleOrder, *, minutes: int | None, reference: str, now: dt.datetime) -> Placed:
    """Set the points and coupons of `order` aside for `minutes` (None: as long as the programme lets).

    Raises what the sale would raise, and HoldTooLong; nothing is set aside then.
    """
    assert order.till.terminal_id is not None  # only terminals hold
    with joined_transaction():
        prepared = prepare(order, now=now)
        sold = prepared.sold
        shopper = sold.shopper
        if shopper is not None and is_erased(shopper.member_id):
            raise MemberNotFound  # forgotten while this waited for the account
        most = _most_minutes(shopper.program_id if shopper else None)
        if minutes is not None and minutes > most:
            raise HoldTooLong(minutes=most)
        points = sold.outcome.redemption.points if sold.outcome else 0
        if sold.account is not None and sold.version is not None and points > sold.account.available:
            # Points that the sale itself will earn are not there yet, so they cannot be set aside.
            raise InsufficientPoints(available=from_minor(sold.account.available, sold.version.point_decimals))
        guarding.refuse_own_card(order.till, order.cashier_number, shopper, now=now)
        prepared = count_limits(prepared)
        sold = prepared.sold
        try:
            day = _guarded_day(sold, now=now)
        except DomainError:
            if prepared.counted:
                counters.uncount(prepared.counted, prepared.known.whose)
            raise
        hold = Hold.objects.create(
            terminal_id=order.till.terminal_id,
            account_id=sold.account.id if sold.account else None,
            member_id=shopper.member_id if shopper else None,
            version_id=prepared.receipt.version_id,
            points=points,
            order=_kept(prepared) | {"counted": [_tally_to_json(tally) for tally in day.tallies]},
            reference=reference,
            expires_at=now + dt.timedelta(minutes=most if minutes is None else minutes),
        )
        if sold.account is not None and points:
            takes = ledger.take_from_lots(sold.account, points, Bucket.HELD)
            ledger.post(
                sold.account,
                [ledger.Movement(TransactionKind.HOLD, takes)],
                now=now,
                partner_id=order.till.partner_id,
                hold_id=hold.pk,
                actor_label=order.till.label,
            )
        if prepared.known.coupons:
            coupons.use(prepared.known.coupons, member_id=hold.member_id, hold_id=hold.pk, now=now)
        failpoint("hold.after_entries")
        if sold.account is not None:
            sold = with_outlook(sold, now=now)
    return Placed(sold, str(hold.public_id), reference, hold.expires_at)


def _guarded_day(sold: Sold, *, now: dt.datetime) -> guarding.Day:
    deed = guarding.deed_of(sold)
    if deed is None:
        return guarding.Day()
    guarding.confirm(deed, now=now)
    # Set aside is spent, as far as the day is concerned; what the sale earns counts when there is a sale.
    return guarding.count_day(replace(deed, earns=0, receipts=0), now=now)


def commit_hold(order: CommitOrder, *, now: dt.datetime) -> Sold:
    """Book the sale of a hold: its lines, version and facts, its very points and coupons.

    Raises HoldNotFound, HoldEnded (too late), HoldReleased, HoldCommitted or ReceiptExists.
    """
    with joined_transaction():
        hold, account = _locked(order.hold_id, order.till, now=now)
        _refuse_ended(hold)
        presented = coupons.held_by(hold.pk)
        if presented is None:
            # Its time was over when somebody else came for the coupon, only this clock is behind.
            raise HoldEnded(at=hold.expires_at.isoformat(timespec="seconds"))
        known, sale = _rebuilt(hold, order, account, presented, now=now)
        prepared = _with_tier_of_today(decide(sale, known), now=now)
        takes = [
            ledger.Take(points, Bucket.HELD, Bucket.REDEEMED, lot_id) for lot_id, points in ledger.held_lots(hold.pk)
        ]
        guarding.refuse_own_card(order.till, sale.cashier_number, known.shopper, now=now)
        deed = guarding.deed_of(prepared.sold)
        day = guarding.count_day(replace(deed, spends=0), now=now) if deed else guarding.Day()
        try:
            sold = book(prepared, now=now, from_hold=Held(hold.pk, takes))
        except DomainError:
            guarding.uncount(day)
            raise
        if deed is not None:
            guarding.look(deed, day, purchase_id=sold.purchase_id, now=now)
        Hold.objects.filter(pk=hold.pk).update(state=HoldState.COMMITTED, purchase_id=sold.purchase_id, ended_at=now)
    return sold


def release_hold(*, till: Till, hold_id: str, now: dt.datetime) -> Ended:
    """Give back what a hold keeps. One that has ended already stays as it ended. Raises HoldNotFound, HoldCommitted."""
    with joined_transaction():
        hold, account = _locked(hold_id, till, now=now)
        if hold.state == HoldState.COMMITTED:
            _refuse_ended(hold)
        points = 0
        if hold.state == HoldState.OPEN:
            points = _end(hold, account, HoldState.RELEASED, now=now, actor_label=till.label)
            hold.state = HoldState.RELEASED
    decimals = compiled_version(hold.version_id).point_decimals if hold.version_id else 0
    return Ended(str(hold.public_id), hold.state, points, decimals, account)


def end_hold_by_hand(*, hold: Hold, actor: Principal, now: dt.datetime) -> bool:
    """Release a hold from the back office, with an audit row; False when it had ended already."""
    with joined_transaction():
        locked, account = _lock(hold.pk, hold.account_id, now=now)
        if locked.state != HoldState.OPEN:
            return False
        _end(locked, account, HoldState.RELEASED, now=now, actor_label=actor.label)
        record_audit(actor=actor, action="end_hold", target="programs.hold", target_id=hold.pk, now=now)
    return True


def end_due_holds(*, now: dt.datetime, limit: int = 500) -> int:
    """Let up to `limit` holds end whose time is over, each in its own transaction; returns how many."""
    due = Hold.objects.filter(state=HoldState.OPEN, expires_at__lte=now).order_by("expires_at")
    rows = list(due.values_list("id", "account_id")[:limit])
    for hold_id, account_id in rows:
        with transaction.atomic():
            _lock(hold_id, account_id, now=now)
    return len(rows)


def _tally_to_json(tally: Tally) -> list[Any]:
    """What ending the hold counts back (see ledger.end_hold)."""
    return [tally.name, tally.subject, tally.window_at.isoformat(), tally.by]


def _most_minutes(program_id: int | None) -> int:
    kept = TillPolicy.objects.filter(program=program_id).values_list("hold_minutes", flat=True).first()
    return MINUTES if kept is None else kept


def _locked(public_id: str, till: Till, *, now: dt.datetime) -> tuple[Hold, ledger.Locked | None]:
    """The hold of a store of the till's partner, and its account, both locked and up to date."""
    found = (
        Hold.objects.filter(public_id=public_id, terminal__store__partner=till.partner_id)
        .values_list("id", "account_id")
        .first()
    )
    if found is None:
        raise HoldNotFound
    return _lock(*found, now=now)


def _lock(hold_id: int, account_id: int | None, *, now: dt.datetime) -> tuple[Hold, ledger.Locked | None]:
    """Account first, then the hold; a hold whose time is over ends here."""
    account = None
    if account_id is not None:
        account = ledger.lock_account(account_id)
        ledger.roll_forward(account, now=now)
    hold = Hold.objects.select_for_update(of=("self",)).select_related("purchase").get(pk=hold_id)
    if hold.state == HoldState.OPEN and hold.expires_at <= now:
        # Without points the account does not know of it.
        _end(hold, account, HoldState.EXPIRED, now=now, actor_label="calendar")
        hold.state, hold.ended_at = HoldState.EXPIRED, now
    return hold, account


def _end(hold: Hold, account: ledger.Locked | None, state: HoldState, *, now: dt.datetime, actor_label: str) -> int:
    points = ledger.end_hold(account, hold.pk, state=state, now=now, actor_label=actor_label)
    if account is not None and points:
        ledger.note_due(account, now=now)
        ledger.roll_forward(account, now=now)
    return points


def _refuse_ended(hold: Hold) -> None:
    if hold.state == HoldState.COMMITTED:
        raise HoldCommitted(receipt=str(hold.purchase), sale=str(hold.purchase.public_id if hold.purchase else ""))
    if hold.state == HoldState.RELEASED and hold.ended_at is not None:
        raise HoldReleased(at=hold.ended_at.isoformat(timespec="seconds"))
    if hold.state == HoldState.EXPIRED:
        raise HoldEnded(at=hold.expires_at.isoformat(timespec="seconds"))


def _kept(prepared: Prepared) -> dict[str, Any]:
    """What a commit needs to ask the rules the very same question, as JSON."""
    known, order = prepared.known, prepared.sold.order
    return {
        "lines": [_line_to_json(line) for line in order.lines],
        "redeem": str(order.redeem),
        "rewards": list(order.rewards),
        "facts": known.facts.to_json(),
        "products": known.products,
        "at": known.at.astimezone(dt.UTC).isoformat(),
        "zone": order.till.zone,
        "store": known.store,
        "partner": known.partner,
        "channel": known.channel,
        "payments": list(order.payments),
        "presented": prepared.receipt.identifier_id,
        "presented_by": prepared.receipt.presenter_id,
        "cashier": order.cashier_number,
        "counts": [one.to_json() for one in prepared.counted],
    }


def _rebuilt(
    hold: Hold,
    order: CommitOrder,
    account: ledger.Locked | None,
    presented: tuple[coupons.Presented, ...],
    *,
    now: dt.datetime,
) -> tuple[Known, SaleOrder]:
    kept = hold.order
    shopper = None
    if hold.member is not None:
        shopper = find_shopper(
            MemberKey("id", str(hold.member.public_id)),
            at=now,
            store_id=order.till.store_id,
            cashier_number=order.cashier_number or kept["cashier"],
        )
        if shopper is None:
            raise MemberNotFound
        shopper = replace(
            shopper,
            identifier_id=kept["presented"],
            account_id=hold.account_id,
            version_id=hold.version_id,
            other_id=kept.get("presented_by"),
        )
    known = Known(
        shopper=shopper,
        account=account,
        version=compiled_version(hold.version_id) if hold.version_id else None,
        facts=Facts.from_json(kept["facts"]),
        products={sku: Article(*row) for sku, row in kept["products"].items()},
        at=dt.datetime.fromisoformat(kept["at"]).astimezone(ZoneInfo(kept["zone"])),
        store=kept["store"],
        # A hold of before these were kept was placed under rules that ask for neither.
        partner=kept.get("partner", ""),
        channel=kept.get("channel", ""),
        coupons=presented,
    )
    sale = SaleOrder(
        till=order.till,
        receipt_number=order.receipt_number,
        occurred_at=order.occurred_at,
        lines=tuple(_line_from_json(line) for line in kept["lines"]),
        member=MemberKey("id", shopper.public_id) if shopper else None,
        redeem=Decimal(kept["redeem"]),
        rewards=tuple(kept.get("rewards", ())),
        payments=tuple(kept.get("payments", ())),
        cashier_number=order.cashier_number or kept["cashier"],
        register=order.register,
    )
    return known, sale


def _with_tier_of_today(prepared: Prepared, *, now: dt.datetime) -> Prepared:
    """The points are those of the hold; the tier goes by what was spent until now, other sales included."""
    sold = prepared.sold
    if sold.account is None or sold.outcome is None or sold.version is None:
        return prepared
    tier = tier_now(sold.version, sold.account, sold.total - sold.outcome.discount, now=now)
    return replace(prepared, sold=replace(sold, outcome=sold.outcome._replace(tier_after=tier)))


_DECIMALS = frozenset(field.name for field in fields(OrderLine) if "Decimal" in str(field.type))


def _line_to_json(line: OrderLine) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(line).items()}


def _line_from_json(raw: dict[str, Any]) -> OrderLine:
    values: dict[str, Any] = {
        name: Decimal(value) if name in _DECIMALS and value is not None else value for name, value in raw.items()
    }
    return OrderLine(**values)
