"""The wizard for receipts from before, and where they show afterwards."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from programs.models import ImportBatch, Product, Purchase
from programs.services.history import write_history
from programs.services.importing.kinds import apply_chunk, check_chunk, undo_chunk
from tests.factories.configuration import UserFactory
from tests.programs.services.test_history import past

pytestmark = pytest.mark.django_db
FILE = (
    "Номер чека;Дата;Телефон;Артикул;Товар;Кол-во;Сумма\n"
    "1;05.01.2024 10:00;+12125550123;A;Яблоко;2;3,50\n"
    "1;05.01.2024 10:00;+12125550123;NEW;Груша;1;1,50\n"
    "2;06.01.2024;+12125559999;A;;1;9,00\n"
    "3;13.01.2024;+12125550123;A;;-1;-1,00\n"
)


def run(step, batch, now):
    while not step(batch_id=batch.pk, now=now).is_finished:
        pass


def test_receipts_in_five_steps_and_back(shop, client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    anna, now = shop.member(), shop.now
    client.force_login(UserFactory(role="marketing"))

    def url(name):
        return reverse(f"admin:programs_importbatch_{name}", args=[batch.pk])

    def page(address):
        return client.get(address, follow=True).content.decode()

    add = reverse("admin:programs_importbatch_add") + "?kind=receipts"
    assert "Old receipts earn no points and raise no tier" in " ".join(page(add).split())
    client.post(add, {"file": SimpleUploadedFile("old.csv", FILE.encode("cp1251")), "region": "US"})
    batch = ImportBatch.objects.latest("pk")
    assert [field for _, field in batch.mapping] == ["number", "day", "phone", "sku", "name", "quantity", "amount"]
    assert "Articles we do not know" in page(url("meaning"))
    meaning = {"encoding": "cp1251", "region": "US", "products": "create"}
    meaning |= {f"column_{column}": field for column, (_, field) in enumerate(batch.mapping)}
    meaning |= {"order_1": "dmy", "separator_6": ","}
    again = client.post(url("meaning"), {**meaning, "column_0": ""}).content.decode()
    assert "Say which columns hold the number of the receipt and its day" in again
    client.post(url("meaning"), meaning)
    batch.refresh_from_db()
    assert batch.terms == {"products": "create"}
    run(check_chunk, batch, now)
    checked = page(url("check"))
    for words in (
        "Apply: 3 new rows of receipts",
        "2 new receipts,",
        "4.00 USD",
        "nobody has this phone, card, code or e-mail; bring your customers first",
        "a new product is made for it",
        "-1.00",
        "2024-01-05",
        "the receipt of line",
    ):
        assert words in checked
    assert "the same as in line" not in checked
    client.post(url("apply"))
    run(apply_chunk, batch, now)
    assert "3 new, 0 changed" in page(url("done"))
    assert Product.objects.get(sku="NEW").name == "Груша"

    sale = Purchase.objects.get(receipt_number="1")
    receipt = page(reverse("admin:programs_purchase_change", args=[sale.pk]))
    assert "From before the programme: an import brought it, so it earned no points." in receipt
    assert "old.csv" in receipt
    listed = reverse("admin:programs_purchase_changelist")
    assert "sale, from before" in page(f"{listed}?history=yes")
    assert "sale, from before" not in page(f"{listed}?history=no")
    assert "from before" in page(reverse("admin:members_member_change", args=[anna.pk]))

    undoing = page(url("undo"))
    assert "The receipts are removed whole" in undoing
    assert "Undo this import: 3 rows of receipts" in undoing
    client.post(url("undo"))
    run(undo_chunk, batch, now)
    assert "Removed: 2." in page(url("done"))
    assert not Purchase.objects.exists()


def test_a_receipt_of_which_only_the_total_is_known(shop, client):
    batch = ImportBatch.objects.create(kind="receipts", file_name="old.csv", file_hash="h", created_at=shop.now)
    (purchase_id,) = write_history([past(shop, shop.member(), "1", lines=())], batch_id=batch.pk)
    client.force_login(UserFactory(role="accountant"))
    page = client.get(reverse("admin:programs_purchase_change", args=[purchase_id])).content.decode()
    assert "Only the total of this receipt is known." in page
