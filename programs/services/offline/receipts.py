"""One offline receipt: an order as the till wrote it down, and what is booked of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.rules.money import from_minor, plain_text, to_minor
from programs.errors import (
    ReceiptExists,
    ReturnLineUnknown,
    ReturnNothing,
    ReturnTooLate,
    ReturnTooMuch,
    SaleNotFound,
    SaleVoided,
)
from programs.models import TillPolicy
from programs.queries.offline import is_noted, known_receipt, spent_offline
from programs.queries.returns import lock_sale, sold_lines
from programs.queries.shoppers import MemberKey, Shopper, find_shopper
from programs.services import ledger
from programs.services.late import Late
from programs.services.programs import compiled_version
from programs.services.returns import ReturnedPiece, ReturnOrder, take_back
from programs.services.sales import OrderLine, SaleOrder, Sold, quote, sell
from programs.services.tills import Till

IN_HISTORY = "in_history"
OFFLINE_DAYS = 7  # while no programme says otherwise
AHEAD = dt.timedelta(minutes=10)  # a clock may be that fast and is still believed


@dataclass(frozen=True, slots=True)
class OfflineReceipt:
    """A receipt as the till wrote it down. Money and points in units; `charged` is what the customer paid in money.

    `shown` says which member was named, without telling more than a person needs to find the mistake; `member` is
    None when nobody is known by it. `rewards` is the money that the till took off in the programme's name.
    """

    client_id: str
    kind: str
    occurred_at: dt.datetime
    receipt_number: str
    body_hash: bytes
    register: str = ""
    cashier_number: str = ""
    member: MemberKey | None = None
    shown: str = ""
    lines: tuple[OrderLine, ...] = ()
    payments: tuple[str, ...] = ()
    redeem: Decimal = Decimal(0)
    charged: Decimal | None = None
    rewards: Decimal | None = None
    pieces: tuple[ReturnedPiece, ...] = ()
    sale_id: str | None = None
    sale_register: str = ""
    sale_number: str = ""
    sale_on: dt.date | None = None


@dataclass(slots=True)
class Booked:
    """What came of a receipt. `problems` maps codes to what fills their sentences. Points in minor points."""

    purchase: str | None = None
    points: int = 0
    decimals: int = 0
    is_duplicate: bool = False
    problems: dict[str, dict[str, Any]] = field(default_factory=dict)
    account_id: int | None = None
    correction: int = 0
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """How long offline receipts are believed, and how many points a member may spend offline a day (None: none)."""

    days: int = OFFLINE_DAYS
    spend_day: Decimal | None = None


def current_terms() -> Terms:
    """Those of the active programme."""
    policy = TillPolicy.objects.filter(program__state="active").first()
    return Terms(policy.offline_days, policy.offline_spend_day) if policy else Terms()


def book(till: Till, receipt: OfflineReceipt, terms: Terms, *, now: dt.datetime) -> Booked:
    """Book one receipt in the caller's transaction, whatever the rules say about it.

    Raises a DomainError only when nothing at all can be made of it (such as more decimals than the currency has).
    """
    booked = Booked()
    judged_at = _judge_time(receipt, terms, booked, now)
    day = receipt.occurred_at.astimezone(ZoneInfo(till.zone)).date()
    number = _free_number(till, receipt, day, booked)
    if booked.is_duplicate:
        return booked
    if IN_HISTORY in booked.problems:
        _propose_for_history(till, receipt, booked, judged_at, now=now)
        return booked
    receipt = replace(receipt, receipt_number=number)
    if receipt.kind == "return":
        _book_return(till, receipt, booked, now=now)
    else:
        _book_sale(till, receipt, terms, booked, judged_at, now=now)
    return booked


def _judge_time(receipt: OfflineReceipt, terms: Terms, booked: Booked, now: dt.datetime) -> dt.datetime:
    """The till's claim chooses the rules within the window only; outside of it those of now count."""
    if receipt.occurred_at > now + AHEAD:
        booked.problems["future"] = {"at": receipt.occurred_at.isoformat(timespec="minutes")}
        return now
    if receipt.occurred_at < now - dt.timedelta(days=terms.days):
        booked.problems["too_old"] = {"day": receipt.occurred_at.date().isoformat(), "days": terms.days}
        return now
    return min(receipt.occurred_at, now)


def _free_number(till: Till, receipt: OfflineReceipt, day: dt.date, booked: Booked) -> str:
    """The receipt's number; with a suffix when another receipt has it. The very same receipt is a duplicate; a sale that
    an import brought as one from before is not booked again either, but it has earned nothing, and somebody should know."""
    number, tries = receipt.receipt_number, 1
    register = receipt.register or till.register
    while True:
        known = known_receipt(
            store_id=till.store_id,
            register=register,
            number=number,
            day=day,
            kind=receipt.kind,
        )
        is_same = known is not None and known.says(_pieces(till, receipt))
        if known is None or (known.register != register and not is_same):
            break
        if is_same:
            booked.purchase = known.public_id
            if known.is_history and receipt.kind == "sale" and not is_noted(known.purchase_id, IN_HISTORY):
                booked.problems[IN_HISTORY] = {"receipt": number}
                return number
            booked.is_duplicate = True
            booked.points, booked.decimals = known.points, known.decimals
            return number
        tries += 1
        number = f"{receipt.receipt_number[:56]}~{tries}"
    if tries > 1:
        booked.problems["number_used"] = {"receipt": receipt.receipt_number, "booked": number}
    return number


def _pieces(till: Till, receipt: OfflineReceipt) -> tuple[tuple[str, Decimal, int], ...]:
    if receipt.kind == "return":
        merged: dict[int, Decimal] = {}
        for piece in receipt.pieces:
            merged[piece.position] = merged.get(piece.position, Decimal(0)) + piece.quantity
        return tuple((str(position), quantity, 0) for position, quantity in sorted(merged.items()) if quantity)
    exponent = till.currency_exponent
    return tuple((line.sku, line.quantity, int(line.amount.scaleb(exponent))) for line in receipt.lines)


def _book_sale(
    till: Till, receipt: OfflineReceipt, terms: Terms, booked: Booked, judged_at: dt.datetime, *, now: dt.datetime
) -> None:
    order = _order_of(till, receipt, judged_at)
    shopper = find_shopper(receipt.member, at=judged_at) if receipt.member else None
    if shopper is None and receipt.shown:
        booked.problems["member_unknown"] = {"shown": receipt.shown}
    if shopper is not None and shopper.is_blocked:
        booked.problems["identifier_blocked"] = {"shown": receipt.shown}
        # A blocked card earns nothing by itself.
        _propose(order, shopper, booked, now=now)
        shopper = None
    if shopper is not None:
        order = replace(order, member=receipt.member)
    order = _with_redemption(order, receipt, terms, shopper, booked, now=now)
    sold = _sell_anyhow(order, receipt, booked, now=now)
    _note_uncovered(sold, booked)
    _note_charged(receipt, sold, booked)
    booked.purchase = sold.public_id
    booked.points = sold.outcome.points if sold.outcome else 0
    booked.decimals = sold.version.point_decimals if sold.version else 0
    booked.account_id = sold.account.id if sold.account else booked.account_id


def _order_of(till: Till, receipt: OfflineReceipt, judged_at: dt.datetime) -> SaleOrder:
    """The sale without its member."""
    return SaleOrder(
        till=till,
        receipt_number=receipt.receipt_number,
        occurred_at=receipt.occurred_at,
        lines=receipt.lines,
        cashier_number=receipt.cashier_number,
        register=receipt.register,
        payments=receipt.payments,
        late=Late(judged_at),
    )


def _propose_for_history(
    till: Till, receipt: OfflineReceipt, booked: Booked, judged_at: dt.datetime, *, now: dt.datetime
) -> None:
    """A sale that is there as one from before earns nothing by itself; what it would have earned waits for a person."""
    if receipt.redeem:
        booked.problems["redeem_refused"] = {"points": plain_text(receipt.redeem)}
    shopper = find_shopper(receipt.member, at=judged_at) if receipt.member else None
    if shopper is None and receipt.shown:
        booked.problems["member_unknown"] = {"shown": receipt.shown}
    if shopper is not None:
        _propose(_order_of(till, receipt, judged_at), shopper, booked, now=now)


def _propose(order: SaleOrder, shopper: Shopper, booked: Booked, *, now: dt.datetime) -> None:
    """What the rules would have given waits for a person's word."""
    try:
        would = quote(replace(order, member=MemberKey("id", shopper.public_id)), now=now)
    except DomainError:
        return
    # The quote is undone, so an account that it opened is gone again.
    if would.outcome is not None and shopper.account_id is not None:
        booked.account_id, booked.correction = shopper.account_id, would.outcome.points


def _with_redemption(
    order: SaleOrder,
    receipt: OfflineReceipt,
    terms: Terms,
    shopper: Shopper | None,
    booked: Booked,
    *,
    now: dt.datetime,
) -> SaleOrder:
    """Points taken as payment without a connection: up to the day's allowance, else the till's own present."""
    if not receipt.redeem:
        return order
    taken = plain_text(receipt.redeem)
    version = compiled_version(shopper.version_id) if shopper and shopper.version_id else None
    if shopper is None or version is None or terms.spend_day is None or "redeem" not in order.till.scopes:
        booked.problems["redeem_refused"] = {"points": taken}
        return order
    if shopper.account_id is not None:
        # Before the day's sum is read: two tills that upload at once share one allowance.
        ledger.lock_account(shopper.account_id)
    decimals = version.point_decimals
    day = order.occurred_at.astimezone(ZoneInfo(order.till.zone)).date()
    left = max(0, int(terms.spend_day.scaleb(decimals)) - spent_offline(shopper.member_id, day))
    wanted = to_minor(receipt.redeem, decimals)
    allowed = min(wanted, left)
    if allowed < wanted:
        booked.problems["redeem_above_cap"] = {
            "points": taken,
            "allowed": f"{from_minor(allowed, decimals):f}",
            "cap": plain_text(terms.spend_day),
        }
    if not allowed:
        return order
    assert order.late is not None
    return replace(order, redeem=from_minor(allowed, decimals), late=replace(order.late, redeem=allowed))


def _sell_anyhow(order: SaleOrder, receipt: OfflineReceipt, booked: Booked, *, now: dt.datetime) -> Sold:
    """Sell; when a rule says no, without the redemption; when it still does, without the member."""
    try:
        with transaction.atomic():
            return sell(order, now=now)
    except ReceiptExists:
        raise
    except DomainError as error:
        if order.redeem and order.late:
            booked.problems["redeem_refused"] = {"points": plain_text(receipt.redeem), "why": error.code}
            plain = replace(order, redeem=Decimal(0), late=replace(order.late, redeem=0))
            return _sell_anyhow(plain, receipt, booked, now=now)
        if order.member:
            booked.problems["refused"] = {"why": error.code}
            return _sell_anyhow(replace(order, member=None), receipt, booked, now=now)
        raise


def _note_uncovered(sold: Sold, booked: Booked) -> None:
    """Points that were spent offline and are not there."""
    if sold.outcome is None or sold.version is None or sold.uncovered == 0:
        return
    decimals = sold.version.point_decimals
    booked.problems["redeem_uncovered"] = {
        "points": f"{from_minor(sold.outcome.redemption.points, decimals):f}",
        "missing": f"{from_minor(sold.uncovered, decimals):f}",
    }


def _note_charged(receipt: OfflineReceipt, sold: Sold, booked: Booked) -> None:
    """What the customer paid is a fact; where the rules ask for something else, somebody should look."""
    exponent = sold.version.currency_exponent if sold.version else sold.order.till.currency_exponent
    paid = sold.outcome.redemption.money if sold.outcome else 0
    reward = sold.outcome.discount if sold.outcome else 0
    expected = sold.total - reward - paid
    differs = receipt.charged is not None and to_minor(receipt.charged, exponent) != expected
    if receipt.charged is None and receipt.rewards is not None:
        differs = to_minor(receipt.rewards, exponent) != reward
    if differs:
        charged = (
            receipt.charged
            if receipt.charged is not None
            else from_minor(sold.total - paid, exponent) - (receipt.rewards or 0)
        )
        booked.problems["charged_differs"] = {
            "charged": f"{charged:f}",
            "expected": f"{from_minor(expected, exponent):f}",
            "currency": sold.version.currency if sold.version else sold.order.till.currency,
        }


def _book_return(till: Till, receipt: OfflineReceipt, booked: Booked, *, now: dt.datetime) -> None:
    order = ReturnOrder(
        till=till,
        receipt_number=receipt.receipt_number,
        occurred_at=receipt.occurred_at,
        pieces=receipt.pieces,
        sale_id=receipt.sale_id,
        sale_register=receipt.sale_register,
        sale_number=receipt.sale_number,
        sale_on=receipt.sale_on,
        cashier_number=receipt.cashier_number,
        register=receipt.register,
        is_offline=True,
    )
    try:
        with transaction.atomic():
            returned = take_back(order, now=now)
    except SaleNotFound:
        booked.problems["sale_unknown"] = {"receipt": receipt.sale_number or receipt.sale_id or ""}
        booked.waits = True
        return
    except (ReturnTooLate, SaleVoided) as error:
        booked.problems["return_refused"] = {"why": error.code}
        return
    except (ReturnTooMuch, ReturnLineUnknown, ReturnNothing):
        booked.problems["return_too_much"] = {}
        order = replace(order, pieces=_what_is_left(order))
        if not order.pieces:
            return
        with transaction.atomic():
            returned = take_back(order, now=now)
    booked.purchase = returned.public_id
    booked.points = -(returned.taken_back + returned.debt_added + returned.written_off)
    booked.decimals = returned.version.point_decimals if returned.version else 0
    booked.account_id = returned.account.id if returned.account else None


def _what_is_left(order: ReturnOrder) -> tuple[ReturnedPiece, ...]:
    """The part of a return that the sale still covers."""
    sale = lock_sale(order.sale_named)
    left = {line.position: line.left for line in sold_lines(sale.purchase_id)} if sale else {}
    pieces = []
    for piece in order.pieces:
        part = min(piece.quantity, left.get(piece.position, Decimal(0)))
        if part > 0:
            pieces.append(ReturnedPiece(piece.position, part))
            left[piece.position] -= part
    return tuple(pieces)
