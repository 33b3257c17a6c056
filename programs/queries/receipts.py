"""One receipt as its reader asks about it: lines, the reason of every point, what was paid with points, returns."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from programs.models import Award, Purchase, PurchaseLine
from programs.queries.reasons import award_sentence


@dataclass(frozen=True, slots=True)
class AwardText:
    """Minor points and why."""

    points: int
    text: str


@dataclass(frozen=True, slots=True)
class LineRow:
    line: PurchaseLine
    product: str
    awards: tuple[AwardText, ...]


@dataclass(frozen=True, slots=True)
class ReceiptDetail:
    """A receipt with its lines in order; `returns` are later receipts that took goods of it back."""

    purchase: Purchase
    lines: tuple[LineRow, ...]
    returns: tuple[Purchase, ...]


def receipt_detail(purchase: Purchase) -> ReceiptDetail:
    """Everything on one receipt, in three statements."""
    awards: dict[int, list[AwardText]] = defaultdict(list)
    for award in Award.objects.filter(purchase=purchase).order_by("id"):
        awards[award.line_id].append(AwardText(award.points, award_sentence(award.reason, award.details)))
    lines = PurchaseLine.objects.filter(purchase=purchase).select_related("product", "category").order_by("position")
    return ReceiptDetail(
        purchase=purchase,
        lines=tuple(
            LineRow(line, line.product.name if line.product else line.sku, tuple(awards[line.id])) for line in lines
        ),
        returns=tuple(Purchase.objects.filter(original=purchase).select_related("store").order_by("id")),
    )
