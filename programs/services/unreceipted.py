"""Goods that come back without their receipt: up to a sum, and with what such lines would earn today.

There is no sale to look at, so nothing is given back of points that may have paid for them, and a person is
told to look.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from loyalty_site.ground.rules.money import from_minor, to_minor
from loyalty_site.ground.services.transactions import joined_transaction
from members.errors import IdentifierBlocked, MemberNotFound
from programs.errors import (
    NoActiveProgram,
    ReceiptExists,
    ReturnNeedsReceipt,
    ReturnNothing,
    ReturnWithoutReceiptLimit,
    TooFinePoints,
)
from programs.models import Bucket, FlagKind, Program, TransactionKind
from programs.queries.burning import BurnDay, burn_calendar
from programs.queries.climbing import NOT_CLIMBED, Climbed, climbed_of
from programs.queries.products import UNKNOWN, articles_by_sku
from programs.queries.returns import lots_left
from programs.queries.shoppers import MemberKey, Shopper, find_shopper
from programs.rules import returns as rules
from programs.rules.basket import Basket, Facts
from programs.rules.documents import Compiled
from programs.rules.engine import evaluate
from programs.rules.remembering import remembered
from programs.services import ledger
from programs.services.facts import facts_of
from programs.services.flags import Subject, raise_flag
from programs.services.guarding import refuse_own_card
from programs.services.programs import compiled_version
from programs.services.receipts import LineRow, ReceiptRow, write_receipt
from programs.services.tills import Till


@dataclass(frozen=True, slots=True)
class LooseLine:
    """What came back: money in units of the currency, as it is paid out."""

    sku: str
    quantity: Decimal
    amount: Decimal
    tax_rate: Decimal | None = None
    tax_included: bool = True


@dataclass(frozen=True, slots=True)
class LooseOrder:
    """A return without a receipt."""

    till: Till
    receipt_number: str
    occurred_at: dt.datetime
    member: MemberKey
    lines: tuple[LooseLine, ...]
    cashier_number: str = ""
    register: str = ""


@dataclass(frozen=True, slots=True)
class LooseReturned:
    """What came of it; minor units, `points` a line each."""

    order: LooseOrder
    public_id: str
    business_on: dt.date
    lines: tuple[LineRow, ...]
    total: int
    taken_back: int
    debt_added: int
    written_off: int
    shopper: Shopper
    version: Compiled
    account: ledger.Locked
    burns: tuple[BurnDay, ...] = ()
    climbed: Climbed = NOT_CLIMBED


def take_back_without_receipt(order: LooseOrder, *, now: dt.datetime) -> LooseReturned:
    """Book goods that came back without their receipt, in one transaction.

    Raises MemberNotFound, IdentifierBlocked, OwnCard, NoActiveProgram, ReturnNeedsReceipt (the programme takes nothing
    back so), ReturnWithoutReceiptLimit, ReturnNothing, TooFinePoints or ReceiptExists; nothing is written then.
    """
    with joined_transaction():
        shopper = _shopper(order, now=now)
        if shopper.account_id is None or shopper.version_id is None:
            raise NoActiveProgram
        account = ledger.lock_account(shopper.account_id)
        ledger.roll_forward(account, now=now)
        version = compiled_version(shopper.version_id)
        at = order.occurred_at.astimezone(ZoneInfo(order.till.zone))
        # Of what is counted nothing: what came back may have been bought before any limit was reached.
        facts = replace(facts_of(account, version, shopper, at=at), counters=None)
        basket, lines = _priced(order, version, facts, at)
        total = sum(line.amount for line in lines)
        if not any(line.quantity for line in lines):
            raise ReturnNothing
        _refuse_above_limit(shopper, version, total)
        business_on = at.date()
        receipt = ReceiptRow(
            kind="return",
            till=order.till,
            register=order.register or order.till.register,
            receipt_number=order.receipt_number,
            business_on=business_on,
            occurred_at=order.occurred_at,
            member_id=shopper.member_id,
            identifier_id=shopper.identifier_id,
            account_id=account.id,
            version_id=shopper.version_id,
            currency=version.currency,
            cashier_number=order.cashier_number,
            facts=facts.to_json()
            | remembered(basket, version.asked.needs, store=order.till.store_code, at=order.occurred_at),
            without_receipt=True,
        )
        written = write_receipt(receipt, lines, (), now=now)
        if written is None:
            raise ReceiptExists(receipt=order.receipt_number, register=receipt.register, day=business_on.isoformat())
        points = sum(line.points_earned for line in lines)
        taken, debt, loss = _take(order, account, version, points, total, written.purchase_id, now=now)
        raise_flag(
            FlagKind.NO_RECEIPT,
            f"purchase:{written.purchase_id}",
            Subject(order.till.store_id, order.till.terminal_id, None, shopper.member_id, written.purchase_id),
            details={"total": f"{from_minor(total, version.currency_exponent):f}", "currency": version.currency},
            now=now,
        )
        burns = burn_calendar([account.id], now=now)[account.id]
        climbed = climbed_of(account.id, version, spend=account.spend, tier=account.tier_key, now=now)
    outlook = (shopper, version, account, burns, climbed)
    return LooseReturned(order, written.public_id, business_on, tuple(lines), total, taken, debt, loss, *outlook)


def _shopper(order: LooseOrder, *, now: dt.datetime) -> Shopper:
    shopper = find_shopper(
        order.member, at=order.occurred_at, store_id=order.till.store_id, cashier_number=order.cashier_number
    )
    if shopper is None:
        raise MemberNotFound
    if shopper.is_blocked:
        raise IdentifierBlocked
    refuse_own_card(order.till, order.cashier_number, shopper, now=now)
    return shopper


def _priced(order: LooseOrder, version: Compiled, facts: Facts, at: dt.datetime) -> tuple[Basket, list[LineRow]]:
    """What the rules are asked about, and the lines with the points that buying them now would bring."""
    products = articles_by_sku({line.sku for line in order.lines})
    rows = []
    for line in order.lines:
        try:
            amount = to_minor(line.amount, version.currency_exponent)
        except ValueError as error:
            raise TooFinePoints(field="amount") from error
        article = products.get(line.sku, UNKNOWN)
        rows.append(
            LineRow(
                sku=line.sku,
                product_id=article.product_id,
                category_id=article.category_id,
                category=article.category,
                quantity=line.quantity,
                amount=amount,
                discount=0,
                tax_rate=line.tax_rate,
                tax_included=line.tax_included,
                brand=article.brand,
                labels=article.labels,
            )
        )
    basket = Basket(
        tuple(row.seen() for row in rows),
        order.till.store_code,
        at,
        partner=order.till.partner_code,
        channel=order.till.channel,
    )
    earned = evaluate(version, facts, basket).points_by_line(len(rows))
    return basket, [replace(row, points_earned=points) for row, points in zip(rows, earned, strict=True)]


def _refuse_above_limit(shopper: Shopper, version: Compiled, total: int) -> None:
    limit = Program.objects.values_list("no_receipt_limit", flat=True).get(pk=shopper.program_id or 0)
    if limit is None:
        raise ReturnNeedsReceipt
    if from_minor(total, version.currency_exponent) > limit:
        raise ReturnWithoutReceiptLimit(limit=f"{limit:f}", currency=version.currency)


def _take(
    order: LooseOrder,
    account: ledger.Locked,
    version: Compiled,
    points: int,
    total: int,
    purchase_id: int,
    *,
    now: dt.datetime,
) -> tuple[int, int, int]:
    """(points taken from lots, new debt, written off), as a return with its receipt would without lots of its own."""
    plan = rules.take_back({0: points}, lots_left(account.id))
    debt, loss = rules.debt_and_write_off(
        plan.missing, account.debt, policy=version.negative_policy, floor=version.negative_floor
    )
    takes = [
        ledger.Take(part, Bucket.PENDING if lot.is_pending else Bucket.AVAILABLE, Bucket.ISSUED, lot.lot_id)
        for lot, part in plan.from_lots
    ]
    if debt:
        takes.append(ledger.Take(debt, Bucket.DEBT, Bucket.ISSUED))
    if loss:
        takes.append(ledger.Take(loss, Bucket.WRITTEN_OFF, Bucket.ISSUED))
    ledger.post(
        account,
        [ledger.Movement(TransactionKind.RETURN, takes)],
        now=now,
        partner_id=order.till.partner_id,
        purchase_id=purchase_id,
        actor_label=order.till.label,
        spend_change=-total,
    )
    return points - plan.missing, debt, loss
