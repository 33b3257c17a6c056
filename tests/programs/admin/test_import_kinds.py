"""The wizard for files of other things than customers, and who may use it for which."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from loyalty_site.ground.models import Audit, User
from programs.models import Coupon, CouponSeries, ImportBatch, Partner, Product, Store
from programs.services.importing.kinds import apply_chunk, check_chunk, undo_chunk

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client, settings, tmp_path):
    """staff(role) -> a client signed in as such a person."""
    settings.MEDIA_ROOT = tmp_path

    def sign_in(role):
        user, _ = User.objects.get_or_create(username=role, defaults={"role": role, "is_staff": True})
        client.force_login(user)
        return client

    return sign_in


def url(name, batch):
    return reverse(f"admin:programs_importbatch_{name}", args=[batch.pk])


def add(kind):
    return reverse("admin:programs_importbatch_add") + f"?kind={kind}"


def upload(client, kind, content, **more):
    answer = client.post(add(kind), {"file": SimpleUploadedFile("list.csv", content.encode()), **more})
    assert answer.status_code == 302
    return ImportBatch.objects.latest("pk")


def test_products_in_five_steps_and_back(staff, now):
    client = staff("marketing")
    page = client.get(add("products")).content.decode()
    assert "an article number or bar code" in page
    assert 'name="region"' not in page
    batch = upload(client, "products", "SKU;Name;Category\nA;Bread;Food\nB;=1+1;Food\n;x;\n")
    page = client.get(url("meaning", batch)).content.decode()
    assert 'name="points_mode"' not in page
    meaning = {"encoding": "utf-8", "column_1": "name", "column_2": "category"}
    page = client.post(url("meaning", batch), {**meaning, "column_0": ""}).content.decode()
    assert "Say which column holds the SKU" in page
    client.post(url("meaning", batch), {**meaning, "column_0": "sku"})
    check_chunk(batch_id=batch.pk, now=now)
    page = client.get(url("check", batch)).content.decode()
    for words in ("Apply: 2 new products", "1 category will be made: Food", "no SKU to know the product by"):
        assert words in page
    rejected = b"".join(client.get(url("rejected", batch)).streaming_content).decode("utf-8-sig").splitlines()
    assert rejected[1].endswith(";;x;")
    assert not Product.objects.exists()
    client.post(url("apply", batch))
    apply_chunk(batch_id=batch.pk, now=now)
    page = client.get(url("done", batch)).content.decode()
    assert "2 new, 0 changed" in page
    assert "Undo this import: 2 products" in page
    Product.objects.filter(sku="B").update(name="Better")
    assert "stays as it is, with the reason" in client.get(url("undo", batch)).content.decode()
    client.post(url("undo", batch))
    undo_chunk(batch_id=batch.pk, now=now)
    page = client.get(url("done", batch)).content.decode()
    assert "Removed: 1. As before the import: 0. Left as they are: 1." in page
    assert "somebody changed it since" in page
    kept = b"".join(client.get(url("kept", batch)).streaming_content).decode("utf-8-sig").splitlines()
    assert kept[1] == "3,'=1+1,somebody changed it since,B,'=1+1,Food"
    done = set(Audit.objects.values_list("action", flat=True))
    assert {"upload_import", "apply_import", "undo_import", "export_rejected_rows", "export_kept_rows"} <= done
    assert "list.csv" in client.get(reverse("admin:programs_importbatch_changelist")).content.decode()


def test_codes_go_into_the_kind_of_coupon_that_is_chosen(staff, now, shop):
    client = staff("marketing")
    page = client.get(add("coupons")).content.decode()
    assert "There is no kind of coupon yet" in page
    series = CouponSeries.objects.create(program=shop.program, key="s", name="Summer", is_personal=False)
    batch = upload(client, "coupons", "SUMMER-1\nSUMMER-2\n")
    meaning = {"encoding": "utf-8", "column_0": "code"}
    assert "This field is required" in client.post(url("meaning", batch), meaning).content.decode()
    client.post(url("meaning", batch), {**meaning, "series": series.pk})
    check_chunk(batch_id=batch.pk, now=now)
    assert "Apply: 2 new coupons" in client.get(url("check", batch)).content.decode()
    client.post(url("apply", batch))
    apply_chunk(batch_id=batch.pk, now=now)
    assert sorted(Coupon.objects.values_list("code", "series")) == [("SUMMER1", series.pk), ("SUMMER2", series.pk)]


def test_the_preview_says_whose_each_code_is_and_who_was_not_found(staff, now, shop):
    client = staff("marketing")
    shop.member()
    series = CouponSeries.objects.create(program=shop.program, key="s", name="Yours", is_personal=True)
    batch = upload(client, "coupons", "Code;Phone\nA-1;+1 212 555 0123\nA-2;+1 212 555 0177\n")
    meaning = {"encoding": "utf-8", "column_0": "code", "column_1": "", "series": series.pk}
    assert "are personal" in client.post(url("meaning", batch), meaning, follow=True).content.decode()
    client.post(url("meaning", batch), {**meaning, "column_1": "phone"})
    check_chunk(batch_id=batch.pk, now=now)
    page = client.get(url("check", batch)).content.decode()
    for words in ("Apply: 1 new coupon", "Anna Petrova", "nobody has this phone"):
        assert words in page


def test_stores_are_brought_by_whoever_may_add_stores(staff, now):
    Partner.objects.create(name="Firm", code="firm")
    client = staff("administrator")
    batch = upload(client, "stores", "Code;Store;City\n1;Centre;Rome\n")
    client.post(
        url("meaning", batch), {"encoding": "utf-8", "column_0": "code", "column_1": "name", "column_2": "city"}
    )
    check_chunk(batch_id=batch.pk, now=now)
    client = staff("marketing")
    page = client.get(add("stores")).content.decode()
    assert "?kind=products" in page
    assert "?kind=stores" not in page
    assert client.get(url("check", batch)).status_code == 200
    for name in ("meaning", "apply", "rejected", "undo", "discard"):
        assert client.post(url(name, batch)).status_code == 403, name
    # What may not be loaded is taken for the first kind that may.
    assert upload(client, "stores", "Phone\n+12125550101\n", region="US").kind == "customers"
    client = staff("administrator")
    client.post(url("apply", batch))
    apply_chunk(batch_id=batch.pk, now=now)
    assert Store.objects.get().name == "Centre"


def test_the_line_above_the_wizard_begins_with_its_room(staff):
    page = staff("marketing").get(add("products")).content.decode()
    header = page[page.index("<h1") : page.index("</h1>")]
    assert "Members" in header
    assert "Programmes" not in header
