"""Taking goods back: exactly the points of exactly those pieces, under the rules of the sale.

Points that paid for them go back to their own lots and dates first; then the points they earned are
taken back: the lines' own lots, other pending ones, spendable ones, and what is left becomes debt or the
store's loss by the programme's policy.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.rules.money import plain_text
from loyalty_site.ground.services.transactions import joined_transaction
from members.queries.identifiers import is_erased
from programs.errors import (
    ReceiptExists,
    ReturnLineUnknown,
    ReturnNothing,
    ReturnTooLate,
    ReturnTooMuch,
    SaleNotFound,
    SaleVoided,
)
from programs.models import Bucket, PurchaseLine, TransactionKind
from programs.queries.burning import BurnDay, burn_calendar
from programs.queries.climbing import NOT_CLIMBED, Climbed, climbed_of
from programs.queries.counters import Whose, benefits_given, counted_with
from programs.queries.returns import SaleNamed, SoldReceipt, lock_sale, lots_left, past_lots, sold_lines, spent_lots
from programs.rules import returns as rules
from programs.rules.basket import Benefit
from programs.rules.benefits import NextCoupon
from programs.rules.counted import Counted, taken_back
from programs.rules.dates import burns_at
from programs.rules.documents import Compiled
from programs.rules.returns import BackLine
from programs.services import counters, coupons, ledger
from programs.services.merging import points as merging
from programs.services.programs import compiled_version
from programs.services.receipts import LineRow, ReceiptRow, Reversal, Written, write_receipt
from programs.services.tills import Till


@dataclass(frozen=True, slots=True)
class ReturnedPiece:
    """`quantity` of line `position` (from 1) of the sale."""

    position: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ReturnOrder:
    """A return to be booked. The sale is named by its public id, or by register, number and day in the till's store."""

    till: Till
    receipt_number: str
    occurred_at: dt.datetime
    pieces: tuple[ReturnedPiece, ...]
    sale_id: str | None = None
    sale_register: str = ""
    sale_number: str = ""
    sale_on: dt.date | None = None
    cashier_number: str = ""
    register: str = ""
    is_offline: bool = False

    @property
    def sale_named(self) -> SaleNamed:
        """By number a till means its own store, and its own register unless it names another."""
        till, register = self.till, self.sale_register or self.till.register
        return SaleNamed(till.partner_id, self.sale_id, till.store_id, register, self.sale_number, self.sale_on)


@dataclass(frozen=True, slots=True)
class Returned:
    """What came of it; minor units. `taken_back` + `debt_added` + `written_off` = points the pieces had earned."""

    order: ReturnOrder
    public_id: str
    sale_id: str
    business_on: dt.date
    lines: tuple[BackLine, ...]
    total: int
    reward: int
    tender: int
    points_restored: int
    taken_back: int
    debt_added: int
    written_off: int
    version: Compiled | None
    account: ledger.Locked | None
    burns: tuple[BurnDay, ...] = ()
    climbed: Climbed = NOT_CLIMBED
    language: str = ""


def take_back(order: ReturnOrder, *, now: dt.datetime) -> Returned:
    """Book a return in one transaction.

    Raises SaleNotFound, SaleVoided, ReturnTooLate, ReturnNothing, ReturnLineUnknown, ReturnTooMuch or ReceiptExists;
    nothing is written then.
    """
    with joined_transaction():
        sale = find_sale(order)
        lines, is_whole = pieces_back(order, sale)
        failpoint("return.after_read")
        return book_return(order, sale, lines, is_whole=is_whole, is_void=False, now=now)


def pieces_back(order: ReturnOrder, sale: SoldReceipt) -> tuple[list[BackLine], bool]:
    """What `order` brings back of `sale`, and whether nothing of the sale is left then. Writes nothing.

    Raises what take_back raises, except SaleNotFound and ReceiptExists.
    """
    if sale.is_voided:
        raise SaleVoided(receipt=sale.receipt_number)
    version = compiled_version(sale.version_id) if sale.version_id else None
    _refuse_late(order, sale, version)
    by_position = {line.position: line for line in sold_lines(sale.purchase_id)}
    wanted: dict[int, Decimal] = {}
    for piece in order.pieces:
        wanted[piece.position] = wanted.get(piece.position, Decimal(0)) + piece.quantity
    if not any(wanted.values()):
        raise ReturnNothing
    for position, quantity in wanted.items():
        line = by_position.get(position)
        if line is None:
            raise ReturnLineUnknown(line=position)
        if quantity > line.left:
            raise ReturnTooMuch(line=position, left=plain_text(line.left))
    lines = [
        rules.return_line(by_position[position], quantity) for position, quantity in sorted(wanted.items()) if quantity
    ]
    if version is not None and not version.gives_back:
        lines = [replace(line, points_redeemed=0) for line in lines]
    return lines, all(line.left == wanted.get(line.position, 0) for line in by_position.values())


def book_return(
    order: ReturnOrder, sale: SoldReceipt, lines: list[BackLine], *, is_whole: bool, is_void: bool, now: dt.datetime
) -> Returned:
    """Write the return of `lines` of a locked sale; `is_whole` when nothing of it is left afterwards.

    Raises ReceiptExists; nothing is written then.
    """
    account = heir = None
    if sale.account_id is not None:
        account = ledger.lock_account(sale.account_id)
        failpoint("return.after_lock")
        if account.successor_id is not None:
            heir = merging.open_closed(
                account.id, sum(line.points for line in lines), [line.line.line_id for line in lines], now=now
            )
            account = heir.closing
        ledger.roll_forward(account, now=now)
    version = compiled_version(sale.version_id) if sale.version_id else None
    counted = _counted_back(sale, lines, version, is_whole=is_whole, is_void=is_void)
    benefits = _benefits_back(sale, version, is_void=is_void) if is_whole else []
    written, business_on = _write(order, sale, lines, (counted, benefits), is_void=is_void, now=now)
    total = sum(line.amount for line in lines)
    taken = debt = loss = restored = 0
    if account is not None and version is not None:
        restored = sum(line.points_redeemed for line in lines)
        restored, taken, debt, loss = _move_points(order, sale, lines, account, version, written, restored, now=now)
        # What was given back after its day burns at once.
        ledger.roll_forward(account, now=now)
    if heir is not None:
        merging.close_again(heir, now=now, actor_label=order.till.label)
        account = heir.staying
    if is_whole and sale.used_coupons:
        coupons.free_of_sale(sale.purchase_id)
    coupons.take_back(benefits)
    counters.count(counted, Whose(sale.program_id or 0, sale.member_id, now))
    failpoint("return.after_entries")
    burns: tuple[BurnDay, ...] = ()
    climbed = NOT_CLIMBED
    if account is not None:
        burns = burn_calendar([account.id], now=now)[account.id]
        climbed = climbed_of(account.id, version, spend=account.spend, tier=account.tier_key, now=now)
    return Returned(
        order=order,
        public_id=written.public_id,
        sale_id=sale.public_id,
        business_on=business_on,
        lines=tuple(lines),
        total=total,
        reward=sum(line.reward for line in lines),
        tender=sum(line.tender for line in lines),
        points_restored=restored,
        taken_back=taken,
        debt_added=debt,
        written_off=loss,
        version=version,
        account=account,
        burns=burns,
        climbed=climbed,
        language=sale.language,
    )


def find_sale(order: ReturnOrder) -> SoldReceipt:
    """The sale that `order` names, locked. Raises SaleNotFound."""
    sale = lock_sale(order.sale_named)
    if sale is None:
        raise SaleNotFound
    return sale


def _refuse_late(order: ReturnOrder, sale: SoldReceipt, version: Compiled | None) -> None:
    """The time for returns is what the sale's own version promised, in days of the store that takes them back."""
    if version is None or version.return_days is None:
        return
    last_on = sale.business_on + dt.timedelta(days=version.return_days)
    if order.occurred_at.astimezone(ZoneInfo(order.till.zone)).date() > last_on:
        raise ReturnTooLate(last=last_on.isoformat())


def _write(
    order: ReturnOrder,
    sale: SoldReceipt,
    lines: list[BackLine],
    other: tuple[Sequence[Counted], Sequence[Benefit]],
    *,
    is_void: bool,
    now: dt.datetime,
) -> tuple[Written, dt.date]:
    business_on = order.occurred_at.astimezone(ZoneInfo(order.till.zone)).date()
    counted, benefits = other
    receipt = ReceiptRow(
        kind="return",
        till=order.till,
        register=order.register or order.till.register,
        receipt_number=order.receipt_number,
        business_on=business_on,
        occurred_at=order.occurred_at,
        member_id=sale.member_id,
        identifier_id=None,
        account_id=sale.account_id,
        version_id=sale.version_id,
        currency=sale.currency,
        cashier_number=order.cashier_number,
        original_id=sale.purchase_id,
        facts={"counts": [one.to_json() for one in counted]} if counted else {},
        is_offline=order.is_offline,
        is_void=is_void,
    )
    reversals = [
        Reversal(index, back.award.award_id, back.award.rule, back.award.reason, back.points, back.money)
        for index, line in enumerate(lines)
        for back in line.awards
    ]
    back = [one._replace(times=-one.times, details={}) for one in benefits]
    written = write_receipt(receipt, _line_rows(lines), reversals, now=now, benefits=back)
    if written is None:
        raise ReceiptExists(receipt=order.receipt_number, register=receipt.register, day=business_on.isoformat())
    return written, business_on


def _counted_back(
    sale: SoldReceipt, lines: list[BackLine], version: Compiled | None, *, is_whole: bool, is_void: bool
) -> Sequence[Counted]:
    """What the pieces had counted for limits and stamp cards. Somebody who is forgotten has no counters any more."""
    if version is None or not version.counts:
        return ()
    sold, before = counted_with(sale.purchase_id)
    back = {line.line.position: (line.line.quantity, line.line.returned, line.quantity) for line in lines}
    counted = taken_back(sold, before, back, is_whole=is_whole, is_void=is_void)
    if counted and sale.member_id is not None and is_erased(sale.member_id):
        return [one for one in counted if not one.of_member]
    return counted


def _benefits_back(sale: SoldReceipt, version: Compiled | None, *, is_void: bool) -> list[Benefit]:
    """What is taken back of the sale's benefits: of a cancelled sale all, of goods that came back whole the coupons for
    the next visit. A service that was done and a gift that was given are not undone by a return."""
    if version is None or not version.benefits:
        return []
    return [one for one in benefits_given(sale.purchase_id) if is_void or one.kind == NextCoupon.type]


def _line_rows(lines: list[BackLine]) -> list[LineRow]:
    stored = PurchaseLine.objects.in_bulk([line.line.line_id for line in lines])
    rows = []
    for line in lines:
        sold = stored[line.line.line_id]
        rows.append(
            LineRow(
                sku=sold.sku,
                product_id=sold.product_id,
                category_id=sold.category_id,
                category="",
                quantity=line.quantity,
                amount=line.amount,
                discount=line.discount,
                tax_rate=sold.tax_rate,
                tax_included=sold.tax_included,
                reward=line.reward,
                tender=line.tender,
                points_redeemed=line.points_redeemed,
                points_earned=line.points,
                original_line_id=line.line.line_id,
            )
        )
    return rows


def _move_points(
    order: ReturnOrder,
    sale: SoldReceipt,
    lines: list[BackLine],
    account: ledger.Locked,
    version: Compiled,
    written: Written,
    restored: int,
    *,
    now: dt.datetime,
) -> tuple[int, int, int, int]:
    """Post the return's movement; (points given back, points taken from lots, new debt, written off)."""
    # Given back first and in a statement of its own, so that the taking back sees the lots filled again.
    if restored:
        spent, before = spent_lots(sale.purchase_id)
        back = rules.restore(restored, spent, before - restored)
        restored = sum(points for lot_id, points in back if lot_id is not None)
        lots = [lot for lot, _points in back if lot is not None]
        past = past_lots(lots, now=now) if version.grace_days else set()
        takes = _restoring(account, [(lot, points) for lot, points in back if lot not in past])
        grants = [_grace(lot, points, version, now) for lot, points in back if lot is not None and lot in past]
        _post(order, account, TransactionKind.RESTORE, takes, written, 0, now=now, grants=grants)
        ledger.note_due(account)
    points = {line.line.line_id: line.points for line in lines}
    plan = rules.take_back(points, lots_left(account.id))
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
    spend = -sum(line.amount - line.reward for line in lines)
    _post(order, account, TransactionKind.RETURN, takes, written, spend, now=now)
    return restored, sum(part for _, part in plan.from_lots), debt, loss


def _grace(lot_id: int, points: int, version: Compiled, now: dt.datetime) -> ledger.Grant:
    """A new lot for points whose own has burnt meanwhile; it cites that one."""
    burns = burns_at(now, zone=version.time_zone, days=version.grace_days)
    return ledger.Grant(points, None, burns, source=Bucket.REDEEMED, cites_id=lot_id)


def _restoring(account: ledger.Locked, back: list[tuple[int | None, int]]) -> list[ledger.Take]:
    """Redeemed points back into their lots; what the account owes is repaid out of them at once.

    What no lot had paid was the store's loss, and is the store's again.
    """
    takes, owed = [], account.debt
    for lot_id, points in back:
        if lot_id is None:
            takes.append(ledger.Take(points, Bucket.REDEEMED, Bucket.WRITTEN_OFF))
            continue
        takes.append(ledger.Take(points, Bucket.REDEEMED, Bucket.AVAILABLE, lot_id))
        repaid = min(owed, points)
        if repaid:
            takes.append(ledger.Take(repaid, Bucket.AVAILABLE, Bucket.DEBT, lot_id))
            owed -= repaid
    return takes


def _post(
    order: ReturnOrder,
    account: ledger.Locked,
    kind: TransactionKind,
    takes: list[ledger.Take],
    written: Written,
    spend: int,
    *,
    now: dt.datetime,
    grants: Sequence[ledger.Grant] = (),
) -> None:
    ledger.post(
        account,
        [ledger.Movement(kind, takes, grants)],
        now=now,
        partner_id=order.till.partner_id,
        purchase_id=written.purchase_id,
        actor_label=order.till.label,
        spend_change=spend,
    )
