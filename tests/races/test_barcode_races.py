"""A barcode that a file and somebody else give at the same moment, and what would happen without the lock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from programs.admin import catalogue
from programs.models import Product
from programs.services.importing import confirm_import, start_undo
from programs.services.importing.kinds import apply_chunk, undo_chunk
from programs.services.importing.things import products
from tests.factories.configuration import CompanyFactory, UserFactory
from tests.programs.services.importing.things.bringing import ACTOR, NOW, bring, check

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def company(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    CompanyFactory()


def file_of(sku: str, code: str) -> Callable[[], Any]:
    """Applying a checked file that gives the barcode to a product."""
    batch = check("products", f"SKU;Name;Barcode\n{sku};Tea;{code}\n")
    confirm_import(batch.pk, actor=ACTOR, now=NOW, in_background=False)
    return lambda: apply_chunk(batch_id=batch.pk, now=NOW)


def undoing(sku: str, code: str) -> Callable[[], Any]:
    """Undoing a file that took it from the product which had it before."""
    Product.objects.create(sku=sku, name="Tea", barcodes=[code])
    batch = bring("products", f"SKU;Name;Barcode\n{sku};Tea;{code}9\n")
    start_undo(batch.pk, actor=ACTOR, now=NOW, in_background=False)
    return lambda: undo_chunk(batch_id=batch.pk, now=NOW)


def form(sku: str, code: str) -> Callable[[], Any]:
    """Somebody who types it."""
    boss = Client()
    boss.force_login(UserFactory())
    typed = {"sku": sku, "name": "Tea", "barcodes": code}
    return lambda: boss.post(reverse("admin:programs_product_add"), typed)


def owners_after(*, patience: float) -> list[int]:
    """How many products have the barcode that each of the three gives while a file which gave it to another one is being
    applied; `patience` is how long (seconds) that file stays without its commit."""
    owners = []
    for number, other in enumerate((file_of, undoing, form)):
        code = f"4600{number}"
        give = other(f"B{number}", code)
        first = file_of(f"A{number}", code)
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                first()
                given = pool.submit(_and_leave, give)
                wait([given], patience)
            given.result()
        owners.append(Product.objects.filter(barcodes__contains=[code]).count())
    return owners


def _and_leave(give: Callable[[], Any]) -> None:
    try:
        give()
    finally:
        connection.close()


def test_a_barcode_is_given_to_one_product():
    assert owners_after(patience=0.3) == [1, 1, 1]


def test_without_the_lock_two_products_get_it(monkeypatch: pytest.MonkeyPatch):
    """The negative control: whoever looks before the other has committed sees that nobody has it."""
    for module in (products, catalogue):
        monkeypatch.setattr(module, "lock_barcodes", lambda: None)
    assert owners_after(patience=30) == [2, 2, 2]
