"""Where the shop says what rules may ask: the channel of a terminal, the brand and labels of an article."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from programs.models import Product, Terminal
from tests.factories.configuration import UserFactory
from tests.programs.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(UserFactory())
    return client


def test_a_terminal_says_by_what_it_sells(shop: Shop, desk: Client):
    page = reverse("admin:programs_terminal_change", args=[shop.terminal.pk])
    assert "web shop" in desk.get(page).content.decode()
    form = {"store": shop.terminal.store_id, "name": "Shop window", "register": "9", "scopes": ["earn"]}
    assert desk.post(page, form | {"channel": "web"}).status_code == 302
    assert Terminal.objects.get().channel == "web"
    assert shop.till.channel == "web"


def test_an_article_has_a_brand_and_labels(shop: Shop, desk: Client):
    product = Product.objects.get(sku="C")
    page = reverse("admin:programs_product_change", args=[product.pk])
    form = {"sku": "C", "name": "Tea", "category": product.category_id, "brand": "Чайный дом", "labels": "organic, own"}
    assert desk.post(page, form).status_code == 302
    product.refresh_from_db()
    assert (product.brand, product.labels) == ("Чайный дом", ["organic", "own"])
    assert "organic,own" in desk.get(page).content.decode()


def test_an_article_has_a_price_and_barcodes_of_its_own(shop: Shop, desk: Client):
    product = Product.objects.get(sku="C")
    Product.objects.filter(sku="A").update(name="Bread", barcodes=["46001"])
    page = reverse("admin:programs_product_change", args=[product.pk])
    form = {"sku": "C", "name": "Tea", "price": "12.50", "barcodes": "46002\r\n46003, 46002,C,\r\n"}
    assert desk.post(page, form).status_code == 302
    product.refresh_from_db()
    assert (str(product.price), product.barcodes) == ("12.5000", ["46002", "46003"])
    assert desk.post(page, form).status_code == 302  # its own barcodes are no other product's
    for more, words in (
        ({"barcodes": "46001"}, "46001 belongs to Bread (SKU A) already."),
        ({"barcodes": "A"}, "A belongs to Bread (SKU A) already."),
        ({"sku": "46001"}, "46001 belongs to Bread (SKU A) already."),
        ({"barcodes": "4600\u200b1"}, "46001 holds signs that cannot be seen."),
        ({"barcodes": "4" * 61}, "at most 60 characters"),
        ({"price": "12.505"}, "Your currency has 2 decimals."),
        ({"price": "-1"}, "greater than or equal to 0"),
    ):
        answer = desk.post(page, form | more)
        assert answer.status_code == 200
        assert words in answer.content.decode(), more
    found = desk.get(reverse("admin:programs_product_changelist"), {"q": " 46003 "}).content.decode()
    assert ">46002, 46003<" in found
    assert "46001" not in found
