"""Products and their categories, as files bring them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, override

from django.db import connection

from loyalty_site.ground.rules.money import is_finer
from loyalty_site.ground.services.transactions import wait_patiently
from members.services import fold_words, one_line
from programs.models import Category, Hold, HoldState, ImportBatch, ImportRow, Product, UndoOutcome
from programs.queries.cited import cited_by_rules
from programs.queries.company import company_decimals
from programs.queries.products import lock_barcodes, owners_of_codes
from programs.rules.importing.headings import Vocabulary
from programs.rules.importing.plan import Plan
from programs.rules.importing.products import (
    PRODUCTS,
    barcodes_in,
    labels_in,
    labels_text,
    money_text,
    read_product,
)
from programs.rules.importing.records import Record
from programs.rules.importing.rows import Understood
from programs.services.importing.things.checking import earlier_rows
from programs.services.importing.things.loader import Loader, Stored, Write

_CODE_MAX = 60
_BARCODE = "barcode"
_OF_OTHER = "barcode_of_other_product"
_SOLD = "SELECT DISTINCT product_id FROM programs_purchaseline WHERE product_id = ANY(%s)"
_REMOVE = "DELETE FROM programs_product WHERE id = ANY(%s)"
_LINES_OF_CATEGORY = "SELECT 1 FROM programs_purchaseline WHERE category_id = %s LIMIT 1"
# So many names of new categories are kept for the preview.
NEW_NAMES_MAX = 500


class _Categories:
    """All categories by what files call them: their names, or their codes where two have one name."""

    def __init__(self) -> None:
        rows = list(Category.objects.order_by("pk"))
        names = [row.name.casefold() for row in rows]
        self.codes = {row.code for row in rows}
        self.label = {row.pk: row.name if names.count(row.name.casefold()) == 1 else row.code for row in rows}
        self._by_label = {label.casefold(): pk for pk, label in self.label.items()}
        self._by_code = {row.code.casefold(): row.pk for row in rows}

    def named(self, text: str) -> int | None:
        """The category that a cell means, by name or code in any case."""
        return self._by_label.get(text.casefold(), self._by_code.get(text.casefold()))

    def make(self, name: str, parent_id: int | None) -> int:
        """A new category, with a code of plain letters that is still free."""
        stem = "-".join(fold_words(name))[: _CODE_MAX - 6].strip("-") or "category"
        number = 1
        while (code := stem if number == 1 else f"{stem}-{number}") in self.codes:
            number += 1
        made = Category.objects.create(code=code, name=name, parent_id=parent_id)
        self.codes.add(code)
        self.label[made.pk] = name
        self._by_label[name.casefold()] = self._by_code[code] = made.pk
        return made.pk


class ProductLoader(Loader):
    """Known by SKU; a category that is not there yet is made."""

    about: ClassVar[Vocabulary] = PRODUCTS
    needs: ClassVar[tuple[str, ...]] = ("name",)
    shared: ClassVar[str] = _BARCODE

    @override
    def read(self, record: Record, plan: Plan, batch: ImportBatch) -> Understood:
        return read_product(record, plan, one_line)

    @override
    def look_up(self, batch: ImportBatch, rows: Sequence[Understood], now: dt.datetime) -> None:
        """Categories by their own names, and those that applying would make noted for the preview. Prices and barcodes
        that cannot stand are left out."""
        _leave_out_fine_prices(rows)
        _leave_out_barcodes_of_others(batch, rows)
        known = _Categories()
        new: dict[str, str] = {name.casefold(): name for name in batch.reading.get("new_categories", [])}
        for row in rows:
            for name in ("category", "parent_category"):
                text = row.given.get(name, "")
                category_id = known.named(text) if text else None
                if category_id:
                    row.given[name] = known.label[category_id]
                elif text:
                    row.given[name] = new.setdefault(text.casefold(), text)
        batch.reading = {**batch.reading, "new_categories": list(new.values())[:NEW_NAMES_MAX]}

    @override
    def find(self, batch: ImportBatch, keys: Collection[str], *, is_locked: bool = False) -> dict[str, Stored]:
        found = Product.objects.filter(sku__in=keys).order_by("pk")
        things = _stored(found.select_for_update() if is_locked else found)
        return {one.values["sku"]: one for one in things}

    @override
    def settle(self, rows: Sequence[ImportRow]) -> None:
        """Another product got one of the barcodes since the check: the row is refused, for it said otherwise then."""
        _lock_barcodes()
        told = {row.pk: (row.values["given"]["sku"], _barcodes(row.values["given"])) for row in rows}
        owners = owners_of_codes({code for _sku, codes in told.values() for code in codes})
        for row in rows:
            sku, codes = told[row.pk]
            if any(owners.get(code, set()) - {sku} for code in codes):
                row.outcome, row.reason = "reject", _OF_OTHER

    @override
    def locked(self, ids: Collection[int]) -> dict[int, Stored]:
        _lock_barcodes()
        return {one.id: one for one in _stored(Product.objects.filter(pk__in=ids).select_for_update().order_by("pk"))}

    @override
    def write(self, batch: ImportBatch, writes: Sequence[Write], now: dt.datetime) -> None:
        categories = _Categories()
        made: list[int] = []
        for one in writes:
            self._make_categories(one, categories, made)
        new = [one for one in writes if one.id is None]
        products = Product.objects.bulk_create(
            Product(
                sku=one.key,
                name=one.values["name"],
                category_id=_category_id(one.values, categories),
                brand=one.values.get("brand", ""),
                labels=labels_in(one.values.get("labels", "")),
                price=_money(one.values, "price"),
                barcodes=_barcodes(one.values),
                cost=_money(one.values, "cost"),
            )
            for one in new
        )
        for one, product in zip(new, products, strict=True):
            one.id = product.pk
        _change({one.id: one.values for one in writes if one.id and one not in new}, categories)
        if made:
            batch.reading = {
                **batch.reading,
                "made_categories": [*batch.reading.get("made_categories", []), *made],
            }

    def _make_categories(self, one: Write, categories: _Categories, made: list[int]) -> None:
        name = one.values.get("category", "")
        if not name or categories.named(name):
            return
        parent = one.values.get("parent_category", "")
        parent_id = categories.named(parent) if parent else None
        if parent and not parent_id:
            parent_id = categories.make(parent, None)
            made.append(parent_id)
        made.append(categories.make(name, parent_id))

    @override
    def used(self, things: Mapping[int, Stored]) -> dict[int, str]:
        if not things:
            return {}
        cited = cited_by_rules().skus
        reasons = {pk: str(UndoOutcome.CITED) for pk, one in things.items() if one.values["sku"] in cited}
        set_aside = {
            line["sku"]
            for order in Hold.objects.filter(state=HoldState.OPEN).values_list("order", flat=True)
            for line in order.get("lines", [])
        }
        reasons |= {pk: str(UndoOutcome.SOLD) for pk, one in things.items() if one.values["sku"] in set_aside}
        with connection.cursor() as cursor:
            cursor.execute(_SOLD, [list(things)])
            return reasons | {pk: str(UndoOutcome.SOLD) for (pk,) in cursor.fetchall()}

    @override
    def restore(self, values: Mapping[int, dict[str, str]]) -> None:
        """As they were, without barcodes that another product has got since."""
        skus = dict(Product.objects.filter(pk__in=values).values_list("pk", "sku"))
        owners = owners_of_codes({code for one in values.values() for code in _barcodes(one)})
        for pk, one in values.items():
            if "barcodes" in one:
                free = [code for code in _barcodes(one) if not owners.get(code, set()) - {skus.get(pk, "")}]
                one["barcodes"] = labels_text(free)
        _change(values, _Categories())

    @override
    def remove(self, ids: Collection[int]) -> None:
        # They are locked and nobody sold them: the ORM would ask all of it again, row by row.
        with connection.cursor() as cursor:
            cursor.execute(_REMOVE, [list(ids)])

    @override
    def tidy(self, batch: ImportBatch) -> None:
        """Categories that were made for the file go when they are empty again and no rule names them."""
        made = batch.reading.get("made_categories", [])
        cited = cited_by_rules().codes if made else frozenset()
        # Children were made after their parents.
        left = [pk for pk in reversed(made) if not _remove_category(pk, cited)]
        batch.reading = {**batch.reading, "made_categories": left[::-1]}


def _lock_barcodes() -> None:
    """A chunk waits as long as a chunk of another file may take."""
    wait_patiently()
    lock_barcodes()


def _stored(found: Iterable[Product]) -> list[Stored]:
    rows = list(found)
    labels = _Categories().label if rows else {}
    return [
        Stored(
            row.pk,
            {
                "sku": row.sku,
                "name": row.name,
                "category": labels[row.category_id] if row.category_id else "",
                "brand": row.brand,
                "labels": labels_text(row.labels),
                "price": "" if row.price is None else money_text(row.price),
                "barcodes": labels_text(row.barcodes),
                "cost": "" if row.cost is None else money_text(row.cost),
            },
        )
        for row in rows
    ]


def _category_id(values: Mapping[str, str], categories: _Categories) -> int | None:
    name = values.get("category", "")
    return categories.named(name) if name else None


def _money(values: Mapping[str, str], name: str) -> Decimal | None:
    return Decimal(values[name]) if values.get(name) else None


def _barcodes(values: Mapping[str, str]) -> list[str]:
    return barcodes_in(values.get("barcodes", ""))


def _leave_out_fine_prices(rows: Sequence[Understood]) -> None:
    decimals = company_decimals()
    for row in rows:
        if "price" in row.given and is_finer(Decimal(row.given["price"]), decimals):
            del row.given["price"]
            row.warnings.append("price_too_fine")


def _leave_out_barcodes_of_others(batch: ImportBatch, rows: Sequence[Understood]) -> None:
    """Those that another product has, here or further up in the file; what stays are further keys of the row."""
    codes = {code for row in rows for code in _barcodes(row.given)}
    owners = owners_of_codes(codes)
    for code, earlier in earlier_rows(batch, _BARCODE, codes).items():
        owners.setdefault(code, set()).add(earlier.given["sku"])
    for row in rows:
        own = _barcodes(row.given)
        if any(owners.get(code, set()) - {row.given["sku"]} for code in own):
            del row.given["barcodes"]
            row.warnings.append(_OF_OTHER)
            continue
        for code in own:
            owners.setdefault(code, set()).add(row.given["sku"])
            row.keys.append((_BARCODE, code, code))


def _change(values: Mapping[int, dict[str, str]], categories: _Categories) -> None:
    changed = list(Product.objects.filter(pk__in=values))
    for product in changed:
        new = values[product.pk]
        product.name = new.get("name", product.name)
        product.brand = new.get("brand", product.brand)
        if "labels" in new:
            product.labels = labels_in(new["labels"])
        if "price" in new:
            product.price = _money(new, "price")
        if "barcodes" in new:
            product.barcodes = _barcodes(new)
        if "cost" in new:
            product.cost = _money(new, "cost")
        if "category" in new:
            product.category_id = _category_id(new, categories)
    Product.objects.bulk_update(
        changed, ["name", "category", "brand", "labels", "price", "barcodes", "cost"], batch_size=500
    )


def _remove_category(pk: int, cited: frozenset[str]) -> bool:
    category = Category.objects.select_for_update().filter(pk=pk).first()
    if category is None:
        return True
    with connection.cursor() as cursor:
        cursor.execute(_LINES_OF_CATEGORY, [pk])
        is_sold = cursor.fetchone() is not None
    if is_sold or category.code in cited or category.products.exists() or category.children.exists():
        return False
    category.delete()
    return True
