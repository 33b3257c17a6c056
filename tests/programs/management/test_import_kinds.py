"""The same command with files of other things."""

from __future__ import annotations

import pytest
from django.core.management import CommandError

from programs.models import Coupon, CouponSeries, Partner, Product, Store
from tests.programs.shop import Shop

pytestmark = pytest.mark.django_db


def test_products(tmp_path, run):
    path = tmp_path / "goods.csv"
    path.write_text("SKU;Name;Category\nA;Bread;Food\n;x;\n")
    code, report = run(path, "--kind", "products")
    assert (code, report["kind"], report["mapping"]) == (
        0,
        "products",
        {"SKU": "sku", "Name": "name", "Category": "category"},
    )
    assert [(row["outcome"], row["reason"]) for row in report["rows"]] == [("create", None), ("reject", "sku_missing")]
    assert not Product.objects.exists()
    run(path, "--kind", "products", "--apply")
    assert Product.objects.get().category.name == "Food"


def test_a_file_whose_columns_nobody_knows_is_refused_with_what_to_do(tmp_path, run, capsys):
    path = tmp_path / "goods.csv"
    path.write_text("kod;nazwa\nA;Chleb\n")
    code, report = run(path, "--kind", "products")
    assert (code, report["file_error"]) == (2, "import_column_missing")
    assert "Add --map FILE" in capsys.readouterr().err


def test_stores_and_coupons_are_told_whose_they_are(tmp_path, run, shop: Shop):
    partner = Partner.objects.create(name="Brewery", code="brew")
    path = tmp_path / "list.csv"
    path.write_text("code;store\n7;Centre\n")
    run(path, "--kind", "stores", "--partner", "brew", "--apply")
    assert Store.objects.get(code="7").partner == partner
    CouponSeries.objects.create(program=shop.program, key="summer", name="Summer", is_personal=False)
    path.write_text("AAA-1\nAAA-2\n")
    assert run(path, "--kind", "coupons")[1]["file_error"] == "import_series_missing"
    run(path, "--kind", "coupons", "--series", "summer", "--apply")
    assert Coupon.objects.count() == 2
    with pytest.raises(CommandError, match="no series 'winter'"):
        run(path, "--kind", "coupons", "--series", "winter")
