"""What tills propose and scan: pages of products, which cost little to ask for again."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loyalty_site.ground.models import Company
from programs.api import products
from programs.models import Category, Product, Terminal
from tests.programs.shop import Shop
from tests.programs.till import ApiTill


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    Terminal.objects.update(scopes=[])  # any terminal may
    Product.objects.all().delete()
    tea = Category.objects.create(code="tea", name="Чай")
    Product.objects.create(sku="Z", name="Mate", category=tea, price="12.5", cost="3.33", barcodes=["46001", "46002"])
    Product.objects.create(sku="A", name="Пирог")
    return ApiTill(shop.terminal, timezone.now())


def ask(till: ApiTill, tag: str = "", **query: str) -> Any:
    headers = {"Authorization": f"Bearer {till.token}"} | ({"If-None-Match": tag} if tag else {})
    return Client().get("/api/v1/products", query, headers=headers)


MATE = {"sku": "Z", "name": "Mate", "price": "12.50", "barcodes": ["46001", "46002"], "category": "Чай"}
PIE: dict[str, Any] = {"sku": "A", "name": "Пирог", "price": None, "barcodes": [], "category": None}


def test_every_terminal_is_told_what_is_sold_and_never_what_it_costs_us(till: ApiTill):
    answer = ask(till)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json() == {"products": [MATE, PIE], "next": None}
    assert "Чай" in answer.content.decode()
    assert "3.33" not in answer.content.decode()
    assert Client().get("/api/v1/products").status_code == 401


@pytest.mark.parametrize(("exponent", "said"), [(0, "13"), (2, "12.50"), (3, "12.500")])
def test_prices_are_written_in_the_company_s_currency(till: ApiTill, exponent: int, said: str):
    Company.objects.update(currency_exponent=exponent)
    assert ask(till).json()["products"][0]["price"] == said


def test_pages_follow_one_another_in_two_statements_each(till: ApiTill, monkeypatch: pytest.MonkeyPatch):
    Product.objects.bulk_create(
        Product(sku=f"P{n}", name="P", category=Category.objects.get(code="tea")) for n in range(8)
    )
    found, after = [], "0"
    monkeypatch.setattr(products, "PAGE_MAX", 4)
    while after is not None:
        with CaptureQueriesContext(connection) as asked:
            page = ask(till, after=after).json()
        assert len(asked) == 2, [query["sql"] for query in asked]  # signing in, and the page
        assert len(page["products"]) <= 4
        found += [product["sku"] for product in page["products"]]
        after = page["next"]
    assert found == ["Z", "A", *(f"P{n}" for n in range(8))]


def test_a_page_that_has_not_changed_is_not_sent_again(till: ApiTill):
    tag = ask(till)["ETag"]
    again = ask(till, tag)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert again["Cache-Control"] == "private, no-cache"
    assert ask(till, f'"other", W/{tag}').status_code == 304
    for change in ({"price": "12.51"}, {"barcodes": ["46001"]}, {"name": "Mate, green"}):
        Product.objects.filter(sku="Z").update(**change)
        answer = ask(till, tag)
        assert (answer.status_code, answer["ETag"] == tag) == (200, False)
        tag = answer["ETag"]
    Product.objects.filter(sku="Z").update(cost="4")
    assert ask(till, tag).status_code == 304  # nothing that a till is told
    Category.objects.update(name="Tea")
    assert ask(till, tag).status_code == 200


@pytest.mark.parametrize("query", [{"after": "x"}, {"after": "-1"}, {"after": "9" * 19}, {"before": "1"}])
def test_a_cursor_of_nobody_is_refused(till: ApiTill, query: dict[str, str]):
    answer = ask(till, **query)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert list(answer.json()["fields"]) == list(query)
