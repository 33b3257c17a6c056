"""What is left of what the company sells, from what it sold lately and what its goods cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db import connection

from programs.rules.basket import Line
from programs.rules.margins import Sold

_LINES = 20_000
# The last lines by their number: what was booked lately, found by the primary key alone however many receipts there are.
_LATELY = """
    SELECT l.sku, max(p.name), max(coalesce(c.code, '')), max(p.brand), max(p.labels), max(p.cost),
           sum(l.amount_minor)::bigint, sum(l.quantity)
    FROM (SELECT sku, amount_minor, quantity FROM programs_purchaseline
          WHERE original_line_id IS NULL AND amount_minor > 0 AND quantity > 0 ORDER BY id DESC LIMIT %s) l
    LEFT JOIN programs_product p ON p.sku = l.sku LEFT JOIN programs_category c ON c.id = p.category_id
    GROUP BY l.sku ORDER BY sum(l.amount_minor) DESC, l.sku
"""


@dataclass(frozen=True, slots=True)
class Lately:
    """Sales of some thousand lines in minor money: all, those of goods whose cost is known, and that cost; and these
    goods, those that sell most first."""

    money: int = 0
    costed_money: int = 0
    cost: Decimal = Decimal(0)
    sold: tuple[Sold, ...] = ()

    @property
    def estimated(self) -> Fraction:
        """The share of turnover whose cost nobody entered."""
        return 1 - Fraction(self.costed_money, self.money) if self.money else Fraction(1)

    def margin(self, estimate: Fraction | None) -> Fraction | None:
        """What is left of a unit of money: measured where the cost is known, the estimate for the rest. Without an
        estimate what is measured stands for all; None: nothing is known. Never below 0."""
        if not self.costed_money:
            return estimate
        measured = 1 - Fraction(self.cost) / self.costed_money
        rest = measured if estimate is None else estimate
        return max(Fraction(0), (1 - self.estimated) * measured + self.estimated * rest)


def sold_lately(exponent: int) -> Lately:
    """What was sold with the latest lines; money with `exponent` decimals."""
    with connection.cursor() as cursor:
        cursor.execute(_LATELY, [_LINES])
        rows = cursor.fetchall()
    money = costed = 0
    paid, sold = Decimal(0), []
    for sku, name, category, brand, labels, cost, amount, quantity in rows:
        money += amount
        if cost is None:
            continue
        piece = cost.scaleb(exponent)
        costed += amount
        paid += piece * quantity
        price = int(amount / quantity)
        if price:
            line = Line(sku, Decimal(1), price, category, frozenset(labels), brand)
            sold.append(Sold(line, name, piece))
    return Lately(money, costed, paid, tuple(sold))
