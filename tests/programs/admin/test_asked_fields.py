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
