"""One hold as its reader asks about it: what is in the basket, and which points are set aside for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from loyalty_site.ground.models import Company
from loyalty_site.ground.rules.money import to_minor
from programs.models import Bucket, CouponUse, Hold, Lot, Posting, Product
from programs.queries.figures import Currency
from programs.rules.dates import last_day


@dataclass(frozen=True, slots=True)
class BasketLine:
    """One line of a basket; `amount` in minor money, after the till's own discounts."""

    sku: str
    product: str
    quantity: Decimal
    amount: int


@dataclass(frozen=True, slots=True)
class HeldLot:
    """Minor points of one lot that a hold set aside; `burns_on` is its last day by the calendar, None: never."""

    lot: Lot
    points: int
    burns_on: dt.date | None


@dataclass(frozen=True, slots=True)
class HoldDetail:
    """The basket in its order, its sum in minor money, and the lots and coupons set aside for it."""

    lines: tuple[BasketLine, ...]
    total: int
    currency: Currency
    lots: tuple[HeldLot, ...]
    coupons: tuple[CouponUse, ...]


def hold_detail(hold: Hold) -> HoldDetail:
    """Everything on one hold, ended ones too: the lots are those that it kept while it was open."""
    currency = _currency_of(hold)
    kept = hold.order.get("lines", [])
    names = dict(Product.objects.filter(sku__in={line["sku"] for line in kept}).values_list("sku", "name"))
    lines = tuple(
        BasketLine(
            sku=line["sku"],
            product=names.get(line["sku"], line["sku"]),
            quantity=Decimal(line["quantity"]),
            amount=to_minor(Decimal(line["amount"]), currency.currency_exponent),
        )
        for line in kept
    )
    coupons = CouponUse.objects.filter(hold=hold).select_related("coupon__series").order_by("id")
    return HoldDetail(lines, sum(line.amount for line in lines), currency, _lots_of(hold), tuple(coupons))


def _lots_of(hold: Hold) -> tuple[HeldLot, ...]:
    if hold.account is None:
        return ()
    zone = hold.account.program.time_zone
    held = Posting.objects.filter(transaction__hold=hold, to_bucket=Bucket.HELD, lot__isnull=False)
    return tuple(
        HeldLot(one.lot, one.amount, last_day(one.lot.expires_at, zone) if one.lot.expires_at else None)
        for one in held.select_related("lot").order_by("lot__expires_at", "lot_id")
        if one.lot is not None
    )


def _currency_of(hold: Hold) -> Currency:
    """The programme's; without a member no programme counted, and it is the company's."""
    owner = hold.version.program if hold.version else Company.objects.get()
    return Currency(owner.currency, owner.currency_exponent)
