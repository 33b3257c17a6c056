"""A small shop for tests: one programme with a category multiplier, a till, and ways to sell and return."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field
from decimal import Decimal

from loyalty_site.ground.policy import system
from members.models import Member
from members.services import enrol_member
from programs.models import Account, Program, Terminal
from programs.queries.shoppers import MemberKey
from programs.services.returns import Returned, ReturnedPiece, ReturnOrder, take_back
from programs.services.sales import OrderLine, SaleOrder, Sold, quote, sell
from programs.services.tills import Till, till_by_terminal
from tests.factories.configuration import (
    CategoryFactory,
    CompanyFactory,
    ProductFactory,
    ProgramFactory,
    RuleFactory,
    TerminalFactory,
    publish,
)

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)


@dataclass
class Shop:
    """`sell` and `give_back` go through the real services with short arguments."""

    program: Program
    terminal: Terminal
    now: dt.datetime = NOW
    numbers: itertools.count = field(default_factory=lambda: itertools.count(1))

    @property
    def till(self) -> Till:
        till = till_by_terminal(self.terminal.pk, now=self.now)
        assert till is not None
        return till

    def member(self, phone: str = "+12125550123", name: str = "Anna Petrova") -> Member:
        return enrol_member(name=name, identifiers=[("phone", phone)], region="US", actor=system("tests"), now=self.now)

    def account(self, member: Member) -> Account:
        return Account.objects.get(owner=member)

    def order(
        self, lines: dict[str, str] | list[OrderLine], member: Member | None, redeem: str = "0", number: str = ""
    ) -> SaleOrder:
        order_lines = (
            lines
            if isinstance(lines, list)
            else [OrderLine(sku, Decimal(1), Decimal(amount)) for sku, amount in lines.items()]
        )
        return SaleOrder(
            till=self.till,
            receipt_number=number or f"{next(self.numbers):06}",
            occurred_at=self.now,
            lines=tuple(order_lines),
            member=MemberKey("id", str(member.public_id)) if member else None,
            redeem=Decimal(redeem),
        )

    def sell(
        self, lines: dict[str, str] | list[OrderLine], member: Member | None = None, redeem: str = "0", number: str = ""
    ) -> Sold:
        return sell(self.order(lines, member, redeem, number), now=self.now)

    def quote(self, lines: dict[str, str] | list[OrderLine], member: Member | None = None, redeem: str = "0") -> Sold:
        return quote(self.order(lines, member, redeem), now=self.now)

    def give_back(self, sold: Sold, pieces: dict[int, str], number: str = "") -> Returned:
        order = ReturnOrder(
            till=self.till,
            receipt_number=number or f"{next(self.numbers):06}",
            occurred_at=self.now,
            pieces=tuple(ReturnedPiece(position, Decimal(quantity)) for position, quantity in pieces.items()),
            sale_id=sold.public_id,
        )
        return take_back(order, now=self.now)


def open_shop(**program: object) -> Shop:
    """A published programme: 1 point per 1.00, category A times 2, category B times 3; products A, B, C."""
    CompanyFactory()
    made = ProgramFactory(**program)
    for code, factor in (("a", "2"), ("b", "3")):
        ProductFactory(sku=code.upper(), category=CategoryFactory(code=code))
        RuleFactory(
            program=made,
            key=f"times-{code}",
            conditions=[{"type": "category", "codes": [code]}],
            effect={"type": "multiply", "factor": factor},
        )
    ProductFactory(sku="C", category=CategoryFactory(code="c"))
    publish(made)
    return Shop(made, TerminalFactory())
