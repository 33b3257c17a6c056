"""The shipped receipts, moved forward in time by whole weeks, and what a deterministic demonstration does with them.

Pure: no Django, no clock. demo/README.md says where the data comes from.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from statistics import median_low

FOLDER = Path(__file__).resolve().parents[2] / "demo"
ZONE = "America/New_York"
REGISTERS = 2
CASHIERS = 3
WITHOUT_CARD_PERCENT = 22
BY_PHONE_PERCENT = 15
REDEEMING_PERCENT = 12
RETURNED_PERCENT = 3
_CENT = Decimal("0.01")
_PAID = ("sales_value", "retail_disc", "coupon_disc")  # together what stood on the shelf


@dataclass(frozen=True, slots=True)
class Item:
    """One line: money as the till charged it, after its discounts."""

    sku: str
    quantity: Decimal
    amount: Decimal
    discount: Decimal


@dataclass(frozen=True, slots=True)
class Receipt:
    """One basket of one household. What is not in the data follows from its number, the same on every run."""

    number: str
    household: int
    store: str
    at: dt.datetime
    items: tuple[Item, ...]

    @property
    def register(self) -> str:
        return str(1 + draw(self.number, "register") % REGISTERS)

    @property
    def cashier(self) -> str:
        return str(1 + draw(self.number, "cashier") % CASHIERS)

    @property
    def has_card(self) -> bool:
        return draw(self.number, "card") % 100 >= WITHOUT_CARD_PERCENT

    @property
    def is_by_phone(self) -> bool:
        return draw(self.number, "phone") % 100 < BY_PHONE_PERCENT

    @property
    def wants_to_redeem(self) -> bool:
        return self.has_card and draw(self.number, "redeem") % 100 < REDEEMING_PERCENT

    @property
    def returned_position(self) -> int | None:
        """The line (from 1) of which one piece comes back a day later, or None."""
        if draw(self.number, "return") % 100 >= RETURNED_PERCENT:
            return None
        whole = [
            position for position, item in enumerate(self.items, 1) if 1 <= item.quantity <= 20 and item.amount > 0
        ]
        return whole[draw(self.number, "line") % len(whole)] if whole else None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens at a till at a moment."""

    at: dt.datetime
    is_return: bool
    receipt: Receipt

    @property
    def number(self) -> str:
        return self.receipt.number + ("-R" if self.is_return else "")

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes the booked receipt unique, so that a second run books nothing twice: store, number, kind."""
        return self.receipt.store, self.number, "return" if self.is_return else "sale"


def read_receipts(*, weeks: int = 0, last: int = 0) -> list[Receipt]:
    """The receipts by time, `weeks` later than they were; only the newest `last` of them unless that is 0."""
    baskets: dict[str, list[dict[str, str]]] = {}
    for row in _rows("receipts.csv.gz"):
        baskets.setdefault(row["basket_id"], []).append(row)
    shift = dt.timedelta(weeks=weeks)
    receipts = [
        Receipt(
            number=number,
            household=int(lines[0]["household_id"]),
            store=lines[0]["store_id"],
            at=dt.datetime.fromisoformat(lines[0]["transaction_timestamp"]).replace(tzinfo=dt.UTC) + shift,
            items=tuple(
                Item(
                    sku=line["product_id"],
                    quantity=Decimal(line["quantity"]),
                    amount=Decimal(line["sales_value"]),
                    discount=Decimal(line["retail_disc"]) + Decimal(line["coupon_disc"]),
                )
                for line in lines
            ),
        )
        for number, lines in baskets.items()
    ]
    return sorted(receipts, key=lambda receipt: (receipt.at, receipt.number))[-last:]


def events(receipts: list[Receipt], *, until: dt.datetime) -> list[Event]:
    """Sales and the returns that follow them, by time, as far as `until`."""
    found = [Event(receipt.at, is_return=False, receipt=receipt) for receipt in receipts]
    found += [
        Event(receipt.at + dt.timedelta(days=1), is_return=True, receipt=receipt)
        for receipt in receipts
        if receipt.returned_position
    ]
    return sorted((event for event in found if event.at <= until), key=lambda event: (event.at, event.number))


def weeks_to(last: dt.date, today: dt.date) -> int:
    """Whole weeks after which the data's last day is yesterday or a few days later; what lies ahead is left out."""
    return -(-((today - dt.timedelta(days=1)) - last).days // 7)


def households() -> list[int]:
    """The numbers of all households of the data's year, also of those without a receipt in our part."""
    return [int(line) for line in (FOLDER / "households.txt").read_text().split()]


def read_products() -> Iterator[tuple[str, str, str]]:
    """(sku, name, department) of every product on a receipt that the source describes."""
    for row in _rows("products.csv.gz"):
        words = [row["product_type"].capitalize(), row["package_size"]]
        yield row["product_id"], " ".join(filter(None, words)) or row["product_id"], row["department"]


@cache
def read_prices() -> Mapping[str, Decimal]:
    """{sku: what a piece usually cost on the shelf, before discounts, to the cent}: the middle one of all its receipts."""
    seen: dict[str, list[Decimal]] = {}
    for row in _rows("receipts.csv.gz"):
        money, quantity = sum(Decimal(row[name]) for name in _PAID), Decimal(row["quantity"])
        if quantity and (price := (money / quantity).quantize(_CENT)):
            seen.setdefault(row["product_id"], []).append(price)
    return {sku: median_low(prices) for sku, prices in seen.items()}


def _rows(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(FOLDER / name, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def draw(number: str, purpose: str) -> int:
    """A number that looks drawn and is the same on every run."""
    return int.from_bytes(hashlib.blake2b(f"{purpose} {number}".encode(), digest_size=4).digest())
