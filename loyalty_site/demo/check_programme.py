"""The programme of the demonstration, proved over HTTP: its terms, its stamp card at a till, and the draft that was tried."""

from __future__ import annotations

import csv
import uuid
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from loyalty_site.demo import desk
from loyalty_site.demo.browser import Browser
from loyalty_site.demo.check_mailing import RIGHT_TO_LEFT
from loyalty_site.demo.checking import Checks
from loyalty_site.demo.programme import CARD_CATEGORY, CARD_NAME, EVERY, totals_of
from programs.models import Account, Product, Program, Purchase, PurchaseKind, ReplayRun

# What the terms must say of the stamp card, the ladder and the gift for joining, in each language.
TERMS = {
    "en": (
        "Every piece number 10 is free, when the article is of Pastry.",
        "What was spent within 12 months counts for the tier.",
        "New members are given 100 points at once.",
    ),
    "ru": (
        "Каждая 10-я штука бесплатно, если товар из категории Pastry.",
        "Для уровня считается сумма покупок за последние месяцы (12).",
        "Новым участникам баллы начисляются сразу: 100.",
    ),
    "he": (
        "כל יחידה מספר 10 חינם, כאשר הפריט מקטגוריה \u2068Pastry\u2069.",
        "לדרגה נספר סכום הקניות ב־12 החודשים האחרונים.",
        "חברי מועדון חדשים מקבלים מייד 100 נקודות.",
    ),
}
PIECES = 3


def prove_programme(checks: Checks, till: Browser, marketer: Browser) -> None:
    """`till` is enrolled, `marketer` signed in. Leaves stamps and balances as it found them."""
    _terms(checks, Browser(till.url))
    _stamps(checks, till)
    _versions(checks, marketer)
    _trial(checks, marketer)


def _terms(checks: Checks, anybody: Browser) -> None:
    for language, said in TERMS.items():
        page = anybody.get(f"/terms/?lang={language}")
        checks.that(f"the terms are there in {language}", page.status == 200 and CARD_NAME in page.text, page.status)
        missing = [sentence for sentence in said if sentence not in page.text]
        checks.that(f"and read right in {language}", not missing, missing)
        direction = 'dir="rtl"' in page.text
        checks.that("from the right side", direction == (language == RIGHT_TO_LEFT), language)
    checks.that("whoever joins is led to them", "/terms/?lang=en" in anybody.get("/join/?lang=en").text)


def _stamps(checks: Checks, till: Browser) -> None:
    account = Account.objects.filter(held=0, debt=0, frozen_at=None).order_by("-available", "id")[5]
    member = {"id": str(account.owner.public_id)}
    sku = Product.objects.filter(category__code=CARD_CATEGORY).order_by("sku").values_list("sku", flat=True)[0]

    def basket(pieces: int) -> dict[str, Any]:
        return {"member": member, "lines": [{"sku": sku, "quantity": str(pieces), "amount": f"{pieces}.00"}]}

    def held() -> int:
        (card,) = till.post("/api/v1/lookup", member).json["stamps"]
        return int(card["held"])

    before = held()
    full = till.post("/api/v1/quotes", basket(EVERY))
    checks.that("of ten pastries one is free", full.json["to_pay"] == f"{EVERY - 1}.00", full)
    checks.that("and says why", CARD_NAME in full.json["discounts"][0]["why"], full)
    key = f"demonstration-{uuid.uuid4()}"
    sale = till.post("/api/v1/sales", basket(PIECES) | {"receipt_number": "CHECK-STAMPS"}, key=key)
    checks.that("three of them leave three stamps", sale.status == 201 and held() == before + PIECES, (before, sale))
    void = till.post("/api/v1/sales/void", {"sale": {"id": sale.json["sale"]}}, key=f"demonstration-{uuid.uuid4()}")
    checks.that("which go with the sale", void.status == 201 and held() == before, (before, void))


def _versions(checks: Checks, marketer: Browser) -> None:
    newest = Program.objects.get().versions.order_by("-number")[0]
    page = marketer.get(f"/admin/programs/programversion/{newest.pk}/compare/")
    checks.that("what the second version changed is said", newest.number == 2 and CARD_NAME in page.text, page.status)


def _trial(checks: Checks, marketer: Browser) -> None:
    run = ReplayRun.objects.get()
    totals, given = totals_of(run)
    past = Purchase.objects.filter(member__isnull=False, kind=PurchaseKind.SALE, occurred_at__lt=run.until_at)
    sold = past.exclude(receipt_number__startswith=desk.PREFIX)  # that came after the trial
    checks.that("the draft was played over every sale with a card", totals.receipts == sold.count(), totals.receipts)
    money = sold.aggregate(sum=Sum("total_minor"))["sum"]
    checks.that("for the money that was paid", given.money == money, (given.money, money))
    checks.that("it would have given points and money off", given.points > 0 and given.discount > 0, given)
    checks.that("some gain by it, and some lose", totals.winners and totals.losers)
    page = marketer.get(f"/admin/programs/replayrun/{run.pk}/change/")
    shown = f"{given.points:,}"
    checks.that("its page shows what it gives", page.status == 200 and shown in page.text, (page.status, shown))
    checks.that("and who gains", f"{sum(row[0] for row in totals.bands)}" and "A full trolley" in page.text)
    file = marketer.get(f"/admin/programs/replayrun/{run.pk}/file/")
    rows = list(csv.DictReader(file.body.decode("utf-8-sig").splitlines()))
    points = sum(Decimal(row["points"]) for row in rows)
    checks.that("and its file adds up to the same", points == given.points, (points, given.points))
