"""A year of real receipts through the real sale service: totals as in the file, every invariant kept.

Reads the whole of The Complete Journey where it lies beside the checkout, else the part of it that is
shipped for the demonstration. In the suite every second household buys, all year long; all of them in `make soak`.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import itertools
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Sum

from members.models import Member
from programs.models import Account, Award, Program, Purchase, PurchaseLine, PurchaseSummary
from programs.queries.shoppers import MemberKey
from programs.queries.verify import verify
from programs.services.sales import OrderLine, SaleOrder, sell
from programs.services.tills import till_by_terminal
from tests.factories.configuration import (
    CategoryFactory,
    CompanyFactory,
    PartnerFactory,
    ProductFactory,
    ProgramFactory,
    RuleFactory,
    StoreFactory,
    TerminalFactory,
    TierFactory,
    publish,
)

ROOT = Path(__file__).resolve().parents[2]
WHOLE = ROOT.parent / "shared" / "data" / "retail"
# The file was written by a program that kept floats: a handful of amounts are a rounding error away from a cent.
CENT = Decimal("0.01")
START = dt.datetime(2016, 1, 1, tzinfo=dt.UTC)


@dataclass
class Basket:
    number: str
    household: str
    store: str
    at: dt.datetime
    lines: list[tuple[str, Decimal, Decimal]]


def source() -> Path:
    whole = WHOLE / "transactions.csv.gz"
    return whole if whole.exists() else ROOT / "demo" / "receipts.csv.gz"


def baskets() -> Iterator[Basket]:
    with gzip.open(source(), "rt", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (row["transaction_timestamp"], row["basket_id"]))
    for number, group in itertools.groupby(rows, key=lambda row: row["basket_id"]):
        lines = list(group)
        yield Basket(
            number,
            lines[0]["household_id"],
            lines[0]["store_id"],
            dt.datetime.fromisoformat(lines[0]["transaction_timestamp"]).replace(tzinfo=dt.UTC),
            [
                (line["product_id"], Decimal(line["quantity"]), Decimal(line["sales_value"]).quantize(CENT))
                for line in lines
            ],
        )


def categories() -> dict[str, str]:
    folder = source().parent
    with gzip.open(folder / "products.csv.gz", "rt", newline="") as file:
        return {
            row["product_id"]: row["department"].lower().replace(" ", "-").replace("/", "-")[:60]
            for row in csv.DictReader(file)
        }


def open_company(all_baskets: list[Basket]) -> Program:
    CompanyFactory()
    known = {code: CategoryFactory(code=code or "other") for code in sorted(set(categories().values()))}
    wanted = {sku for basket in all_baskets for sku, _, _ in basket.lines}
    for sku, code in categories().items():
        if sku in wanted:
            ProductFactory(sku=sku, name=sku, category=known[code])
    program = ProgramFactory(expiry_months=6, activation_days=2)
    RuleFactory(program=program, key="produce", conditions=[{"type": "category", "codes": ["produce"]}])
    for key, threshold, factor in (("red", 0, 1), ("silver", 500, "1.5"), ("gold", 2000, 2)):
        TierFactory(program=program, key=key, threshold=threshold, multiplier=factor)
    publish(program, at=START)
    return program


def keep_statistics() -> None:
    """What autovacuum does for a shop. It sees nothing of this test's one long transaction, and plans made for the tables
    of the first receipts would read the whole of them for each of the last."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_year_of_receipts_adds_up_to_the_cent_and_to_the_point(db):
    is_whole = os.environ.get("SOAK_RECEIPTS") == "all"
    everything = [basket for basket in baskets() if is_whole or int(basket.household) % 2]
    open_company(everything)
    partner = PartnerFactory()
    tills = {}
    for code in sorted({basket.store for basket in everything}):
        terminal = TerminalFactory(store=StoreFactory(partner=partner, code=code, time_zone="UTC"))
        tills[code] = till_by_terminal(terminal.pk, now=START)
    members = {
        household: Member.objects.create(name=f"Household {household}")
        for household in sorted({basket.household for basket in everything})
    }

    total, base = Decimal(0), 0
    spend: dict[str, Decimal] = defaultdict(Decimal)
    for number, basket in enumerate(everything):
        if number % 2000 == 3:
            keep_statistics()
        amount = sum((value for _, _, value in basket.lines), Decimal(0))
        total += amount
        base += int(amount)
        spend[basket.household] += amount
        order = SaleOrder(
            till=tills[basket.store],
            receipt_number=basket.number,
            occurred_at=basket.at,
            lines=tuple(OrderLine(*line) for line in basket.lines),
            member=MemberKey("id", str(members[basket.household].public_id)),
        )
        sell(order, now=basket.at)

    assert Purchase.objects.count() == len(everything)
    assert PurchaseLine.objects.count() == sum(len(basket.lines) for basket in everything)
    assert Purchase.objects.aggregate(sum=Sum("total_minor"))["sum"] == int(total * 100)
    assert Award.objects.filter(reason="base").aggregate(sum=Sum("points"))["sum"] == base
    by_member = dict(PurchaseSummary.objects.values_list("member_id", "spend_minor"))
    assert by_member == {members[household].pk: int(value * 100) for household, value in spend.items()}
    assert dict(Account.objects.values_list("owner_id", "spend_minor")) == by_member
    findings = verify()
    assert [finding for finding in findings if finding.violations] == []
    print(f"\n{len(everything)} receipts, {PurchaseLine.objects.count()} lines, total {total}, base points {base}")
