"""Cancelling a sale: a return of everything that is left of it, after which it was no purchase.

Only on the sale's own business day, by a store of its partner. What it gave is taken back and what paid for it
comes back exactly as at a return; its coupons are usable again, and the member's purchases are one fewer.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from loyalty_site.ground.services.transactions import joined_transaction
from programs.errors import SaleVoided, VoidNothing, VoidTooLate
from programs.models import Purchase
from programs.queries.returns import sold_lines
from programs.rules.returns import return_line
from programs.services.returns import Returned, ReturnOrder, book_return, find_sale

PREFIX = "VOID-"


def void_sale(order: ReturnOrder, *, now: dt.datetime) -> Returned:
    """Cancel the sale that `order` names (its `pieces` are not looked at), in one transaction.

    Without a number of its own the cancelling receipt is called VOID- and the sale's number. Raises SaleNotFound,
    SaleVoided, VoidTooLate, VoidNothing (everything came back already) or ReceiptExists; nothing is written then.
    """
    with joined_transaction():
        sale = find_sale(order)
        # Asked after the lock: two that cancel at once must not both see a sale that stands.
        if Purchase.objects.filter(original=sale.purchase_id, is_void=True).exists():
            raise SaleVoided(receipt=sale.receipt_number)
        today = order.occurred_at.astimezone(ZoneInfo(order.till.zone)).date()
        if today != sale.business_on:
            raise VoidTooLate(receipt=sale.receipt_number, day=sale.business_on.isoformat())
        lines = [
            return_line(line, line.left) for line in sold_lines(sale.purchase_id) if line.left or line.quantity == 0
        ]
        if not lines:
            raise VoidNothing(receipt=sale.receipt_number)
        number = order.receipt_number or f"{PREFIX}{sale.receipt_number}"[:60]
        named = ReturnOrder(
            till=order.till,
            receipt_number=number,
            occurred_at=order.occurred_at,
            pieces=(),
            cashier_number=order.cashier_number,
            register=order.register,
        )
        return book_return(named, sale, lines, is_whole=True, is_void=True, now=now)
