"""One receipt of the demonstration as an order to the sale and return services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from loyalty_site.demo.people import Person
from loyalty_site.demo.receipts import ZONE, Event, Receipt
from programs.models import Purchase, Terminal, TerminalState
from programs.queries.shoppers import MemberKey
from programs.services.returns import ReturnedPiece, ReturnOrder, take_back
from programs.services.sales import OrderLine, SaleOrder, quote, sell
from programs.services.tills import Till, till_by_terminal

REDEEM_AT_MOST = 300


def booked() -> set[tuple[str, str, str]]:
    """Event.key of everything that is in the database already."""
    return set(Purchase.objects.values_list("store__code", "receipt_number", "kind"))


class Seller:
    """Books events. Every service gets the receipt's own moment as `now`, as if it had been there."""

    def __init__(self, everybody: list[Person], *, now: dt.datetime) -> None:
        self._people = {person.household: person for person in everybody if person.household is not None}
        self._tills: dict[tuple[str, str], Till] = {}
        active = Terminal.objects.filter(state=TerminalState.ACTIVE).values_list("id", "store__code", "register")
        for terminal_id, store, register in active:
            till = till_by_terminal(terminal_id, now=now)
            assert till is not None  # it is active
            self._tills[store, register] = till

    def book_missing(self, wanted: Iterable[Event]) -> Iterator[int]:
        """Sell and take back what no earlier run has booked; yields the count after each."""
        done = booked()
        for count, event in enumerate((event for event in wanted if event.key not in done), 1):
            if event.is_return:
                take_back(self._return_order(event), now=event.at)
            else:
                self._sell(event.receipt)
            yield count

    def _sell(self, receipt: Receipt) -> None:
        order = self._sale_order(receipt)
        if receipt.wants_to_redeem:
            outcome = quote(order, now=receipt.at).outcome
            if outcome is not None:
                # The programme's points have no decimals, so minor points are points.
                order = replace(order, redeem=Decimal(min(outcome.points_maximum, REDEEM_AT_MOST)))
        sell(order, now=receipt.at)

    def _sale_order(self, receipt: Receipt) -> SaleOrder:
        return SaleOrder(
            till=self._tills[receipt.store, receipt.register],
            receipt_number=receipt.number,
            occurred_at=receipt.at,
            lines=tuple(OrderLine(item.sku, item.quantity, item.amount, item.discount) for item in receipt.items),
            member=self._key(receipt) if receipt.has_card else None,
            cashier_number=receipt.cashier,
        )

    def _return_order(self, event: Event) -> ReturnOrder:
        receipt = event.receipt
        assert receipt.returned_position is not None  # events() makes returns only of such receipts
        return ReturnOrder(
            till=self._tills[receipt.store, receipt.register],
            receipt_number=event.number,
            occurred_at=event.at,
            pieces=(ReturnedPiece(receipt.returned_position, Decimal(1)),),
            sale_number=receipt.number,
            sale_on=receipt.at.astimezone(ZoneInfo(ZONE)).date(),
            cashier_number=receipt.cashier,
        )

    def _key(self, receipt: Receipt) -> MemberKey:
        person = self._people[receipt.household]
        return MemberKey("phone", person.phone_value) if receipt.is_by_phone else MemberKey("card", person.card)
