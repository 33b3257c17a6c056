"""Selling: quote and sale are one path, and the sale is the quote with the writes.

claim key (idempotency) -> lock account -> roll forward -> load facts -> ask the rules -> write.
The SQL is ours because a sale is mostly statements: this way a receipt of any size costs the same few.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction

from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.services.transactions import joined_transaction
from programs.models import Bucket, TransactionKind
from programs.queries.burning import BurnDay, burn_calendar
from programs.queries.climbing import NOT_CLIMBED, Climbed, climbed_of
from programs.queries.counters import Whose
from programs.queries.products import Products, articles_by_sku
from programs.queries.shoppers import MemberKey, Shopper
from programs.rules.basket import Basket, Facts, Outcome
from programs.rules.counted import Counted, counted_of
from programs.rules.documents import Compiled
from programs.rules.stamps import StampsHeld, stamps_held
from programs.services import counters, coupons, guarding, ledger
from programs.services.asking import ask, line_row, stored_facts
from programs.services.coupons import Presented
from programs.services.facts import facts_of
from programs.services.late import Late, late_redemption, late_tier
from programs.services.programs import compiled_version
from programs.services.receipts import (
    LineRow,
    ReceiptRow,
    awards_of,
    benefits_of,
    grants_of,
    note_standing,
    write_receipt,
)
from programs.services.shoppers import shopper_at_till
from programs.services.tills import Till
from programs.services.unwritten import refuse_unwritten


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line as the till sends it: money in units of the currency, after the till's own discounts."""

    sku: str
    quantity: Decimal
    amount: Decimal
    discount: Decimal = Decimal(0)
    tax_rate: Decimal | None = None
    tax_included: bool = True
    gift_of: str = ""  # key of the rule that offers it


@dataclass(frozen=True, slots=True)
class SaleOrder:
    """A sale to be quoted or booked. `redeem` is in points, `rewards` are keys; `occurred_at` is the till's claim.

    `late` is for what was sold without a connection: a fact that is booked and no longer a question.
    """

    till: Till
    receipt_number: str
    occurred_at: dt.datetime
    lines: tuple[OrderLine, ...]
    member: MemberKey | None = None
    redeem: Decimal = Decimal(0)
    rewards: tuple[str, ...] = ()
    cashier_number: str = ""
    register: str = ""
    coupons: tuple[str, ...] = ()
    payments: tuple[str, ...] = ()  # codes of the means it is paid by, as far as they are known
    # What the member typed to confirm a spending; never shown or stored.
    pin: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    late: Late | None = None
    offers: bool = False  # what could be given is told, not only what is taken

    @property
    def judged_at(self) -> dt.datetime:
        """The moment whose rules count."""
        return self.late.judged_at if self.late else self.occurred_at


@dataclass(frozen=True, slots=True)
class Sold:
    """What came of it. `public_id` is None for a quote; `account` is as it stands after the operation."""

    order: SaleOrder
    business_on: dt.date
    total: int
    outcome: Outcome | None
    shopper: Shopper | None
    version: Compiled | None
    account: ledger.Locked | None
    public_id: str | None = None
    purchase_id: int | None = None
    burns: tuple[BurnDay, ...] = ()
    climbed: Climbed = NOT_CLIMBED
    uncovered: int = 0  # minor points spent offline that the balance did not have
    stamps: tuple[StampsHeld, ...] = ()


def quote(order: SaleOrder, *, now: dt.datetime) -> Sold:
    """What `sell` would do, without doing it. Raises the same refusals.

    The balance is read under the lock and rolled forward, as the sale would; then everything is undone.
    """
    with transaction.atomic():
        sold = prepare(replace(order, offers=True), now=now).sold
        guarding.refuse_own_card(order.till, order.cashier_number, sold.shopper, now=now)
        sold = with_outlook(sold, now=now)
        transaction.set_rollback(True)
    return sold


def sell(order: SaleOrder, *, now: dt.datetime) -> Sold:
    """Book a sale: receipt, awards, points spent and earned, tier and summary, in one transaction.

    Raises MemberNotFound, IdentifierBlocked, IdentifierWithdrawn, ContactEnded, OwnCard, ReceiptExists, TooFinePoints, MemberRequired, a refusal of the
    redemption, or what guarding.confirm and guarding.count_day raise; nothing is booked then.
    """
    with joined_transaction():
        prepared = prepare(order, now=now)
        guarding.refuse_own_card(order.till, order.cashier_number, prepared.sold.shopper, now=now)
        prepared = count_limits(prepared)
        try:
            return _sell(prepared, now=now)
        except DomainError:
            if prepared.counted:
                counters.uncount(prepared.counted, prepared.known.whose)
            raise


def _sell(prepared: Prepared, *, now: dt.datetime) -> Sold:
    deed = guarding.deed_of(prepared.sold)
    if deed is None:
        return book(prepared, now=now)
    if prepared.sold.order.late is None:  # the goods are gone: there is nobody left to ask
        guarding.confirm(deed, now=now)
    day = guarding.count_day(deed, now=now)
    try:
        sold = book(prepared, now=now)
    except DomainError:
        guarding.uncount(day)
        raise
    guarding.look(deed, day, purchase_id=sold.purchase_id, now=now)
    return sold


@dataclass(frozen=True, slots=True)
class Known:
    """All that the rules see of a basket and the receipt cites of the shopper. A hold keeps it for its commit.

    `at`, `store`, `partner` and `channel` are those of the basket when it was asked about.
    """

    shopper: Shopper | None
    account: ledger.Locked | None
    version: Compiled | None
    facts: Facts
    products: Products
    at: dt.datetime
    store: str
    partner: str
    channel: str
    coupons: tuple[Presented, ...] = ()

    @property
    def whose(self) -> Whose:
        """Whose counters the sale moves."""
        assert self.shopper is not None  # else no version counts anything
        return Whose(self.shopper.program_id or 0, self.shopper.member_id, self.at)


@dataclass(frozen=True, slots=True)
class Held:
    """The points that a hold set aside, on their way into its sale."""

    hold_id: int
    takes: list[ledger.Take]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A sale that only has to be written."""

    known: Known
    sold: Sold
    receipt: ReceiptRow
    lines: list[LineRow]
    counted: tuple[Counted, ...] = ()


def prepare(order: SaleOrder, *, now: dt.datetime) -> Prepared:
    """Everything up to the first write: the account locked and rolled forward, the rules asked. Raises sell's refusals."""
    skus = {line.sku for line in order.lines}
    shopper, products = _shopper(order, skus, now) if order.member else (None, articles_by_sku(skus))
    account = None
    if shopper is not None and shopper.account_id is not None:
        account = ledger.lock_account(shopper.account_id)
        failpoint("sale.after_lock")
        if account.successor_id is not None:  # merged while this sale waited: it belongs to the survivor
            shopper, products = _shopper(order, skus, now)
            account = ledger.lock_account(shopper.account_id or account.successor_id)
        ledger.roll_forward(account, now=now)
    version = compiled_version(shopper.version_id) if shopper and shopper.version_id and account else None
    at = order.judged_at.astimezone(ZoneInfo(order.till.zone))
    known = Known(
        shopper=shopper,
        account=account,
        version=version,
        facts=facts_of(account, version, shopper, at=at, late=order.late),
        products=products,
        at=at,
        store=order.till.store_code,
        partner=order.till.partner_code,
        channel=order.till.channel,
        coupons=coupons.present_by(shopper, order.coupons, at=order.occurred_at, now=now) if order.coupons else (),
    )
    return decide(order, known)


def count_limits(prepared: Prepared) -> Prepared:
    """Count what the sale gives of limits and stamp cards, before it is written. It may give less where others were faster."""
    known, order = prepared.known, prepared.sold.order
    if not prepared.counted or known.version is None:
        return prepared

    def again(counted: dict[str, int]) -> Prepared:
        return decide(order, replace(known, facts=replace(known.facts, counters=counted)))

    return counters.count_asked(prepared, again, known.version, known.whose)


def decide(order: SaleOrder, known: Known) -> Prepared:
    """Ask the rules about `order` with what is `known`, and lay out the receipt. Reads nothing and writes nothing."""
    till, shopper, account, version, facts = order.till, known.shopper, known.account, known.version, known.facts
    exponent = version.currency_exponent if version else till.currency_exponent
    lines = [line_row(line, known.products, exponent) for line in order.lines]
    basket = Basket(
        tuple([line.seen() for line in lines]),
        known.store,
        known.at,
        coupons=frozenset(coupon.series for coupon in known.coupons),
        partner=known.partner,
        channel=known.channel,
        payments=frozenset(order.payments),
    )
    business_on = order.occurred_at.astimezone(ZoneInfo(till.zone)).date()
    if order.redeem and account is not None:
        ledger.require_unfrozen(account)
    outcome = ask(order, version, facts, basket)
    counted = counted_of(version, outcome, known.at) if version and outcome else ()
    receipt = ReceiptRow(
        kind="sale",
        till=till,
        register=order.register or till.register,
        receipt_number=order.receipt_number,
        business_on=business_on,
        occurred_at=order.occurred_at,
        member_id=shopper.member_id if shopper else None,
        identifier_id=shopper.identifier_id if shopper else None,
        account_id=account.id if account else None,
        version_id=shopper.version_id if shopper and version else None,
        currency=version.currency if version else till.currency,
        cashier_number=order.cashier_number,
        facts=stored_facts(order, version, facts, basket, counted) if account else {},
        is_offline=order.late is not None,
        presenter_id=shopper.presenter_id if shopper else None,
    )
    if shopper is not None and order.late is None:  # what was sold offline is a fact
        receipt = replace(
            receipt,
            lent_id=shopper.identifier_id if shopper.is_lent else None,
            contact_id=shopper.person_id if shopper.buys_for_company else None,
        )
    if outcome is not None:
        earned = outcome.points_by_line(len(lines))
        off = outcome.discount_by_line(len(lines))
        spent = outcome.redemption
        lines = [
            replace(
                line,
                points_earned=earned[i],
                points_redeemed=spent.points_by_line[i],
                reward=off[i],
                tender=spent.money_by_line[i],
            )
            for i, line in enumerate(lines)
        ]
    stamps = stamps_held(version, facts.counters, outcome) if version else ()
    sold = Sold(order, business_on, basket.total, outcome, shopper, version, account, stamps=stamps)
    return Prepared(known, sold, receipt, lines, counted)


def _shopper(order: SaleOrder, skus: set[str], now: dt.datetime) -> tuple[Shopper, Products]:
    assert order.member is not None
    wants_to_pay = bool(order.redeem or order.rewards) and not order.late
    return shopper_at_till(
        order.member,
        skus,
        at=order.judged_at,
        store_id=order.till.store_id,
        cashier_number=order.cashier_number,
        wants_to_pay=wants_to_pay,
        now=now,
    )


def book(prepared: Prepared, *, now: dt.datetime, from_hold: Held | None = None) -> Sold:
    """Write a prepared sale; its points come from the lots in general, or from those that a hold keeps.

    Raises ReceiptExists, or IdentifierWithdrawn or ContactEnded when that came between; nothing is written then.
    """
    sold, lines, order = prepared.sold, prepared.lines, prepared.sold.order
    outcome, coming = coupons.promise(sold.outcome, program_id=sold.shopper.program_id if sold.shopper else None)
    sold = replace(sold, outcome=outcome)
    tier = _tier_after(prepared, now=now)
    written = write_receipt(prepared.receipt, lines, awards_of(outcome), now=now, benefits=benefits_of(outcome))
    if written is None:
        refuse_unwritten(prepared.receipt)
    account, version = sold.account, sold.version
    uncovered = 0
    if account is not None and outcome is not None and version is not None:
        tier_before = account.tier_key
        post = partial(
            ledger.post,
            account,
            now=now,
            partner_id=order.till.partner_id,
            purchase_id=written.purchase_id,
            hold_id=from_hold.hold_id if from_hold else None,
            actor_label=order.till.label,
        )
        points = outcome.redemption.points
        earning = ledger.Movement(
            TransactionKind.EARN, grants=grants_of(lines, written.line_ids, version, order.judged_at)
        )
        movements = [earning]
        if (
            from_hold is None and order.late is None and points > account.available
        ):  # the receipt's own points may be spent on it
            post(movements)
            movements = []
        if from_hold is not None:
            takes = from_hold.takes
        elif order.late is not None:
            uncovered = max(0, points - account.available)
            takes = late_redemption(account, points)
        else:
            takes = ledger.take_from_lots(account, points, Bucket.REDEEMED)
        spending = ledger.Movement(TransactionKind.REDEEM, takes)
        post(
            [spending, *movements],
            spend_change=sold.total - outcome.discount,
            active_at=order.judged_at,
            tier_key=tier,
        )
        if tier != tier_before:
            # Of an offline sale from its own moment on, so that the next one of the same evening stands on it.
            from_at = order.judged_at if order.late else now
            note_standing(account, prepared.receipt.version_id, reason="spend", now=from_at)
    if from_hold is not None:
        coupons.settle_hold(from_hold.hold_id, purchase_id=written.purchase_id, now=now)
    elif prepared.known.coupons:
        member_id = prepared.receipt.member_id
        coupons.use(prepared.known.coupons, member_id=member_id, purchase_id=written.purchase_id, now=now)
    coupons.hand_out(coming, member_id=prepared.receipt.member_id, label=order.till.label, now=now)
    failpoint("sale.after_entries")
    sold = replace(sold, public_id=written.public_id, purchase_id=written.purchase_id, uncovered=uncovered)
    return with_outlook(sold, now=now)


def _tier_after(prepared: Prepared, *, now: dt.datetime) -> str:
    """The tier that a sale leads to, asked before it is written: what is counted for a late one must not hold it twice."""
    sold = prepared.sold
    if sold.account is None or sold.version is None or sold.outcome is None:
        return ""
    if sold.order.late is None:
        return sold.outcome.tier_after
    return late_tier(sold.version, sold.account, sold.total - sold.outcome.discount, at=prepared.known.at, now=now)


def with_outlook(sold: Sold, *, now: dt.datetime) -> Sold:
    """With what is ahead of the account as it stands now: when points burn, and the next tier."""
    if sold.account is None:
        return sold
    account = sold.account
    burns = burn_calendar([account.id], now=now)[account.id]
    climbed = climbed_of(account.id, sold.version, spend=account.spend, tier=account.tier_key, now=now)
    return replace(sold, burns=burns, climbed=climbed)
