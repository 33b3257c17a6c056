"""Files of products: checked, applied, applied again, undone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from programs.errors import ImportColumnMissing
from programs.models import Category, ImportState, Product
from programs.services.importing import UploadOrder, start_check, upload_file
from programs.services.importing import check as checking
from programs.services.importing.things import applying, undoing
from tests.factories.configuration import CompanyFactory, RewardFactory
from tests.programs.services.importing.books import book, sheet
from tests.programs.services.importing.things.bringing import ACTOR, NOW, apply, bring, check, outcomes, undo
from tests.programs.shop import Shop

pytestmark = pytest.mark.django_db
FILE = (
    "SKU;Name;Category;Price\n"
    "BR-1;White bread;Food > Bread;40\n"
    "BR-2;Rye bread;Bread;45,5\n"
    "TE-1;Tea;Tea;100\n"
    "BR-1;White bread;Bread;40\n"  # the same again
    "TE-1;Green tea;Tea;100\n"  # something else of the same
    ";Nobody;Tea;1\n"
    "TE-2;;Tea;1\n"
    "Total;;;286\n"
)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def products():
    return sorted(Product.objects.values_list("sku", "name", "category__name", "category__parent__name"))


BROUGHT = [
    ("BR-1", "White bread", "Bread", "Food"),
    ("BR-2", "Rye bread", "Bread", "Food"),
    ("TE-1", "Tea", "Tea", None),
]


@pytest.mark.parametrize("chunk", [2000, 2])
def test_checked_applied_applied_again_and_undone(chunk, monkeypatch):
    monkeypatch.setattr(checking, "CHUNK_RECORDS", chunk)
    monkeypatch.setattr(applying, "CHUNK_ROWS", chunk)
    monkeypatch.setattr(undoing, "CHUNK_ROWS", chunk)
    batch = check("products", FILE)
    assert outcomes(batch) == [
        (2, "create", ""),
        (3, "create", ""),
        (4, "create", ""),
        (5, "unchanged", ""),
        (6, "reject", "said_otherwise_above"),
        (7, "reject", "sku_missing"),
        (8, "reject", "name_missing"),
        (9, "skip", "total_line"),
    ]
    assert batch.reading["new_categories"] == ["Bread", "Food", "Tea"]
    assert not Product.objects.exists()
    assert not Category.objects.exists()
    batch = apply(batch)
    assert products() == BROUGHT
    assert sorted(Category.objects.values_list("code", flat=True)) == ["bread", "food", "tea"]
    again = bring("products", FILE)
    assert (again.totals["created"], again.totals["updated"], again.totals["unchanged"]) == (0, 0, 4)
    assert products() == BROUGHT
    batch = undo(batch)
    assert (batch.state, batch.totals["removed"], batch.totals["kept"]) == (ImportState.UNDONE, 3, 0)
    assert not Product.objects.exists()
    assert not Category.objects.exists()
    assert bring("products", FILE).totals["created"] == 3


def test_known_products_are_changed_and_come_back():
    drinks = Category.objects.create(code="drinks", name="Drinks")
    Product.objects.create(sku="TE-1", name="Tea", category=drinks)
    Product.objects.create(sku="BR-1", name="White bread")
    batch = bring("products", "artikel,title,категория\nTE-1,Black tea,DRINKS\nBR-1,,Bread\n")
    assert outcomes(batch) == [(2, "update", ""), (3, "update", "")]
    assert [row.values["changed"] for row in batch.rows.order_by("line")] == [["name"], ["category"]]
    assert products() == [("BR-1", "White bread", "Bread", None), ("TE-1", "Black tea", "Drinks", None)]
    undo(batch)
    assert products() == [("BR-1", "White bread", None, None), ("TE-1", "Tea", "Drinks", None)]
    assert list(Category.objects.all()) == [drinks]


def test_what_was_touched_since_stays_and_says_why(shop: Shop):
    rule = {"type": "product", "skus": ["RULED"]}
    shop.program.rules.create(key="r", name="R", conditions=[rule], effect={"type": "multiply", "by": "2"})
    prize = {"type": "product", "skus": ["PRIZED"]}
    RewardFactory(program=shop.program, conditions=[prize])
    batch = bring("products", "sku,name,category\nSOLD,A,New\nEDITED,B,\nRULED,C,\nPRIZED,P,\nFREE,D,New\n")
    Product.objects.filter(sku="EDITED").update(name="Better")
    shop.sell({"SOLD": "10.00"}, shop.member())
    batch = undo(batch)
    assert dict(batch.rows.values_list("values__state__name", "undo")) == {
        "A": "sold",
        "B": "changed",
        "C": "cited",
        "P": "cited",
        "D": "undone",
    }
    assert sorted(Product.objects.values_list("sku", flat=True)) == ["A", "B", "C", "EDITED", "PRIZED", "RULED", "SOLD"]
    assert Category.objects.filter(name="New").exists()
    assert (batch.totals["removed"], batch.totals["kept"]) == (1, 4)


def test_somebody_made_the_product_between_check_and_apply():
    batch = check("products", "sku,name\nA,From the file\nB,Other\n")
    Product.objects.create(sku="A", name="By hand")
    batch = apply(batch)
    assert outcomes(batch) == [(2, "update", ""), (3, "create", "")]
    undo(batch)
    assert products() == [("A", "By hand", None, None)]


def test_the_same_file_does_not_undo_what_a_person_changed_since():
    bring("products", "sku,name\nA,From the file\n")
    Product.objects.update(name="By hand")
    assert outcomes(bring("products", "sku,name\nA,From the file\n")) == [(2, "unchanged", "")]
    assert outcomes(check("products", "sku,name\nA,From the file\nB,New\n")) == [(2, "update", ""), (3, "create", "")]


@pytest.mark.parametrize(
    ("headings", "meaning"),
    [
        ("Артикул;Наименование;Группа товаров;Цена", ["sku", "name", "category", "price"]),
        ("Код товара;Товар;Категория;Отдел", ["sku", "name", "category", "parent_category"]),
        ('מק"ט;שם מוצר;קטגוריה;מחיר', ["sku", "name", "category", "price"]),
        ("Barcode;Description;Department;Group", ["sku", "name", "parent_category", "category"]),
        ("Штрихкод;Артикул;Название;Остаток", ["barcodes", "sku", "name", ""]),
        ("SKU;Name;Price;Purchase price", ["sku", "name", "price", "cost"]),
        ("SKU;Name;Total cost;Unit cost", ["sku", "name", "", "cost"]),
        ("Артикул;Название;Стоимость;Себестоимость", ["sku", "name", "", "cost"]),
        ("Артикул;Название;Дата закупки;Цена закупки", ["sku", "name", "", "cost"]),
        ('מק"ט;שם מוצר;מחיר;עלות', ["sku", "name", "price", "cost"]),
        ("EAN;Barcode 2;Item;Sale price;Regular price", ["sku", "barcodes", "name", "", "price"]),
        ("SKU;GTIN;Name;Old price;Price excl. VAT", ["sku", "barcodes", "name", "", ""]),
        ("Код;Штрих-код;Товар;Цена без НДС;Розничная цена, руб.", ["sku", "barcodes", "name", "", "price"]),
        ('מק"ט;ברקוד;פריט;מחיר לפני מע"מ;מחיר לצרכן', ["sku", "barcodes", "name", "", "price"]),
    ],
)
def test_headings_of_three_languages(headings, meaning):
    batch = check("products", f"{headings}\n1;2;3;4\n")
    assert [field for _, field in batch.mapping] == meaning


def test_what_a_piece_costs_comes_along_and_a_doubtful_one_is_left_as_it_was():
    known = Product.objects.create(sku="TE-1", name="Tea", cost="7.5")
    file = "sku;name;себестоимость\nTE-1;;1 234,50 ₽\nBR-1;Bread;0,1234\nBR-2;Rye;дорого\nBR-3;Roll;-3\nBR-4;Bun;\n"
    batch = bring("products", file)
    costs = dict(Product.objects.values_list("sku", "cost"))
    assert costs == {"TE-1": Decimal("1234.5"), "BR-1": Decimal("0.1234"), "BR-2": None, "BR-3": None, "BR-4": None}
    told = {row.line for row in batch.rows.all() if "cost_unreadable" in row.warnings}
    assert told == {4, 5}
    assert outcomes(bring("products", file.replace("TE-1;;", "TE-1;Tea;")))[0] == (2, "unchanged", "")
    undo(batch)
    known.refresh_from_db()
    assert known.cost == Decimal("7.5")


def test_prices_and_barcodes_come_along_and_go_back():
    CompanyFactory(currency_exponent=2)
    known = Product.objects.create(sku="TE-1", name="Tea", price="7.5", barcodes=["46001", "46002"])
    Product.objects.create(sku="46009", name="Salt", barcodes=["46010"])
    file = (
        "Артикул;Название;Розничная цена;Штрихкод\n"
        'TE-1;;1 234,50 ₽;"46002, 46003"\n'
        "BR-1;Bread;0,1255;4601234567890 4601234567891\n"  # too fine; two lines of one cell
        "BR-2;Rye;дорого;4,60123E+12\n"  # neither can be read
        "BR-3;Roll;-3;46010\n"  # salt's
        'BR-4;Bun;;"BR-4,46009"\n'  # itself, and salt's SKU
        "BR-5;Pie;12;46003\n"  # the tea's, further up
        "BR-6;Cake;9;46004|4601234567892\n"
        "BR-7;Wafer;9;4601234567893,0\n"  # a number that a spreadsheet took for an amount
        "BR-5;Pie;12;46003\n"  # again as it was
    )
    batch = bring("products", file)
    assert {sku: (price and str(price.normalize()), codes) for sku, price, codes in goods()} == {
        "46009": (None, ["46010"]),
        "TE-1": ("1234.5", ["46002", "46003"]),
        "BR-1": (None, ["4601234567890", "4601234567891"]),
        "BR-2": (None, []),
        "BR-3": (None, []),
        "BR-4": (None, []),
        "BR-5": ("12", []),
        "BR-6": ("9", ["46004", "4601234567892"]),
        "BR-7": ("9", ["4601234567893"]),
    }
    told = {row.line: row.warnings for row in batch.rows.all() if row.warnings}
    assert told == {
        3: ["price_too_fine"],
        4: ["product_price_unreadable", "barcodes_unreadable"],
        5: ["product_price_unreadable", "barcode_of_other_product"],
        6: ["barcode_of_other_product"],
        7: ["barcode_of_other_product"],
        10: ["barcode_of_other_product"],
    }
    assert bring("products", file.replace("TE-1;;", "TE-1;Tea;")).totals["updated"] == 0
    Product.objects.create(sku="NEW", name="Other tea", barcodes=["46001"])
    undo(batch)
    known.refresh_from_db()
    assert (known.price, known.barcodes) == (Decimal("7.5"), ["46002"])  # the other one is another tea's by now


def goods():
    return Product.objects.values_list("sku", "price", "barcodes")


def test_a_barcode_of_two_products_is_seen_across_chunks_and_until_it_is_applied(monkeypatch):
    monkeypatch.setattr(checking, "CHUNK_RECORDS", 1)
    batch = check("products", "sku;name;ean\nA;Tea;46001\nB;Mate;46001\nC;Rooibos;46002\nA;Tea;46001\n")
    assert {row.line: row.warnings for row in batch.rows.all() if row.warnings} == {3: ["barcode_of_other_product"]}
    Product.objects.create(sku="NEW", name="New", barcodes=["46002"])
    batch = apply(batch)
    refused = (4, "reject", "barcode_of_other_product")
    assert outcomes(batch) == [(2, "create", ""), (3, "create", ""), refused, (5, "unchanged", "")]
    assert sorted(goods()) == [("A", None, ["46001"]), ("B", None, []), ("NEW", None, ["46002"])]


def test_encodings_and_workbooks_come_along():
    bring("products", "Артикул;Название;Категория\nХ-1;Хлеб;Хлеб и булки\n".encode("cp1251"))
    assert products() == [("Х-1", "Хлеб", "Хлеб и булки", None)]
    assert Category.objects.get().code == "khleb-i-bulki"
    bring("products", book({"Goods": sheet(["SKU", "Name"], [4601234567890, "Milk"], ["'=1+1", "Sum"])}))
    assert Product.objects.get(name="Milk").sku == "4601234567890"


def test_unknown_headings_wait_for_a_person_and_are_remembered():
    order = UploadOrder(file_name="x", blocks=[b"kod,nazwa\nA1,Chleb\n"], default_region="", kind="products")
    batch = upload_file(order, actor=ACTOR, now=NOW)
    assert [field for _, field in batch.mapping] == ["", ""]
    with pytest.raises(ImportColumnMissing):
        start_check(batch.pk, now=NOW, in_background=False)
    bring("products", "kod,nazwa\nA1,Chleb\n", mapping={"kod": "sku", "nazwa": "name"})
    again = upload_file(
        UploadOrder(file_name="x", blocks=[b"kod,nazwa\nA2,Bulka\n"], default_region="", kind="products"),
        actor=ACTOR,
        now=NOW,
    )
    assert [field for _, field in again.mapping] == ["sku", "name"]


def test_numbers_that_lost_their_end_are_refused():
    assert outcomes(check("products", "sku,name\n4.60123E+12,Milk\n#N/A,Tea\n")) == [
        (2, "reject", "sku_unreadable"),
        (3, "reject", "sku_unreadable"),
    ]


def test_two_categories_of_one_name_keep_their_products_apart():
    first, second = (Category.objects.create(code=code, name="Other") for code in ("other", "other-2"))
    Product.objects.create(sku="A", name="A", category=second)
    batch = bring("products", "sku,name,category\nA,A,other\nB,B,other-2\n")
    assert dict(Product.objects.values_list("sku", "category")) == {"A": first.pk, "B": second.pk}
    undo(batch)
    assert dict(Product.objects.values_list("sku", "category")) == {"A": second.pk}


def test_brands_and_labels_come_along_and_go_back():
    Product.objects.create(sku="TE-1", name="Tea", brand="House", labels=["own"])
    text = "sku;name;Торговая марка;Метки;Tag price\nTE-1;Tea;Чайный дом;organic, own;3\nTE-2;Mate;;fair| organic ;4\n"
    batch = bring("products", text)
    assert outcomes(batch) == [(2, "update", ""), (3, "create", "")]
    assert sorted(Product.objects.values_list("sku", "brand", "labels")) == [
        ("TE-1", "Чайный дом", ["organic", "own"]),
        ("TE-2", "", ["fair", "organic"]),
    ]
    again = bring("products", text)
    assert again.totals["unchanged"] == 2
    undo(batch)
    assert list(Product.objects.values_list("sku", "brand", "labels")) == [("TE-1", "House", ["own"])]
