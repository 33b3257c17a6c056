"""One receipt as its reader asks about it: lines, the reason of every point, what was paid with points, returns."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from programs.models import Award, CouponUse, Hold, Purchase, PurchaseLine
from programs.queries.reasons import reason_order, sentence_of


@dataclass(frozen=True, slots=True)
class AwardText:
    """Minor points, or minor money off the price, and why."""

    points: int
    money: int
    text: str


@dataclass(frozen=True, slots=True)
class LineRow:
    line: PurchaseLine
    product: str
    awards: tuple[AwardText, ...]


@dataclass(frozen=True, slots=True)
class ReceiptDetail:
    """A receipt with its lines in order; `tier` is the shopper's before it, `returns` are later receipts that took goods of it back."""

    purchase: Purchase
    tier: str
    lines: tuple[LineRow, ...]
    returns: tuple[Purchase, ...]
    hold: Hold | None = None
    coupons: tuple[CouponUse, ...] = ()

    @property
    def by_lent_card(self) -> bool:
        """Whether the key was lent when it was presented."""
        key = self.purchase.presented
        return key is not None and key.lent_at is not None and key.lent_at <= self.purchase.occurred_at


def receipt_detail(purchase: Purchase) -> ReceiptDetail:
    """Everything on one receipt, in six statements."""
    awards: dict[int, list[AwardText]] = defaultdict(list)
    stored = Award.objects.filter(purchase=purchase).select_related("reverses")
    for award in sorted(stored, key=lambda one: (reason_order(one.reason), one.pk)):
        awards[award.line_id].append(AwardText(award.points, award.money_minor, sentence_of(award)))
    lines = PurchaseLine.objects.filter(purchase=purchase).select_related("product", "category").order_by("position")
    return ReceiptDetail(
        purchase=purchase,
        tier=_tier_name(purchase),
        lines=tuple(
            LineRow(line, line.product.name if line.product else line.sku, tuple(awards[line.id])) for line in lines
        ),
        hold=Hold.objects.filter(purchase=purchase).first(),
        coupons=tuple(CouponUse.objects.filter(purchase=purchase).select_related("coupon__series").order_by("id")),
        returns=tuple(Purchase.objects.filter(original=purchase).select_related("store").order_by("id")),
    )


def _tier_name(purchase: Purchase) -> str:
    key = str(purchase.facts.get("tier", ""))
    if not key or purchase.version is None:
        return key
    return next((tier["name"] for tier in purchase.version.document["tiers"] if tier["key"] == key), key)
